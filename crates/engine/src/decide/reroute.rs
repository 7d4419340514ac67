//! Another way for a message that was let pass: over another route when its own is down or refuses it, or by the next
//! leg of its plan when no receipt came.
//!
//! It is never sent twice on one channel: a message is given to another route only while its carrier surely has
//! nothing of it (L6). A later leg of a plan is another channel, and was approved with the plan.

use super::hold::Cursored;
use super::rules;
use super::{Candidate, Composed, Cursors, plan};
use crate::compose::draft;
use crate::deliver;
use crate::entry::{Entry, Fact, Rerouted, Way};
use crate::state::{Message, State};
use crate::world::{Route, World};
use model::{MessageId, RouteId, Timestamp};
use std::collections::BTreeMap;

/// The entry that gives a message to another route of the same channel; none if there is no other, or if the carrier
/// may have something of it.
pub(crate) fn elsewhere(
    world: &World,
    state: &State,
    cursors: &mut Cursors,
    message: &Message,
    why: &str,
    now: Timestamp,
) -> Option<Entry> {
    let own = &message.sending.as_ref()?.route;
    if !deliver::is_untaken(message, None) {
        return None;
    }
    let way = message.way.as_deref().cloned();
    Cursored::of(world, state, cursors, message).ok()?.with(state, message, now, |candidate| {
        let candidate = Candidate { way: way.as_ref(), ..*candidate };
        let route = rules::route::other(&candidate, own)?;
        // Somebody else's number by now, or none: that it was decided for another is for the last look to say.
        candidate
            .contact(route.channel)
            .filter(|to| message.sending.as_ref().is_some_and(|s| s.to == *to))?;
        rerouted(&candidate, message, route, way.clone(), why)
    })
}

/// The entry that takes a message to the next leg of its plan; none if there is none.
pub(crate) fn next_leg(
    world: &World,
    state: &State,
    cursors: &mut Cursors,
    message: &Message,
    why: &str,
    now: Timestamp,
) -> Option<Entry> {
    let way = message.way.as_deref()?;
    if now >= message.expires {
        return None;
    }
    Cursored::of(world, state, cursors, message).ok()?.with(state, message, now, |candidate| {
        let next = plan::next(world, candidate, way)?;
        let candidate = Candidate { way: Some(&next), ..*candidate };
        let route = rules::route::choose(&candidate)?;
        rerouted(&candidate, message, route, Some(next.clone()), why)
    })
}

/// Whether a plan has a leg after the one a message is on.
pub(crate) fn has_next_leg(world: &World, message: &Message) -> bool {
    let Some(way) = &message.way else { return false };
    world.plans.get(&way.plan).is_some_and(|plan| usize::from(way.leg) + 1 < plan.legs.len())
}

fn rerouted(
    candidate: &Candidate<'_>,
    message: &Message,
    route: &Route,
    way: Option<Way>,
    why: &str,
) -> Option<Entry> {
    let to = candidate.contact(route.channel)?;
    let (world, now) = (candidate.world, candidate.now);
    let draft = draft(world, candidate.template, route, &candidate.said(), candidate.reader(), now);
    // On another channel it may be another of the template's texts, which nobody has read yet.
    let composed = Composed { route: Some(route), draft };
    if !rules::may_be_said(candidate, &composed) {
        return None;
    }
    let draft = composed.draft.ok()?;
    let parts = draft.measure.parts;
    if parts > candidate.template.parts_max.min(text::MAX_PARTS) {
        return None;
    }
    let was = message.sending.as_ref()?;
    // What the carrier of the leg before may have taken is paid all the same.
    let given_back = deliver::given_back(message, None);
    let change = draft.cost.minus(given_back);
    if let Some(budget) = candidate.journey.budget {
        let name = candidate.journey.id.as_str();
        let spent = candidate.spent.get(name).copied().unwrap_or_default();
        if spent.plus(change) > budget {
            return None;
        }
    }
    debug_assert!(way.is_some() || route.id != was.route, "the same way again is no other way");
    let fact = Fact::MessageRerouted(Box::new(Rerouted {
        message: message.id,
        class: message.class,
        journey: message.journey.clone(),
        route: route.id.clone(),
        to,
        text: draft.text,
        parts: u8::try_from(parts).unwrap_or(u8::MAX),
        cost: draft.cost,
        change,
        way,
        why: why.into(),
    }));
    Some(Entry { at: now, subject: message.subject, fact })
}

/// The messages of a route that wait although it has been down too long, may carry no more today, or is not there any
/// more: the most urgent first, at most so many of each flow.
pub(crate) fn stranded(
    world: &World,
    state: &State,
    route: &RouteId,
    now: Timestamp,
    flow_max: usize,
) -> Vec<MessageId> {
    let published = world.routes.get(route);
    let after = published.map(|route| route.failover_after);
    let health = state.traffic.of(route);
    let down_long = health.down_since.zip(after).is_some_and(|(since, after)| since.after(after) <= now);
    let suspended = health.suspended_until.is_some_and(|until| until > now);
    let used_up = deliver::quota::left(world, state, route, now) == Some(0);
    if !down_long && !suspended && !used_up && published.is_some() {
        return Vec::new();
    }
    // Some of every flow: one that has no other way must not stand in the way of the rest.
    let flows = state.queues.lanes(route).flat_map(BTreeMap::values);
    flows.flat_map(|messages| messages.iter().take(flow_max)).copied().collect()
}
