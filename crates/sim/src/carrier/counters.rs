//! What a carrier counts, and how many happenings the last second holds.

use model::{Span, Timestamp};
use std::collections::VecDeque;

/// What a carrier has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Binds that were accepted.
    pub binds: u64,
    /// submit_sm that came.
    pub submits: u64,
    /// Parts that were taken over.
    pub taken: u64,
    /// Parts that had been taken over before: same recipient, octets and place in the message.
    pub duplicates: u64,
    /// Submits refused for being too fast or too many.
    pub throttled: u64,
    /// Submits refused otherwise.
    pub refused: u64,
    /// Submits that will never be answered.
    pub unanswered: u64,
    /// Receipts sent, repetitions included.
    pub receipts: u64,
    /// Receipts that were acknowledged.
    pub receipts_acknowledged: u64,
    /// Replies sent, repetitions included.
    pub replies: u64,
    /// Replies that were acknowledged.
    pub replies_acknowledged: u64,
    /// Questions that were answered.
    pub queries: u64,
    /// Times at which it wrote what is no protocol.
    pub garbage: u64,
    /// The most submits in any one second.
    pub busiest_second: u64,
}

/// How many happenings the last second holds.
#[derive(Default)]
pub(super) struct Second {
    moments: VecDeque<(Timestamp, u32)>,
    pub(super) sum: u32,
}

impl Second {
    /// How many, at this moment.
    pub(super) fn count(&mut self, now: Timestamp) -> u32 {
        while let Some((_, count)) = self.moments.pop_front_if(|(at, _)| at.after(Span::seconds(1)) <= now) {
            self.sum -= count;
        }
        self.sum
    }

    /// One more.
    pub(super) fn add(&mut self, now: Timestamp) {
        self.sum += 1;
        match self.moments.back_mut() {
            Some((at, count)) if *at >= now => *count += 1,
            _ => self.moments.push_back((now, 1)),
        }
    }
}
