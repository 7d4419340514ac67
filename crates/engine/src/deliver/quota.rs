//! What a route may still be handed today: the day of the institution's calendar, counted by the hours in which parts were
//! handed over. It reads what `apply` has counted; it counts nothing itself.

use crate::state::State;
use crate::world::World;
use model::{ClockTime, RouteId, Timestamp};
use std::collections::BTreeMap;

/// How many parts a route was handed since midnight. Where midnight is not on the hour of UTC, the whole hour counts.
pub(crate) fn handed(
    world: &World,
    handed: &BTreeMap<RouteId, BTreeMap<i64, u64>>,
    route: &RouteId,
    now: Timestamp,
) -> u64 {
    let Some(hours) = handed.get(route) else { return 0 };
    let zone = world.institution.zone;
    let midnight = zone.instant(zone.local(now).0, ClockTime::MIDNIGHT);
    hours.range(midnight.0.div_euclid(HOUR_MS)..).map(|(_, parts)| parts).sum()
}

/// How many parts a route may still be handed today; none if its contract names no quota.
pub(crate) fn left(world: &World, state: &State, route: &RouteId, now: Timestamp) -> Option<u64> {
    let daily = world.routes.get(route)?.daily_parts?;
    Some(daily.saturating_sub(handed(world, &state.handed, route, now)))
}

/// When the next day of the institution begins.
pub(crate) fn next_day(world: &World, now: Timestamp) -> Timestamp {
    let zone = world.institution.zone;
    zone.instant(zone.local(now).0.plus_days(1), ClockTime::MIDNIGHT)
}

const HOUR_MS: i64 = 3_600_000;
