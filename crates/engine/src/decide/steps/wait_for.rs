//! # wait_for
//!
//! The step that waits for an event: what comes in time leads behind it, what does not to another step. Only events that
//! come while somebody stands there count.

use super::{Next, Scene, Walker};
use crate::decide::{ConditionFailure, triggers, until};
use crate::entry::Event;
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

/// Whether an event is the one that is watched for, by somebody inside a journey.
pub(crate) fn is_watched(
    watch: &Watch,
    walker: &Walker,
    customer: &Customer,
    event: &Event,
    failures: &mut Vec<ConditionFailure>,
) -> bool {
    let facts = Facts { got: Some(&event.fields), ..walker.facts(customer) };
    *watch.kind == *event.kind
        && triggers::is_met(watch.when.as_ref(), facts, &walker.journey.reference, failures)
}

/// Where an event leads somebody who waits at a step: behind it, if it is what the step waits for.
pub(crate) fn hear(
    walker: &mut Walker,
    customer: &Customer,
    event: &Arc<Event>,
    failures: &mut Vec<ConditionFailure>,
) -> bool {
    let journey = Arc::clone(&walker.journey);
    let Some(StepKind::Await { watch, .. }) = journey.steps.get(walker.at).map(|step| &step.kind) else {
        return false;
    };
    if !is_watched(watch, walker, customer, event, failures) {
        return false;
    }
    walker.got = Some(Arc::clone(event));
    walker.at += 1;
    true
}
