//! What can happen: the facts that entries record. Every change of state is one of these and nothing else.
//!
//! A fact is written by `decide`, made durable by the caller, and replayed by `apply`. It carries everything
//! `apply` needs, so that replaying never asks the configuration or a clock. How a fact is split into a public
//! leaf and a sealed part is `prove`'s business.

mod carrier;
mod case;
mod change;
mod click;
mod journey;
mod order;
mod perceived;
mod preference;
mod review;
mod switch;
mod trial;

pub use carrier::{AfterRefusal, AfterSilence, Ending, Late, Outcome, ReceiptState};
pub use case::{CaseClosed, CaseId, CaseKind, CaseNoted, CaseOpened, CaseOutcome, SuppressionCause};
pub use change::{Content, FileChange, How, Need, Proposed, Published, Reviewed, change_hash};
pub use click::{Clicked, Follower};
pub use journey::{Entered, Left, Moved, Open, Returned, Stay, TaskOpened};
pub use order::{Body, Notice, NoticeKind, Order, Piece, Place, Settled, Tell, Told, Way};
pub use perceived::{Event, MarketEvent, Profile, Standing};
pub use preference::{Choices, Chosen, ClassChoice, Evidence, Frequency, Hours, Per, Through};
pub use review::{ModelTrained, ReviewDecided, ReviewVerdict};
pub use switch::{Scope, SwitchState};
pub use trial::{ArmResumed, ArmStopped, Credited, Weighed, WeightsMoved};

use crate::decide::Finding;
use model::{
    AccountId, Consent, Contact, Cost, MessageClass, MessageId, Phone, Private, RemoteId, RouteId, Subject,
    Subtype, TemplateId, Timestamp, Value,
};
use proof::Hash;
use std::sync::Arc;

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When it was decided or learned.
    pub at: Timestamp,
    /// Whom it is about; [`Subject::INSTITUTION`] if nobody.
    pub subject: Subject,
    /// What happened.
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A configuration came into force.
    WorldPublished {
        /// Its hash.
        world: Hash,
        /// How many files it has.
        files: u64,
    },
    /// A customer became known, or what is known of them changed: the whole profile as it is now.
    CustomerRecorded(Box<Profile>),
    /// A customer agreed or refused.
    ConsentRecorded(Consent),
    /// Something that a customer did, or that befell them, was taken in.
    EventAccepted(Arc<Event>),
    /// The gate let a message pass: this entry authorises its sending.
    MessageDecided(Box<Decided>),
    /// The gate holds a message back until later.
    MessageHeld(Box<Held>),
    /// The gate stopped a message for good.
    MessageBlocked(Box<Blocked>),
    /// A message is about to be handed to the carrier.
    MessageClaimed {
        /// Which.
        message: MessageId,
        /// Of which class.
        class: MessageClass,
        /// Over which route.
        route: RouteId,
        /// Counts up from 1.
        attempt: u8,
        /// How many parts are handed over, as far as it was recorded: what daily quotas count.
        parts: Option<u8>,
    },
    /// A message goes another way than was decided: over another route, or by the next leg of its plan.
    MessageRerouted(Box<Rerouted>),
    /// The carrier took a part and named it.
    PartSubmitted {
        /// Of which message.
        message: MessageId,
        /// Which part, from 0.
        part: u8,
        /// The carrier's id for it.
        remote: RemoteId,
        /// Present if the carrier now has every part: until when receipts are waited for.
        completes: Option<Timestamp>,
    },
    /// The carrier refused a part.
    PartRefused {
        /// Of which message.
        message: MessageId,
        /// Which part, from 0.
        part: u8,
        /// The protocol's status code.
        status: u32,
        /// The carrier's own word for it, where it has words and no numbers.
        word: Option<Arc<str>>,
        /// What follows.
        then: AfterRefusal,
    },
    /// A part was handed over and no answer came: nobody knows whether the carrier has it.
    PartUnanswered {
        /// Of which message.
        message: MessageId,
        /// Which part, from 0.
        part: u8,
        /// What follows, by the class's policy.
        then: AfterSilence,
    },
    /// A carrier said something of a part after it no longer mattered: it changes nothing.
    AnswerLate {
        /// Of which message.
        message: MessageId,
        /// Which part, from 0.
        part: u8,
        /// Over which route it was said: one that the message has left, or the one by which it went to its end.
        route: RouteId,
        /// What was said.
        said: Late,
    },
    /// No receipt has come in time: the carrier is asked what became of the parts that it has under a name.
    CarrierAsked {
        /// Of which message.
        message: MessageId,
        /// Over which route.
        route: RouteId,
        /// Of how many parts.
        parts: u8,
        /// Until when its answers are waited for.
        until: Timestamp,
    },
    /// The carrier reported what became of a part.
    ReceiptReceived {
        /// Of which message.
        message: MessageId,
        /// Which part, from 0.
        part: u8,
        /// What it reported.
        state: ReceiptState,
        /// The carrier's error code, if any.
        error: Option<Arc<str>>,
        /// Present if this was the last thing to happen to the message.
        ends: Option<Ending>,
    },
    /// A receipt came for an id that is not (yet, or any more) known.
    ReceiptParked {
        /// From which route.
        route: RouteId,
        /// The carrier's id.
        remote: RemoteId,
        /// What it reported.
        state: ReceiptState,
        /// The carrier's error code, if any.
        error: Option<Arc<str>>,
    },
    /// A message came to its end otherwise than by a receipt.
    MessageEnded {
        /// Which.
        message: MessageId,
        /// How.
        ending: Ending,
    },
    /// A customer (or a stranger) wrote to us.
    InboundReceived {
        /// Their number.
        from: Phone,
        /// The number they wrote to.
        to: Arc<str>,
        /// What they wrote.
        text: Private,
        /// Over which route it came.
        route: RouteId,
        /// The word that was recognised, if any.
        keyword: Option<Arc<str>>,
        /// The journey whose extension they wrote to, `id@version`.
        journey: Option<Arc<str>>,
        /// The account whose extension they wrote to: it is told.
        account: Option<AccountId>,
    },
    /// From now on messages of these classes stop.
    SuppressionRecorded {
        /// The classes.
        classes: Vec<MessageClass>,
        /// Why.
        why: SuppressionCause,
        /// The number it is about where no customer is known by it.
        phone: Option<Phone>,
        /// The message before it, if it is taken for that message's doing.
        credited: Option<Credited>,
    },
    /// A broadcast was set off.
    BroadcastLaunched {
        /// Its file, so that it goes on after a restart.
        source: Arc<str>,
        /// `id@version`.
        reference: Arc<str>,
        /// The last customer who was known at that moment.
        up_to: Subject,
    },
    /// A broadcast has met its whole audience.
    BroadcastEnded {
        /// `id@version`.
        reference: Arc<str>,
        /// How many customers met the condition.
        audience: u64,
    },
    /// Something that happened to what customers hold was taken in: those who hold it are gone through.
    MarketEventAccepted(Box<MarketEvent>),
    /// Everybody who held it then has been gone through.
    MarketEventEnded {
        /// The position of the entry by which it was taken in.
        market: u64,
        /// How many entered journeys.
        met: u64,
    },
    /// Somebody entered a journey.
    JourneyEntered(Box<Entered>),
    /// Somebody who is inside a journey is somewhere else now.
    JourneyMoved(Box<Moved>),
    /// Somebody left a journey.
    JourneyLeft {
        /// Their way through it: the position of the entry by which they entered.
        passage: u64,
        /// The journey, `id@version`, and behind a `#` in which arm of an experiment they were.
        journey: Arc<str>,
        /// How.
        how: Left,
    },
    /// A system that a journey called has answered, or was given up.
    CallAnswered(Box<Returned>),
    /// A journey hands something over to people.
    TaskOpened(Box<TaskOpened>),
    /// People have done it, or could not.
    TaskClosed(Box<Returned>),
    /// A journey noted something about a customer.
    CustomerTagged {
        /// Names with values; none takes the tag away.
        values: Vec<(Arc<str>, Option<Value>)>,
    },
    /// A customer chose what they want to get: the whole of their choices as it is now.
    PreferenceChanged(Box<Chosen>),
    /// A customer did what a message was for, or would have been for had they not been kept from it.
    GoalReached {
        /// The message it is credited to: the youngest of its journey, sent or kept back.
        message: MessageId,
        /// Its class.
        class: MessageClass,
        /// Its journey, `id@version`, and behind a `#` the arm of an experiment.
        journey: Arc<str>,
        /// What it was worth, in minor units of the institution's currency.
        value: u64,
    },
    /// A person has looked at a text that was held for it.
    ReviewDecided(Box<ReviewDecided>),
    /// Somebody made a model that tells what kind of message a text is. It is in force where the configuration names its hash.
    ModelTrained(Box<ModelTrained>),
    /// Somebody followed a tracked link of a message.
    LinkClicked(Clicked),
    /// An arm of an experiment drives people away: it is stopped.
    ArmStopped(Box<ArmStopped>),
    /// A person lets a stopped arm go on.
    ArmResumed(Box<ArmResumed>),
    /// An experiment divides those who are new by other weights.
    WeightsMoved(Box<WeightsMoved>),
    /// A customer complained, or asked for something that the law gives them.
    CaseOpened(Box<CaseOpened>),
    /// Something was done about a case.
    CaseNoted(Box<CaseNoted>),
    /// A case was answered.
    CaseClosed(Box<CaseClosed>),
    /// Everything held on a customer was handed out, by whom.
    DataExported(Arc<str>),
    /// What is kept of the orders of somebody who is erased next, so that none is taken a second time.
    OrdersSpent {
        /// The digests of the orders' keys.
        keys: Vec<u128>,
    },
    /// A customer's key is destroyed: what was sealed under it is gone.
    CustomerErased {
        /// On what ground, e.g. `PIPL art. 47`.
        basis: Arc<str>,
    },
    /// A piece of a long message that an account hands in part by part.
    PieceTaken(Box<Piece>),
    /// What an account was told, or could not be told.
    NoticesSettled {
        /// Which account.
        account: AccountId,
        /// The positions of the entries that it was told of.
        notices: Vec<u64>,
        /// How it went.
        how: Settled,
    },
    /// Something was paused, stopped or set going again.
    SwitchSet {
        /// What.
        scope: Scope,
        /// How it stands from now on.
        state: SwitchState,
        /// Why, in words without personal data.
        why: Arc<str>,
    },
    /// A change of the configuration was proposed.
    ChangeProposed(Box<Proposed>),
    /// What a file of a change is to hold.
    ChangeContent(Box<Content>),
    /// Somebody approved or rejected a change.
    ChangeReviewed(Box<Reviewed>),
    /// The maker took a change back.
    ChangeWithdrawn {
        /// Which.
        number: u64,
        /// Who.
        by: Arc<str>,
        /// Why.
        why: Arc<str>,
    },
    /// A change came into force.
    ChangePublished(Box<Published>),
    /// An account took a message of its off the list that it is shown. It stays in the ledger, and goes on if it has not ended.
    MessageHidden {
        /// Which.
        message: MessageId,
    },
    /// Somebody with rights did something: made a key, rotated, repaired.
    AdminActed {
        /// What, in words without personal data.
        what: Arc<str>,
    },
    /// An entry of a customer who was erased since: only its public part is left.
    Redacted(Box<Redacted>),
}

/// What a message is about and why it exists: common to its being decided, held or blocked.
#[derive(Debug, Clone, PartialEq)]
pub struct Matter {
    /// The message; its number is the position of the first entry about it.
    pub message: MessageId,
    /// `id@version` of the journey or broadcast.
    pub journey: Arc<str>,
    /// The class.
    pub class: MessageClass,
    /// The subtype.
    pub subtype: Option<Subtype>,
    /// The text's template.
    pub template: TemplateId,
    /// The template's hash.
    pub template_hash: Hash,
    /// The configuration that decided.
    pub world: Hash,
    /// What every rule said, in order.
    pub findings: Vec<Finding>,
    /// The order behind it, if an account handed it in.
    pub order: Option<Arc<Order>>,
}

/// A message that passed the gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// What and why.
    pub matter: Matter,
    /// Over which route it will go.
    pub route: RouteId,
    /// Where to.
    pub to: Contact,
    /// What it says, as handed to the carrier.
    pub text: Private,
    /// How many parts the carrier will bill.
    pub parts: u8,
    /// What they cost; reserved from the journey's budget.
    pub cost: Cost,
    /// The strict lane it waits in.
    pub lane: u8,
    /// Whether an unanswered submit is sent again (the class's policy, fixed at the decision).
    pub resend: bool,
    /// After this moment it is not worth sending any more.
    pub expires: Timestamp,
    /// What the event said, for a re-evaluation.
    pub event: Option<Arc<Event>>,
    /// Which leg of a plan this is, if it follows one.
    pub way: Option<Way>,
    /// What follows the route's number in the sender, if its journey has something; an order has its own.
    pub extension: Option<Arc<str>>,
}

/// A message that takes another way.
#[derive(Debug, Clone, PartialEq)]
pub struct Rerouted {
    /// Which message.
    pub message: MessageId,
    /// Its class.
    pub class: MessageClass,
    /// Its journey, `id@version`.
    pub journey: Arc<str>,
    /// Over which route it goes now.
    pub route: RouteId,
    /// Where to.
    pub to: Contact,
    /// What it says there.
    pub text: Private,
    /// How many parts that is.
    pub parts: u8,
    /// What it costs now.
    pub cost: Cost,
    /// What that adds to the journey's reservation; negative if it is cheaper.
    pub change: Cost,
    /// Which leg of a plan this is, if it follows one.
    pub way: Option<Way>,
    /// Why: `route_down`, `refused`, `no_receipt`.
    pub why: Arc<str>,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// What and why.
    pub matter: Matter,
    /// Until when.
    pub until: Timestamp,
    /// After this moment it is not worth sending any more.
    pub expires: Timestamp,
    /// What the event said, for the re-evaluation.
    pub event: Option<Arc<Event>>,
    /// What is given back to the journey's budget, if the message had been let pass before.
    pub refund: Option<Cost>,
}

/// A message that will not be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocked {
    /// What and why; the last finding names the rule.
    pub matter: Matter,
    /// What is given back to the journey's budget, if the message had been let pass before.
    pub refund: Option<Cost>,
}

/// The public part of an entry whose sealed part is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Redacted {
    /// What kind of fact it was.
    pub kind: proof::entry::Kind,
    /// What its leaf says.
    pub public: Public,
}

/// The part of a fact that its leaf shows, and the only part that totals may be computed from: what totals say
/// must not change when a customer is erased.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Public {
    /// The message it is about.
    pub message: Option<MessageId>,
    /// Its class.
    pub class: Option<MessageClass>,
    /// Its journey, `id@version`.
    pub journey: Option<Arc<str>>,
    /// The route.
    pub route: Option<RouteId>,
    /// The rule that held or blocked; the outcome of an end.
    pub rule: Option<Arc<str>>,
    /// Parts.
    pub parts: Option<u8>,
    /// Money reserved (positive) or given back (negative).
    pub cost: Option<Cost>,
    /// A count.
    pub count: Option<u64>,
    /// The configuration that decided.
    pub world: Option<Hash>,
    /// The template.
    pub template: Option<Hash>,
}
