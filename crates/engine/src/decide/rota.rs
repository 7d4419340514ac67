//! Journeys that days which come again set off: everybody is walked through, a little at a time and no further ahead than
//! carriers take, as with broadcasts.
//!
//! It follows from the configuration and the clock, so it is not part of the state. A start begins a walk anew whose moment
//! is not too long ago; whoever has entered for that day is passed over, so each enters once.

use super::agenda::{Day, is_on};
use super::broadcast::has_room_ahead;
use super::triggers::entry_key;
use super::until::counts;
use crate::state::State;
use crate::world::{Journey, Trigger, World};
use model::{Date, Subject, Timestamp, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which walk is next, or under way, for each journey with a schedule.
#[derive(Debug, Default)]
pub(crate) struct Rota {
    /// By the journey's name.
    walks: BTreeMap<Arc<str>, Walk>,
}

#[derive(Debug)]
struct Walk {
    day: Date,
    at: Timestamp,
    /// Who is looked at next.
    next: Subject,
    /// The last who was known when it began.
    up_to: Option<Subject>,
}

impl Rota {
    /// What is next for each journey.
    pub(crate) fn of(world: &World, now: Timestamp) -> Self {
        let walks = world.journeys.schedules().iter().filter_map(|journey| {
            let Trigger::Schedule { late, .. } = &journey.trigger else { return None };
            let since = now.before(*late);
            let first = world.institution.zone.local(since).0;
            Some((Arc::from(journey.id.as_str()), walk(world, journey, first, since)?))
        });
        Self { walks: walks.collect() }
    }

    /// The next customer for whom a day has come; at most so many are looked at, which is counted down.
    pub(crate) fn take(
        &mut self,
        world: &World,
        state: &State,
        looks: &mut usize,
        now: Timestamp,
    ) -> Option<Day> {
        for journey in world.journeys.schedules() {
            let Some(walk) = self.walks.get_mut(journey.id.as_str()).filter(|walk| walk.at <= now) else {
                continue;
            };
            if !may_go_on(state, journey) {
                continue;
            }
            let up_to = *walk.up_to.get_or_insert(Subject(state.next_subject.saturating_sub(1)));
            let key = entry_key(journey, None, Some(walk.day));
            for (subject, customer) in
                state.customers.range(walk.next..).take_while(|(subject, _)| **subject <= up_to)
            {
                if *looks == 0 {
                    return None;
                }
                *looks -= 1;
                walk.next = Subject(subject.0 + 1);
                if key.is_none_or(|key| !customer.entered.contains_key(&key)) {
                    return Some(Day { journey: Arc::clone(journey), subject: *subject, key });
                }
            }
            let (day, at) = (walk.day.plus_days(1), walk.at);
            match self::walk(world, journey, day, Timestamp(at.0 + 1)) {
                Some(next) => *walk = next,
                None => drop(self.walks.remove(journey.id.as_str())),
            }
        }
        None
    }

    /// When the next walk begins, or one goes on that nothing is in the way of.
    pub(crate) fn next(&self, world: &World, state: &State) -> Option<Timestamp> {
        let running = world.journeys.schedules().iter().filter(|journey| may_go_on(state, journey));
        running.filter_map(|journey| Some(self.walks.get(journey.id.as_str())?.at)).min()
    }
}

fn may_go_on(state: &State, journey: &Journey) -> bool {
    is_on(state, journey.id.as_str()) && has_room_ahead(state, journey)
}

/// The next day of a journey with a schedule, and its moment, now or later; none if there is none, or it has none.
pub(super) fn next(world: &World, journey: &Journey, now: Timestamp) -> Option<(Timestamp, Date)> {
    walk(world, journey, world.institution.zone.local(now).0, now).map(|walk| (walk.at, walk.day))
}

/// The first walk on or after a day whose moment is not before another.
fn walk(world: &World, journey: &Journey, first: Date, since: Timestamp) -> Option<Walk> {
    let Trigger::Schedule { days, .. } = &journey.trigger else { return None };
    let calendar = &world.institution.calendar;
    let mut day = first;
    loop {
        let is_one = |day| days.days.is_none_or(|of| counts(calendar, of, day));
        day = days.rule.next(days.begin, day, days.days.is_some(), is_one)?;
        let at = world.institution.zone.instant(day, days.at);
        if at >= since {
            return Some(Walk { day, at, next: Subject(0), up_to: None });
        }
        day = day.plus_days(1);
    }
}

/// Whether what somebody holds, as an attribute says it, has an instrument in it: names with commas, semicolons or spaces
/// between them.
pub(crate) fn holds(held: Option<&Value>, instrument: &str) -> bool {
    let Some(Value::Text(held)) = held else { return false };
    held.split([',', ';', ' ']).any(|name| name.trim() == instrument)
}
