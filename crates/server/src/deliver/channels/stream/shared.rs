//! A route's link behind a lock, with the bells of whoever waits for it. The lock is never held across anything that
//! waits.
//!
//! What the node hands over lies in an inbox until somebody next looks at the link, which is the first thing they find:
//! the node's thread neither waits for a connection that is reading an answer nor writes PDUs.

use crate::deliver::outlet::Outgoing;
use engine::decide::Sendable;
use engine::entry::Scope;
use model::{Phone, RemoteId, RouteId, Timestamp};
use node::link::{INCOMING_MAX, Link};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// One route's link, shared by its tasks and the node's thread.
pub(super) struct Shared {
    pub(super) route: RouteId,
    link: Mutex<Link>,
    /// Messages whose claim is durable, oldest first, each with the moment it was handed over.
    inbox: Mutex<Vec<(Sendable, Timestamp)>>,
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
            inbox: Mutex::default(),
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
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        if self.empty_inbox(&mut link) {
            self.ring(&mut link);
        }
        look(&mut link)
    }

    /// Does something to the link, and wakes whoever is concerned.
    pub(super) fn touch<T>(&self, act: impl FnOnce(&mut Link) -> T) -> T {
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        self.empty_inbox(&mut link);
        let done = act(&mut link);
        self.ring(&mut link);
        drop(link);
        self.news.notify_one();
        done
    }

    /// Takes a message that the link gets to know when it is next looked at, which is at once.
    fn hand_over(&self, sendable: Sendable, now: Timestamp) {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        inbox.push((sendable, now));
        // Whoever was woken for the first finds the others as well.
        if inbox.len() == 1 {
            drop(inbox);
            self.news.notify_one();
        }
    }

    fn empty_inbox(&self, link: &mut Link) -> bool {
        let waiting = std::mem::take(&mut *self.inbox.lock().unwrap_or_else(PoisonError::into_inner));
        let found = !waiting.is_empty();
        waiting.into_iter().for_each(|(sendable, now)| link.submit(sendable, now));
        found
    }

    /// Wakes every connection that has something to write, or is over.
    fn ring(&self, link: &mut Link) {
        for (connection, bell) in self.bells.iter().enumerate() {
            let waiting = link.output(connection).is_some_and(|output| !output.is_empty());
            if waiting || link.is_down(connection) {
                bell.notify_one();
            }
        }
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
        self.0.hand_over(sendable, now);
    }

    fn withdraw(&self, phone: Phone) {
        self.0.touch(|link| link.withdraw(phone));
    }

    fn withdraw_scope(&self, scope: &Scope) {
        self.0.touch(|link| link.withdraw_scope(scope));
    }

    fn query(&self, remote: RemoteId, extension: Option<&str>, until: Timestamp, now: Timestamp) {
        // What cannot be asked ends as if nobody could be.
        self.0.touch(|link| {
            link.query(remote, extension, until, now);
        });
    }
}
