//! Where the node's thread and a channel meet: whatever carries a route's messages, behind one face.
//!
//! The node's thread puts claimed messages straight into it, so that nothing is under way between the two: when an
//! opt-out has been recorded, every outlet can be asked to give back what it has for that number before the opt-out is
//! acknowledged (invariant L5). A channel registers its outlet with [`Outlets`] and with the node; none of its calls may
//! wait for anything.

use engine::decide::Sendable;
use engine::entry::Scope;
use model::{Phone, RemoteId, RouteId, Timestamp};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What carries a route's messages. No call waits; each comes back to the node as an answer.
pub trait Outgoing: Send + Sync {
    /// Takes a message whose claim is durable.
    fn submit(&self, sendable: Sendable, now: Timestamp);

    /// Takes back what waits for a number, before this returns: nothing of it leaves any more.
    fn withdraw(&self, phone: Phone);

    /// Takes back what waits and a switch is about, before this returns.
    fn withdraw_scope(&self, scope: &Scope);

    /// Asks what became of a part that was taken under this id, if such a thing can be asked: what is answered comes back
    /// as a report.
    fn query(&self, _remote: RemoteId, _extension: Option<&str>, _until: Timestamp, _now: Timestamp) {}
}

/// One route's way out.
pub struct Outlet(Box<dyn Outgoing>);

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outlet")
    }
}

impl Outlet {
    /// The face of a channel's own.
    pub fn new(outgoing: impl Outgoing + 'static) -> Self {
        Self(Box::new(outgoing))
    }

    /// Hands over a message whose claim is durable.
    pub fn submit(&self, sendable: Sendable, now: Timestamp) {
        self.0.submit(sendable, now);
    }

    /// Takes back what waits for a number.
    pub(crate) fn withdraw(&self, phone: Phone) {
        self.0.withdraw(phone);
    }

    /// Takes back what waits and a switch is about.
    pub(crate) fn withdraw_scope(&self, scope: &Scope) {
        self.0.withdraw_scope(scope);
    }

    /// Asks what became of a part, until this moment.
    pub(crate) fn query(&self, remote: RemoteId, extension: Option<&str>, until: Timestamp, now: Timestamp) {
        self.0.query(remote, extension, until, now);
    }
}

/// Every route's outlet: so that one can have the others give something back.
#[derive(Debug, Clone, Default)]
pub struct Outlets(Arc<Mutex<Vec<Named>>>);

/// A route's outlet under the route's name.
type Named = (RouteId, Arc<Outlet>);

impl Outlets {
    /// Adds one.
    pub(super) fn add(&self, route: RouteId, outlet: Arc<Outlet>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((route, outlet));
    }

    /// Has every other outlet give back what waits for a number.
    pub(super) fn withdraw(&self, except: &RouteId, phone: Phone) {
        let others = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (_, outlet) in others.iter().filter(|(route, _)| route != except) {
            outlet.withdraw(phone);
        }
    }
}
