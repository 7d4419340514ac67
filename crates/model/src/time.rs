//! Instants, local clock times and zones. A clock is never read here: `now` is always an argument.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike};
use std::fmt;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A length of time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub i64);

/// A time that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
pub struct ParseTimeError {
    expected: &'static str,
    found: String,
}

impl Span {
    /// So many milliseconds.
    pub const fn millis(n: i64) -> Self {
        Self(n)
    }

    /// So many seconds.
    pub const fn seconds(n: i64) -> Self {
        Self(n * 1_000)
    }

    /// So many hours of 60 minutes.
    pub const fn hours(n: i64) -> Self {
        Self(n * 3_600_000)
    }

    /// So many days of 24 hours.
    pub const fn days(n: i64) -> Self {
        Self(n * 86_400_000)
    }

    /// Reads `90s`, `10m`, `24h` or `30d`.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        let bad = || ParseTimeError {
            expected: "a length of time such as 90s, 10m, 24h or 30d",
            found: text.to_owned(),
        };
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let count: i64 = digits.parse().ok().filter(|n| *n >= 0).ok_or_else(bad)?;
        let unit = match &text[digits.len()..] {
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(bad()),
        };
        count.checked_mul(unit).map(Self).ok_or_else(bad)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n % 86_400_000 == 0 => write!(f, "{}d", n / 86_400_000),
            n if n % 3_600_000 == 0 => write!(f, "{}h", n / 3_600_000),
            n if n % 60_000 == 0 => write!(f, "{}m", n / 60_000),
            n if n % 1_000 == 0 => write!(f, "{}s", n / 1_000),
            n => write!(f, "{n}ms"),
        }
    }
}

impl Timestamp {
    /// The instant so much later.
    #[must_use]
    pub fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The instant so much earlier.
    #[must_use]
    pub fn before(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier` this is; negative if it is not.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Reads RFC 3339, e.g. `2026-05-01T08:00:00+08:00`.
    pub fn parse_rfc3339(text: &str) -> Result<Self, ParseTimeError> {
        DateTime::parse_from_rfc3339(text).map(|t| Self(t.timestamp_millis())).map_err(|_| ParseTimeError {
            expected: "a time such as 2026-05-01T08:00:00+08:00",
            found: text.to_owned(),
        })
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_millis(self.0) {
            Some(t) => write!(f, "{}", t.format("%Y-%m-%dT%H:%M:%S%.3fZ")),
            None => write!(f, "{}ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A calendar day without a zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(NaiveDate);

impl Date {
    /// The day of a year, month (1–12) and day (1–31), if there is one.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// Reads `2026-05-01`.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(Self)
            .map_err(|_| ParseTimeError { expected: "a date such as 2026-05-01", found: text.to_owned() })
    }

    /// The day so many days later (or earlier, if negative); the same day at the end of time.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let shifted = if days >= 0 {
            self.0.checked_add_days(Days::new(days.unsigned_abs()))
        } else {
            self.0.checked_sub_days(Days::new(days.unsigned_abs()))
        };
        Self(shifted.unwrap_or(self.0))
    }

    /// Days from 1970-01-01, for storage.
    pub fn to_days(self) -> i32 {
        self.0.num_days_from_ce() - 719_163
    }

    /// The day so many days from 1970-01-01.
    pub fn from_days(days: i32) -> Option<Self> {
        NaiveDate::from_num_days_from_ce_opt(days.checked_add(719_163)?).map(Self)
    }

    /// The first day of the month this day is in.
    #[must_use]
    pub fn month_start(self) -> Self {
        Self(self.0.with_day(1).unwrap_or(self.0))
    }

    /// The Monday of the week this day is in.
    #[must_use]
    pub fn week_start(self) -> Self {
        self.plus_days(-i64::from(self.0.weekday().num_days_from_monday()))
    }

    /// Which day of the week: 0 is Monday, 6 is Sunday.
    pub fn weekday(self) -> u8 {
        // At most 6.
        self.0.weekday().num_days_from_monday() as u8
    }

    /// Saturday or Sunday.
    pub fn is_weekend(self) -> bool {
        self.0.weekday().num_days_from_monday() >= 5
    }

    /// The year of our era; 0 for any before it.
    pub fn year(self) -> u32 {
        u32::try_from(self.0.year()).unwrap_or(0)
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> u32 {
        self.0.day()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time of day on a wall clock, in minutes after midnight: 0 to 1,440 (24:00, the end of the day).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime(u16);

impl ClockTime {
    /// The beginning of the day.
    pub const MIDNIGHT: Self = Self(0);

    /// Reads `08:00` to `24:00`.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        let bad = || ParseTimeError {
            expected: "a clock time such as 08:00 (24:00 ends the day)",
            found: text.to_owned(),
        };
        let (hours, minutes) =
            text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2).ok_or_else(bad)?;
        let (hours, minutes): (u16, u16) =
            (hours.parse().map_err(|_| bad())?, minutes.parse().map_err(|_| bad())?);
        let total = hours * 60 + minutes;
        if minutes > 59 || total > 1_440 {
            return Err(bad());
        }
        Ok(Self(total))
    }

    /// So many minutes after midnight; at most 1,440.
    pub fn from_minutes(minutes: u16) -> Option<Self> {
        (minutes <= 1_440).then_some(Self(minutes))
    }

    /// Minutes after midnight.
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time zone of the IANA database, e.g. `Asia/Shanghai`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// China's single zone, the default.
    pub const SHANGHAI: Self = Self(chrono_tz::Asia::Shanghai);
    /// Coordinated universal time.
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// The zone of an IANA name.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        text.parse().map(Self).map_err(|_| ParseTimeError {
            expected: "a time zone such as Asia/Shanghai",
            found: text.to_owned(),
        })
    }

    /// The IANA name.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The local day and the minutes after local midnight at an instant.
    pub fn local(&self, at: Timestamp) -> (Date, ClockTime) {
        let local = match self.0.timestamp_millis_opt(at.0) {
            chrono::LocalResult::Single(t) | chrono::LocalResult::Ambiguous(t, _) => t.naive_local(),
            chrono::LocalResult::None => NaiveDateTime::default(),
        };
        (Date(local.date()), ClockTime((local.hour() * 60 + local.minute()) as u16))
    }

    /// The instant at which the clock on the wall shows `time` on `date`. Where the clock skips that time, the
    /// first instant after the gap; where it shows it twice, the first of the two.
    pub fn instant(&self, date: Date, time: ClockTime) -> Timestamp {
        let (date, minutes) = if time.0 == 1_440 { (date.plus_days(1), 0) } else { (date, time.0) };
        let wall =
            NaiveTime::from_num_seconds_from_midnight_opt(u32::from(minutes) * 60, 0).unwrap_or_default();
        let mut naive = date.0.and_time(wall);
        // No zone ever skipped more than a day at once.
        for _ in 0..=1_440 {
            match self.0.from_local_datetime(&naive) {
                chrono::LocalResult::Single(t) | chrono::LocalResult::Ambiguous(t, _) => {
                    return Timestamp(t.timestamp_millis());
                }
                chrono::LocalResult::None => naive += chrono::TimeDelta::minutes(1),
            }
        }
        Timestamp(naive.and_utc().timestamp_millis())
    }

    /// Reads a local time such as `2026-05-01 08:00:00`, `2026-05-01T08:00` or `2026-05-01` (midnight).
    pub fn parse_local(&self, text: &str) -> Result<Timestamp, ParseTimeError> {
        const FORMATS: [&str; 4] =
            ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
        let naive = FORMATS
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|d| d.and_time(NaiveTime::MIN)))
            .ok_or_else(|| ParseTimeError {
                expected: "a local time such as 2026-05-01 08:00:00 or a date such as 2026-05-01",
                found: text.to_owned(),
            })?;
        let minute = ClockTime((naive.hour() * 60 + naive.minute()) as u16);
        let millis = i64::from(naive.second()) * 1_000 + i64::from(naive.nanosecond() / 1_000_000);
        Ok(self.instant(Date(naive.date()), minute).after(Span(millis)))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(zone: &str, date: &str, time: &str) -> String {
        let zone = Zone::parse(zone).unwrap();
        zone.instant(Date::parse(date).unwrap(), ClockTime::parse(time).unwrap()).to_string()
    }

    #[test]
    fn clock_times_follow_the_zone() {
        assert_eq!(at("Asia/Shanghai", "2026-05-01", "08:00"), "2026-05-01T00:00:00.000Z");
        assert_eq!(at("Asia/Shanghai", "2026-05-01", "24:00"), "2026-05-01T16:00:00.000Z");
        // The gap of 2026-03-29 in Prague: 02:00 becomes 03:00.
        assert_eq!(at("Europe/Prague", "2026-03-29", "02:30"), "2026-03-29T01:00:00.000Z");
        // The hour that comes twice on 2026-10-25: its first showing.
        assert_eq!(at("Europe/Prague", "2026-10-25", "02:30"), "2026-10-25T00:30:00.000Z");
    }

    #[test]
    fn local_times_read_in_the_forms_that_files_have() {
        let zone = Zone::SHANGHAI;
        for text in ["2026-05-01 08:00:00", "2026-05-01T08:00", "2026-05-01 08:00:00.000"] {
            assert_eq!(zone.parse_local(text).unwrap().to_string(), "2026-05-01T00:00:00.000Z");
        }
        assert!(zone.parse_local("01/05/2026").unwrap_err().to_string().contains("01/05/2026"));
    }

    #[test]
    fn spans_read_and_print() {
        for text in ["90s", "24h", "30d", "1m"] {
            assert!(Span::parse(text).is_ok(), "{text}");
        }
        assert_eq!(Span::parse("24h").unwrap().to_string(), "1d");
        assert!(Span::parse("-1h").is_err() && Span::parse("5").is_err() && Span::parse("h").is_err());
    }

    proptest! {
        #[test]
        fn local_and_instant_agree(ms in 0i64..4_000_000_000_000) {
            let minute = Timestamp(ms - ms.rem_euclid(60_000));
            for zone in [Zone::SHANGHAI, Zone::UTC] {
                let (date, time) = zone.local(minute);
                prop_assert_eq!(zone.instant(date, time), minute);
            }
        }

        #[test]
        fn days_read_back(days in -100_000i32..100_000) {
            prop_assert_eq!(Date::from_days(days).unwrap().to_days(), days);
        }
    }
}
