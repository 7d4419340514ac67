//! Times as SMPP writes them (§7.1.1): absolute `YYMMDDhhmmsstnnp` and relative `YYMMDDhhmmss000R`. The carrier's side reads
//! both, a client writes relative ones. The dates inside a
//! text receipt have no zone: `WallClock`.

use model::{Date, Span, Timestamp};

/// A relative time for `validity_period` or `schedule_delivery_time`, whole seconds. At most 31 days, the longest this
/// form says without months, whose length nobody agrees on; longer spans become 31 days, negative ones 0.
pub fn relative(span: Span) -> [u8; 16] {
    let seconds = (span.0 / 1_000).clamp(0, RELATIVE_DAYS_MAX * SECONDS_A_DAY);
    let mut text = *b"000000000000000R";
    let fields = [seconds / SECONDS_A_DAY, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60];
    // Years and months stay 0; days, hours, minutes, seconds follow them.
    for (place, value) in text.as_chunks_mut::<2>().0.iter_mut().skip(2).zip(fields) {
        // Every value is below 100.
        *place = [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8];
    }
    text
}

/// Reads an absolute time. The century is 2000 (GSM 03.40 leaves it open; SMPP is younger). `None` for a relative time
/// or anything else.
pub fn absolute(text: &[u8]) -> Option<Timestamp> {
    let (digits, &[tenths, quarters_high, quarters_low, sign]) = text
        .split_first_chunk::<12>()
        .and_then(|(digits, rest)| Some((digits, rest.first_chunk::<4>().filter(|_| rest.len() == 4)?)))?;
    let local = civil(digits)?;
    let tenths = i64::from(digit(tenths)?);
    let quarters = i64::from(digit(quarters_high)? * 10 + digit(quarters_low)?);
    let ahead = match sign {
        b'+' => quarters,
        b'-' => -quarters,
        _ => return None,
    };
    Some(Timestamp(local + tenths * 100 - ahead * 15 * 60_000))
}

/// A time in either form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// At an instant.
    At(Timestamp),
    /// So long after the message was taken over.
    After(Span),
}

impl When {
    /// The instant, for a message that was taken over then.
    pub fn from(self, taken: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::After(span) => taken.after(span),
        }
    }
}

/// Reads a time in either form. `None` for anything else, the empty time among it.
pub fn read(text: &[u8]) -> Option<When> {
    match text.last() {
        Some(b'R') => span(text).map(When::After),
        _ => absolute(text).map(When::At),
    }
}

/// Reads a relative time. A year counts 365 days and a month 30, whichever follow: nobody agrees on their length, and
/// hardly anybody writes them.
pub fn span(text: &[u8]) -> Option<Span> {
    let digits = text.strip_suffix(b"000R")?.first_chunk::<12>().filter(|_| text.len() == 16)?;
    let [years, months, days, hours, minutes, seconds] = fields(digits)?.map(i64::from);
    let days = years * 365 + months * 30 + days;
    Some(Span::seconds(days * SECONDS_A_DAY + hours * 3_600 + minutes * 60 + seconds))
}

/// A time on a clock whose zone is not said, as receipts write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallClock(i64);

impl WallClock {
    /// The instant, given how far that clock is ahead of UTC (China: 8 hours).
    pub fn at(self, ahead: Span) -> Timestamp {
        Timestamp(self.0).before(ahead)
    }
}

/// Reads `YYMMDDhhmm`, `YYMMDDhhmmss` or `YYYYMMDDhhmmss`.
pub fn wall_clock(text: &[u8]) -> Option<WallClock> {
    let mut digits = *b"000000000000";
    let shown = match text.len() {
        10 | 12 => text,
        14 => text.strip_prefix(b"20")?,
        _ => return None,
    };
    for (place, octet) in digits.iter_mut().zip(shown) {
        *place = *octet;
    }
    civil(&digits).map(WallClock)
}

/// `YYMMDDhhmmss` as milliseconds since 1970 on the clock it was read from.
fn civil(digits: &[u8; 12]) -> Option<i64> {
    let [year, month, day, hour, minute, second] = fields(digits)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let date = Date::new(2000 + i32::try_from(year).ok()?, month, day)?;
    Some((i64::from(date.to_days()) * SECONDS_A_DAY + i64::from(hour * 3_600 + minute * 60 + second)) * 1_000)
}

/// Six numbers of two digits.
fn fields(digits: &[u8; 12]) -> Option<[u32; 6]> {
    let mut fields = [0u32; 6];
    for (field, &[high, low]) in fields.iter_mut().zip(digits.as_chunks::<2>().0) {
        *field = u32::from(digit(high)? * 10 + digit(low)?);
    }
    Some(fields)
}

fn digit(octet: u8) -> Option<u8> {
    octet.is_ascii_digit().then(|| octet - b'0')
}

const SECONDS_A_DAY: i64 = 86_400;
const RELATIVE_DAYS_MAX: i64 = 31;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_count_days_hours_minutes_seconds() {
        for (span, expected) in [
            (Span::seconds(0), "000000000000000R"),
            (Span::seconds(59), "000000000059000R"),
            (Span::hours(48), "000002000000000R"),
            (Span::millis(93_784_999), "000001020304000R"),
            (Span::days(400), "000031000000000R"),
            (Span::seconds(-5), "000000000000000R"),
        ] {
            assert_eq!(std::str::from_utf8(&relative(span)), Ok(expected));
        }
    }

    #[test]
    fn times_are_read_in_either_form() {
        let taken = Timestamp(1_000);
        for (text, expected) in [
            ("000002000000000R", Some(taken.after(Span::hours(48)))),
            ("000000010203000R", Some(taken.after(Span::seconds(3_723)))),
            ("010100000000000R", Some(taken.after(Span::days(395)))),
            ("000000990099000R", Some(taken.after(Span::seconds(99 * 3_600 + 99)))),
            ("700101000000000+", None),
            ("260501080000032+", absolute(b"260501080000032+")),
            ("000002000000001R", None),
            ("00000200000000R", None),
            ("0000020000000000R", None),
            ("00000x000000000R", None),
            ("R", None),
            ("", None),
        ] {
            let found = read(text.as_bytes()).map(|when| when.from(taken));
            if text.starts_with('7') {
                assert!(found.is_some_and(|at| at.to_string().starts_with("2070")), "{text}");
            } else {
                assert_eq!(found, expected, "{text}");
            }
        }
        assert_eq!(span(&relative(Span::millis(93_784_000))), Some(Span::millis(93_784_000)));
    }

    #[test]
    fn absolute_times_know_their_zone() {
        for (text, expected) in [
            ("260501080000032+", Some("2026-05-01T00:00:00.000Z")),
            ("260501080000500+", Some("2026-05-01T08:00:00.500Z")),
            ("991231235959920-", Some("2100-01-01T04:59:59.900Z")),
            ("260230080000032+", None),
            ("260501240000032+", None),
            ("000002000000000R", None),
            ("2605010800", None),
            ("", None),
            ("26050108000003x+", None),
        ] {
            assert_eq!(absolute(text.as_bytes()).map(|t| t.to_string()).as_deref(), expected, "{text}");
        }
    }
}
