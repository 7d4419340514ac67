//! Claims: which waiting message a carrier's connection gets next, and the last look at it.

use crate::decide::{Sendable, release, stopped};
use crate::entry::{Entry, Fact};
use crate::state::{Phase, State};
use crate::world::World;
use model::{RouteId, Timestamp};

/// The next message of a route: claimed, with what to hand over, or stopped at the last look.
///
/// The claim must be durable before the first byte reaches the carrier (L1): the caller hands over a
/// [`Sendable`] only after the entry has been committed.
pub(crate) fn claim(
    world: &World,
    state: &State,
    route: &RouteId,
    now: Timestamp,
) -> Option<(Entry, Option<Sendable>)> {
    let message = state
        .queues
        .in_order(route)
        .find_map(|id| state.messages.get(&id).filter(|m| m.phase == Phase::Ready))?;
    let customer = state.customers.get(&message.subject);
    let (fact, sendable) = match release(world, customer, &state.refused_numbers, message, now) {
        Ok(sendable) => {
            let attempt = message.sending.as_ref().map_or(1, |s| s.attempt.saturating_add(1));
            let (message, class) = (message.id, message.class);
            (Fact::MessageClaimed { message, class, route: route.clone(), attempt }, Some(sendable))
        }
        Err(finding) => (stopped(world.hash, message, finding), None),
    };
    Some((Entry { at: now, subject: message.subject, fact }, sendable))
}
