//! Days and instants as files write them: by pattern, in a zone, or spread over a day that is all the file knows.
//!
//! It never guesses between two readings of a text: the patterns are tried in the order of the map, and what fits none of
//! them is a bad row.

use super::row::{ColumnId, Row};
use super::stable_hash::StableHash;
use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{DateTime, Datelike, NaiveTime, Timelike};
use model::{ClockTime, Date, Span, Timestamp, Zone};

/// One way to write a day.
#[derive(Debug, Clone)]
pub(crate) enum DatePattern {
    /// `2026-05-01`.
    Iso,
    /// By a pattern.
    Pattern(Pattern),
}

/// One way to write an instant.
#[derive(Debug, Clone)]
pub(crate) enum TimePattern {
    /// `2026-05-01T08:00:00+08:00`.
    Rfc3339,
    /// `2026-05-01 08:00:00` and near relatives, on the clock of the zone.
    Local,
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
    /// By a pattern.
    Pattern(Pattern),
}

/// A pattern such as `%d.%m.%Y %H:%M`.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    items: Vec<Item<'static>>,
    has_clock: bool,
    has_offset: bool,
}

/// How instants are read.
#[derive(Debug, Clone)]
pub(crate) struct TimeFormat {
    /// The clock on the wall for texts without an offset.
    pub(crate) zone: Zone,
    /// How the text is written.
    pub(crate) text: TimeText,
}

/// Whether the file knows the time or only the day.
#[derive(Debug, Clone)]
pub(crate) enum TimeText {
    /// The text is an instant.
    Instant(Vec<TimePattern>),
    /// The text is a day; the time of day comes from the row, always the same for the same row.
    Spread(Vec<DatePattern>, Spread),
}

/// How rows of a day are spread over it.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    /// The columns that tell the rows apart.
    pub(crate) by: Vec<ColumnId>,
    /// The first minute of the window.
    pub(crate) from: ClockTime,
    /// The end of the window.
    pub(crate) to: ClockTime,
}

impl Pattern {
    /// Reads a pattern of `strftime` letters.
    ///
    /// # Errors
    /// When it is none, or what it writes has no day in it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let unknown = || format!("expected a pattern such as %d.%m.%Y %H:%M, found {text:?}");
        let items = StrftimeItems::new(text).parse_to_owned().map_err(|_| unknown())?;
        // Whether it holds a day, a time, an offset is seen by writing with it and reading that.
        let sample = DateTime::from_timestamp_millis(SAMPLE_MS).ok_or_else(unknown)?;
        let written = sample.format_with_items(items.iter()).to_string();
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, &written, items.iter()).map_err(|_| unknown())?;
        let has_offset = parsed.offset().is_some() || parsed.timestamp().is_some();
        if parsed.to_naive_date().is_err() && !has_offset {
            return Err(format!("expected a pattern with year, month and day, found {text:?}"));
        }
        let has_clock = parsed.to_naive_time().is_ok() || parsed.timestamp().is_some();
        if !has_clock && parsed.hour_div_12().or(parsed.hour_mod_12()).or(parsed.minute()).is_some() {
            return Err(format!("expected a pattern with hour and minute, or neither, found {text:?}"));
        }
        Ok(Self { text: text.to_owned(), items, has_clock, has_offset })
    }

    /// Whether it says more than a day.
    pub(crate) fn has_clock(&self) -> bool {
        self.has_clock
    }

    fn parsed(&self, text: &str) -> Option<Parsed> {
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, text, self.items.iter()).ok()?;
        Some(parsed)
    }

    fn date(&self, text: &str) -> Option<Date> {
        let date = self.parsed(text)?.to_naive_date().ok()?;
        date_of(date.year(), date.month(), date.day())
    }

    fn instant(&self, text: &str, zone: Zone) -> Option<Timestamp> {
        let parsed = self.parsed(text)?;
        if self.has_offset {
            return Some(Timestamp(parsed.to_datetime().ok()?.timestamp_millis()));
        }
        let date = parsed.to_naive_date().ok()?;
        let date = date_of(date.year(), date.month(), date.day())?;
        let clock = if self.has_clock { parsed.to_naive_time().ok()? } else { NaiveTime::MIN };
        let millis = i64::from(clock.nanosecond() / 1_000_000);
        instant(zone, date, clock.num_seconds_from_midnight(), millis)
    }
}

impl DatePattern {
    /// The day that a text says.
    pub(crate) fn read(&self, text: &str) -> Option<Date> {
        match self {
            Self::Iso => iso_date(text),
            Self::Pattern(pattern) => pattern.date(text),
        }
    }

    fn shown(&self) -> &str {
        match self {
            Self::Iso => "2026-05-01",
            Self::Pattern(pattern) => &pattern.text,
        }
    }
}

impl TimePattern {
    fn read(&self, text: &str, zone: Zone) -> Option<Timestamp> {
        match self {
            Self::Rfc3339 => Timestamp::parse_rfc3339(text).ok(),
            Self::Local => match iso_date(text) {
                Some(date) => Some(zone.instant(date, ClockTime::MIDNIGHT)),
                None => zone.parse_local(text).ok(),
            },
            Self::UnixSeconds => text.parse::<i64>().ok()?.checked_mul(1_000).map(Timestamp),
            Self::UnixMillis => text.parse().ok().map(Timestamp),
            Self::Pattern(pattern) => pattern.instant(text, zone),
        }
    }

    fn shown(&self) -> &str {
        match self {
            Self::Rfc3339 => "2026-05-01T08:00:00+08:00",
            Self::Local => "2026-05-01 08:00:00",
            Self::UnixSeconds => "seconds since 1970",
            Self::UnixMillis => "milliseconds since 1970",
            Self::Pattern(pattern) => &pattern.text,
        }
    }
}

impl TimeFormat {
    /// The instant that a text says, for a row if the day alone is known; `None` when it says none.
    pub(crate) fn read(&self, text: &str, row: Option<&Row>) -> Option<Timestamp> {
        let at = match &self.text {
            TimeText::Instant(patterns) => {
                patterns.iter().find_map(|pattern| pattern.read(text, self.zone))?
            }
            TimeText::Spread(patterns, spread) => {
                let date = patterns.iter().find_map(|pattern| pattern.read(text))?;
                instant(self.zone, date, row.map_or(0, |row| spread.second(row)), 0)?
            }
        };
        (INSTANT_MIN..=INSTANT_MAX).contains(&at).then_some(at)
    }

    /// What to expect, for complaints.
    pub(crate) fn expected(&self) -> String {
        match &self.text {
            TimeText::Instant(patterns) => {
                format!(
                    "a time such as {}",
                    patterns.iter().map(TimePattern::shown).collect::<Vec<_>>().join(" or ")
                )
            }
            TimeText::Spread(patterns, _) => expected_date(patterns),
        }
    }
}

impl Spread {
    /// The second of the day at which a row is put.
    fn second(&self, row: &Row) -> u32 {
        // A cell that is no text is the business of whoever reads it as a value.
        let hash = self.by.iter().fold(StableHash::EMPTY, |hash, id| hash.with(row.text(*id).ok().flatten()));
        let minutes = self.to.minutes().saturating_sub(self.from.minutes());
        let second = hash.below(u64::from(minutes) * 60) as u32;
        u32::from(self.from.minutes()) * 60 + second
    }
}

/// What to expect where a day should stand.
pub(crate) fn expected_date(patterns: &[DatePattern]) -> String {
    format!("a date such as {}", patterns.iter().map(DatePattern::shown).collect::<Vec<_>>().join(" or "))
}

/// Appends an instant in RFC 3339, UTC, with milliseconds: `2026-05-01T00:00:00.000Z`.
///
/// What `Timestamp` prints, at a tenth of the time: every row has an instant or two, and a general formatter would be the
/// largest single cost of a row.
pub(crate) fn put_instant(out: &mut Vec<u8>, at: Timestamp) {
    put_day(out, at.0.div_euclid(DAY_MS));
    let millis = at.0.rem_euclid(DAY_MS);
    out.push(b'T');
    put_digits(out, millis / 3_600_000, 2);
    out.push(b':');
    put_digits(out, millis / 60_000 % 60, 2);
    out.push(b':');
    put_digits(out, millis / 1_000 % 60, 2);
    out.push(b'.');
    put_digits(out, millis % 1_000, 3);
    out.push(b'Z');
}

/// Appends a day: `2026-05-01`.
pub(crate) fn put_date(out: &mut Vec<u8>, date: Date) {
    put_day(out, i64::from(date.to_days()));
}

/// Appends the day so many days after 1970-01-01, for the years 0 to 9999.
fn put_day(out: &mut Vec<u8>, days: i64) {
    // The year is taken to begin in March, so that the leap day is its last; a cycle of 400 years has 146,097 days.
    let from_march = days + 719_468;
    let cycle = from_march.div_euclid(146_097);
    let day = from_march.rem_euclid(146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    put_digits(out, cycle * 400 + year + i64::from(month >= 10), 4);
    out.push(b'-');
    put_digits(out, if month < 10 { month + 3 } else { month - 9 }, 2);
    out.push(b'-');
    put_digits(out, day_of_year - (153 * month + 2) / 5 + 1, 2);
}

fn put_digits(out: &mut Vec<u8>, number: i64, width: u32) {
    out.extend((0..width).rev().map(|place| b'0' + (number / 10_i64.pow(place) % 10) as u8));
}

/// The instant at which the clock on the wall of a zone shows so many seconds after midnight of a day.
fn instant(zone: Zone, date: Date, second: u32, millis: i64) -> Option<Timestamp> {
    let minutes = second / 60;
    let digits = [minutes / 600, minutes / 60 % 10, minutes % 60 / 10, minutes % 10].map(|n| b'0' + n as u8);
    let [h1, h2, m1, m2] = digits;
    let clock = [h1, h2, b':', m1, m2];
    let clock = ClockTime::parse(std::str::from_utf8(&clock).ok()?).ok()?;
    Some(zone.instant(date, clock).after(Span(i64::from(second % 60) * 1_000 + millis)))
}

/// `2026-05-01` and nothing else. Most cells with a day are written so, and this is the quick way.
fn iso_date(text: &str) -> Option<Date> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return None };
    let number = |digits: &[&u8]| {
        digits
            .iter()
            .try_fold(0u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(**digit - b'0')))
    };
    date_of(number(&[y1, y2, y3, y4])? as i32, number(&[m1, m2])?, number(&[d1, d2])?)
}

/// A day of the four-digit years: RFC 3339 knows no others, and a year 26 is a mistake.
fn date_of(year: i32, month: u32, day: u32) -> Option<Date> {
    (YEAR_MIN..=YEAR_MAX).contains(&year).then(|| Date::new(year, month, day)).flatten()
}

const YEAR_MIN: i32 = 1000;
const YEAR_MAX: i32 = 9999;
const DAY_MS: i64 = 86_400_000;
/// The beginning of the year 1000 and the end of the year 9999.
const INSTANT_MIN: Timestamp = Timestamp(-30_610_224_000_000);
const INSTANT_MAX: Timestamp = Timestamp(253_402_300_799_999);
/// 2021-11-23T14:35:46Z: every part of it differs from every other.
const SAMPLE_MS: i64 = 1_637_678_146_000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn instants_and_days_print_as_the_model_prints_them(ms in INSTANT_MIN.0..=INSTANT_MAX.0) {
            let mut out = Vec::new();
            put_instant(&mut out, Timestamp(ms));
            prop_assert_eq!(String::from_utf8(out).unwrap(), Timestamp(ms).to_string());
            let date = Date::from_days((ms / DAY_MS) as i32).unwrap();
            let mut out = Vec::new();
            put_date(&mut out, date);
            prop_assert_eq!(String::from_utf8(out).unwrap(), date.to_string());
        }
    }

    fn time(pattern: TimePattern, zone: &str, text: &str) -> Option<String> {
        let format = TimeFormat { zone: Zone::parse(zone).unwrap(), text: TimeText::Instant(vec![pattern]) };
        format.read(text, None).map(|at| at.to_string())
    }

    fn pattern(text: &str) -> TimePattern {
        TimePattern::Pattern(Pattern::parse(text).unwrap())
    }

    #[test]
    fn times_read_in_their_zone() {
        let prague = "Europe/Prague";
        let table = [
            (pattern("%d.%m.%Y %H:%M"), prague, "1.7.2026 08:30", Some("2026-07-01T06:30:00.000Z")),
            (pattern("%Y%m%d%H%M%S"), "Asia/Shanghai", "20260501080000", Some("2026-05-01T00:00:00.000Z")),
            (pattern("%Y%m%d"), "Asia/Shanghai", "20260501", Some("2026-04-30T16:00:00.000Z")),
            (
                pattern("%Y-%m-%d %H:%M %z"),
                prague,
                "2026-05-01 08:00 +0800",
                Some("2026-05-01T00:00:00.000Z"),
            ),
            (pattern("%m/%d/%Y %I:%M %p"), "UTC", "05/01/2026 08:15 PM", Some("2026-05-01T20:15:00.000Z")),
            (pattern("%Y%m%d"), "UTC", "20260231", None),
            (pattern("%Y%m%d"), "UTC", "00260501", None),
            // The gap of 2026-03-29 in Prague: 02:30 becomes 03:00, the first instant after it.
            (TimePattern::Local, prague, "2026-03-29 02:30:00", Some("2026-03-29T01:00:00.000Z")),
            (TimePattern::Local, "Asia/Shanghai", "2026-05-01", Some("2026-04-30T16:00:00.000Z")),
            (TimePattern::Rfc3339, prague, "2026-05-01T08:00:00+08:00", Some("2026-05-01T00:00:00.000Z")),
            (TimePattern::UnixSeconds, prague, "1777593600", Some("2026-05-01T00:00:00.000Z")),
            (TimePattern::UnixMillis, prague, "1777593600123", Some("2026-05-01T00:00:00.123Z")),
            (TimePattern::UnixSeconds, prague, "1777593600123", None),
        ];
        for (pattern, zone, text, expect) in table {
            let shown = pattern.shown().to_owned();
            assert_eq!(time(pattern, zone, text).as_deref(), expect, "{shown} {text}");
        }
    }

    #[test]
    fn a_pattern_must_say_a_day() {
        for bad in ["%H:%M", "%Q", "%Y-%m", "%Y-%m-%d %H"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
        assert!(!Pattern::parse("%Y年%m月%d日").unwrap().has_clock());
        assert!(Pattern::parse("%s").unwrap().has_clock());
        assert_eq!(
            pattern("%Y年%m月%d日").read("2026年05月01日", Zone::UTC).unwrap().to_string(),
            "2026-05-01T00:00:00.000Z"
        );
    }

    #[test]
    fn iso_days_are_read_strictly() {
        assert_eq!(iso_date("2024-02-29"), Date::new(2024, 2, 29));
        for bad in ["2023-02-29", "2024-2-29", "2024/02/29", "2024-02-29 ", "٢٠٢٤-٠٢"] {
            assert_eq!(iso_date(bad), None, "{bad}");
        }
    }
}
