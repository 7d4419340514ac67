//! Calendar days from milliseconds, for ids and due dates. The proleptic Gregorian calendar, whole numbers only.

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;
/// What the bank's clocks are ahead of UTC: Asia/Shanghai, no summer time.
const BANK_OFFSET_MS: i64 = 8 * 3_600_000;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
}

impl Date {
    /// The day it is at the bank at an instant (milliseconds since 1970 UTC).
    pub(super) fn at_bank(at_ms: i64) -> Self {
        Self::of_day((at_ms.saturating_add(BANK_OFFSET_MS)).div_euclid(DAY_MS))
    }

    /// The day so many days after 1970-01-01. Counts from 1 March of year 0, where leap days come last in a year and
    /// the calendar repeats every 146,097 days (400 years).
    fn of_day(day: i64) -> Self {
        let from_march = day + 719_468;
        let era = from_march.div_euclid(146_097);
        let of_era = from_march.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day: of_year - (153 * month_from_march + 2) / 5 + 1 }
    }

    /// `2026-03-03`.
    pub(super) fn dashed(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `20260303`.
    pub(super) fn packed(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        for (day, expect) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (19_783, "2024-03-01"),
            (20_514, "2026-03-02"),
            (-25_509, "1900-02-28"),
            (-25_508, "1900-03-01"),
        ] {
            assert_eq!(Date::of_day(day).dashed(), expect);
        }
    }

    #[test]
    fn the_bank_day_starts_at_midnight_in_shanghai() {
        let midnight = 1_772_467_200_000;
        assert_eq!(Date::at_bank(midnight).packed(), "20260303");
        assert_eq!(Date::at_bank(midnight - 1).packed(), "20260302");
        assert_eq!(Date::at_bank(midnight + DAY_MS).packed(), "20260304");
    }
}
