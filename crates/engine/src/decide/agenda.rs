//! When days set journeys off: whose day comes when, kept in order, so that nobody has to be looked through.
//!
//! It follows from what is known of people, so it is not part of the state: a start makes it anew, and every change of a
//! profile moves what it changes.

use super::triggers::{entry_key, may_enter};
use super::until::{again, day, later, zone};
use crate::entry::{Scope, SwitchState};
use crate::state::{Customer, State};
use crate::world::{Journey, Trigger, World};
use model::{Date, Subject, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Whose day comes when.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    /// By the journey's name.
    journeys: BTreeMap<Arc<str>, Days>,
}

#[derive(Debug, Default)]
struct Days {
    due: BTreeSet<(Timestamp, Subject)>,
    of: HashMap<Subject, Timestamp>,
}

/// Somebody's day for a journey.
#[derive(Debug)]
pub(crate) struct Day {
    pub(crate) journey: Arc<Journey>,
    pub(crate) subject: Subject,
    /// Digest of what it is entered for.
    pub(crate) key: Option<u128>,
}

impl Agenda {
    /// Everybody's.
    pub(crate) fn of(world: &World, state: &State, now: Timestamp) -> Self {
        let mut agenda = Self::default();
        if !world.journeys.dates().is_empty() {
            state.customers.values().for_each(|customer| agenda.note(world, customer, now));
        }
        agenda
    }

    /// What is known of somebody may have changed.
    pub(crate) fn note(&mut self, world: &World, customer: &Customer, now: Timestamp) {
        for journey in world.journeys.dates() {
            let moment = moment(world, customer, journey, now, None).map(|(moment, _)| moment);
            if moment.is_none() && !self.journeys.contains_key(journey.id.as_str()) {
                continue;
            }
            let days = self.journeys.entry(journey.id.as_str().into()).or_default();
            let before = match moment {
                Some(moment) => days.of.insert(customer.subject, moment),
                None => days.of.remove(&customer.subject),
            };
            if let Some(before) = before {
                days.due.remove(&(before, customer.subject));
            }
            if let Some(moment) = moment {
                days.due.insert((moment, customer.subject));
            }
        }
    }

    /// The next whose day has come. It is taken out, and may turn out to be nobody's day after all.
    pub(crate) fn take(&mut self, world: &World, state: &State, now: Timestamp) -> Option<Day> {
        for journey in world.journeys.dates().iter().filter(|journey| is_on(state, journey.id.as_str())) {
            let Some(days) = self.journeys.get_mut(journey.id.as_str()) else { continue };
            while let Some((at, subject)) = days.due.first().copied().filter(|(at, _)| *at <= now) {
                days.due.remove(&(at, subject));
                days.of.remove(&subject);
                let Some(customer) = state.customers.get(&subject) else { continue };
                let Some((_, day)) = moment(world, customer, journey, now, None) else { continue };
                let key = entry_key(journey, None, Some(day));
                // What comes again is noted for its next time, whatever becomes of this one.
                if let Some((next, _)) = moment(world, customer, journey, now, Some(day)) {
                    days.due.insert((next, subject));
                    days.of.insert(subject, next);
                }
                return Some(Day { journey: Arc::clone(journey), subject, key });
            }
        }
        None
    }

    /// When the next day comes.
    pub(crate) fn next(&self, state: &State) -> Option<Timestamp> {
        let running = self.journeys.iter().filter(|(name, _)| is_on(state, name));
        running.filter_map(|(_, days)| days.due.first()).map(|(at, _)| *at).min()
    }
}

/// Whether a journey is neither paused nor stopped.
pub(crate) fn is_on(state: &State, name: &str) -> bool {
    let off = |scope: &Scope| state.switches.get(scope).is_some_and(|switch| *switch != SwitchState::On);
    state.switches.is_empty() || !(off(&Scope::All) || off(&Scope::Journey(name.into())))
}

/// When somebody's next day for a journey comes, and which day it is; see [`moment`].
pub(super) fn next(
    world: &World,
    customer: &Customer,
    journey: &Journey,
    now: Timestamp,
) -> Option<(Timestamp, Date)> {
    moment(world, customer, journey, now, None)
}

/// When somebody's day for a journey comes, and which day it is; none if there is no such day, it is too late for it, or
/// they have entered for it before. Of a day that comes again the next is meant; `behind`: the next after that one.
fn moment(
    world: &World,
    customer: &Customer,
    journey: &Journey,
    now: Timestamp,
    behind: Option<Date>,
) -> Option<(Timestamp, Date)> {
    let Trigger::Date { attribute, offset, every, at, late, .. } = &journey.trigger else { return None };
    // Most people lack most attributes: without a look here, each would cost the words of an error.
    customer.profile.attributes.get(attribute)?;
    let zone = zone(world, customer);
    let moment = |day: Date| {
        let day = later(&world.institution.calendar, day, *offset).ok()?;
        Some(zone.instant(day, *at)).filter(|moment| moment.after(*late) >= now)
    };
    let Some(every) = every else {
        let day = day(world, customer, attribute).ok().filter(|_| behind.is_none())?;
        let key = entry_key(journey, None, Some(day));
        return Some((moment(day)?, day)).filter(|_| may_enter(customer, journey, key, now));
    };
    let days = again(world, customer, attribute, *every, zone.local(now).0).ok()?;
    // Whether they are inside is asked when the day has come: they may have left by then.
    let is_new = |day: &Date| {
        entry_key(journey, None, Some(*day)).is_none_or(|key| !customer.entered.contains_key(&key))
    };
    let mut days = days.into_iter().filter(|day| behind.is_none_or(|behind| *day > behind));
    days.find_map(|day| Some((moment(day)?, day)).filter(|(_, day)| is_new(day)))
}
