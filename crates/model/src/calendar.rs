//! Which days are days off: public holidays and the working weekends that pay for them.

use crate::Date;
use std::collections::BTreeSet;

/// A country's days off, as its government publishes them each year.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Public holidays.
    pub holidays: BTreeSet<Date>,
    /// Saturdays and Sundays that were made working days in exchange.
    pub working_weekends: BTreeSet<Date>,
    /// Days on which the exchanges are closed although people work.
    pub no_trading: BTreeSet<Date>,
}

impl Calendar {
    /// Whether the day is a public holiday.
    pub fn is_holiday(&self, day: Date) -> bool {
        self.holidays.contains(&day)
    }

    /// Whether the exchanges trade: never on a weekend, not even on one that is worked in exchange.
    pub fn is_trading_day(&self, day: Date) -> bool {
        !(day.is_weekend() || self.is_holiday(day) || self.no_trading.contains(&day))
    }

    /// Whether people work on the day: a weekday that is no holiday, or a weekend made a working day.
    pub fn is_workday(&self, day: Date) -> bool {
        self.working_weekends.contains(&day) || !(day.is_weekend() || self.is_holiday(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanged_weekends_are_workdays() {
        let day = |text| Date::parse(text).unwrap();
        let calendar = Calendar {
            holidays: [day("2026-10-01")].into(),
            working_weekends: [day("2026-10-10")].into(),
            no_trading: [day("2026-10-14")].into(),
        };
        assert!(!calendar.is_workday(day("2026-10-01")));
        assert!(calendar.is_workday(day("2026-10-10")));
        assert!(!calendar.is_workday(day("2026-10-11")));
        assert!(calendar.is_workday(day("2026-10-12")));
        let trades = ["2026-10-01", "2026-10-10", "2026-10-12", "2026-10-14"]
            .map(|text| calendar.is_trading_day(day(text)));
        assert_eq!(trades, [false, false, true, false]);
    }
}
