//! What must hold, checked from outside: from the durable journal, entry by entry, and from what the carriers saw. It
//! shares no line with the engine that it checks but the types of the entries.
//!
//! | | |
//! |-|-|
//! | L1 | every submit a carrier sees is backed by a claim of its own, durable before it left, of a message that was decided |
//! | L2 | whatever held or blocked a message names its rule, its configuration and what it was decided from |
//! | L3 | a replay of what the disk kept remembers what the process remembered |
//! | L4 | certificates verify with the proof crate alone |
//! | L5 | nothing of a class is submitted after the acknowledgement of a refusal, without a newer consent |
//! | L6 | of messages for which twice is worse than late, no part is taken by a carrier twice |
//! | L8 | after an erasure was acknowledged no file holds the person's words, and no key opens what was sealed |
//! | kept | nothing durable is missing after a crash, and a batch is there whole or not at all |
//! | consent, cap, quiet, budget, pace | as a carrier or an auditor sees them |
//! | settled | in the end every message has one beginning and one end, and all counts agree |

mod ledger;
mod carrier;
mod end;

use super::violation::{Broken, keep};
use engine::world::World;
use model::{Consent, MessageClass, MessageId, Phone, Subject, Timestamp};
use proof::Kind;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

/// A hash map that is the same on every run.
type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// The order in which bytes left the process: submits and acknowledgements share it.
pub(crate) type Order = u64;

/// A part as it looks on the wire: to whom, what it says, and where in its message it stands.
type Look = (String, String, Option<(u16, u8, u8)>);

/// Everything the checker knows.
pub(crate) struct Checker {
    world: Arc<World>,
    /// A print of every entry seen.
    prints: Vec<u64>,
    messages: BTreeMap<MessageId, Known>,
    /// Parts as they look on the wire.
    parts: Map<Look, Group>,
    consents: BTreeMap<Subject, Vec<Consent>>,
    /// Acknowledged refusals of marketing: when, and after which bytes.
    refusals: Map<Phone, (Order, Timestamp)>,
    /// Marketing messages that a carrier has taken, by customer.
    sent: BTreeMap<Subject, BTreeSet<(Timestamp, MessageId)>>,
    /// What each journey has reserved, and may reserve.
    spent: BTreeMap<Arc<str>, i64>,
    budgets: BTreeMap<Arc<str>, i64>,
    /// Of broadcasts: whom they have met already.
    met: BTreeSet<(Arc<str>, Subject)>,
    launched: BTreeSet<Arc<str>>,
    /// Who is inside a journey, by the entry by which they entered.
    inside: BTreeSet<(Subject, u64)>,
    ended: BTreeSet<Arc<str>>,
    erased: BTreeSet<Subject>,
    /// When parts left, by route: for the pace.
    left: BTreeMap<usize, Vec<Timestamp>>,
    counts: Counts,
}

/// What was counted on the way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) messages: u64,
    pub(crate) decided: u64,
    pub(crate) held: u64,
    pub(crate) blocked: u64,
    pub(crate) submitted: u64,
    pub(crate) unanswered: u64,
    pub(crate) suppressions: u64,
    pub(crate) submits: u64,
    pub(crate) taken: u64,
    pub(crate) late: u64,
    pub(crate) asked: u64,
    pub(crate) rerouted: u64,
}

/// One message, from its entries.
struct Known {
    subject: Subject,
    class: Option<MessageClass>,
    /// When it was last let pass.
    decided: Option<Timestamp>,
    /// Whether an unanswered part may be sent again.
    resend: bool,
    claims: u32,
    /// Which leg of a plan it is on, from 0: each may reach the customer.
    leg: u32,
    /// Parts that carriers took, answers that said so, and doubts.
    taken: u32,
    answered: u32,
    doubts: u32,
    ended: u32,
    /// The entries about it.
    story: Vec<(u64, Kind)>,
}

impl Known {
    fn new(subject: Subject, class: Option<MessageClass>, first: (u64, Kind)) -> Self {
        Self {
            subject,
            class,
            decided: None,
            resend: true,
            claims: 0,
            leg: 0,
            taken: 0,
            answered: 0,
            doubts: 0,
            ended: 0,
            story: vec![first],
        }
    }
}

/// All parts that look the same on the wire.
#[derive(Default)]
struct Group {
    /// Which messages have such a part, and how often a carrier took it.
    parts: Vec<(MessageId, u32)>,
    seen: u32,
    taken: u32,
}

impl Checker {
    /// A checker of a run with this configuration.
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self {
            world,
            prints: Vec::new(),
            messages: BTreeMap::new(),
            parts: Map::default(),
            consents: BTreeMap::new(),
            refusals: Map::default(),
            sent: BTreeMap::new(),
            spent: BTreeMap::new(),
            budgets: BTreeMap::new(),
            met: BTreeSet::new(),
            launched: BTreeSet::new(),
            inside: BTreeSet::new(),
            ended: BTreeSet::new(),
            erased: BTreeSet::new(),
            left: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// What was counted.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// How many entries are known to be durable.
    pub(crate) fn durable(&self) -> u64 {
        self.prints.len() as u64
    }

    /// A refusal was acknowledged with these bytes.
    pub(crate) fn refused(&mut self, phone: Phone, order: Order, at: Timestamp) {
        self.refusals.insert(phone, (order, at));
    }
}

/// Whether a consent in force at a moment is a grant.
fn granted(history: &[Consent], class: MessageClass, at: Timestamp) -> bool {
    model::consent_at(history, class, at).is_some_and(|said| said.state == model::ConsentState::Granted)
}

fn broken(invariant: &'static str, what: impl Into<String>) -> Broken {
    Broken { invariant, what: what.into() }
}

/// Breaks with an error of the product's, where none may come.
fn no_error<T, E: std::fmt::Display>(result: Result<T, E>, invariant: &'static str) -> Result<T, Broken> {
    result.map_err(|error| broken(invariant, error.to_string()))
}
