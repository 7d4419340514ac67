//! The status board: the loop's figures as of a moment ago, for the live line, the page and the metrics.

use crate::deliver::north::Counters;
use engine::Engine;
use engine::decide::Sendable;
use engine::entry::Outcome;
use engine::measure::Totals;
use engine::state::{Change, Phase, Standing, Trials};
use model::{RouteId, Timestamp};
use proof::Kind;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// The loop's figures at one moment. Running totals since the first entry, unless said otherwise.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// When it was taken.
    pub at: Timestamp,
    /// Entries in the ledger.
    pub entries: u64,
    /// Customers known now.
    pub customers: u64,
    /// Everything counted.
    pub totals: Totals,
    /// Messages held back now.
    pub waiting: u64,
    /// Messages that wait for a carrier now, by route.
    pub queued: BTreeMap<RouteId, u64>,
    /// Messages handed over and not answered now.
    pub claimed: u64,
    /// Messages whose receipts are due now.
    pub submitted_open: u64,
    /// Messages of which it is not known whether the carrier has them now.
    pub uncertain: u64,
    /// Complaints and requests that wait for an answer.
    pub cases: u64,
    /// How many of them should have been answered before.
    pub cases_overdue: u64,
    /// People inside each journey now, and how many of them are stuck.
    pub inside: BTreeMap<Arc<str>, (u64, u64)>,
    /// Messages that are held for a person to look at now.
    pub in_review: u64,
    /// How experiments stand.
    pub trials: Trials,
    /// Changes of the configuration that are neither in force nor over.
    pub changes_open: u64,
    /// Changes that came into force in an emergency.
    pub emergencies: u64,
    /// Of them: those that nobody else has looked at.
    pub emergencies_unreviewed: u64,
}

impl Snapshot {
    /// The engine's figures.
    pub fn of(engine: &Engine, at: Timestamp) -> Self {
        let state = engine.state();
        let routes = engine.world().routes.keys();
        let approvals = &state.approvals;
        let is_open = |change: &&Change| change.standing == Standing::Open;
        Self {
            at,
            entries: state.position,
            customers: state.customers.len() as u64,
            totals: state.totals.clone(),
            waiting: state.phases.of(Phase::Held),
            queued: routes.map(|r| (r.clone(), state.queues.waiting(r) as u64)).collect(),
            claimed: state.phases.of(Phase::Claimed),
            submitted_open: state.phases.of(Phase::Submitted),
            uncertain: state.phases.of(Phase::Uncertain),
            cases: state.cases.open() as u64,
            cases_overdue: state.cases.overdue(at) as u64,
            inside: state
                .inside
                .iter()
                .map(|(name, crowd)| (Arc::clone(name), (crowd.len() as u64, crowd.stuck() as u64)))
                .collect(),
            in_review: state.in_review.len() as u64,
            trials: state.trials.clone(),
            changes_open: approvals.changes().values().filter(is_open).count() as u64,
            emergencies: approvals.emergencies(),
            emergencies_unreviewed: approvals.unreviewed_emergencies().count() as u64,
        }
    }

    /// The live line: running totals, and how many entries the last checkpoint covers.
    pub fn line(&self, checkpoint: u64) -> String {
        let of = |kind| self.totals.of(kind);
        format!(
            "events={} decided={} held={} blocked={} submitted={} delivered={} replies={} checkpoint={checkpoint}",
            of(Kind::EventAccepted),
            of(Kind::MessageDecided),
            of(Kind::MessageHeld),
            of(Kind::MessageBlocked),
            self.totals.submitted,
            self.totals.ended(Outcome::Delivered),
            of(Kind::InboundReceived),
        )
    }
}

/// How many lanes the board counts claims of.
const LANES: usize = engine::world::LANES;

/// The figures, shared by the node's thread and everybody who shows them.
#[derive(Debug)]
pub struct Board {
    shown: Mutex<Snapshot>,
    /// Group commits since the start.
    pub commits: AtomicU64,
    /// Entries made durable since the start.
    pub committed_entries: AtomicU64,
    /// Microseconds spent in steps that committed something, since the start.
    pub commit_micros: AtomicU64,
    /// Conditions that had no answer, since the start.
    pub condition_failures: AtomicU64,
    /// Links that were followed without that being recorded, since the start.
    pub clicks_unrecorded: AtomicU64,
    /// Messages handed over, by lane, since the start.
    pub handed_over: [AtomicU64; LANES],
    /// What is counted of each account that may bind, once the doors are open.
    pub accounts: OnceLock<Vec<Arc<Counters>>>,
}

impl Board {
    pub(crate) fn new(first: Snapshot) -> Self {
        Self {
            shown: Mutex::new(first),
            commits: AtomicU64::new(0),
            committed_entries: AtomicU64::new(0),
            commit_micros: AtomicU64::new(0),
            condition_failures: AtomicU64::new(0),
            clicks_unrecorded: AtomicU64::new(0),
            handed_over: Default::default(),
            accounts: OnceLock::new(),
        }
    }

    /// The figures as last shown.
    pub fn snapshot(&self) -> Snapshot {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn show(&self, snapshot: Snapshot) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = snapshot;
    }

    pub(crate) fn committed(&self, entries: u64, took: Duration) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.committed_entries.fetch_add(entries, Ordering::Relaxed);
        self.commit_micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn condition_failed(&self) {
        self.condition_failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn handed_over(&self, sendable: &Sendable) {
        if let Some(lane) = self.handed_over.get(usize::from(sendable.lane())) {
            lane.fetch_add(1, Ordering::Relaxed);
        }
    }
}
