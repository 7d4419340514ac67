//! When a wait is over, seen from where somebody stands.

use crate::state::Customer;
use crate::world::{Days, Until, World};
use model::{ClockTime, Date, Timestamp, Value, Zone};

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
            Ok(zone(world, customer).instant(day.plus_days(*offset), *at))
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
    let fits = |day: Date| match days {
        Days::Any => true,
        Days::Workdays => calendar.is_workday(day),
        Days::DaysOff => !calendar.is_workday(day),
        Days::Week(bits) => bits & (1 << day.weekday()) != 0,
    };
    let ahead = (0..DAYS_AHEAD).map(|days| today.plus_days(days)).filter(|day| fits(*day));
    let found = ahead.map(|day| zone.instant(day, at)).find(|moment| *moment > now);
    found.ok_or_else(|| format!("expected such a day within {DAYS_AHEAD} days, found none"))
}
