//! When a wait is over, seen from where somebody stands.

use super::best_time;
use crate::state::Customer;
use crate::world::{Days, Every, Offset, Until, World};
use model::{Calendar, ClockTime, Date, Timestamp, Value, Zone};

/// How many days ahead a day of the right kind is looked for: more than any run of holidays.
const DAYS_AHEAD: i64 = 400;

/// The moment that is waited for; `now` or before if there is nothing to wait for.
///
/// # Errors
/// What of the customer is missing or no day, in words without its value.
pub(crate) fn due(
    world: &World,
    customer: &Customer,
    until: &Until,
    now: Timestamp,
) -> Result<Timestamp, String> {
    match until {
        Until::After(span) => Ok(now.after(*span)),
        Until::Clock { at, days } => next_clock(world, zone(world, customer), *at, *days, now),
        Until::Date { attribute, offset, at } => {
            let day = day(world, customer, attribute)?;
            let day = later(&world.institution.calendar, day, *offset)?;
            Ok(zone(world, customer).instant(day, *at))
        }
        Until::Best { within, class, subtype } => {
            let about = best_time::About { class: *class, subtype: subtype.as_ref(), within: *within };
            Ok(best_time::moment(world, customer, &about, now))
        }
    }
}

/// The day that is an attribute of somebody.
///
/// # Errors
/// It is missing, or no day.
pub(super) fn day(world: &World, customer: &Customer, attribute: &str) -> Result<Date, String> {
    match customer.profile.attributes.get(attribute) {
        Some(Value::Date(day)) => Ok(*day),
        Some(Value::Time(at)) => Ok(zone(world, customer).local(*at).0),
        Some(other) => Err(format!("expected a date in customer.{attribute}, found {}", other.kind())),
        None => Err(format!("expected a date in customer.{attribute}, found nothing")),
    }
}

/// Whether a day is one of some.
pub(crate) fn counts(calendar: &Calendar, days: Days, day: Date) -> bool {
    match days {
        Days::Any => true,
        Days::Workdays => calendar.is_workday(day),
        Days::DaysOff => !calendar.is_workday(day),
        Days::Trading => calendar.is_trading_day(day),
        Days::Week(bits) => bits & (1 << day.weekday()) != 0,
    }
}

/// So many days later, of those that count.
///
/// # Errors
/// There are not so many within a time that any calendar knows.
pub(crate) fn later(calendar: &Calendar, day: Date, offset: Offset) -> Result<Date, String> {
    let Offset { count, of } = offset;
    if of == Days::Any {
        return Ok(day.plus_days(count));
    }
    let step = if count < 0 { -1 } else { 1 };
    let mut left = count.abs();
    let mut day = day;
    for _ in 0..DAYS_AHEAD.saturating_add(count.abs().saturating_mul(3)) {
        if left == 0 && counts(calendar, of, day) {
            return Ok(day);
        }
        day = day.plus_days(step);
        left -= i64::from(left > 0 && counts(calendar, of, day));
    }
    Err(format!("expected {} such days near {day}, found fewer", count.abs()))
}

/// The days of an attribute that comes again, near a day: those of some months or years around it, in order.
///
/// # Errors
/// The attribute is missing, or says no day.
pub(super) fn again(
    world: &World,
    customer: &Customer,
    attribute: &str,
    every: Every,
    near: Date,
) -> Result<Vec<Date>, String> {
    let number = match customer.profile.attributes.get(attribute) {
        Some(Value::Int(number)) if every == Every::Month => u32::try_from(*number).unwrap_or(0),
        _ => day(world, customer, attribute)?.day(),
    };
    if !(1..=31).contains(&number) {
        return Err(format!("expected a day of the month, 1 to 31, in customer.{attribute}"));
    }
    let days = match every {
        Every::Month => {
            let first = near.month_start().plus_days(-45).month_start();
            let next = |month: &Date| Some(month.plus_days(31).month_start());
            let months = std::iter::successors(Some(first), next).take(MONTHS_AROUND);
            months.map(|month| of_month(month, number)).collect()
        }
        Every::Year => {
            let whole = day(world, customer, attribute)?;
            let years = (near.year().saturating_sub(1)..).take(YEARS_AROUND);
            let month = |year: u32| Date::new(i32::try_from(year).ok()?, whole.month(), 1);
            years.filter_map(month).map(|month| of_month(month, number)).collect()
        }
    };
    Ok(days)
}

/// The day of a month with a number, or the last of it.
fn of_month(month: Date, number: u32) -> Date {
    let last = month.plus_days(31).month_start().plus_days(-1);
    month.plus_days(i64::from(number) - 1).min(last)
}

/// Months looked at, from the second before on: offsets are a month at most.
const MONTHS_AROUND: usize = 6;
/// Years looked at, from the one before on.
const YEARS_AROUND: usize = 3;

/// The clock on somebody's wall.
pub(super) fn zone(world: &World, customer: &Customer) -> Zone {
    customer.profile.zone.unwrap_or(world.institution.zone)
}

/// When the clock shows a time next, after now.
fn next_clock(
    world: &World,
    zone: Zone,
    at: ClockTime,
    days: Days,
    now: Timestamp,
) -> Result<Timestamp, String> {
    let (today, _) = zone.local(now);
    let calendar = &world.institution.calendar;
    let ahead = (0..DAYS_AHEAD).map(|days| today.plus_days(days)).filter(|day| counts(calendar, days, *day));
    let found = ahead.map(|day| zone.instant(day, at)).find(|moment| *moment > now);
    found.ok_or_else(|| format!("expected such a day within {DAYS_AHEAD} days, found none"))
}
