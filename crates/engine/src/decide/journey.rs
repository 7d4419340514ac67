//! Journeys that events set off: which of them an event concerns.

use super::ConditionFailure;
use crate::entry::Event;
use crate::state::Customer;
use crate::world::{Journey, Trigger, World};
use std::sync::Arc;

/// The journeys that this event sets off for this customer. A condition that cannot be answered (a missing field,
/// a clash of types) counts as not met and is reported in `failures`: visible, never silent.
pub(crate) fn on_event<'w>(
    world: &'w World,
    customer: &Customer,
    event: &Event,
    failures: &mut Vec<ConditionFailure>,
) -> Vec<&'w Arc<Journey>> {
    let mut met = Vec::new();
    for journey in world.journeys.values() {
        let Trigger::Event { kind, when } = &journey.trigger else { continue };
        if **kind != *event.kind {
            continue;
        }
        match when.as_ref().map_or(Ok(true), |c| c.met(&customer.profile.attributes, Some(&event.fields))) {
            Ok(true) => met.push(journey),
            Ok(false) => {}
            Err(error) => failures.push(ConditionFailure { journey: Arc::clone(&journey.reference), error }),
        }
    }
    met
}
