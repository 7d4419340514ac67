//! What sets journeys off: events, days, what becomes true of somebody, the words they write. And whether somebody may
//! enter again.

use super::ConditionFailure;
use crate::entry::Event;
use crate::state::Customer;
use crate::world::{
    Again, Condition, ConditionError, Facts, General, Journey, Owner, Trigger, World, reference,
};
use model::{Date, Timestamp, Value};
use std::sync::Arc;

/// The journeys that this event sets off for this customer. A condition that cannot be answered (a missing field,
/// a clash of types) counts as not met and is reported in `failures`: visible, never silent.
pub(crate) fn on_event<'w>(
    world: &'w World,
    customer: &Customer,
    event: &Event,
    failures: &mut Vec<ConditionFailure>,
) -> Vec<&'w Arc<Journey>> {
    let facts = Facts { event: Some(&event.fields), ..Facts::of(customer) };
    let mut met = Vec::new();
    for journey in world.journeys.on_event(&event.kind) {
        let Trigger::Event { when, .. } = &journey.trigger else { continue };
        if is_met(when.as_ref(), facts, &journey.reference, failures) {
            met.push(journey);
        }
    }
    met
}

/// The journeys that what a customer writes sets off. The journey whose extension they wrote to comes first; where their
/// words are nothing to it, or they wrote elsewhere, those without an extension hear them.
pub(crate) fn on_words<'w>(world: &'w World, words: &str, to: Option<Owner<'_>>) -> Vec<&'w Arc<Journey>> {
    let is_of = |journey: &&Arc<Journey>| match &journey.trigger {
        Trigger::Keyword(keywords) => keywords.matches(words).is_some(),
        Trigger::Inbound => true,
        _ => false,
    };
    let of = |is_heard: &dyn Fn(&Journey) -> bool| -> Vec<&'w Arc<Journey>> {
        world.journeys.written().iter().filter(|journey| is_heard(journey)).filter(is_of).collect()
    };
    let own = match to {
        Some(Owner::Journey(to)) => of(&|journey| journey.id == to.id),
        _ => Vec::new(),
    };
    if own.is_empty() { of(&|journey| journey.extension.is_none()) } else { own }
}

/// Which segments somebody is in, in the order of [`crate::world::Journeys::segments`]. One whose condition has no answer
/// they are not in: attributes come one after the other.
pub(crate) fn segments(world: &World, customer: Option<&Customer>) -> Vec<bool> {
    let is_in = |of: &Condition, customer: &Customer| of.met(Facts::of(customer)) == Ok(true);
    let of = |journey: &Arc<Journey>| match (&journey.trigger, customer) {
        (Trigger::Segment { of, .. }, Some(customer)) => is_in(of, customer),
        _ => false,
    };
    world.journeys.segments().iter().map(of).collect()
}

/// The journeys that the difference between two looks at somebody's segments sets off.
pub(crate) fn on_segments<'w>(world: &'w World, before: &[bool], after: &[bool]) -> Vec<&'w Arc<Journey>> {
    let turned = world.journeys.segments().iter().zip(before.iter().zip(after));
    let sets_off = |(journey, (before, after)): (&'w Arc<Journey>, (&bool, &bool))| match &journey.trigger {
        Trigger::Segment { leaving, .. } => (before != after && *before == *leaving).then_some(journey),
        _ => None,
    };
    turned.filter_map(sets_off).collect()
}

/// The way through a journey of somebody who wants nothing personalised, if they do and it has one.
pub(crate) fn general_way<'j>(customer: &Customer, journey: &'j Journey) -> Option<&'j General> {
    let impersonal = customer.chosen.as_ref().is_some_and(|chosen| chosen.choices.impersonal);
    journey.general.as_ref().filter(|_| impersonal)
}

/// Whether a condition is true of a customer by themselves; one that has no answer is reported.
pub(crate) fn is_true(
    when: Option<&Condition>,
    customer: &Customer,
    journey: &Arc<str>,
    failures: &mut Vec<ConditionFailure>,
) -> bool {
    is_met(when, Facts::of(customer), journey, failures)
}

/// Whether a condition is met; one that has no answer is reported.
pub(crate) fn is_met(
    when: Option<&Condition>,
    facts: Facts<'_>,
    journey: &Arc<str>,
    failures: &mut Vec<ConditionFailure>,
) -> bool {
    match when.map_or(Ok(true), |condition| condition.met(facts)) {
        Ok(met) => met,
        Err(error) => {
            failures.push(failure(journey, error));
            false
        }
    }
}

pub(super) fn failure(journey: &Arc<str>, error: ConditionError) -> ConditionFailure {
    ConditionFailure { journey: Arc::clone(journey), error }
}

/// What a journey is entered for, where it counts: the journey itself, or each value of a field of the event, or a day.
/// 128 bits of SHA-256.
pub(crate) fn entry_key(journey: &Journey, event: Option<&Event>, day: Option<Date>) -> Option<u128> {
    if journey.course.again == Again::Always && day.is_none() {
        return None;
    }
    let per = journey.course.per.as_ref().and_then(|field| event?.fields.get(field)).map(written);
    let day = day.map(|day| day.to_string());
    let fields =
        [journey.id.as_str(), per.as_deref().unwrap_or_default(), day.as_deref().unwrap_or_default()];
    Some(proof::hash_fields("hongyan/entered/v1", fields.map(str::as_bytes)).half())
}

/// A value as text that no two different values share.
fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("t{text}"),
        Value::Int(n) => format!("i{n}"),
        Value::Float(x) => format!("f{}", x.to_bits()),
        Value::Money(money) => format!("m{} {}", money.minor, money.currency.code()),
        Value::Bool(flag) => format!("b{flag}"),
        Value::Time(at) => format!("a{}", at.0),
        Value::Date(day) => format!("d{day}"),
    }
}

/// Whether somebody may enter, as often as they have been there.
pub(crate) fn may_enter(customer: &Customer, journey: &Journey, key: Option<u128>, now: Timestamp) -> bool {
    let last = key.and_then(|key| customer.entered.get(&key));
    let is_inside = || customer.passages.values().any(|passage| passage.key == key);
    let is_of = |of: &str| reference::name(of) == journey.id.as_str();
    let is_inside_of_any = || customer.passages.values().any(|passage| is_of(&passage.journey));
    match journey.course.again {
        Again::Always => last.is_none(),
        // Whoever waits for a day waits for the one it is moved to: to enter for that as well would say everything twice.
        Again::NotInside if matches!(journey.trigger, Trigger::Date { .. }) => {
            last.is_none() && !is_inside_of_any()
        }
        Again::NotInside => !is_inside(),
        Again::Never => last.is_none(),
        Again::After(span) => last.is_none_or(|last| last.after(span) <= now),
    }
}
