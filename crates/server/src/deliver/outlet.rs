//! Where the node's thread and a connection's task meet: one route's link behind a lock.
//!
//! The node's thread puts claimed messages straight into the link, so that nothing is under way between the two: when
//! an opt-out has been recorded, every link can be asked to give back what it has for that number before the
//! opt-out is acknowledged (invariant L5). The lock is never held across anything that waits.

use engine::decide::Sendable;
use model::{Phone, RouteId, Timestamp};
use node::link::Link;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// One route's link, shared.
#[derive(Debug)]
pub struct Outlet {
    link: Mutex<Link>,
    wake: Notify,
}

impl Outlet {
    /// Shares a link.
    pub fn new(link: Link) -> Self {
        Self { link: Mutex::new(link), wake: Notify::new() }
    }

    /// Hands over a message whose claim is durable.
    pub fn submit(&self, sendable: Sendable, now: Timestamp) {
        self.link().submit(sendable, now);
        self.wake.notify_one();
    }

    /// The link, for as long as the guard lives.
    pub(super) fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when somebody else has touched the link.
    pub(super) async fn touched(&self) {
        self.wake.notified().await;
    }
}

/// Every route's outlet: so that one link can have the others give something back.
#[derive(Debug, Clone, Default)]
pub struct Outlets(Arc<Mutex<Vec<Named>>>);

/// A route's outlet under the route's name.
type Named = (RouteId, Arc<Outlet>);

impl Outlets {
    /// Adds one.
    pub(super) fn add(&self, route: RouteId, outlet: Arc<Outlet>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((route, outlet));
    }

    /// Has every other link give back what waits for a number.
    pub(super) fn withdraw(&self, except: &RouteId, phone: Phone) {
        let others = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (_, outlet) in others.iter().filter(|(route, _)| route != except) {
            outlet.link().withdraw(phone);
            outlet.wake.notify_one();
        }
    }
}
