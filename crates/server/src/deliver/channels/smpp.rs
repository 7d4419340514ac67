//! SMS over SMPP 3.4: one TCP connection, one task, one link.
//!
//! The task moves bytes and time; everything that must be right is in [`Link`]. It acknowledges what the carrier
//! delivers only after the node has made it durable.

use crate::clock::now;
use crate::core;
use crate::deliver::RouteError;
use crate::deliver::outlet::{Outlet, Outlets};
use engine::world::{Institution, Route};
use model::{RouteId, Timestamp};
use node::link::{Link, Notice, Options, session_config};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use wire::smpp::session::Why;

/// How long a dial may take.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How much is read at once.
const READ_BYTES: usize = 64 << 10;
/// How long the task sleeps at most: a guard, not a clock.
const NAP: Duration = Duration::from_secs(1);

/// Opens an SMPP route.
///
/// # Errors
/// A password that is not there, a configuration that no session can be made of.
pub async fn connect(
    route: Arc<Route>,
    institution: &Institution,
    core: core::Handle,
    outlets: Outlets,
    stopping: watch::Receiver<bool>,
    drain: Duration,
) -> Result<JoinHandle<()>, RouteError> {
    let mut seed = [0; 8];
    let unusable = |why: String| RouteError::Unusable { route: route.id.clone(), why };
    getrandom::fill(&mut seed).map_err(|e| unusable(e.to_string()))?;
    let config = session_config(&route, password(&route)?);
    let link = Link::new(Options::of(&route, institution), config, u64::from_ne_bytes(seed))
        .map_err(|e| unusable(e.to_string()))?;
    let outlet = Arc::new(Outlet::new(link));
    outlets.add(route.id.clone(), Arc::clone(&outlet));
    core.open_route(route.id.clone(), Arc::clone(&outlet)).await?;
    let (done, committed) = mpsc::unbounded_channel();
    let address = route.smpp.address.clone();
    let worker = Worker {
        route: route.id.clone(),
        address,
        core,
        outlet,
        outlets,
        stopping,
        drain,
        done,
        committed,
        under_way: VecDeque::new(),
        give_up: None,
    };
    Ok(tokio::spawn(worker.run()))
}

fn password(route: &Route) -> Result<String, RouteError> {
    match route.smpp.password.strip_prefix("env:") {
        None => Ok(route.smpp.password.clone()),
        Some(name) => std::env::var(name)
            .map_err(|_| RouteError::NoPassword { route: route.id.clone(), name: name.to_owned() }),
    }
}

struct Worker {
    route: RouteId,
    address: String,
    core: core::Handle,
    outlet: Arc<Outlet>,
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

/// What woke the task.
enum Woken {
    Readable,
    Writable,
    Committed,
    Time,
    Stop,
}

impl Worker {
    async fn run(mut self) {
        while let Some(stream) = self.dial().await {
            self.attend(stream).await;
        }
        // What is durable by now is all that will be; nothing more is acknowledged.
        tracing::info!(route = %self.route, "route closed");
    }

    /// Waits for its time and dials. `None` when the route is to close.
    async fn dial(&mut self) -> Option<TcpStream> {
        loop {
            if !self.flush().await {
                return None;
            }
            if *self.stopping.borrow() {
                self.outlet.link().unbind(now());
                self.flush().await;
                return None;
            }
            let wait = self.outlet.link().dial_at().map_or(NAP, |at| until(at).min(NAP));
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // Whatever the sender did, the loop looks again.
                _ = self.stopping.changed() => continue,
                Some(()) = self.committed.recv() => { self.acknowledge(); continue; }
                () = self.outlet.touched() => continue,
            }
            let due = self.outlet.link().dial_at().is_some_and(|at| at <= now());
            if !due {
                continue;
            }
            match timeout(DIAL_TIMEOUT, TcpStream::connect(&self.address)).await {
                Ok(Ok(stream)) => {
                    // Small PDUs must not wait for more of them.
                    let _ = stream.set_nodelay(true);
                    self.outlet.link().connected(now());
                    return Some(stream);
                }
                Ok(Err(error)) => {
                    tracing::warn!(route = %self.route, address = %self.address, %error, "dial failed")
                }
                Err(_) => tracing::warn!(route = %self.route, address = %self.address, "dial timed out"),
            }
            self.outlet.link().disconnected(now(), Why::DialFailed);
        }
    }

    /// Serves one connection until it ends.
    async fn attend(&mut self, stream: TcpStream) {
        let mut inbox = vec![0; READ_BYTES];
        let mut outbox: Vec<u8> = Vec::new();
        let mut written = 0;
        loop {
            if !self.flush().await {
                return;
            }
            if written == outbox.len() {
                outbox.clear();
                written = 0;
                std::mem::swap(&mut outbox, self.outlet.link().output());
            }
            if let Err(error) = write(&stream, &outbox, &mut written) {
                return self.lost(&error);
            }
            let (deadline, down) = {
                let link = self.outlet.link();
                (link.deadline(), link.is_down())
            };
            if down || self.give_up.is_some_and(|at| at <= Instant::now()) {
                return self.lost(&io::Error::other("closed"));
            }
            match self.woken(&stream, written < outbox.len(), deadline).await {
                Woken::Readable => match stream.try_read(&mut inbox) {
                    Ok(0) => return self.lost(&io::Error::from(io::ErrorKind::UnexpectedEof)),
                    Ok(n) => self.outlet.link().receive(&inbox[..n], now()),
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return self.lost(&error),
                },
                Woken::Committed => self.acknowledge(),
                Woken::Stop => {
                    self.give_up.get_or_insert_with(|| Instant::now() + self.drain);
                    self.outlet.link().unbind(now());
                }
                Woken::Time => self.outlet.link().tick(now()),
                Woken::Writable => {}
            }
        }
    }

    async fn woken(&mut self, stream: &TcpStream, writing: bool, deadline: Option<Timestamp>) -> Woken {
        let nap = Instant::now() + deadline.map_or(NAP, |at| until(at).min(NAP));
        let stopping = self.give_up.is_none();
        tokio::select! {
            _ = stream.readable() => Woken::Readable,
            _ = stream.writable(), if writing => Woken::Writable,
            Some(()) = self.committed.recv() => Woken::Committed,
            () = self.outlet.touched() => Woken::Writable,
            () = sleep_until(nap) => Woken::Time,
            _ = self.stopping.changed(), if stopping => Woken::Stop,
        }
    }

    /// Tells the node what the link has to say, and the log what it has noticed. False if the node has stopped.
    async fn flush(&mut self) -> bool {
        loop {
            let batch = {
                let mut link = self.outlet.link();
                let batch = link.inputs(now());
                link.notices().for_each(|notice| log(&self.route, &notice));
                batch
            };
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
        let writers: Vec<_> = self.outlet.link().writers(number).collect();
        for phone in writers {
            self.outlets.withdraw(&self.route, phone);
        }
        self.outlet.link().committed(number, now());
    }

    fn lost(&mut self, error: &io::Error) {
        let mut link = self.outlet.link();
        if !link.is_down() {
            tracing::warn!(route = %self.route, %error, "connection lost");
        }
        link.disconnected(now(), Why::ConnectionLost);
    }
}

/// Writes what the connection takes without waiting.
fn write(stream: &TcpStream, outbox: &[u8], written: &mut usize) -> io::Result<()> {
    while *written < outbox.len() {
        match stream.try_write(&outbox[*written..]) {
            Ok(n) => *written += n,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

fn until(at: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at.since(now()).0).unwrap_or(0))
}

fn log(route: &RouteId, notice: &Notice) {
    match notice {
        Notice::Bound { .. } => tracing::info!(%route, ?notice, "bound"),
        Notice::Throttled(rate) => tracing::warn!(%route, rate, "the carrier is busy: slowing down"),
        Notice::Down { .. } => tracing::info!(%route, ?notice, "link down"),
        other => tracing::warn!(%route, notice = ?other, "the carrier said something to look at"),
    }
}
