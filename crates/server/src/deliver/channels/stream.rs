//! SMS over the carriers' own protocols (SMPP, CMPP, SMGP, SGIP): one link a route, one task a connection, and one that
//! conducts them.
//!
//! The tasks move bytes and time; everything that must be right is in [`Link`]. A connection's task hands over what it
//! reads and writes what the link has for it. The conductor keeps the link's time, gives the node what the link has to
//! say, and has it acknowledge to the carrier only what the node has made durable.

mod connection;
mod shared;
mod tls;

use crate::clock::now;
use crate::core;
use crate::deliver::RouteError;
use crate::deliver::outlet::{Outlet, Outlets};
use connection::Connection;
use engine::world::{Institution, Protocol, Route};
use model::{RouteId, Timestamp};
use node::link::{Link, Notice};
use shared::{Shared, StreamOutlet};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

/// How long a task sleeps at most: a guard, not a clock.
const NAP: Duration = Duration::from_secs(1);
/// How long the connections' tasks may take to end, once their sessions have.
const END: Duration = Duration::from_secs(2);

/// Opens a route over one of the carriers' protocols.
///
/// # Errors
/// A password that is not there, a configuration that no session can be made of, certificates that cannot be read, an
/// address to listen on that is taken.
pub async fn connect(
    route: Arc<Route>,
    institution: &Institution,
    core: core::Handle,
    outlets: Outlets,
    stopping: watch::Receiver<bool>,
    drain: Duration,
) -> Result<JoinHandle<()>, RouteError> {
    let unusable = |why: String| RouteError::Unusable { route: route.id.clone(), why };
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(|e| unusable(e.to_string()))?;
    let (address, secret, tls, listen) = match &route.protocol {
        Protocol::Smpp(account) => (&account.address, &account.password, account.tls.as_deref(), None),
        Protocol::Stream(account) => (&account.address, &account.password, None, account.listen.as_deref()),
        Protocol::Provider(_) => return Err(unusable("expected a carrier's protocol".to_owned())),
    };
    let secure = tls.map(|roots| tls::Secure::new(roots, address)).transpose().map_err(unusable)?;
    let listener = match listen {
        Some(listen) => {
            let bound = TcpListener::bind(listen).await;
            Some(bound.map_err(|e| unusable(format!("expected to listen on {listen}: {e}")))?)
        }
        None => None,
    };
    let password = password(&route.id, secret)?;
    let link = Link::new(&route, institution, &password, u64::from_ne_bytes(seed))
        .map_err(|e| unusable(e.to_string()))?;
    let connections = link.connections();
    let shared = Arc::new(Shared::new(route.id.clone(), link));
    let outlet = Arc::new(Outlet::new(StreamOutlet(Arc::clone(&shared))));
    outlets.add(route.id.clone(), Arc::clone(&outlet));
    core.open_route(route.id.clone(), outlet).await?;
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        let (shared, address, secure) = (Arc::clone(&shared), address.clone(), secure.clone());
        tasks.spawn(Connection { shared, number }.keep(address, secure));
    }
    if let Some(listener) = listener {
        tasks.spawn(connection::listen(Arc::clone(&shared), listener));
    }
    let (done, committed) = mpsc::unbounded_channel();
    let conductor = Conductor {
        shared,
        core,
        outlets,
        stopping,
        drain,
        done,
        committed,
        under_way: VecDeque::new(),
        give_up: None,
    };
    Ok(tokio::spawn(conductor.run(tasks)))
}

fn password(route: &RouteId, configured: &str) -> Result<String, RouteError> {
    match configured.strip_prefix("env:") {
        None => Ok(configured.to_owned()),
        Some(name) => std::env::var(name)
            .map_err(|_| RouteError::NoPassword { route: route.clone(), name: name.to_owned() }),
    }
}

/// Keeps a link's time and takes to the node what it has to say.
struct Conductor {
    shared: Arc<Shared>,
    core: core::Handle,
    outlets: Outlets,
    stopping: watch::Receiver<bool>,
    drain: Duration,
    /// Gets one tick for every batch that is durable, in order.
    done: mpsc::UnboundedSender<()>,
    committed: mpsc::UnboundedReceiver<()>,
    /// The numbers of the batches that the node has and that are not durable yet.
    under_way: VecDeque<u64>,
    /// When stopping: until when answers are waited for.
    give_up: Option<Instant>,
}

impl Conductor {
    async fn run(mut self, mut tasks: JoinSet<()>) {
        if *self.stopping.borrow() {
            self.stop();
        }
        while self.flush().await && !self.is_over() {
            self.wait().await;
        }
        self.shared.close();
        let ended = timeout(END, async { while tasks.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            // Somebody is being dialled, and will not be needed.
            tasks.shutdown().await;
        }
        // What is durable by now is all that will be; nothing more is acknowledged.
        self.flush().await;
        tracing::info!(route = %self.shared.route, "route closed");
    }

    fn is_over(&self) -> bool {
        let Some(give_up) = self.give_up else { return false };
        give_up <= Instant::now()
            || self.shared.with(|link| (0..self.shared.places()).all(|c| link.is_down(c)))
    }

    fn stop(&mut self) {
        self.give_up.get_or_insert_with(|| Instant::now() + self.drain);
        self.shared.touch(|link| link.unbind(now()));
    }

    async fn wait(&mut self) {
        let deadline = self.shared.with(|link| link.deadline(now()));
        let nap = Instant::now() + deadline.map_or(NAP, |at| until(at).min(NAP));
        let running = self.give_up.is_none();
        tokio::select! {
            () = self.shared.news() => {}
            Some(()) = self.committed.recv() => self.acknowledge(),
            () = sleep_until(nap) => self.shared.touch(|link| link.tick(now())),
            // An error means that the sender is gone, which is a stop as well.
            _ = self.stopping.changed(), if running => self.stop(),
        }
    }

    /// Tells the node what the link has to say, and the log what it has noticed. False if the node has stopped.
    async fn flush(&mut self) -> bool {
        loop {
            let batch = self.shared.with(|link| {
                let batch = link.inputs(now());
                link.notices().for_each(|notice| log(&self.shared.route, &notice));
                batch
            });
            let Some(batch) = batch else { return true };
            self.under_way.push_back(batch.number);
            if self.core.feed(batch.inputs, self.done.clone()).await.is_err() {
                return false;
            }
        }
    }

    /// One more batch is durable: the carrier may forget what was in it.
    fn acknowledge(&mut self) {
        let mut last = self.under_way.pop_front();
        while self.committed.try_recv().is_ok() {
            last = self.under_way.pop_front().or(last);
        }
        let Some(number) = last else { return };
        let writers: Vec<_> = self.shared.with(|link| link.writers(number).collect());
        for phone in writers {
            self.outlets.withdraw(&self.shared.route, phone);
        }
        self.shared.touch(|link| link.committed(number, now()));
    }
}

fn until(at: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at.since(now()).0).unwrap_or(0))
}

fn log(route: &RouteId, notice: &Notice) {
    match notice {
        Notice::Bound { .. } => tracing::info!(%route, ?notice, "bound"),
        Notice::Throttled(rate) => tracing::warn!(%route, rate, "the carrier is busy: slowing down"),
        Notice::Suspended(until) => tracing::warn!(%route, %until, "the route is out of use"),
        Notice::Down { .. } => tracing::info!(%route, ?notice, "link down"),
        other => tracing::warn!(%route, notice = ?other, "the carrier said something to look at"),
    }
}
