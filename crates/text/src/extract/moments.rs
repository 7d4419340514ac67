//! Dates and times of day, as messages write them: 2024-10-06 23:46, 06/10/24, 18AUG2024, 10月6日15:03, 19日19时10分.
//!
//! Only shapes: it does not ask whether a month has 31 days, and it makes no instant of what it finds, because most
//! messages leave the year or the zone out. It exists to tell where such a piece ends, so that none of its digits is
//! read as money.

use super::tokens::run;

/// The first three letters of months, English.
const MONTHS: [&[u8]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];

/// Where the date or the time that begins with the digit at `at` ends.
pub(super) fn moment(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = digits(bytes, at);
    let length = end - at;
    let separator = bytes.get(end).copied()?;
    match separator {
        b':' if length <= 2 => clock(text, end),
        b'-' | b'/' | b'.' if length <= 4 => calendar(text, at, end, separator),
        b'j' | b'f' | b'm' | b'a' | b's' | b'o' | b'n' | b'd' if length <= 2 => with_month(bytes, end),
        b' ' if length <= 2 => with_month(bytes, end + 1).filter(|_| length > 0),
        _ if length <= 4 && !separator.is_ascii() => chinese(text, end),
        _ => None,
    }
}

fn digits(bytes: &[u8], at: usize) -> usize {
    run(bytes, at, |b| b.is_ascii_digit())
}

/// `:46` or `:46:10`, as it stands behind the hours.
fn clock(text: &str, colon: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let minutes = digits(bytes, colon + 1);
    if minutes != colon + 3 {
        return None;
    }
    if bytes.get(minutes) == Some(&b':') && digits(bytes, minutes + 1) == minutes + 3 {
        return Some(minutes + 3);
    }
    Some(minutes)
}

fn calendar(text: &str, at: usize, end: usize, separator: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let second = digits(bytes, end + 1);
    let parts = second - end - 1;
    if parts == 0 {
        return (separator != b'.').then(|| with_month(bytes, end + 1)).flatten();
    }
    if parts > 2 {
        return None;
    }
    if bytes.get(second) == Some(&separator) {
        let third = digits(bytes, second + 1);
        let last = third - second - 1;
        // 12.34.56 is a date, 1.23.456 may be money.
        let is_date = matches!(last, 1 | 2 | 4)
            && (separator != b'.' || end - at == parts || last == 4 || end - at == 4);
        return is_date.then_some(third);
    }
    let short = end - at <= 2 && parts == 2;
    match separator {
        b'/' if short => Some(second),
        b'-' if short
            && end - at == 2
            && value(bytes, at, end) <= 31
            && value(bytes, end + 1, second) <= 31 =>
        {
            Some(second)
        }
        // 07.01 15:18
        b'.' if short && end - at == 2 => {
            let hours = digits(bytes, second + 1);
            let is_clock = matches!(bytes.get(second), Some(b' ' | b',')) && hours == second + 3;
            (is_clock && bytes.get(hours) == Some(&b':')).then_some(second)
        }
        _ => None,
    }
}

fn value(bytes: &[u8], at: usize, end: usize) -> u32 {
    bytes[at..end].iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
}

/// `aug2024`, `sep-25`, `apr 2026`, as they stand behind the day.
fn with_month(bytes: &[u8], at: usize) -> Option<usize> {
    let name = bytes.get(at..at + 3)?;
    if !MONTHS.contains(&name) {
        return None;
    }
    let letters = run(bytes, at, |b| b.is_ascii_lowercase());
    let from =
        if matches!(bytes.get(letters), Some(b'-' | b' ' | b'/' | b',')) { letters + 1 } else { letters };
    let year = digits(bytes, from);
    Some(if matches!(year - from, 2 | 4) { year } else { letters })
}

/// 年, 月, 日, 时, 分 behind digits, and the time that stands directly behind a day.
fn chinese(text: &str, end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mark = text.get(end..end + 3)?;
    if !matches!(mark, "年" | "月" | "日" | "时" | "分" | "秒" | "号") {
        return None;
    }
    let mut end = end + 3;
    loop {
        let next = digits(bytes, end);
        if next == end || next - end > 2 {
            return Some(end);
        }
        end = match text.get(next..next + 3) {
            Some("月" | "日" | "时" | "分" | "秒") => next + 3,
            _ if bytes.get(next) == Some(&b':') => return clock(text, next),
            _ => return Some(end),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_end_where_they_end() {
        for (text, expect) in [
            ("2024-10-06 23:46", Some("2024-10-06")),
            ("23:46:01 x", Some("23:46:01")),
            ("06/10/24,", Some("06/10/24")),
            ("18aug2024 1", Some("18aug2024")),
            ("13-sep-25 ", Some("13-sep-25")),
            ("10月6日15:03消费", Some("10月6日15:03")),
            ("19日19时10分退", Some("19日19时10分")),
            ("2024年1月2日买", Some("2024年1月2日")),
            ("07.01 15:18", Some("07.01")),
            ("14.50 usd", None),
            ("1.234.567", None),
            ("500-1", None),
            ("12元", None),
        ] {
            assert_eq!(moment(text, 0).map(|end| &text[..end]), expect, "{text}");
        }
    }
}
