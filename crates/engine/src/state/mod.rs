//! What the engine remembers: the sum of all entries so far.
//!
//! Only [`crate::apply`] changes it. Every collection that a decision walks through is ordered, so that the same
//! entries give the same decisions on every machine.

mod approvals;
mod case;
mod clicks;
mod customer;
mod habits;
mod message;
mod outbox;
mod passage;
mod phases;
mod queue;
mod shared;
mod traffic;
mod trial;

pub use approvals::{Approvals, Change, InForce, POLICY_FILE, Review, Standing, Text};
pub use case::{Case, CaseMatter, Cases};
pub use clicks::Clicks;
pub(crate) use clicks::RECORDED_MAX;
pub use customer::{Contact, Customer, Pieces, Suppression, Unfinished};
pub use habits::Habits;
pub use message::{About, Message, Part, Phase, Sending, TextReview};
pub use outbox::Outboxes;
pub use passage::{Crowd, Inside, Passage};
pub use phases::Phases;
pub use queue::{Flow, Lane, Queues};
pub(crate) use shared::Shared;
pub use traffic::{Health, Traffic};
pub use trial::{Assigned, Stopped, Trial, Trials};

use crate::entry::{MarketEvent, ReceiptState, Scope, SwitchState, TaskOpened};
use crate::measure::Totals;
use model::{Cost, CustomerId, MessageId, Phone, RemoteId, RouteId, Subject, Timestamp};
use proof::Hash;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The state of one ledger's engine.
#[derive(Debug, Default)]
pub struct State {
    /// How many entries it is the sum of: the position of the next one.
    pub position: u64,
    /// The configuration last published.
    pub world: Option<Hash>,
    /// The number for the next new customer.
    pub next_subject: u64,
    /// Everybody who is known and not erased.
    pub customers: BTreeMap<Subject, Customer>,
    /// By the institution's id.
    pub by_id: HashMap<CustomerId, Subject>,
    /// By phone; a family may share one.
    pub by_phone: HashMap<Phone, BTreeSet<Subject>>,
    /// Messages that have not come to their end.
    pub messages: HashMap<MessageId, Box<Message>>,
    /// How many of them stand where.
    pub phases: Phases,
    /// Those that are held for a person to look at.
    pub in_review: BTreeSet<MessageId>,
    /// What is due when: releases of holds, ends of waiting.
    pub timers: BTreeSet<(Timestamp, MessageId)>,
    /// Messages that wait for a carrier.
    pub queues: Queues,
    /// Which part of which message a carrier's id means.
    pub remote: HashMap<(RouteId, RemoteId), (MessageId, u8)>,
    /// Receipts that came before their submit's answer, or after everything.
    pub parked: BTreeMap<(RouteId, RemoteId), Parked>,
    /// Their order of arrival, for forgetting.
    pub parked_order: BTreeSet<(Timestamp, RouteId, RemoteId)>,
    /// What each journey has reserved so far.
    pub spent: BTreeMap<Arc<str>, Cost>,
    /// Broadcasts that have been launched.
    pub broadcasts: BTreeMap<Arc<str>, Broadcast>,
    /// What has happened to what customers hold, by the positions of its entries; of what is over the last are kept.
    pub markets: BTreeMap<u64, Market>,
    /// What people have to do, by the positions of the entries that say so.
    pub tasks: BTreeMap<u64, Task>,
    /// Numbers of strangers who refused, with the classes.
    pub refused_numbers: BTreeMap<Phone, Vec<Suppression>>,
    /// Keys of orders whose customer was erased, with when.
    pub spent_orders: BTreeMap<u128, Timestamp>,
    /// What accounts have to be told.
    pub outboxes: Outboxes,
    /// What does not stand at "on".
    pub switches: BTreeMap<Scope, SwitchState>,
    /// How many parts were handed over to each route, on the day (days since 1970 in UTC) of the last.
    pub handed: BTreeMap<RouteId, BTreeMap<i64, u64>>,
    /// Who is inside which journey.
    pub inside: Inside,
    /// The configuration in force by approval, and the changes of it.
    pub approvals: Approvals,
    /// What customers complained of and asked for.
    pub cases: Cases,
    /// How experiments stand.
    pub trials: Trials,
    /// Running totals.
    pub totals: Totals,
    /// What messages have in common.
    pub(crate) shared: Shared,
    /// What links last said of themselves; the one thing here that is not of the ledger.
    pub traffic: Traffic,
}

/// A receipt without a message, or one that came before its message was known by the carrier's id.
///
/// It is forgotten by time alone: that it was matched stands in its customer's entries only, which may be gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// The position of its entry: it can be about no message that is younger.
    pub position: u64,
    /// When it came.
    pub at: Timestamp,
    /// What it said.
    pub state: ReceiptState,
    /// The carrier's error code.
    pub error: Option<Arc<str>>,
}

/// A broadcast on its way through the customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Broadcast {
    /// Its file.
    pub source: Arc<str>,
    /// SHA-256 of it.
    pub hash: Hash,
    /// When it was launched.
    pub at: Timestamp,
    /// The last customer it goes to.
    pub up_to: Subject,
    /// The last customer it has decided about.
    pub reached: Subject,
    /// How many it has decided about.
    pub audience: u64,
    /// Whether it has met everybody.
    pub ended: bool,
}

/// Something that people have to do about a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Whom it is about.
    pub subject: Subject,
    /// What, and for which journey.
    pub opened: TaskOpened,
    /// Since when.
    pub since: Timestamp,
}

/// Something that happened to what customers hold, on its way through them.
#[derive(Debug, Clone, PartialEq)]
pub struct Market {
    /// What happened.
    pub happened: Box<MarketEvent>,
    /// When it was taken in.
    pub at: Timestamp,
    /// The last customer who entered a journey because of it.
    pub reached: Subject,
    /// How many have entered.
    pub met: u64,
    /// Whether everybody has been gone through.
    pub ended: bool,
}

impl State {
    /// The customer of an institution's id.
    pub fn customer(&self, id: &CustomerId) -> Option<&Customer> {
        self.customers.get(self.by_id.get(id)?)
    }

    /// How many messages wait for their time.
    pub fn waiting(&self) -> usize {
        usize::try_from(self.phases.of(Phase::Held)).unwrap_or(usize::MAX)
    }

    /// Messages of which it is not known whether the carrier has them.
    pub fn uncertain(&self) -> impl Iterator<Item = &Message> {
        self.messages.values().map(|m| &**m).filter(|m| m.phase == Phase::Uncertain)
    }
}
