//! The postman of one account: what the account must be told goes from the ledger to whoever can tell it, and what it
//! was told is settled. It knows no protocol: SMPP and CMPP links take from it, and so may whatever calls a web address.
//!
//! A notice is taken by one taker at a time and comes back exactly once: `done`, `again` or `dead`. Until it is settled it
//! stays in the ledger's state, so a taker that vanishes, or a process that does, loses nothing: telling is at least
//! once. It never holds up the engine's thread: it reads a page when it runs low, and settles in batches.

use crate::core::{Handle, Stopped};
use engine::Input;
use engine::entry::{Notice, Settled};
use model::AccountId;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

/// How many notices are read at once.
const PAGE: usize = 1_000;
/// Below how many waiting notices the next page is read.
const LOW: usize = 500;
/// How many settled notices go into one entry of the ledger.
const SETTLE_MAX: usize = 1_000;
/// How long a settled notice may wait for others.
const SETTLE_AFTER: Duration = Duration::from_millis(20);
/// How often everything is looked through for notices that were revived.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// How long after a first failure a notice is offered again; each further one doubles it.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// The longest wait between two offers.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(60);
/// After so many failures a notice is parked as dead.
const TRIES_MAX: u16 = 12;

/// How long a notice that was pulled is its puller's: nobody else is told it meanwhile.
const PULLED_FOR: Duration = Duration::from_secs(30);

/// A notice in a taker's hands.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Its name: the position of the entry that caused it.
    pub position: u64,
    /// What is to be told.
    pub notice: Notice,
    /// How often telling it has failed since this process started.
    pub tries: u16,
}

/// One account's postman. Cheap to share; its task is [`Post::run`].
#[derive(Debug)]
pub struct Post {
    account: AccountId,
    inner: Mutex<Inner>,
    wake: Notify,
    /// Changes when there is something to take.
    ready: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    takers: usize,
    /// Where in the ledger to read on.
    cursor: u64,
    /// Above everything that was ever read.
    unread: u64,
    waiting: VecDeque<Taken>,
    /// What takers have, and what is to be offered again later.
    out: HashSet<u64>,
    later: BTreeMap<(Instant, u64), Taken>,
    /// What somebody has pulled, and until when it is theirs.
    pulled: BTreeMap<u64, Instant>,
    told: Vec<u64>,
    dead: Vec<u64>,
    /// By when what is settled must be recorded.
    settle_at: Option<Instant>,
}

impl Post {
    /// A postman for an account.
    pub fn new(account: AccountId) -> Arc<Self> {
        Arc::new(Self { account, inner: Mutex::default(), wake: Notify::new(), ready: watch::Sender::new(0) })
    }

    /// Somebody can tell the account now. Changes of the receiver say that there may be something to take.
    pub fn join(&self) -> watch::Receiver<u64> {
        self.inner().takers += 1;
        self.wake.notify_one();
        let mut ready = self.ready.subscribe();
        ready.mark_changed();
        ready
    }

    /// A taker is gone; what it had in hand it must have given back.
    pub fn leave(&self) {
        let mut inner = self.inner();
        inner.takers = inner.takers.saturating_sub(1);
        if inner.takers == 0 {
            // Read again when somebody comes: nobody knows how many there are, and they need not stay in memory.
            inner.waiting.clear();
            inner.later.clear();
            inner.out.clear();
            inner.cursor = 0;
        }
    }

    /// The oldest notices that nobody has taken, at most so many.
    pub fn take(&self, max: usize) -> Vec<Taken> {
        let mut inner = self.inner();
        let count = max.min(inner.waiting.len());
        let taken: Vec<Taken> = inner.waiting.drain(..count).collect();
        inner.out.extend(taken.iter().map(|taken| taken.position));
        if count > 0 && inner.waiting.len() < LOW {
            self.wake.notify_one();
        }
        taken
    }

    /// Whether somebody is there who can tell the account.
    pub fn has_taker(&self) -> bool {
        self.inner().takers > 0
    }

    /// Somebody pulls notices: of these positions, those that no taker has in hand. They are the puller's for a while, in
    /// which no taker gets them; the puller may pull them again.
    pub fn pull(&self, positions: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let mut inner = self.inner();
        let now = Instant::now();
        inner.pulled.retain(|_, until| *until > now);
        let Inner { out, told, dead, pulled, waiting, .. } = &mut *inner;
        let mut free: Vec<u64> = positions.into_iter().collect();
        free.retain(|position| {
            !(out.contains(position) || told.contains(position) || dead.contains(position))
        });
        if !free.is_empty() {
            pulled.extend(free.iter().map(|position| (*position, now + PULLED_FOR)));
            waiting.retain(|taken| !pulled.contains_key(&taken.position));
        }
        free
    }

    /// These were settled by somebody who pulled them: nobody need tell them.
    pub fn forget(&self, positions: &[u64]) {
        let mut inner = self.inner();
        for position in positions {
            inner.pulled.remove(position);
        }
        inner.waiting.retain(|taken| !positions.contains(&taken.position));
    }

    /// The account has these.
    pub fn done(&self, positions: impl IntoIterator<Item = u64>) {
        self.settle(positions, |inner| &mut inner.told);
    }

    /// The account will never take these: they are parked until somebody revives them.
    pub fn dead(&self, positions: impl IntoIterator<Item = u64>) {
        self.settle(positions, |inner| &mut inner.dead);
    }

    /// Telling failed: it is offered again after a while, to anybody, and parked after many failures.
    pub fn again(&self, mut taken: Taken) {
        taken.tries = taken.tries.saturating_add(1);
        if taken.tries >= TRIES_MAX {
            tracing::warn!(account = %self.account, notice = taken.position, "parked: it could not be told");
            return self.dead([taken.position]);
        }
        let wait = AGAIN_AFTER * 2u32.saturating_pow(u32::from(taken.tries) - 1);
        let at = Instant::now() + wait.min(AGAIN_AFTER_MAX);
        let mut inner = self.inner();
        if inner.out.contains(&taken.position) {
            inner.later.insert((at, taken.position), taken);
        }
        drop(inner);
        self.wake.notify_one();
    }

    /// It was not told, and that is nobody's fault: it is offered to another taker at once.
    pub fn back(&self, taken: Taken) {
        let mut inner = self.inner();
        if inner.out.remove(&taken.position) {
            inner.waiting.push_front(taken);
        }
        drop(inner);
        self.ring();
    }

    /// How many notices takers have in hand, and how many wait in memory.
    pub fn depth(&self) -> (usize, usize) {
        let inner = self.inner();
        (inner.out.len(), inner.waiting.len())
    }

    /// Reads and settles until told to stop. A taker may go on settling until its own end; what comes after this task's
    /// end is told again at the next start.
    pub async fn run(self: Arc<Self>, core: Handle, mut stopping: watch::Receiver<bool>) {
        let mut bell = core.bell(&self.account);
        let mut sweep_at = Instant::now() + SWEEP_EVERY;
        let mut stop = false;
        loop {
            if self.record(&core, stop).await.is_err() || self.fill(&core).await.is_err() || stop {
                return;
            }
            self.revisit();
            if Instant::now() >= sweep_at {
                sweep_at = Instant::now() + SWEEP_EVERY;
                self.inner().cursor = 0;
                continue;
            }
            let until = self.next().map_or(sweep_at, |at| at.min(sweep_at));
            tokio::select! {
                () = self.wake.notified() => {}
                // Whoever rings has gone with the engine: the next call tells.
                _ = bell.changed() => {}
                () = sleep_until(until) => {}
                _ = stopped(&mut stopping) => {
                    // Links answer until they are closed; what they say last is recorded too.
                    tokio::time::sleep(SETTLE_AFTER).await;
                    stop = self.inner().takers == 0;
                }
            }
        }
    }

    fn settle(&self, positions: impl IntoIterator<Item = u64>, list: impl Fn(&mut Inner) -> &mut Vec<u64>) {
        let mut inner = self.inner();
        for position in positions {
            inner.out.remove(&position);
            list(&mut inner).push(position);
        }
        let (count, fresh) = (inner.told.len() + inner.dead.len(), inner.settle_at.is_none());
        if count > 0 && fresh {
            inner.settle_at = Some(Instant::now() + SETTLE_AFTER);
        }
        drop(inner);
        if count > 0 && (fresh || count >= SETTLE_MAX) {
            self.wake.notify_one();
        }
    }

    /// Records what is settled, once it is due.
    async fn record(&self, core: &Handle, all: bool) -> Result<(), Stopped> {
        loop {
            let (mut notices, how) = {
                let mut inner = self.inner();
                let due = all || inner.settle_at.is_some_and(|at| at <= Instant::now());
                let full = inner.told.len() + inner.dead.len() >= SETTLE_MAX;
                if !due && !full {
                    return Ok(());
                }
                let count = inner.told.len().min(SETTLE_MAX);
                if count > 0 {
                    (inner.told.drain(..count).collect::<Vec<_>>(), Settled::Told)
                } else if !inner.dead.is_empty() {
                    (std::mem::take(&mut inner.dead), Settled::Dead)
                } else {
                    inner.settle_at = None;
                    return Ok(());
                }
            };
            notices.sort_unstable();
            core.decide(Input::Settled { account: self.account.clone(), notices, how }).await?;
        }
    }

    /// Reads the next page, if it runs low and somebody is there to take it.
    async fn fill(&self, core: &Handle) -> Result<(), Stopped> {
        let cursor = {
            let inner = self.inner();
            if inner.takers == 0 || inner.waiting.len() >= LOW {
                return Ok(());
            }
            inner.cursor
        };
        let account = self.account.clone();
        let page: Vec<(u64, Notice)> = core
            .ask(move |node| {
                let outboxes = &node.engine().state().outboxes;
                outboxes.from(&account, cursor).take(PAGE).map(|(at, notice)| (at, notice.clone())).collect()
            })
            .await?;
        let mut inner = self.inner();
        // Everybody left meanwhile: it is read again when somebody comes.
        if inner.takers == 0 || inner.cursor != cursor {
            return Ok(());
        }
        let Some((last, _)) = page.last() else { return Ok(()) };
        inner.cursor = last + 1;
        if page.len() == PAGE {
            self.wake.notify_one();
        }
        let known: HashSet<u64> = match cursor < inner.unread {
            true => inner.waiting.iter().map(|taken| taken.position).collect(),
            false => HashSet::new(),
        };
        let now = Instant::now();
        let Inner { waiting, out, told, dead, unread, pulled, .. } = &mut *inner;
        let before = std::mem::replace(unread, (*unread).max(last + 1));
        let fresh = page.into_iter().filter(|(position, _)| {
            let settled = || told.contains(position) || dead.contains(position);
            if pulled.get(position).is_some_and(|until| *until > now) {
                return false;
            }
            *position >= before || !(known.contains(position) || out.contains(position) || settled())
        });
        waiting.extend(fresh.map(|(position, notice)| Taken { position, notice, tries: 0 }));
        drop(inner);
        self.ring();
        Ok(())
    }

    /// Offers again what is due.
    fn revisit(&self) {
        let mut inner = self.inner();
        let now = Instant::now();
        let mut any = false;
        while let Some(entry) = inner.later.first_entry()
            && entry.key().0 <= now
        {
            let taken = entry.remove();
            inner.out.remove(&taken.position);
            inner.waiting.push_front(taken);
            any = true;
        }
        drop(inner);
        if any {
            self.ring();
        }
    }

    fn next(&self) -> Option<Instant> {
        let inner = self.inner();
        let later = inner.later.first_key_value().map(|((at, _), _)| *at);
        [later, inner.settle_at].into_iter().flatten().min()
    }

    fn ring(&self) {
        self.ready.send_modify(|rung| *rung = rung.wrapping_add(1));
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the stop.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A sender that is gone is a stop as well.
    let _ = stopping.wait_for(|stop| *stop).await;
}
