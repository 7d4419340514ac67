//! How fast a route may send: never more than its contract in any one second, and less for a while after the carrier
//! said "too fast".
//!
//! The window is strict: whichever second one looks at, it holds at most the allowed number of parts. After a throttling
//! answer the rate is halved, then rises by a twentieth of the contract each quiet second (additive increase,
//! multiplicative decrease; Chiu and Jain, "Analysis of the Increase and Decrease Algorithms", 1989).

use model::{Span, Timestamp};
use std::collections::VecDeque;

/// The second in which parts are counted, with a margin for the carrier's clock and the way there.
pub(crate) const WINDOW: Span = Span::millis(1_020);

/// For how long the rate stands still after it was cut or raised.
const STEP_EVERY: Span = Span::seconds(1);

/// What each quiet second gives back: one part in so many of the rate that was in force before the first cut.
const RAISE_PARTS: u32 = 20;

/// A route's rate.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Parts a second by contract; none: as fast as the window of unanswered submits allows.
    contract: Option<u32>,
    /// Parts a second at the moment; none: no limit.
    allowed: Option<u32>,
    /// What a quiet second gives back.
    raise: u32,
    /// Parts sent in the window, by millisecond, oldest first.
    sent: VecDeque<(Timestamp, u32)>,
    sum: u32,
    /// When the rate may change again.
    settled: Timestamp,
}

impl Pace {
    /// A route that may send so many parts a second.
    pub(crate) fn new(contract: Option<u32>) -> Self {
        Self {
            contract,
            allowed: contract,
            raise: 1,
            sent: VecDeque::new(),
            sum: 0,
            settled: Timestamp(i64::MIN),
        }
    }

    /// How many parts may be sent now.
    pub(crate) fn free(&mut self, now: Timestamp) -> u32 {
        self.forget(now);
        self.recover(now);
        self.allowed.map_or(u32::MAX, |allowed| allowed.saturating_sub(self.sum))
    }

    /// When the next place becomes free, if one is taken.
    pub(crate) fn frees_at(&self) -> Option<Timestamp> {
        self.sent.front().map(|(at, _)| at.after(WINDOW))
    }

    /// As much as is allowed may have been sent until now.
    pub(crate) fn assume_full(&mut self, now: Timestamp) {
        if let Some(allowed) = self.allowed {
            self.forget(now);
            (self.sum..allowed).for_each(|_| self.sent(now));
        }
    }

    /// One part is sent.
    pub(crate) fn sent(&mut self, now: Timestamp) {
        self.sum += 1;
        match self.sent.back_mut() {
            // A clock that is set back does not make room.
            Some((at, count)) if *at >= now => *count += 1,
            _ => self.sent.push_back((now, 1)),
        }
    }

    /// The carrier said "too fast". Returns the rate from now on, if it changed: the many answers to one burst count
    /// once.
    pub(crate) fn throttled(&mut self, now: Timestamp) -> Option<u32> {
        if now < self.settled {
            return None;
        }
        self.forget(now);
        let rate = self.allowed.unwrap_or(self.sum);
        if self.allowed == self.contract {
            self.raise = (rate / RAISE_PARTS).max(1);
        }
        let slower = (rate.min(self.sum.max(1)) / 2).max(1);
        self.allowed = Some(slower);
        self.settled = now.after(STEP_EVERY);
        Some(slower)
    }

    fn recover(&mut self, now: Timestamp) {
        let Some(allowed) = self.allowed else { return };
        if self.allowed == self.contract || now < self.settled {
            return;
        }
        // Seconds in which nothing was asked for count as quiet ones.
        let steps = (now.since(self.settled).0 / STEP_EVERY.0).saturating_add(1);
        let raised = u32::try_from(steps).unwrap_or(u32::MAX).saturating_mul(self.raise);
        let raised = allowed.saturating_add(raised);
        self.allowed = Some(self.contract.map_or(raised, |contract| raised.min(contract)));
        self.settled = self.settled.after(Span(steps.saturating_mul(STEP_EVERY.0)));
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((_, count)) = self.sent.pop_front_if(|(at, _)| at.after(WINDOW) <= now) {
            self.sum -= count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the moments at which somebody asks, no second holds more than the contract.
        #[test]
        fn no_second_holds_more_than_the_contract(
            contract in 1u32..50,
            waits in proptest::collection::vec((0i64..400, any::<bool>()), 1..200),
        ) {
            let mut pace = Pace::new(Some(contract));
            let mut now = Timestamp(0);
            let mut sends = Vec::new();
            for (wait, throttled) in waits {
                now = now.after(Span(wait));
                if throttled && wait > 350 {
                    pace.throttled(now);
                }
                for _ in 0..pace.free(now) {
                    pace.sent(now);
                    sends.push(now);
                }
                let recent = sends.iter().filter(|at| at.after(Span::seconds(1)) > now).count();
                prop_assert!(recent <= contract as usize);
            }
        }
    }

    #[test]
    fn after_a_restart_the_first_second_is_taken() {
        let mut pace = Pace::new(Some(5));
        pace.assume_full(Timestamp(0));
        assert_eq!((pace.free(Timestamp(1_019)), pace.free(Timestamp(1_020))), (0, 5));
        let mut pace = Pace::new(None);
        pace.assume_full(Timestamp(0));
        assert_eq!(pace.free(Timestamp(0)), u32::MAX);
    }

    #[test]
    fn a_throttled_route_halves_once_a_second_and_comes_back() {
        let mut pace = Pace::new(Some(100));
        let mut now = Timestamp(0);
        (0..100).for_each(|_| pace.sent(now));
        assert_eq!(pace.throttled(now), Some(50));
        assert_eq!(pace.throttled(now.after(Span::millis(999))), None, "the answers to one burst count once");
        now = Timestamp(2_500);
        assert_eq!(pace.free(now), 60, "two seconds give back a twentieth of the contract each");
        assert_eq!(pace.free(Timestamp(60_000)), 100);
    }

    #[test]
    fn a_route_without_a_contract_learns_a_rate_and_probes_beyond_it() {
        let mut pace = Pace::new(None);
        assert_eq!(pace.free(Timestamp(0)), u32::MAX);
        (0..200).for_each(|_| pace.sent(Timestamp(0)));
        assert_eq!(pace.throttled(Timestamp(10)), Some(100));
        assert_eq!(pace.free(Timestamp(20)), 0);
        assert_eq!(pace.frees_at(), Some(Timestamp(1_020)));
        assert_eq!(pace.free(Timestamp(1_020)), 110);
    }
}
