//! Messages that wait for a carrier: strict lanes per route.
//!
//! A lane is ordered by message id, so it is first come first served, and a message that the carrier refused for
//! now stands at the head again by itself.

use crate::world::LANES;
use model::{MessageId, RouteId};
use std::collections::{BTreeMap, BTreeSet};

/// The lanes of every route.
#[derive(Debug, Default)]
pub struct Queues {
    routes: BTreeMap<RouteId, [BTreeSet<MessageId>; LANES]>,
}

impl Queues {
    /// Puts a message into its lane.
    pub(crate) fn insert(&mut self, route: &RouteId, lane: u8, message: MessageId) {
        let lane = usize::from(lane).min(LANES - 1);
        if !self.routes.contains_key(route) {
            self.routes.insert(route.clone(), Default::default());
        }
        if let Some(lanes) = self.routes.get_mut(route) {
            lanes[lane].insert(message);
        }
    }

    /// Takes a message out of its lane.
    pub(crate) fn remove(&mut self, route: &RouteId, lane: u8, message: MessageId) {
        if let Some(lanes) = self.routes.get_mut(route) {
            lanes[usize::from(lane).min(LANES - 1)].remove(&message);
        }
    }

    /// The messages of a route in the order in which they go: lane 0 first.
    pub fn in_order(&self, route: &RouteId) -> impl Iterator<Item = MessageId> {
        self.routes.get(route).into_iter().flatten().flatten().copied()
    }

    /// How many wait for a route.
    pub fn waiting(&self, route: &RouteId) -> usize {
        self.routes.get(route).into_iter().flatten().map(BTreeSet::len).sum()
    }

    /// Every route with its lanes.
    pub fn iter(&self) -> impl Iterator<Item = (&RouteId, &[BTreeSet<MessageId>; LANES])> {
        self.routes.iter()
    }
}
