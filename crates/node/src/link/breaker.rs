//! When a route is out of use: its carrier refuses or swallows what is nothing the matter with, or a code of the carrier's
//! says so.
//!
//! Of the submits of the last minute it counts those that came to nothing through the carrier's fault. A refusal that is
//! the message's fault speaks for the carrier, a throttling answer neither for nor against it. After a pause, one part at
//! a time finds out whether the carrier is well again; each relapse doubles the pause (the circuit breaker of
//! Nygard, "Release It!", 2007).

use model::{Span, Timestamp};
use std::collections::VecDeque;

/// How old a submit may be to count.
const WINDOW: Span = Span::seconds(60);
/// How many submits count at most.
const COUNTED_MAX: usize = 256;
/// How many submits there must be to judge by.
const JUDGED_MIN: usize = 20;
/// The first pause, and the longest.
const PAUSE_MIN: Span = Span::seconds(5);
const PAUSE_MAX: Span = Span::seconds(300);

/// What became of a submit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Taken.
    Taken,
    /// Refused, and it was the message's fault.
    Refused,
    /// Refused or unanswered, and it was the carrier's.
    Fault,
}

/// A route's breaker.
#[derive(Debug)]
pub(crate) struct Breaker {
    recent: VecDeque<(Timestamp, Fate)>,
    faults: usize,
    taken: usize,
    /// Out of use until then; afterwards, if `trying`, one part at a time.
    until: Option<Timestamp>,
    trying: bool,
    pause: Span,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { recent: VecDeque::new(), faults: 0, taken: 0, until: None, trying: false, pause: PAUSE_MIN }
    }
}

impl Breaker {
    /// Something became of a submit. Returns whether that puts the route out of use.
    pub(crate) fn note(&mut self, fate: Fate, now: Timestamp) -> bool {
        if self.is_open(now) {
            // What was on its way when it opened changes nothing.
            return false;
        }
        if self.trying {
            if fate == Fate::Fault {
                self.pause = Span((self.pause.0 * 2).min(PAUSE_MAX.0));
                self.open(self.pause, now);
                return true;
            }
            *self = Self::default();
        }
        self.forget(now);
        self.recent.push_back((now, fate));
        self.faults += usize::from(fate == Fate::Fault);
        self.taken += usize::from(fate == Fate::Taken);
        let opens = self.recent.len() >= JUDGED_MIN && self.faults * 2 > self.recent.len();
        if opens {
            self.open(self.pause, now);
        }
        opens
    }

    /// The carrier said "too fast": it is there.
    pub(crate) fn throttled(&mut self, now: Timestamp) {
        if self.trying && !self.is_open(now) {
            *self = Self::default();
        }
    }

    /// A code says that the route is out of use for so long.
    pub(crate) fn suspend(&mut self, span: Span, now: Timestamp) {
        self.open(span, now);
    }

    /// Whether the route is out of use.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Until when it is or was out of use.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Whether one part at a time is let through to find out.
    pub(crate) fn is_trying(&self, now: Timestamp) -> bool {
        self.trying && !self.is_open(now)
    }

    /// Of the last submits, how many in a thousand were taken.
    pub(crate) fn taken_permille(&self) -> Option<u16> {
        let counted = self.recent.len();
        // At most 1,000.
        (counted > 0).then(|| (self.taken * 1_000 / counted) as u16)
    }

    fn open(&mut self, span: Span, now: Timestamp) {
        self.until = Some(self.until.map_or(now.after(span), |until| until.max(now.after(span))));
        self.trying = true;
        self.recent.clear();
        (self.faults, self.taken) = (0, 0);
    }

    fn forget(&mut self, now: Timestamp) {
        let oldest = now.before(WINDOW);
        while let Some((at, fate)) = self.recent.front().copied() {
            if at >= oldest && self.recent.len() < COUNTED_MAX {
                return;
            }
            self.recent.pop_front();
            self.faults -= usize::from(fate == Fate::Fault);
            self.taken -= usize::from(fate == Fate::Taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000)
    }

    #[test]
    fn more_than_half_of_twenty_opens_it_and_the_pauses_grow_until_one_part_is_taken() {
        let mut breaker = Breaker::default();
        (0..9).for_each(|_| assert!(!breaker.note(Fate::Taken, at(0))));
        (0..10).for_each(|_| assert!(!breaker.note(Fate::Fault, at(0))));
        assert_eq!(breaker.taken_permille(), Some(473));
        assert!(breaker.note(Fate::Fault, at(1)));
        assert!(breaker.is_open(at(5)) && !breaker.is_open(at(6)) && breaker.is_trying(at(6)));
        assert!(breaker.note(Fate::Fault, at(6)));
        assert!(breaker.is_open(at(15)) && breaker.is_trying(at(16)));
        assert!(
            !breaker.note(Fate::Refused, at(16)),
            "a refusal of the message is an answer of a carrier that works"
        );
        assert!(!breaker.is_trying(at(16)));
        (0..18).for_each(|_| assert!(!breaker.note(Fate::Fault, at(17))));
        assert!(breaker.note(Fate::Fault, at(17)) && !breaker.is_open(at(22)), "the first pause again");
    }

    #[test]
    fn old_submits_and_throttling_do_not_count() {
        let mut breaker = Breaker::default();
        (0..15).for_each(|_| assert!(!breaker.note(Fate::Fault, at(0))));
        (0..15).for_each(|_| assert!(!breaker.note(Fate::Fault, at(61))));
        breaker.suspend(Span::seconds(30), at(70));
        assert!(breaker.is_open(at(99)) && breaker.is_trying(at(100)));
        breaker.throttled(at(100));
        assert!(!breaker.is_trying(at(100)));
    }
}
