//! When to dial again. Doubles from `first` to `max`; the later half of each wait is drawn from a seed, so that a
//! thousand sessions cut off by one carrier do not come back in the same millisecond, and a run can be repeated.

use model::{Span, Timestamp};

/// The waits between attempts.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Span,
    max: Span,
    seed: u64,
    /// Failures in a row.
    failures: u32,
    /// Draws ever made, so that no two waits share one.
    draws: u64,
}

impl Backoff {
    pub(crate) fn new(first: Span, max: Span, seed: u64) -> Self {
        Self { first, max, seed, failures: 0, draws: 0 }
    }

    /// The instant of the next attempt after a failure now. `lasted` is how long the link was up before it failed, 0
    /// if it never was: a link that outlived the wait it would have earned starts again from the first wait, one that
    /// flaps does not.
    pub(crate) fn after_failure(&mut self, now: Timestamp, lasted: Span) -> Timestamp {
        if lasted >= self.wait() {
            self.failures = 0;
        }
        let wait = self.wait().0;
        self.failures = self.failures.saturating_add(1);
        self.draws = self.draws.wrapping_add(1);
        let drawn = mix(self.seed ^ mix(self.draws)) % (wait as u64 / 2 + 1);
        // At most half of a wait, which is an i64.
        now.after(Span(wait - wait / 2 + drawn as i64))
    }

    /// The instant of the next attempt when only a person can change the outcome: the longest wait.
    pub(crate) fn after_refusal(&mut self, now: Timestamp) -> Timestamp {
        self.failures = self.failures.saturating_add(1);
        now.after(self.max)
    }

    fn wait(&self) -> Span {
        let factor = 1i64 << self.failures.min(DOUBLINGS_MAX);
        Span(self.first.0.saturating_mul(factor).clamp(1, self.max.0.max(1)))
    }
}

/// Beyond it every sensible `max` is reached: 2^20 seconds are twelve days.
const DOUBLINGS_MAX: u32 = 20;

/// The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_start_over_after_a_good_link() {
        let mut backoff = Backoff::new(Span::seconds(1), Span::seconds(30), 7);
        let mut waits = Vec::new();
        for expected in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            let wait = backoff.after_failure(Timestamp(0), Span(0)).0;
            assert!((expected / 2..=expected).contains(&wait), "{wait} for {expected}");
            waits.push(wait);
        }
        assert_ne!(waits[5], waits[6], "two waits drew the same jitter");
        assert!(
            backoff.after_failure(Timestamp(0), Span::seconds(5)).0 > 14_000,
            "a flapping link starts over"
        );
        assert!(backoff.after_failure(Timestamp(0), Span::seconds(60)).0 <= 1_000);
        assert_eq!(backoff.after_refusal(Timestamp(5)), Timestamp(30_005));
    }

    #[test]
    fn a_seed_gives_the_same_waits_again() {
        let waits = |seed| {
            let mut backoff = Backoff::new(Span::seconds(1), Span::seconds(30), seed);
            [0; 6].map(|_| backoff.after_failure(Timestamp(0), Span(0)).0)
        };
        assert_eq!(waits(1), waits(1));
        assert_ne!(waits(1), waits(2));
    }
}
