//! How many messages a second are taken from an account: a token bucket that holds one second's worth.
//!
//! It takes the time as an argument and never sleeps: what it has no token for is refused, and the account is told so.

use model::Timestamp;
use std::sync::{Mutex, PoisonError};

/// Tokens are counted in thousandths, one second refills all of them.
#[derive(Debug)]
pub(super) struct Bucket {
    tps: Option<u32>,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    thousandths: i64,
    at: Timestamp,
}

impl Bucket {
    /// A full one; without a rate it never runs dry.
    pub(super) fn new(tps: Option<u32>) -> Self {
        let full = i64::from(tps.unwrap_or_default()) * 1_000;
        Self { tps, level: Mutex::new(Level { thousandths: full, at: Timestamp(i64::MIN) }) }
    }

    /// Takes so many tokens, or none if there are fewer.
    pub(super) fn take(&self, count: usize, now: Timestamp) -> bool {
        let Some(tps) = self.tps.map(i64::from) else { return true };
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that steps back refills nothing.
        let passed = now.0.saturating_sub(level.at.0).clamp(0, 1_000);
        level.thousandths = (level.thousandths + passed * tps).min(tps * 1_000);
        level.at = level.at.max(now);
        let wanted = i64::try_from(count).unwrap_or(i64::MAX).saturating_mul(1_000);
        // A request for more than fits at all passes on a full bucket, which is empty long after.
        if level.thousandths < wanted.min(tps * 1_000) {
            return false;
        }
        level.thousandths -= wanted;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Span;

    #[test]
    fn no_second_takes_more_than_the_rate_and_what_was_in_store() {
        let (bucket, start) = (Bucket::new(Some(10)), Timestamp(1_000_000));
        let mut taken = 0;
        for millis in 0..3_000 {
            taken += u32::from(bucket.take(1, start.after(Span::millis(millis))));
        }
        assert_eq!(taken, 10 + 29);
        assert!(!bucket.take(1, start), "an earlier moment refills nothing");
        assert!(Bucket::new(None).take(usize::MAX, start));
    }

    #[test]
    fn a_large_request_is_paid_back() {
        let (bucket, start) = (Bucket::new(Some(10)), Timestamp(0));
        assert!(bucket.take(30, start));
        assert!(!bucket.take(1, start.after(Span::seconds(1))));
        assert!(!bucket.take(1, start.after(Span::seconds(2))));
        assert!(bucket.take(1, start.after(Span::seconds(3))));
    }
}
