//! # wait_for
//!
//! The step that waits for an event: what comes in time leads behind it, what does not to another step. Only events that
//! come while somebody stands there count. Steps that wait for several events hear them here too.

use super::{Next, Scene, Walker};
use crate::decide::{ConditionFailure, triggers, until};
use crate::entry::{Event, Open};
use crate::measure::click;
use crate::state::Customer;
use crate::world::{Facts, StepKind, Until, Watch};
use std::sync::Arc;

pub(super) fn take(scene: &Scene<'_>, timeout: &Until, otherwise: usize) -> Next {
    match until::due(scene.world, scene.customer, timeout, scene.now) {
        Ok(due) if due <= scene.now => Next::Go(otherwise),
        Ok(due) => Next::Wait(due),
        Err(missing) => Next::Stuck(missing),
    }
}

/// Whether an event is the one that is watched for, by somebody inside a journey. Of clicks those in the journey's own messages are
/// meant, where no condition says which.
pub(crate) fn is_watched(
    watch: &Watch,
    walker: &Walker,
    customer: &Customer,
    event: &Event,
    failures: &mut Vec<ConditionFailure>,
) -> bool {
    let facts = Facts { got: Some(&event.fields), ..walker.facts(customer) };
    if watch.when.is_none() && click::is_of_another(event, walker.journey.id.as_str()) {
        return false;
    }
    *watch.kind == *event.kind
        && triggers::is_met(watch.when.as_ref(), facts, &walker.journey.reference, failures)
}

/// What an event is to somebody who waits at a step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing.
    Nothing,
    /// One of several that are waited for; this is what has come so far.
    Some(Vec<u8>),
    /// What leads them on.
    All,
}

/// Where an event leads somebody who waits at a step: behind it, if it is what the step waits for, or the last of that.
pub(crate) fn hear(
    walker: &mut Walker,
    customer: &Customer,
    event: &Arc<Event>,
    open: &Open,
    failures: &mut Vec<ConditionFailure>,
) -> Heard {
    let journey = Arc::clone(&walker.journey);
    let kind = journey.steps.get(walker.at).map(|step| &step.kind);
    let heard = match kind {
        Some(StepKind::Await { watch, .. }) if is_watched(watch, walker, customer, event, failures) => {
            Heard::All
        }
        Some(StepKind::Join { watches, needed, .. }) => {
            let mut heard = if let Open::Heard(heard) = open { heard.clone() } else { Vec::new() };
            for (watch, number) in watches.iter().zip(0_u8..) {
                if !heard.contains(&number) && is_watched(watch, walker, customer, event, failures) {
                    heard.push(number);
                }
            }
            heard.sort_unstable();
            let before = if let Open::Heard(before) = open { before.len() } else { 0 };
            match heard.len() {
                count if count >= *needed => Heard::All,
                count if count > before => Heard::Some(heard),
                _ => Heard::Nothing,
            }
        }
        _ => Heard::Nothing,
    };
    if heard != Heard::Nothing {
        walker.got = Some(Arc::clone(event));
    }
    walker.at += usize::from(heard == Heard::All);
    heard
}
