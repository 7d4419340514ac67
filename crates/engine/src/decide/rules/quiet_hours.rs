//! # quiet-hours
//!
//! Messages of some classes come only at decent hours, on the recipient's clock and calendar: offers by day,
//! collection never at night. Outside of them the message is held until the next opening; several rule sets must
//! all be open.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::world::{HolidayPolicy, QuietHours, RuleSet, World};
use model::{Calendar, Date, MessageClass, Subtype, Timestamp, Zone};

/// This rule.
pub const RULE: Rule = Rule { id: "quiet-hours", code: RuleCode(7), judge: Judge::Person(judge) };

/// How many days ahead an opening is looked for: longer than any run of holidays.
const DAYS_AHEAD_MAX: i64 = 60;

fn judge(candidate: &Candidate<'_>) -> Judgement {
    standing(candidate.world, candidate.class(), candidate.subtype(), candidate.zone(), candidate.now)
}

/// Whether a message may come at this moment. Asked once more when it is handed to the carrier: it may have waited
/// in its lane into the night.
pub(in crate::decide) fn standing(
    world: &World,
    class: MessageClass,
    subtype: Option<&Subtype>,
    zone: Zone,
    now: Timestamp,
) -> Judgement {
    let calendar = &world.institution.calendar;
    let mut revision = 0;
    let mut closed: Option<(Timestamp, &RuleSet<QuietHours>)> = None;
    for set in &world.pack.quiet {
        if !set.binds(class, subtype, now) {
            continue;
        }
        revision = set.revision;
        let opening = next_opening(&set.rule, calendar, zone, now);
        if opening > now && closed.is_none_or(|(latest, _)| opening > latest) {
            closed = Some((opening, set));
        }
    }
    match closed {
        Some((opening, set)) => {
            let detail = format!("{}: opens {} in {}", set.id, set.rule.open, zone.name());
            Judgement::hold(opening, detail).by(set.revision)
        }
        None => Judgement::pass("open").by(revision),
    }
}

/// The first moment from `now` on at which the hours are open; `now` itself if they are.
pub(super) fn next_opening(hours: &QuietHours, calendar: &Calendar, zone: Zone, now: Timestamp) -> Timestamp {
    let (today, _) = zone.local(now);
    for ahead in 0..DAYS_AHEAD_MAX {
        let day = today.plus_days(ahead);
        if !open_on(hours, calendar, day) {
            continue;
        }
        let (open, close) = (zone.instant(day, hours.open), zone.instant(day, hours.close));
        if now < close {
            return open.max(now);
        }
    }
    zone.instant(today.plus_days(DAYS_AHEAD_MAX), hours.open)
}

fn open_on(hours: &QuietHours, calendar: &Calendar, day: Date) -> bool {
    match hours.holidays {
        HolidayPolicy::AsUsual => true,
        HolidayPolicy::Quiet => !calendar.is_holiday(day),
        HolidayPolicy::WorkdaysOnly => calendar.is_workday(day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ClockTime;

    fn check(holidays: HolidayPolicy, zone: &str, now: &str, expect: &str) {
        let hours = QuietHours {
            open: ClockTime::parse("08:00").unwrap(),
            close: ClockTime::parse("21:00").unwrap(),
            holidays,
        };
        let calendar = Calendar {
            holidays: [Date::parse("2026-10-01").unwrap()].into(),
            working_weekends: [Date::parse("2026-10-10").unwrap()].into(),
            ..Calendar::default()
        };
        let zone = Zone::parse(zone).unwrap();
        let found = next_opening(&hours, &calendar, zone, zone.parse_local(now).unwrap());
        assert_eq!(found, zone.parse_local(expect).unwrap(), "{now} {zone:?}");
    }

    #[test]
    fn nights_are_quiet_on_the_recipients_clock() {
        check(HolidayPolicy::AsUsual, "Asia/Shanghai", "2026-09-30 20:59", "2026-09-30 20:59");
        check(HolidayPolicy::AsUsual, "Asia/Shanghai", "2026-09-30 21:00", "2026-10-01 08:00");
        check(HolidayPolicy::AsUsual, "Asia/Shanghai", "2026-09-30 07:59", "2026-09-30 08:00");
        check(HolidayPolicy::AsUsual, "Europe/London", "2026-10-24 23:00", "2026-10-25 08:00");
    }

    #[test]
    fn holidays_and_working_weekends_count() {
        check(HolidayPolicy::Quiet, "Asia/Shanghai", "2026-10-01 12:00", "2026-10-02 08:00");
        check(HolidayPolicy::WorkdaysOnly, "Asia/Shanghai", "2026-10-09 22:00", "2026-10-10 08:00");
        check(HolidayPolicy::WorkdaysOnly, "Asia/Shanghai", "2026-10-10 22:00", "2026-10-12 08:00");
    }
}
