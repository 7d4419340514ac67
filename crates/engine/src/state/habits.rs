//! When somebody answers and clicks: how often, by class and hour of the week in UTC. A clock that is put forward moves them
//! by an hour, which habits do not notice.

use model::{MessageClass, Timestamp};
use std::collections::BTreeMap;

/// When somebody answers and clicks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Habits {
    /// By the class's code and the hour of the week, from Monday in UTC.
    counts: BTreeMap<(u8, u8), u16>,
}

/// Beyond so many of one class all are halved: what was long ago counts less and less.
const COUNT_MAX: u32 = 200;
const HOUR_MS: i64 = 3_600_000;
/// The first of January 1970 was a Thursday.
const HOURS_TO_THURSDAY: i64 = 3 * 24;

impl Habits {
    /// Notes one.
    pub(crate) fn note(&mut self, class: MessageClass, at: Timestamp) {
        let code = class.code();
        let count = self.counts.entry((code, slot(at))).or_default();
        *count = count.saturating_add(1);
        if self.count(class) > COUNT_MAX {
            self.counts.iter_mut().filter(|((of, _), _)| *of == code).for_each(|(_, count)| *count /= 2);
            self.counts.retain(|_, count| *count > 0);
        }
    }

    /// How many there are of a class.
    pub fn count(&self, class: MessageClass) -> u32 {
        let of = self.counts.range((class.code(), 0)..=(class.code(), u8::MAX));
        of.map(|(_, count)| u32::from(*count)).sum()
    }

    /// How many of a class came in the hour of the week that a moment is in.
    pub fn of_week(&self, class: MessageClass, at: Timestamp) -> u32 {
        self.counts.get(&(class.code(), slot(at))).map_or(0, |count| u32::from(*count))
    }
}

/// The hour of the week.
fn slot(at: Timestamp) -> u8 {
    let hours = at.0.div_euclid(HOUR_MS) + HOURS_TO_THURSDAY;
    // 0 to 167.
    hours.rem_euclid(7 * 24) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Span;

    #[test]
    fn hours_of_the_week_are_told_apart_and_old_habits_fade() {
        let monday = Timestamp::parse_rfc3339("2026-05-04T00:30:00Z").unwrap();
        assert_eq!(slot(monday), 0);
        assert_eq!(slot(monday.before(Span::hours(1))), 167);
        let mut habits = Habits::default();
        for _ in 0..200 {
            habits.note(MessageClass::Marketing, monday);
        }
        habits.note(MessageClass::Marketing, monday.after(Span::hours(5)));
        assert_eq!(habits.of_week(MessageClass::Marketing, monday.after(Span::days(7))), 100);
        assert_eq!(habits.count(MessageClass::Marketing), 100);
        assert_eq!(habits.count(MessageClass::Regulatory), 0);
    }
}
