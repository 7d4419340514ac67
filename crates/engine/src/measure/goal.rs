//! Goals: an event that a journey is for, credited to the youngest of its messages within the time that the journey says.
//!
//! Those who were kept from a message by a holdout or a control group reach goals as well, and are credited alike: what
//! the message was worth is the difference. A message is credited once, and a click to the message that it was in. A broadcast's
//! goal is credited alike. It decides nothing else; the engine calls it for every event that is new, before those inside the
//! journey leave it.

use super::click;
use crate::decide::ConditionFailure;
use crate::decide::steps::{self, Walker};
use crate::entry::{Event, Fact};
use crate::state::{Contact, Customer, State};
use crate::world::{Goal, Journey, World, reference};
use model::{MessageId, Timestamp, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The goals that an event reaches: of journeys, and of the broadcasts that somebody was met by.
pub(crate) fn reached(
    world: &World,
    customer: &Customer,
    broadcasts: &[Arc<Journey>],
    event: &Event,
    failures: &mut Vec<ConditionFailure>,
    now: Timestamp,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let journeys = world.journeys.watches(&event.kind).then(|| world.journeys.current());
    for journey in journeys.into_iter().flatten().chain(broadcasts) {
        let Some(goal) = journey.course.goal.as_ref().filter(|goal| *goal.watch.kind == *event.kind) else {
            continue;
        };
        let Some(contact) = credited(customer, journey, goal, event, now) else { continue };
        let passage = customer
            .passages
            .iter()
            .find(|(_, passage)| reference::name(&passage.journey) == journey.id.as_str());
        let walker = match passage {
            Some((id, passage)) => Walker::resumed(journey, *id, passage, 0),
            None => Walker::new(journey, None, None),
        };
        if steps::is_watched(&goal.watch, &walker, customer, event, failures) {
            let Contact { message, about, .. } = contact;
            let value = worth(world, goal, event);
            let (class, journey) = (about.class, Arc::clone(&about.journey));
            facts.push(Fact::GoalReached { message: *message, class, journey, value });
        }
    }
    facts
}

/// The message that a goal is credited to: the youngest of its journey in time, unless it has been credited.
fn credited<'c>(
    customer: &'c Customer,
    journey: &Journey,
    goal: &Goal,
    event: &Event,
    now: Timestamp,
) -> Option<&'c Contact> {
    let all = customer.contacts.iter().chain(&customer.withheld);
    let clicked = click::message_of(event);
    let own = all.filter(|contact| {
        reference::name(&contact.about.journey) == journey.id.as_str()
            && now < contact.at.after(goal.within)
            && clicked.is_none_or(|message| message == contact.message)
    });
    let youngest = own.max_by_key(|contact| -> (Timestamp, MessageId) { (contact.at, contact.message) });
    youngest.filter(|contact| !customer.goals.contains(&contact.message))
}

/// The broadcasts that somebody was met by, or kept from, of each id the youngest: `id@` and the hash of the file.
pub(crate) fn broadcasts_of(customer: &Customer, state: &State) -> Vec<Arc<str>> {
    if state.broadcasts.is_empty() {
        return Vec::new();
    }
    let mut youngest: BTreeMap<&str, &Contact> = BTreeMap::new();
    let all = customer.contacts.iter().chain(&customer.withheld);
    for contact in all.filter(|contact| state.broadcasts.contains_key(&contact.about.journey)) {
        let known = youngest.entry(reference::name(&contact.about.journey)).or_insert(contact);
        if (known.at, known.message) < (contact.at, contact.message) {
            *known = contact;
        }
    }
    youngest.into_values().map(|contact| Arc::clone(&contact.about.journey)).collect()
}

/// What it was worth: an amount of the institution's own currency, or nothing that can be added up.
fn worth(world: &World, goal: &Goal, event: &Event) -> u64 {
    match goal.value.as_ref().and_then(|field| event.fields.get(field)) {
        Some(Value::Money(money)) if money.currency == world.institution.currency => {
            u64::try_from(money.minor).unwrap_or(0)
        }
        _ => 0,
    }
}
