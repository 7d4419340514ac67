//! Which flow of a lane goes next: weighted fairness by stride.
//!
//! Each flow has a mark that moves on by the parts it was handed, divided by its weight; the flow whose mark is
//! smallest goes next. A flow that was away starts at the smallest mark of those present, so it neither waits for what
//! it missed nor is owed it. (Waldspurger and Weihl, "Stride Scheduling", 1995.) The marks are not of the ledger: a
//! claim is recorded, not why it was this one's turn.

use crate::entry::{Scope, SwitchState};
use crate::state::{Flow, Lane, State};
use crate::world::{World, reference};
use model::{AccountId, Channel, MessageId, RouteId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The marks of flows, per route and lane.
#[derive(Debug, Default)]
pub(crate) struct Fairness {
    marks: BTreeMap<(RouteId, usize), BTreeMap<Flow, u64>>,
}

/// Messages that wait a moment before they are offered to a route again, because it does not want them and there is no
/// other. Not of the ledger: after a restart they are offered at once.
#[derive(Debug, Default)]
pub(crate) struct Resting(BTreeMap<MessageId, (RouteId, Timestamp)>);

impl Resting {
    /// Has a message wait.
    pub(crate) fn rest(&mut self, message: MessageId, route: RouteId, until: Timestamp) {
        self.0.insert(message, (route, until));
    }

    /// Forgets those that have waited long enough.
    pub(crate) fn wake(&mut self, now: Timestamp) {
        self.0.retain(|_, (_, until)| *until > now);
    }

    /// When the next has waited long enough.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.0.values().map(|(_, until)| *until).min()
    }

    /// The first of a flow that waits for nothing.
    fn first_awake(&self, messages: &BTreeSet<MessageId>, route: &RouteId) -> Option<MessageId> {
        let rests = |id: &MessageId| self.0.get(id).is_some_and(|(over, _)| over == route);
        messages.iter().find(|id| !rests(id)).copied()
    }
}

/// How far a flow of weight 1 moves for one part. Weights divide it, so it is large.
const STRIDE: u64 = 1_000_000;

impl Fairness {
    /// The next message of a route: of the most urgent lane with something to send, the flow whose turn it is.
    /// Flows that are paused, or of which every message rests, are passed over and count as away.
    pub(crate) fn next(
        &mut self,
        world: &World,
        state: &State,
        resting: &Resting,
        route: &RouteId,
    ) -> Option<MessageId> {
        let channel = world.routes.get(route).map_or(Channel::Sms, |route| route.channel);
        for (number, lane) in state.queues.lanes(route).enumerate() {
            let first = |flow: &Flow| resting.first_awake(lane.get(flow)?, route);
            let goes = |flow: &&Flow| !is_paused(state, channel, route, flow) && first(flow).is_some();
            // The common case, without any bookkeeping.
            if lane.len() == 1
                && let Some(flow) = lane.keys().next()
            {
                if goes(&flow) {
                    return first(flow);
                }
                continue;
            }
            let marks = self.marks.entry((route.clone(), number)).or_default();
            let Some(flow) = turn(marks, lane, goes) else { continue };
            let id = first(&flow)?;
            let parts = state.messages.get(&id).map_or(1, |message| message.pending_parts().count());
            let step = STRIDE / u64::from(weight(world, &flow)) * parts.max(1) as u64;
            if let Some(mark) = marks.get_mut(&flow) {
                *mark = mark.saturating_add(step);
            }
            return Some(id);
        }
        None
    }
}

/// Whose turn it is. Whoever comes, or comes back, is marked at once where the rest stands: a mark that followed the
/// smallest of the others would never be the smallest itself.
fn turn(marks: &mut BTreeMap<Flow, u64>, lane: &Lane, goes: impl Fn(&&Flow) -> bool) -> Option<Flow> {
    marks.retain(|flow, _| lane.contains_key(flow) && goes(&flow));
    let start = marks.values().min().copied().unwrap_or(0);
    for flow in lane.keys().filter(&goes) {
        if !marks.contains_key(flow) {
            marks.insert(flow.clone(), start);
        }
    }
    marks.iter().min_by_key(|(flow, mark)| (**mark, *flow)).map(|(flow, _)| flow.clone())
}

fn is_paused(state: &State, channel: Channel, route: &RouteId, flow: &Flow) -> bool {
    use crate::decide::rules::switch::off;
    let found: Option<(Scope, SwitchState)> =
        off(&state.switches, flow.class, channel, Some(route), &flow.journey);
    found.is_some()
}

/// How much a flow gets of a lane that others want too: what its account says, otherwise 1.
fn weight(world: &World, flow: &Flow) -> u32 {
    let name = reference::account(&flow.journey);
    name.and_then(|name| world.accounts.get(&AccountId::from(name)))
        .map_or(1, |account| account.weight.max(1))
}
