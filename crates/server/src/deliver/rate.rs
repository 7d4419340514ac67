//! How many messages a second are taken from an account, whatever way they come: no more than its rate, with one second's
//! worth in store. What comes too fast is refused with how long to wait, never queued. The time is an argument.

use model::{Span, Timestamp};
use std::sync::{Mutex, PoisonError};

/// An account's rate. Kept as the moment when all that was taken will be paid for (the generic cell rate algorithm,
/// ITU-T I.371 annex A).
#[derive(Debug)]
pub(crate) struct Rate {
    tps: Option<u32>,
    /// Microseconds since 1970.
    paid_at: Mutex<i64>,
}

/// One second.
const SECOND: i64 = 1_000_000;

impl Rate {
    /// Without a number, without a limit.
    pub(crate) fn new(tps: Option<u32>) -> Self {
        Self { tps, paid_at: Mutex::new(i64::MIN) }
    }

    /// Takes so many messages, or none.
    ///
    /// # Errors
    /// How long to wait until they would be taken. A batch of more than a second's worth is taken when nothing is owed.
    pub(crate) fn take(&self, count: usize, now: Timestamp) -> Result<(), Span> {
        let Some(tps) = self.tps.map(i64::from).filter(|tps| *tps > 0) else { return Ok(()) };
        let now = now.0.saturating_mul(1_000);
        let cost = i64::try_from(count).unwrap_or(i64::MAX).saturating_mul(SECOND) / tps;
        let mut paid_at = self.paid_at.lock().unwrap_or_else(PoisonError::into_inner);
        let owed = paid_at.saturating_sub(now).max(0);
        let wait = owed.saturating_add(cost.min(SECOND)) - SECOND;
        if wait > 0 {
            return Err(Span::millis((wait + 999) / 1_000));
        }
        *paid_at = now.saturating_add(owed).saturating_add(cost);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_takes_more_than_the_rate_and_what_was_in_store() {
        let (rate, start) = (Rate::new(Some(10)), Timestamp(1_000_000));
        let taken = (0..3_000).filter(|ms| rate.take(1, start.after(Span::millis(*ms))).is_ok()).count();
        assert_eq!(taken, 10 + 29);
        assert!(rate.take(1, start).is_err(), "an earlier moment refills nothing");
        assert!(Rate::new(None).take(usize::MAX, start).is_ok());
    }

    #[test]
    fn what_is_refused_is_told_how_long_to_wait() {
        let (rate, start) = (Rate::new(Some(10)), Timestamp(1_000_000));
        assert_eq!(rate.take(30, start), Ok(()));
        let wait = rate.take(1, start).unwrap_err();
        assert_eq!(wait, Span::millis(2_100));
        assert!(rate.take(1, start.after(Span(wait.0 - 1))).is_err());
        assert_eq!(rate.take(1, start.after(wait)), Ok(()));
    }
}
