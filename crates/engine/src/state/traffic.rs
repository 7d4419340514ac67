//! What links last said of themselves: which are up, which are suspended, since when.
//!
//! It is not of the ledger: no entry records it, a restart forgets it, the digest leaves it out. Decisions may look at
//! it because what they decide is recorded, never decided again.

use model::{RouteId, Timestamp};
use std::collections::BTreeMap;

/// How every route stands.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    routes: BTreeMap<RouteId, Health>,
}

/// How one route stands. A route of which nothing was heard yet counts as up: at a start all would be down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// Since when it has no connection.
    pub down_since: Option<Timestamp>,
    /// Until when its breaker keeps it out of use.
    pub suspended_until: Option<Timestamp>,
    /// Of the last submits, how many in a thousand were taken; none before the first.
    pub taken_permille: Option<u16>,
}

impl Health {
    /// Whether messages may be given to it now.
    pub fn is_up(&self, now: Timestamp) -> bool {
        self.down_since.is_none() && self.suspended_until.is_none_or(|until| until <= now)
    }
}

impl Traffic {
    /// How a route stands.
    pub fn of(&self, route: &RouteId) -> Health {
        self.routes.get(route).cloned().unwrap_or_default()
    }

    /// Whether messages may be given to a route now.
    pub fn is_up(&self, route: &RouteId, now: Timestamp) -> bool {
        self.routes.get(route).is_none_or(|health| health.is_up(now))
    }

    /// Notes how a route stands.
    pub(crate) fn set(&mut self, route: RouteId, health: Health) {
        self.routes.insert(route, health);
    }

    /// Every route that was heard of.
    pub fn iter(&self) -> impl Iterator<Item = (&RouteId, &Health)> {
        self.routes.iter()
    }
}
