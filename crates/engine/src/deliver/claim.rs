//! Claims: which waiting message a carrier's connection gets next, and the last look at it.

use super::fair::{Fairness, Resting};
use super::quota;
use crate::decide::{Sendable, release, stopped};
use crate::entry::{Entry, Fact};
use crate::state::State;
use crate::world::World;
use model::{RouteId, Timestamp};

/// The next message of a route: claimed, with what to hand over, or stopped at the last look.
///
/// The claim must be durable before the first byte reaches the carrier (L1): the caller hands over a
/// [`Sendable`] only after the entry has been committed.
pub(crate) fn claim(
    world: &World,
    state: &State,
    fairness: &mut Fairness,
    resting: &Resting,
    route: &RouteId,
    now: Timestamp,
) -> Option<(Entry, Option<Sendable>)> {
    let message = state.messages.get(&fairness.next(world, state, resting, route)?)?;
    // What is offered again was counted when it was offered first.
    let is_new = message.sending.as_ref().is_some_and(|sending| sending.attempt == 0);
    let parts = message.pending_parts().count() as u64;
    if is_new && quota::left(world, state, route, now).is_some_and(|left| left < parts) {
        return None;
    }
    let (fact, sendable) = match release(world, state, message, now) {
        Ok(sendable) => {
            let attempt = message.sending.as_ref().map_or(1, |s| s.attempt.saturating_add(1));
            let parts = u8::try_from(sendable.parts().len()).ok();
            let (message, class) = (message.id, message.class);
            let fact = Fact::MessageClaimed { message, class, route: route.clone(), attempt, parts };
            (fact, Some(sendable))
        }
        Err(finding) => (stopped(world, message, finding), None),
    };
    Some((Entry { at: now, subject: message.subject, fact }, sendable))
}
