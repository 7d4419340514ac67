//! What work that comes hour by hour asks of those who do so much of it an hour: carriers, and people.

use model::{Span, Timestamp};
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;

/// Work by the hour in which it comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    hours: BTreeMap<i64, u64>,
}

impl Load {
    /// So much comes at a moment.
    pub(super) fn add(&mut self, at: Timestamp, count: u64) {
        *self.hours.entry(at.0.div_euclid(HOUR_MS)).or_default() += count;
    }

    /// What comes in another load comes here too.
    pub(super) fn merge(&mut self, other: Self) {
        for (hour, count) in other.hours {
            *self.hours.entry(hour).or_default() += count;
        }
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        self.hours.values().sum()
    }

    /// The hour in which most comes, by its beginning, and how much; the first of several.
    pub fn busiest(&self) -> Option<(Timestamp, u64)> {
        let most = self.hours.values().copied().max()?;
        let (hour, _) = self.hours.iter().find(|(_, count)| **count == most)?;
        Some((Timestamp(hour * HOUR_MS), most))
    }

    /// The work by days, as `day` tells the day of an hour that begins at a moment.
    pub fn days<D: Ord>(&self, day: impl Fn(Timestamp) -> D) -> BTreeMap<D, u64> {
        let mut days = BTreeMap::new();
        for (hour, count) in &self.hours {
            *days.entry(day(Timestamp(hour * HOUR_MS))).or_default() += count;
        }
        days
    }

    /// How long it takes to do all of it at so much an hour, if nothing else is done.
    pub fn takes(&self, an_hour: u64) -> Span {
        spread(u128::from(self.total()), an_hour)
    }

    /// How long, at worst, what came last in an hour waits until it is done, at so much an hour, first come first served; zero if
    /// every hour's work is done within that hour.
    pub fn waits(&self, an_hour: u64) -> Span {
        let (mut left, mut worst, mut before) = (0_u128, 0_u128, None);
        for (hour, count) in &self.hours {
            let gap = before.map_or(0, |before| u128::from(hour.abs_diff(before)));
            // What was not done in its own hour is done in the hours up to this one.
            left = left.saturating_sub(gap * u128::from(an_hour)) + u128::from(*count);
            worst = worst.max(left.saturating_sub(u128::from(an_hour)));
            before = Some(*hour);
        }
        spread(worst, an_hour)
    }
}

fn spread(count: u128, an_hour: u64) -> Span {
    if count == 0 {
        return Span(0);
    }
    let ms = (count * HOUR_MS as u128).div_ceil(u128::from(an_hour.max(1)));
    Span(i64::try_from(ms).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(hours: &[(i64, u64)]) -> Load {
        let mut load = Load::default();
        hours.iter().for_each(|(hour, count)| load.add(Timestamp(hour * HOUR_MS + 1), *count));
        load
    }

    #[test]
    fn work_waits_as_long_as_the_hours_before_it_leave_over() {
        let check = |hours: &[(i64, u64)], an_hour, takes_minutes: i64, waits_minutes: i64| {
            let load = load(hours);
            let minutes = |span: Span| span.0 / 60_000;
            assert_eq!(
                (minutes(load.takes(an_hour)), minutes(load.waits(an_hour))),
                (takes_minutes, waits_minutes),
                "{hours:?}"
            );
        };
        check(&[], 10, 0, 0);
        check(&[(5, 10)], 10, 60, 0);
        check(&[(5, 11)], 10, 66, 6);
        // Forty of which ten an hour are done: the last of them after three more hours.
        check(&[(5, 40)], 10, 240, 180);
        // The hours between have caught up.
        check(&[(5, 40), (9, 10)], 10, 300, 180);
        // The next hour adds to what is left.
        check(&[(5, 20), (6, 20)], 10, 240, 120);
        check(&[(5, 1)], 0, 60, 60);
    }

    #[test]
    fn the_busiest_hour_and_the_days_are_found() {
        let load = load(&[(0, 3), (5, 7), (24, 7), (49, 1)]);
        assert_eq!(load.total(), 18);
        assert_eq!(load.busiest(), Some((Timestamp(5 * HOUR_MS), 7)));
        let days = load.days(|at| at.0.div_euclid(24 * HOUR_MS));
        assert_eq!(days.into_iter().collect::<Vec<_>>(), [(0, 10), (1, 7), (2, 1)]);
        assert_eq!(Load::default().busiest(), None);
    }
}
