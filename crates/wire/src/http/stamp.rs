//! Times as the vendors write them: ISO 8601 in UTC, RFC 2822, local wall clock, compact dates, seconds since 1970.
//!
//! Reading says `None` for what is not a time in the form asked for; the caller knows the field's name and says it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use model::{Timestamp, Zone};

fn utc(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default()
}

/// `2026-11-22T14:36:05Z`.
pub fn iso(at: Timestamp) -> String {
    utc(at).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads ISO 8601 with seconds and an offset or `Z`.
pub fn parse_iso(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text.trim()).ok()
}

/// `Sun, 22 Nov 2026 10:00:00 +0000` (RFC 2822 §3.3), in UTC.
pub fn rfc2822(at: Timestamp) -> String {
    utc(at).format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// Reads RFC 2822.
pub fn parse_rfc2822(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|at| Timestamp(at.timestamp_millis()))
}

/// `2026-11-22 18:00:00` on China's clock, which both Chinese vendors write without saying so.
pub fn local(at: Timestamp) -> String {
    let (date, time) = Zone::SHANGHAI.local(at);
    let second = at.0.div_euclid(1_000).rem_euclid(60);
    format!("{date} {time}:{second:02}")
}

/// Reads `2026-11-22 18:00:00` on China's clock.
pub fn parse_local(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    Zone::SHANGHAI.parse_local(text).ok()
}

/// `2026-11-22`, the day in UTC.
pub fn utc_date(at: Timestamp) -> String {
    utc(at).format("%Y-%m-%d").to_string()
}

/// `20261122`, the day on China's clock.
pub fn compact_date(at: Timestamp) -> String {
    Zone::SHANGHAI.local(at).0.to_string().replace('-', "")
}

/// Whether a text is a day such as `20261122`.
pub fn is_compact_date(text: &str) -> bool {
    text.len() == 8 && NaiveDate::parse_from_str(text, "%Y%m%d").is_ok()
}

/// Whole seconds since 1970, rounded down.
pub fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(1_000)
}

/// The instant so many seconds after 1970; none beyond what a timestamp holds.
pub fn from_seconds(seconds: i64) -> Option<Timestamp> {
    seconds.checked_mul(1_000).map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        let at = Timestamp(1_795_338_000_000);
        assert_eq!(iso(at), "2026-11-22T09:00:00Z");
        assert_eq!(rfc2822(at), "Sun, 22 Nov 2026 09:00:00 +0000");
        assert_eq!(local(at), "2026-11-22 17:00:00");
        assert_eq!(utc_date(at), "2026-11-22");
        assert_eq!(compact_date(at), "20261122");
        assert_eq!(parse_iso(&iso(at)), Some(at));
        assert_eq!(parse_rfc2822(&rfc2822(at)), Some(at));
        assert_eq!(parse_local(&local(at)), Some(at));
        assert_eq!(from_seconds(seconds(at)), Some(at));
    }

    #[test]
    fn what_is_no_time_is_none() {
        assert_eq!(parse_iso("2026-11-22 09:00:00"), None);
        assert_eq!(parse_local("2026-11-22T17:00:00Z"), None);
        assert_eq!(parse_rfc2822("yesterday"), None);
        assert_eq!(from_seconds(i64::MAX), None);
        assert!(is_compact_date("20261122") && !is_compact_date("20261322") && !is_compact_date("2026112"));
    }
}
