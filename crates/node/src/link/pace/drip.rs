//! Parts in even drops: a token bucket that holds little. Private to `pace`.

use model::{Span, Timestamp};

/// How much may gather, in time: what a caller that comes late may catch up with.
const GATHERS: Span = Span::millis(20);
/// How long after a part has gathered a caller may come and lose nothing of the next one.
const LATE: Span = Span::millis(10);
/// What one part takes.
const WHOLE: i64 = 1_000;

/// A bucket that fills at a rate.
#[derive(Debug)]
pub(super) struct Drip {
    /// Parts a second; none: no limit.
    rate: Option<u32>,
    /// Thousandths of a part.
    level: i64,
    at: Option<Timestamp>,
}

impl Drip {
    /// A full bucket.
    pub(super) fn new(rate: Option<u32>) -> Self {
        Self { rate, level: i64::MAX, at: None }
    }

    /// Another rate from now on.
    pub(super) fn set(&mut self, rate: Option<u32>, now: Timestamp) {
        self.fill(now);
        self.rate = rate;
    }

    /// How many whole parts there are.
    pub(super) fn free(&mut self, now: Timestamp) -> u32 {
        self.fill(now);
        if self.rate.is_none() {
            return u32::MAX;
        }
        u32::try_from((self.level / WHOLE).max(0)).unwrap_or(u32::MAX)
    }

    /// When there is one, if there is none.
    pub(super) fn frees_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.fill(now);
        let rate = i64::from(self.rate?).max(1);
        let missing = WHOLE - self.level;
        (missing > 0).then(|| now.after(Span((missing + rate - 1) / rate)))
    }

    /// One part goes. An urgent one may leave less than nothing.
    pub(super) fn take(&mut self, now: Timestamp) {
        self.fill(now);
        if self.rate.is_some() {
            self.level -= WHOLE;
        }
    }

    fn fill(&mut self, now: Timestamp) {
        let Some(rate) = self.rate.map(i64::from) else {
            (self.level, self.at) = (i64::MAX, Some(now));
            return;
        };
        let full = (rate * GATHERS.0).max(WHOLE + rate * LATE.0);
        let passed = self.at.map_or(0, |at| now.since(at).0.max(0));
        // A part a second takes a second to gather, so whatever is longer fills it anyway.
        self.level = self.level.min(full).saturating_add(rate.saturating_mul(passed)).min(full);
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_drip_evenly_and_little_gathers() {
        let mut drip = Drip::new(Some(100));
        assert_eq!(drip.free(Timestamp(0)), 2);
        drip.take(Timestamp(0));
        drip.take(Timestamp(0));
        assert_eq!((drip.frees_at(Timestamp(0)), drip.free(Timestamp(9))), (Some(Timestamp(10)), 0));
        assert_eq!((drip.free(Timestamp(10)), drip.free(Timestamp(5_000))), (1, 2));
        drip.set(None, Timestamp(5_000));
        assert_eq!(drip.free(Timestamp(5_000)), u32::MAX);
        drip.set(Some(1), Timestamp(5_000));
        assert_eq!(drip.free(Timestamp(5_000)), 1);
    }

    #[test]
    fn a_caller_who_is_late_each_time_loses_nothing() {
        let mut drip = Drip::new(Some(50));
        let (mut now, mut gone) = (Timestamp(0), 0);
        while now < Timestamp(10_000) {
            while drip.free(now) > 0 {
                drip.take(now);
                gone += 1;
            }
            now = drip.frees_at(now).unwrap_or(now).after(Span(3));
        }
        assert!((499..=501).contains(&gone), "{gone} of 500");
    }

    #[test]
    fn what_is_urgent_is_paid_back() {
        let mut drip = Drip::new(Some(10));
        (0..3).for_each(|_| drip.take(Timestamp(0)));
        // A part and the tenth of one that gathers for whoever is late were there.
        assert_eq!(drip.frees_at(Timestamp(0)), Some(Timestamp(290)));
    }
}
