//! Which routes may carry which class by which channel: worked out once, because it is asked for every message.

use super::Route;
use model::{Channel, MessageClass, RouteId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The routes of every channel and class.
#[derive(Debug, Default)]
pub struct RouteTable {
    /// By channel, then by class.
    offers: Vec<Offer>,
    /// Routes with a daily quota.
    limited: Vec<RouteId>,
}

/// The routes of one channel that may carry one class.
#[derive(Debug, Default)]
pub struct Offer {
    /// In the order of preference, then by name.
    pub routes: Vec<Arc<Route>>,
    /// Whether any of them asks whose number it is.
    pub asks_number: bool,
    /// Whether any of them asks what the text holds.
    pub asks_text: bool,
}

impl RouteTable {
    /// The table of these routes.
    pub fn of(routes: &BTreeMap<RouteId, Arc<Route>>) -> Self {
        let mut offers = Vec::with_capacity(Channel::ALL.len() * MessageClass::ALL.len());
        for channel in Channel::ALL {
            for class in MessageClass::ALL {
                let fits = |route: &&Arc<Route>| route.channel == channel && route.classes.contains(&class);
                let mut fitting: Vec<_> = routes.values().filter(fits).cloned().collect();
                fitting.sort_by_key(|route| route.preference);
                offers.push(Offer {
                    asks_number: fitting.iter().any(|route| route.asks_number()),
                    asks_text: fitting.iter().any(|route| route.asks_text()),
                    routes: fitting,
                });
            }
        }
        let limited = routes.values().filter(|route| route.daily_parts.is_some());
        Self { offers, limited: limited.map(|route| route.id.clone()).collect() }
    }

    /// The routes of a channel for a class; none for a table of nothing.
    pub fn offer(&self, channel: Channel, class: MessageClass) -> Option<&Offer> {
        // Both count from 1, as their codes are in the ledger.
        let place = (channel as usize - 1) * MessageClass::ALL.len() + usize::from(class.code()) - 1;
        self.offers.get(place)
    }

    /// The routes with a daily quota.
    pub fn limited(&self) -> &[RouteId] {
        &self.limited
    }
}
