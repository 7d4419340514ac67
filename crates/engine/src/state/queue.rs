//! Messages that wait for a carrier: strict lanes per route, in each lane one flow per journey and class.
//!
//! A flow is ordered by message id, so it is first come first served, and a message that the carrier refused for
//! now stands at the head again by itself. Which flow of a lane goes next is for `deliver` to say.

use crate::world::LANES;
use model::{MessageClass, MessageId, RouteId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What shares a lane fairly: the messages of one journey (or account) and class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// `id@version` of the journey.
    pub journey: Arc<str>,
    /// The class.
    pub class: MessageClass,
}

/// The flows of one lane, each with its messages.
pub type Lane = BTreeMap<Flow, BTreeSet<MessageId>>;

/// The lanes of every route.
#[derive(Debug, Default)]
pub struct Queues {
    routes: BTreeMap<RouteId, [Lane; LANES]>,
}

impl Queues {
    /// Puts a message into its lane.
    pub(crate) fn insert(&mut self, route: &RouteId, lane: u8, flow: &Flow, message: MessageId) {
        let lane = usize::from(lane).min(LANES - 1);
        if !self.routes.contains_key(route) {
            self.routes.insert(route.clone(), Default::default());
        }
        let Some(lanes) = self.routes.get_mut(route) else { return };
        match lanes[lane].get_mut(flow) {
            Some(messages) => {
                messages.insert(message);
            }
            None => {
                lanes[lane].insert(flow.clone(), BTreeSet::from([message]));
            }
        }
    }

    /// Takes a message out of its lane.
    pub(crate) fn remove(&mut self, route: &RouteId, lane: u8, flow: &Flow, message: MessageId) {
        let Some(lanes) = self.routes.get_mut(route) else { return };
        let lane = &mut lanes[usize::from(lane).min(LANES - 1)];
        if let Some(messages) = lane.get_mut(flow)
            && messages.remove(&message)
            && messages.is_empty()
        {
            lane.remove(flow);
        }
    }

    /// The lanes of a route, the most urgent first.
    pub fn lanes(&self, route: &RouteId) -> impl Iterator<Item = &Lane> {
        self.routes.get(route).into_iter().flatten()
    }

    /// The messages of a route, lane by lane; within a lane flow by flow.
    pub fn of(&self, route: &RouteId) -> impl Iterator<Item = MessageId> {
        self.lanes(route).flat_map(BTreeMap::values).flatten().copied()
    }

    /// How many wait for a route.
    pub fn waiting(&self, route: &RouteId) -> usize {
        self.lanes(route).flat_map(BTreeMap::values).map(BTreeSet::len).sum()
    }

    /// Every route with its lanes.
    pub fn iter(&self) -> impl Iterator<Item = (&RouteId, &[Lane; LANES])> {
        self.routes.iter()
    }
}
