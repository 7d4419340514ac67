//! How many parts may wait for their answer at once, found by trying: the window grows as long as more of it brings more
//! answers, and stops where it only makes them come later.
//!
//! By Little's law (Little, "A Proof for the Queuing Formula L = λW", 1961) the parts on their way are the rate times the
//! time an answer takes. A carrier that is busy answers no faster when more wait: then a larger window is a longer
//! queue at the carrier, in which an urgent part stands behind all others, and more doubt after a crash.

use model::{Span, Timestamp};

/// The first window.
const FIRST: u32 = 16;
/// A round lasts at least so long: shorter ones measure the clock.
const ROUND_MIN: Span = Span::millis(20);
/// A window that was doubled stays if the rate grew by so many in a thousand.
const WORTH: u64 = 100;
/// How long a window stands after growing did not help, at first and at most.
const STAND: Span = Span::seconds(10);
const STAND_MAX: Span = Span::seconds(120);

/// A route's window.
#[derive(Debug)]
pub(crate) struct Window {
    max: u32,
    size: u32,
    /// What it was before it was doubled for a trial, and the rate then, in thousandths of a part a second.
    tried: Option<(u32, u64)>,
    round: Option<Round>,
    /// Not doubled before.
    stands_until: Timestamp,
    stand: Span,
}

/// What is measured at one size.
#[derive(Debug)]
struct Round {
    since: Timestamp,
    answers: u32,
}

impl Window {
    /// A window of at most so many.
    pub(crate) fn new(max: u32) -> Self {
        let max = max.max(1);
        Self {
            max,
            size: max.min(FIRST),
            tried: None,
            round: None,
            stands_until: Timestamp(i64::MIN),
            stand: STAND,
        }
    }

    /// How many parts may wait for their answer.
    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    /// Something had to wait because the window was full.
    pub(crate) fn full(&mut self, now: Timestamp) {
        if self.size < self.max && now >= self.stands_until {
            self.round.get_or_insert(Round { since: now, answers: 0 });
        }
    }

    /// There was room and nothing to send, or the rate said no: what is measured would say nothing about the window.
    pub(crate) fn slack(&mut self) {
        self.round = None;
        if let Some((before, _)) = self.tried.take() {
            self.size = before;
        }
    }

    /// An answer came.
    pub(crate) fn answered(&mut self, now: Timestamp) {
        let Some(round) = &mut self.round else { return };
        round.answers += 1;
        let lasted = now.since(round.since).0;
        if lasted < ROUND_MIN.0 || round.answers < self.size.saturating_mul(2) {
            return;
        }
        // In thousandths of a part a second.
        let rate = u64::from(round.answers) * 1_000_000 / u64::try_from(lasted.max(1)).unwrap_or(1);
        match self.tried.take() {
            Some((before, rate_before)) if rate * 1_000 < rate_before * (1_000 + WORTH) => {
                self.size = before;
                self.round = None;
                self.stands_until = now.after(self.stand);
                self.stand = Span((self.stand.0 * 2).min(STAND_MAX.0));
            }
            tried => {
                if tried.is_some() {
                    self.stand = STAND;
                }
                self.tried = Some((self.size, rate));
                self.size = self.size.saturating_mul(2).min(self.max);
                // What is on its way was sent under the smaller window.
                self.round = (self.size < self.max || self.tried.is_some())
                    .then_some(Round { since: now, answers: 0 });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// A carrier that answers `rate` parts a second at most, each after `latency` at least. Returns the window in the
    /// end and how many parts were answered.
    fn under_load(max: u32, rate: f64, latency: i64, lasting: i64) -> (u32, u32) {
        let mut window = Window::new(max);
        let mut flight: VecDeque<f64> = VecDeque::new();
        let (mut free_at, mut answered) = (0.0f64, 0);
        for ms in 0..lasting {
            let now = Timestamp(ms);
            while flight.front().is_some_and(|at| *at <= ms as f64) {
                flight.pop_front();
                answered += 1;
                window.answered(now);
            }
            while flight.len() < window.size() as usize {
                free_at = free_at.max(ms as f64) + 1_000.0 / rate;
                flight.push_back(free_at.max((ms + latency) as f64));
            }
            window.full(now);
        }
        (window.size(), answered)
    }

    #[test]
    fn the_window_becomes_what_the_carrier_needs_and_not_what_is_allowed() {
        for (rate, latency, needed) in
            [(1_000.0, 100, 100), (5_000.0, 50, 250), (200.0, 40, 8), (2_000.0, 2, 4)]
        {
            let (size, answered) = under_load(10_000, rate, latency, 8_000);
            assert!(size <= (4 * needed).max(2 * FIRST), "{rate}/s after {latency} ms: a window of {size}");
            assert!(
                f64::from(answered) >= rate * 8.0 * 0.85,
                "{rate}/s after {latency} ms: {answered} answers"
            );
        }
    }

    #[test]
    fn it_never_passes_the_contract_and_does_not_grow_where_nothing_waits() {
        assert_eq!(under_load(40, 100_000.0, 100, 3_000).0, 40);
        assert_eq!(Window::new(5).size(), 5);
        let mut window = Window::new(1_000);
        (0..10_000).for_each(|ms| window.answered(Timestamp(ms)));
        assert_eq!(window.size(), FIRST);
        window.full(Timestamp(10_000));
        window.slack();
        (10_000..20_000).for_each(|ms| window.answered(Timestamp(ms)));
        assert_eq!(window.size(), FIRST);
    }
}
