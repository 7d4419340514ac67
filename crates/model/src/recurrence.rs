//! Days that come again: a subset of recurrence rules (RFC 5545 §3.3.10), by days alone.
//!
//! It knows no clock and no calendar of its own: which days count is asked of whoever calls. What it does not know is
//! refused when it is read, never left out. Journeys that a schedule sets off call it.

use crate::Date;

/// A rule by which days come again: `FREQ=MONTHLY;BYDAY=1MO`.
///
/// Read are FREQ (DAILY, WEEKLY, MONTHLY, YEARLY), INTERVAL, BYMONTH, BYMONTHDAY, BYDAY and BYSETPOS; weeks begin on Monday. A
/// month without the day that is named is passed over, as the RFC says; `BYMONTHDAY=-1` is the last day of every month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    frequency: Frequency,
    interval: u32,
    /// Bit 0 is January; none: all.
    months: u16,
    /// From 1, or from the end if negative.
    month_days: Vec<i32>,
    /// Days of the week (0 is Monday), the how-manieth of the month or year where that is said.
    week_days: Vec<(Option<i32>, u8)>,
    /// Which of a period's days, from 1, or from the end if negative; none: all.
    positions: Vec<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct ParseRecurrenceError {
    expected: String,
    found: String,
}

/// More periods than lie between two days of any rule that is meant: leap days are eight years apart at most.
const PERIODS_MAX: u32 = 4_000;
/// The longest interval, in periods.
const INTERVAL_MAX: u32 = 400;
const WEEK: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Recurrence {
    /// Reads a rule.
    ///
    /// # Errors
    /// A part that is not known, twice there, out of its range, or says nothing beside the others.
    pub fn parse(text: &str) -> Result<Self, ParseRecurrenceError> {
        let wrong =
            |expected: &str| ParseRecurrenceError { expected: expected.to_owned(), found: text.to_owned() };
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            months: 0,
            month_days: Vec::new(),
            week_days: Vec::new(),
            positions: Vec::new(),
        };
        let mut seen: Vec<&str> = Vec::new();
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| wrong("parts such as FREQ=MONTHLY"))?;
            if seen.contains(&name) {
                return Err(wrong(&format!("{name} once")));
            }
            seen.push(name);
            rule.take(name, value)?;
        }
        if !seen.contains(&"FREQ") {
            return Err(wrong("FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"));
        }
        let by_month_or_year = matches!(rule.frequency, Frequency::Monthly | Frequency::Yearly);
        if !by_month_or_year && rule.week_days.iter().any(|(nth, _)| nth.is_some()) {
            return Err(wrong("numbers in BYDAY with FREQ=MONTHLY or YEARLY alone"));
        }
        if rule.frequency == Frequency::Weekly && !rule.month_days.is_empty() {
            return Err(wrong("no BYMONTHDAY with FREQ=WEEKLY"));
        }
        Ok(rule)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), ParseRecurrenceError> {
        let wrong = |expected: &str| ParseRecurrenceError {
            expected: expected.to_owned(),
            found: format!("{name}={value}"),
        };
        let numbers = |low: i32, high: i32, signed: bool| -> Result<Vec<i32>, ParseRecurrenceError> {
            let number = |text: &str| {
                text.parse().ok().filter(|n: &i32| (low..=high).contains(&if signed { n.abs() } else { *n }))
            };
            let all: Option<Vec<i32>> = value.split(',').map(number).collect();
            all.ok_or_else(|| wrong(&format!("{name} of {low} to {high}")))
        };
        match name {
            "FREQ" => {
                self.frequency = match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    _ => return Err(wrong("FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")),
                }
            }
            "INTERVAL" => {
                let interval = value.parse().ok().filter(|n| (1..=INTERVAL_MAX).contains(n));
                self.interval = interval.ok_or_else(|| wrong(&format!("INTERVAL of 1 to {INTERVAL_MAX}")))?;
            }
            "BYMONTH" => {
                self.months = numbers(1, 12, false)?.into_iter().fold(0, |all, n| all | 1 << (n - 1))
            }
            "BYMONTHDAY" => self.month_days = numbers(1, 31, true)?,
            "BYSETPOS" => self.positions = numbers(1, 366, true)?,
            "BYDAY" => {
                let days: Option<Vec<(Option<i32>, u8)>> = value.split(',').map(week_day).collect();
                self.week_days = days.ok_or_else(|| wrong("BYDAY such as MO,WE or 1MO or -1FR"))?;
            }
            _ => return Err(wrong("FREQ, INTERVAL, BYMONTH, BYMONTHDAY, BYDAY or BYSETPOS")),
        }
        Ok(())
    }

    /// The first day on or after `day` that the rule names, counted from the day on which it begins; none if none comes.
    /// Only days that count (`counts`) are looked at, before BYSETPOS takes its choice. `any_day`: a rule that names no days
    /// names all of its period, and not only those like the first.
    pub fn next(&self, begin: Date, day: Date, any_day: bool, counts: impl Fn(Date) -> bool) -> Option<Date> {
        let earliest = day.max(begin);
        let mut period = self.period_of(begin, earliest);
        for _ in 0..PERIODS_MAX {
            let found = self.days(begin, period, any_day, &counts).into_iter().find(|day| *day >= earliest);
            if found.is_some() {
                return found;
            }
            period = period.checked_add(1)?;
        }
        None
    }

    /// The number of the period that a day is in, or of the next one that counts, in steps of the interval.
    fn period_of(&self, begin: Date, day: Date) -> u32 {
        let months = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
        let passed = match self.frequency {
            Frequency::Daily => i64::from(day.to_days()) - i64::from(begin.to_days()),
            Frequency::Weekly => {
                (i64::from(day.week_start().to_days()) - i64::from(begin.week_start().to_days())) / 7
            }
            Frequency::Monthly => months(day) - months(begin),
            Frequency::Yearly => i64::from(day.year()) - i64::from(begin.year()),
        };
        u32::try_from(passed.max(0) / i64::from(self.interval)).unwrap_or(u32::MAX)
    }

    /// The days of a period that the rule names, in order.
    fn days(&self, begin: Date, period: u32, any_day: bool, counts: impl Fn(Date) -> bool) -> Vec<Date> {
        let steps = i64::from(period) * i64::from(self.interval);
        let (first, behind) = match self.frequency {
            Frequency::Daily => {
                let day = begin.plus_days(steps);
                (day, day.plus_days(1))
            }
            Frequency::Weekly => {
                let monday = begin.week_start().plus_days(steps * 7);
                (monday, monday.plus_days(7))
            }
            Frequency::Monthly => (month(begin, steps), month(begin, steps + 1)),
            Frequency::Yearly => {
                let january = |years: i64| month(begin, years * 12 + 1 - i64::from(begin.month()));
                (january(steps), january(steps + 1))
            }
        };
        let all = (0..i64::from(behind.to_days() - first.to_days())).map(|n| first.plus_days(n));
        let days: Vec<Date> = all.filter(|day| self.names(begin, *day, any_day) && counts(*day)).collect();
        if self.positions.is_empty() {
            return days;
        }
        let count = i32::try_from(days.len()).unwrap_or(i32::MAX);
        let is_chosen =
            |place: i32| self.positions.contains(&(place + 1)) || self.positions.contains(&(place - count));
        days.into_iter().zip(0..).filter(|(_, place)| is_chosen(*place)).map(|(day, _)| day).collect()
    }

    /// Whether the rule's parts name a day of its period.
    fn names(&self, begin: Date, day: Date, any_day: bool) -> bool {
        let (of_month, of_week) = (!self.month_days.is_empty(), !self.week_days.is_empty());
        let is_free = !of_month && !of_week && !any_day;
        if self.months != 0 && self.months & (1 << (day.month() - 1)) == 0 {
            return false;
        }
        let length = month(day, 1).plus_days(-1).day() as i32;
        let number = day.day() as i32;
        let fits_month = self.month_days.iter().any(|n| *n == number || *n == number - length - 1);
        if of_month && !fits_month || of_week && !self.fits_week(day, length) {
            return false;
        }
        // A rule that names no days means those like the one it begins on.
        match self.frequency {
            _ if !is_free => true,
            Frequency::Daily => true,
            Frequency::Weekly => day.weekday() == begin.weekday(),
            Frequency::Monthly => day.day() == begin.day(),
            Frequency::Yearly => {
                day.day() == begin.day() && (self.months != 0 || day.month() == begin.month())
            }
        }
    }

    fn fits_week(&self, day: Date, length: i32) -> bool {
        let number = day.day() as i32;
        // With FREQ=YEARLY and no month, numbers count within the year.
        let is_of_year = self.frequency == Frequency::Yearly && self.months == 0;
        let january = month(day, 1 - i64::from(day.month()));
        let (place, length) = match is_of_year {
            true => (day.to_days() - january.to_days() + 1, month(january, 12).to_days() - january.to_days()),
            false => (number, length),
        };
        let from_start = (place - 1) / 7 + 1;
        let from_end = -((length - place) / 7 + 1);
        self.week_days.iter().any(|(nth, week_day)| {
            *week_day == day.weekday() && nth.is_none_or(|nth| nth == from_start || nth == from_end)
        })
    }
}

/// `MO`, `1MO`, `-1FR`.
fn week_day(text: &str) -> Option<(Option<i32>, u8)> {
    let (number, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let day = WEEK.iter().zip(0..).find(|(known, _)| **known == name).map(|(_, day)| day)?;
    if number.is_empty() {
        return Some((None, day));
    }
    let number = number.parse().ok().filter(|n: &i32| (1..=53).contains(&n.abs()))?;
    Some((Some(number), day))
}

/// The first day of the month so many months after a day's.
fn month(day: Date, months: i64) -> Date {
    let number = i64::from(day.year()) * 12 + i64::from(day.month()) - 1 + months;
    let year = i32::try_from(number.div_euclid(12)).unwrap_or(i32::MAX);
    // 1 to 12.
    let of_year = number.rem_euclid(12) as u32 + 1;
    Date::new(year, of_year, 1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn first(rule: &Recurrence, begin: Date, count: usize) -> Vec<String> {
        let mut from = begin;
        let mut days = Vec::new();
        while days.len() < count
            && let Some(found) = rule.next(begin, from, false, |_| true)
        {
            days.push(found.to_string());
            from = found.plus_days(1);
        }
        days
    }

    /// What python-dateutil 2.9.0 answers to rules drawn at random, by `recurrence.py` beside the table.
    #[test]
    fn days_are_those_of_an_implementation_that_is_not_ours() {
        let table = include_str!("../tests/recurrence.txt");
        let mut lines = 0;
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let [text, begin, days] = line.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let expected: Vec<&str> = days.split_whitespace().collect();
            let rule = Recurrence::parse(text).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(first(&rule, day(begin), expected.len()), expected, "{text} from {begin}");
            lines += 1;
        }
        assert!(lines >= 300, "{lines} rules");
    }

    #[test]
    fn what_is_no_rule_is_refused_with_what_was_expected() {
        for (text, expected) in [
            ("", "parts such as"),
            ("INTERVAL=2", "FREQ="),
            ("FREQ=HOURLY", "DAILY, WEEKLY, MONTHLY or YEARLY"),
            ("FREQ=DAILY;FREQ=DAILY", "FREQ once"),
            ("FREQ=DAILY;INTERVAL=0", "1 to 400"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "1 to 31"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "1 to 31"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "no BYMONTHDAY"),
            ("FREQ=WEEKLY;BYDAY=1MO", "numbers in BYDAY"),
            ("FREQ=WEEKLY;BYDAY=XX", "BYDAY such as"),
            ("FREQ=DAILY;COUNT=3", "BYSETPOS"),
        ] {
            let error = Recurrence::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn days_that_count_are_chosen_before_their_place() {
        let rule = Recurrence::parse("FREQ=MONTHLY;BYSETPOS=1").unwrap();
        let found =
            rule.next(day("2026-01-01"), day("2026-10-01"), true, |day| day.day() > 8 && !day.is_weekend());
        assert_eq!(found, Some(day("2026-10-09")));
        assert_eq!(rule.next(day("2026-01-01"), day("2026-10-01"), true, |_| false), None);
    }

    #[test]
    fn months_without_the_day_and_common_years_are_passed_over() {
        let check = |text: &str, begin: &str, expected: [&str; 3]| {
            assert_eq!(first(&Recurrence::parse(text).unwrap(), day(begin), 3), expected, "{text}");
        };
        check("FREQ=MONTHLY", "2026-01-31", ["2026-01-31", "2026-03-31", "2026-05-31"]);
        check("FREQ=MONTHLY;BYMONTHDAY=-1", "2028-01-31", ["2028-01-31", "2028-02-29", "2028-03-31"]);
        check("FREQ=YEARLY", "2024-02-29", ["2024-02-29", "2028-02-29", "2032-02-29"]);
    }
}
