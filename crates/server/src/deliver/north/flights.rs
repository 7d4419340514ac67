//! What a link has told and the client has not answered: which parts belong to which notice.
//!
//! A notice is done when every part of it is; one part that fails brings the whole notice back, so a part may come twice.

use super::side::Ack;
use crate::deliver::post::{Post, Taken};
use std::collections::HashMap;

/// The notices in flight on one link.
#[derive(Debug, Default)]
pub(super) struct Flights {
    next: u64,
    flying: HashMap<u64, Flight>,
    /// What is done, until it is handed on together.
    done: Vec<u64>,
}

#[derive(Debug)]
struct Flight {
    taken: Taken,
    left: usize,
    worst: Ack,
}

impl Flights {
    /// The ticket for the next notice.
    pub(super) fn ticket(&self) -> u64 {
        self.next
    }

    /// A notice is in flight in so many parts, under `ticket`.
    pub(super) fn start(&mut self, taken: Taken, parts: usize) {
        self.flying.insert(self.next, Flight { taken, left: parts, worst: Ack::Done });
        self.next += 1;
    }

    /// It needs no telling.
    pub(super) fn skip(&mut self, taken: &Taken) {
        self.done.push(taken.position);
    }

    /// One part was answered. Returns whether the notice is through, and how.
    pub(super) fn answered(&mut self, ticket: u64, ack: Ack, post: &Post) -> Option<Ack> {
        let flight = self.flying.get_mut(&ticket)?;
        flight.worst = flight.worst.max(ack);
        flight.left = flight.left.saturating_sub(1);
        if flight.left > 0 {
            return None;
        }
        let Flight { taken, worst, .. } = self.flying.remove(&ticket)?;
        match worst {
            Ack::Done => self.done.push(taken.position),
            Ack::Again => post.again(taken),
            Ack::Never => post.dead([taken.position]),
        }
        Some(worst)
    }

    /// Hands on what is done.
    pub(super) fn flush(&mut self, post: &Post) {
        if !self.done.is_empty() {
            post.done(self.done.drain(..));
        }
    }

    /// The link is over: everything in flight goes to somebody else.
    pub(super) fn abandon(&mut self, post: &Post) {
        self.flush(post);
        let mut flying: Vec<Taken> = self.flying.drain().map(|(_, flight)| flight.taken).collect();
        // Each is put before the others: the oldest last.
        flying.sort_unstable_by_key(|taken| std::cmp::Reverse(taken.position));
        flying.into_iter().for_each(|taken| post.back(taken));
    }
}
