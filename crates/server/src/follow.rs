//! The thread that follows the journal: tiles, checkpoints, views. A little behind, never in the way.

use crate::clock::now;
use node::Follower;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use tokio::sync::oneshot;

/// How often the follower catches up by itself; also how far apart checkpoints are.
const EVERY: Duration = Duration::from_secs(1);
/// How many requests to catch up may wait.
const REQUESTS_MAX: usize = 256;

enum Request {
    CatchUp(oneshot::Sender<u64>),
    Stop,
}

/// The way to the follower, cheap to clone.
#[derive(Clone)]
pub struct Handle {
    requests: SyncSender<Request>,
    covered: Arc<AtomicU64>,
}

impl Handle {
    /// Catches up with everything that is durable now: what was acknowledged before shows in the views after.
    pub async fn catch_up(&self) -> Option<u64> {
        let (tell, told) = oneshot::channel();
        self.requests.try_send(Request::CatchUp(tell)).ok()?;
        told.await.ok()
    }

    /// How many entries the last checkpoint covers.
    pub fn covered(&self) -> u64 {
        self.covered.load(Ordering::Relaxed)
    }

    /// Catches up a last time and stops.
    pub fn stop(&self) {
        // A full queue means that it is about to see a request anyway; the disconnect ends it then.
        let _ = self.requests.send(Request::Stop);
    }
}

/// Starts the follower's thread. It ends after [`Handle::stop`], or with a fault of the tiles or the views.
pub fn start(
    mut follower: Follower,
) -> std::io::Result<(Handle, std::thread::JoinHandle<Result<(), node::Error>>)> {
    let (requests, inbox) = sync_channel(REQUESTS_MAX);
    let covered = Arc::new(AtomicU64::new(follower.covered()));
    let handle = Handle { requests, covered: Arc::clone(&covered) };
    let thread = std::thread::Builder::new()
        .name("follower".to_owned())
        .spawn(move || run(&mut follower, &inbox, &covered))?;
    Ok((handle, thread))
}

fn run(follower: &mut Follower, inbox: &Receiver<Request>, covered: &AtomicU64) -> Result<(), node::Error> {
    loop {
        let request = inbox.recv_timeout(EVERY);
        let position = follower.catch_up(now())?;
        covered.store(position, Ordering::Relaxed);
        match request {
            Ok(Request::CatchUp(tell)) => drop(tell.send(position)),
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}
