//! Accounts that are called back: what an account must be told is posted to its address, in its dialect, signed where the
//! dialect signs, until the receiver says that it has it.
//!
//! Each account has its own worker, its own client and its own few calls at a time, so a slow receiver is slow for itself
//! only. A receiver that fails is left alone for a while; a notice that fails is tried again by a schedule, and parked as
//! dead at its end. Where a call may go is the client's business (`http::reach`): public addresses, and the private
//! ranges that the account's file names.

mod parcel;
pub mod systems;

use super::post::{Post, Taken};
use super::{AccountError, SecretError, Standings};
use crate::clock::now;
use crate::http::client::{Client, ClientOptions};
use crate::http::reach::Reach;
use engine::world::{Account, World};
use model::Span;
use parcel::{Address, Parcel, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

/// How many calls to one receiver are under way at once.
const CALLS_MAX: usize = 8;
/// How many notices of one account wait to be tried again; beyond that nothing new is taken for it.
const LATER_MAX: usize = 10_000;
/// When a notice that failed is tried again, after each failure; after the last it is parked as dead. The schedule that
/// Standard Webhooks 1.0.0 proposes.
const TRY_AFTER: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3_600),
    Duration::from_secs(5 * 3_600),
    Duration::from_secs(10 * 3_600),
    Duration::from_secs(14 * 3_600),
    Duration::from_secs(20 * 3_600),
    Duration::from_secs(24 * 3_600),
];
/// A notice that is older than this when it fails is parked, however often the process has started since.
const AGE_MAX: Span = Span::days(5);
/// How long a receiver that failed is left alone; each further failure doubles it.
const REST: Duration = Duration::from_millis(500);
/// The longest rest.
const REST_MAX: Duration = Duration::from_secs(60);
/// How long calls that are under way may take when stopping.
const DRAIN: Duration = Duration::from_secs(3);

/// Starts a worker for every account that is called back.
///
/// # Errors
/// An account whose callback cannot be used as it is configured.
pub fn open(
    world: &World,
    standings: &Standings,
    stopping: &watch::Receiver<bool>,
) -> Result<Vec<JoinHandle<()>>, AccountError> {
    let mut tasks = Vec::new();
    for account in world.accounts.values().filter(|account| account.access.callback.is_some()) {
        let failed = |why| AccountError { account: account.id.clone(), what: "callback", why };
        let receiver = Arc::new(Receiver::of(Arc::clone(account), standings).map_err(failed)?);
        tasks.push(tokio::spawn(receiver.run(stopping.clone())));
    }
    Ok(tasks)
}

/// Whoever is called for one account.
struct Receiver {
    account: Arc<Account>,
    address: Address,
    client: Client,
    post: Arc<Post>,
}

/// What a worker remembers.
#[derive(Default)]
struct Course {
    /// Failures in a row.
    failures: u32,
    /// Until when the receiver is left alone.
    rest_until: Option<Instant>,
    /// What is tried again, by when.
    later: BTreeMap<(Instant, u64), Taken>,
}

impl Receiver {
    fn of(account: Arc<Account>, standings: &Standings) -> Result<Self, SecretError> {
        let address = Address::of(&account)?;
        let callback = account.access.callback.as_ref().ok_or(SecretError::Address)?;
        let reach = Reach::Public(callback.allow.clone());
        let roots = callback.roots.as_deref();
        let wrong = |why: String| SecretError::Roots { path: roots.unwrap_or_default().to_owned(), why };
        let roots_pem = match roots {
            Some(path) => std::fs::read(path).map_err(|error| wrong(error.to_string()))?,
            None => Vec::new(),
        };
        let options = ClientOptions { reach, roots_pem, ..ClientOptions::default() };
        let client = Client::new(&options).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { post: Arc::clone(&standings.find(&account).post), account, address, client })
    }

    /// Calls until told to stop.
    async fn run(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        let mut ready = self.post.join();
        let mut calls: JoinSet<(Parcel, Verdict)> = JoinSet::new();
        let mut course = Course::default();
        loop {
            self.start(&mut course, &mut calls);
            let wake = course.next();
            tokio::select! {
                Some(done) = calls.join_next(), if !calls.is_empty() => {
                    if let Ok((parcel, verdict)) = done {
                        self.ended(&mut course, parcel, verdict);
                    }
                }
                changed = ready.changed() => {
                    if changed.is_err() {
                        break;
                    }
                }
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
                _ = stopping.wait_for(|stop| *stop) => break,
            }
        }
        let drained = timeout(DRAIN, async {
            while let Some(done) = calls.join_next().await {
                if let Ok((parcel, verdict)) = done {
                    self.ended(&mut course, parcel, verdict);
                }
            }
        });
        // What is still under way then is told again at the next start.
        let _ = drained.await;
        self.post.leave();
    }

    /// Begins as many calls as there is room for.
    fn start(self: &Arc<Self>, course: &mut Course, calls: &mut JoinSet<(Parcel, Verdict)>) {
        let moment = Instant::now();
        if course.rest_until.is_some_and(|until| until > moment) {
            return;
        }
        course.rest_until = None;
        // A receiver that failed is tried with one call before it gets more.
        let room = if course.failures > 0 { 1 } else { CALLS_MAX };
        while calls.len() < room {
            let mut taken = course.due(moment, self.address.batch_max());
            if taken.is_empty() && course.later.len() < LATER_MAX {
                taken = self.post.take(self.address.batch_max());
            }
            if taken.is_empty() {
                return;
            }
            for parcel in self.address.parcels(taken, now()) {
                let this = Arc::clone(self);
                calls.spawn(async move {
                    let verdict = this.address.deliver(&this.client, &parcel, now()).await;
                    (parcel, verdict)
                });
            }
        }
    }

    fn ended(&self, course: &mut Course, parcel: Parcel, verdict: Verdict) {
        let moment = Instant::now();
        let account = &self.account.id;
        match verdict {
            Verdict::Told => {
                course.failures = 0;
                self.post.done(parcel.taken.into_iter().map(|taken| taken.position));
            }
            Verdict::Unsayable(why) => {
                tracing::warn!(%account, why, "parked: it cannot be said in the account's dialect");
                self.post.dead(parcel.taken.into_iter().map(|taken| taken.position));
            }
            Verdict::Failed(why) => {
                course.failures = course.failures.saturating_add(1);
                let rest = REST.saturating_mul(2u32.saturating_pow(course.failures.min(16))).min(REST_MAX);
                course.rest_until = Some(moment + jittered(rest));
                tracing::warn!(%account, %why, failures = course.failures, "a callback failed");
                for taken in parcel.taken {
                    self.again(course, taken, moment);
                }
            }
        }
    }

    fn again(&self, course: &mut Course, mut taken: Taken, moment: Instant) {
        let wait = TRY_AFTER.get(usize::from(taken.tries)).copied();
        let is_old = now().since(taken.notice.at).0 > AGE_MAX.0;
        let Some(wait) = wait.filter(|_| !is_old) else {
            tracing::warn!(account = %self.account.id, notice = taken.position, "parked: it could not be told");
            return self.post.dead([taken.position]);
        };
        taken.tries += 1;
        course.later.insert((moment + jittered(wait), taken.position), taken);
    }
}

impl Course {
    /// What is due to be tried again.
    fn due(&mut self, moment: Instant, max: usize) -> Vec<Taken> {
        let mut due = Vec::new();
        while due.len() < max
            && let Some(entry) = self.later.first_entry()
            && entry.key().0 <= moment
        {
            due.push(entry.remove());
        }
        due
    }

    /// When to look again by itself.
    fn next(&self) -> Option<Instant> {
        let first = self.later.keys().next().map(|(at, _)| *at);
        match (self.rest_until, first) {
            (Some(rest), Some(first)) => Some(rest.max(first)),
            (rest, first) => rest.or(first),
        }
    }
}

/// A wait with up to a quarter of it added, so that what failed together does not come back together.
fn jittered(wait: Duration) -> Duration {
    let mut random = [0];
    // Without entropy there is no jitter, which is no reason not to wait.
    let _ = getrandom::fill(&mut random);
    wait + wait / 4 * u32::from(random[0]) / 256
}
