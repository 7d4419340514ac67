//! A route's link behind a lock, with the bells of whoever waits for it. The lock is never held across anything that
//! waits.

use crate::deliver::outlet::Outgoing;
use engine::decide::Sendable;
use engine::entry::Scope;
use model::{Phone, RouteId, Timestamp};
use node::link::{INCOMING_MAX, Link};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// One route's link, shared by its tasks and the node's thread.
pub(super) struct Shared {
    pub(super) route: RouteId,
    link: Mutex<Link>,
    /// Rung when the link may have something for the node, or another deadline.
    news: Notify,
    /// Rung when the link has bytes for a connection, or its session has ended.
    bells: Vec<Notify>,
    closed: AtomicBool,
}

impl Shared {
    pub(super) fn new(route: RouteId, link: Link) -> Self {
        let places = link.connections() + INCOMING_MAX;
        Self {
            route,
            link: Mutex::new(link),
            news: Notify::new(),
            bells: (0..places).map(|_| Notify::new()).collect(),
            closed: AtomicBool::new(false),
        }
    }

    /// How many connections there can be.
    pub(super) fn places(&self) -> usize {
        self.bells.len()
    }

    /// Looks at the link.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Link) -> T) -> T {
        look(&mut self.link.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does something to the link, and wakes whoever is concerned.
    pub(super) fn touch<T>(&self, act: impl FnOnce(&mut Link) -> T) -> T {
        let done = self.with(|link| {
            let done = act(link);
            for (connection, bell) in self.bells.iter().enumerate() {
                let waiting = link.output(connection).is_some_and(|output| !output.is_empty());
                if waiting || link.is_down(connection) {
                    bell.notify_one();
                }
            }
            done
        });
        self.news.notify_one();
        done
    }

    /// Returns when the link was touched.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    /// Returns when the link has something for a connection.
    pub(super) async fn bell(&self, connection: usize) {
        match self.bells.get(connection) {
            Some(bell) => bell.notified().await,
            None => std::future::pending().await,
        }
    }

    /// The route is over: its connections end.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.bells.iter().for_each(Notify::notify_one);
    }

    /// Whether the route is over.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// The link as the node's thread sees it.
pub(super) struct StreamOutlet(pub(super) Arc<Shared>);

impl Outgoing for StreamOutlet {
    fn submit(&self, sendable: Sendable, now: Timestamp) {
        self.0.touch(|link| link.submit(sendable, now));
    }

    fn withdraw(&self, phone: Phone) {
        self.0.touch(|link| link.withdraw(phone));
    }

    fn withdraw_scope(&self, scope: &Scope) {
        self.0.touch(|link| link.withdraw_scope(scope));
    }
}
