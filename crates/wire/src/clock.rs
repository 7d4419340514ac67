//! The carrier's clock on the wall, as the Chinese protocols write it: `MMDDhhmmss` as a number, and
//! `YYMMDDhhmmsstnnp`. A clock is never read here: `now` is an argument, and so is how far the carrier's clock is ahead of UTC.

use model::{Date, Span, Timestamp};

/// How far China's clocks are ahead of UTC, in summer and in winter.
pub const CHINA_AHEAD: Span = Span::hours(8);

/// A clock's face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Face {
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
}

/// What the clock shows at an instant.
pub(crate) fn face(at: Timestamp, ahead: Span) -> Face {
    let local = at.after(ahead).0;
    // Out of a calendar's range nothing is due anyway; the first of January keeps every field lawful.
    let (month, day) = i32::try_from(local.div_euclid(DAY_MS))
        .ok()
        .and_then(Date::from_days)
        .map_or((1, 1), |date| (date.month(), date.day()));
    // Below 86,400.
    let seconds = (local.rem_euclid(DAY_MS) / 1_000) as u32;
    Face { month, day, hour: seconds / 3_600, minute: seconds / 60 % 60, second: seconds % 60 }
}

/// `MMDDhhmmss` as a number; its leading zero is for `{:010}` to put back.
pub(crate) fn stamp(at: Timestamp, ahead: Span) -> u32 {
    let Face { month, day, hour, minute, second } = face(at, ahead);
    (((month * 100 + day) * 100 + hour) * 100 + minute) * 100 + second
}

/// `YYMMDDhhmmsstnnp` in whole seconds, for the fields that say until when a message may be tried and when it is to be sent.
/// `ahead` is written as the clock's distance from UTC in quarters of an hour (China: `032+`).
pub fn absolute(at: Timestamp, ahead: Span) -> [u8; 16] {
    let local = at.after(ahead);
    let Face { month, day, hour, minute, second } = face(at, ahead);
    let year = year(local);
    let mut text = *b"0000000000000000";
    let quarters = (ahead.0.abs() / 900_000).min(99) as u32;
    for (place, value) in text.as_chunks_mut::<2>().0.iter_mut().zip([year, month, day, hour, minute, second])
    {
        *place = digits(value);
    }
    let [high, low] = digits(quarters);
    let [.., place_high, place_low, sign] = &mut text;
    (*place_high, *place_low) = (high, low);
    *sign = if ahead.0 < 0 { b'-' } else { b'+' };
    text
}

/// The last two digits of the year.
fn year(local: Timestamp) -> u32 {
    let Some(date) = i32::try_from(local.0.div_euclid(DAY_MS)).ok().and_then(Date::from_days) else {
        return 0;
    };
    // A date prints as its year, month and day.
    let text = date.to_string();
    text.split('-').rev().nth(2).and_then(|year| year.parse::<u32>().ok()).map_or(0, |year| year % 100)
}

/// Two digits of a number; more are cut off.
fn digits(value: u32) -> [u8; 2] {
    [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]
}

const DAY_MS: i64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_in_china_is_eight_hours_ahead() {
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        for (text, expected_stamp, expected) in [
            ("2026-05-01T00:00:00Z", 501_080_000, b"260501080000032+"),
            ("2026-12-31T16:00:01Z", 101_000_001, b"270101000001032+"),
            ("2028-02-28T17:59:59Z", 229_015_959, b"280229015959032+"),
        ] {
            assert_eq!(stamp(at(text), CHINA_AHEAD), expected_stamp);
            assert_eq!(&absolute(at(text), CHINA_AHEAD), expected);
        }
        assert_eq!(&absolute(at("2026-05-01T00:00:00Z"), Span::hours(-3)), b"260430210000012-");
        let _ = (stamp(Timestamp(i64::MIN), CHINA_AHEAD), absolute(Timestamp(i64::MAX), CHINA_AHEAD));
    }
}
