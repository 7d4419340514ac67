//! Orders: messages that the institution's other systems hand in, and what they are told of them.
//!
//! An order comes from an account (a core system over SMPP, CMPP or HTTP). Its message takes the same way through
//! the gate as any other; what is special is only where its text comes from and who is told what became of it.

use super::{Outcome, ReceiptState};
use model::{AccountId, Channel, Fields, MessageId, Phone, Private, Span, TemplateId, Timestamp};
use std::sync::Arc;

/// What an account asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Which account.
    pub account: AccountId,
    /// The account's own reference, given back with everything that it is told.
    pub reference: Option<Arc<str>>,
    /// What to say; none once the text was made: then the message has it.
    pub body: Option<Body>,
    /// The signature to stand under it, without brackets; none for the institution's.
    pub signature: Option<Arc<str>>,
    /// What follows the route's number in the sender that the customer sees.
    pub extension: Option<Arc<str>>,
    /// What the account wants to be told.
    pub tell: Tell,
    /// Not before this moment.
    pub at: Option<Timestamp>,
    /// The plan of channels to follow, if any.
    pub plan: Option<Arc<str>>,
    /// The message that this one repeats, when a dead letter is sent again.
    pub replays: Option<MessageId>,
    /// Digest of the account's key for it, by which a repetition is recognised.
    pub key: Option<u128>,
    /// The pieces it was handed in by, in their order, each named by the position of its entry; mostly none.
    pub pieces: Vec<MessageId>,
}

/// Where a piece belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What the pieces of one message have in common: sender and reference.
    pub mark: Arc<str>,
    /// Which piece, from 1.
    pub number: u8,
    /// How many there are.
    pub total: u8,
}

/// One piece of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Who handed it in.
    pub account: AccountId,
    /// Where it belongs.
    pub place: Place,
    /// What it says.
    pub text: Private,
}

/// What an order says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A template of ours with its values.
    Template(TemplateId, Arc<Fields>),
    /// A finished text, without signature.
    Text(Private),
}

/// What an account wants to be told of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum Tell {
    /// Nothing.
    #[default]
    Nothing = 0,
    /// Only that it failed.
    Failure = 1,
    /// Its end.
    End = 2,
    /// That the carrier took it, and its end.
    Progress = 3,
}

impl Tell {
    /// The wish of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Nothing, Self::Failure, Self::End, Self::Progress].into_iter().find(|t| *t as u8 == code)
    }
}

/// Which leg of a plan a message is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The plan's id.
    pub plan: Arc<str>,
    /// Which leg, from 0.
    pub leg: u8,
    /// By which channel.
    pub channel: Channel,
    /// How long after submission a receipt is waited for before the next leg; none on the last.
    pub wait: Option<Span>,
}

/// How notices were settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Settled {
    /// The account has them.
    Told = 1,
    /// They were given up; they are kept, and can be revived.
    Dead = 2,
    /// They were set going again.
    Revived = 3,
}

impl Settled {
    /// The way of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Told, Self::Dead, Self::Revived].into_iter().find(|how| *how as u8 == code)
    }
}

/// Something that an account must be told; named by the position of the entry that caused it.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub kind: NoticeKind,
    /// Whether telling it was given up.
    pub dead: bool,
}

/// What an account is told.
#[derive(Debug, Clone, PartialEq)]
pub enum NoticeKind {
    /// The carrier has the whole message.
    Submitted(Box<Told>),
    /// The message came to its end.
    Ended {
        /// Which message.
        told: Box<Told>,
        /// How it ended; `None` if the gate stopped it after it had been accepted.
        outcome: Option<Outcome>,
        /// What the carrier reported last, if it did.
        state: Option<ReceiptState>,
        /// The carrier's error code, or the rule that stopped it.
        error: Option<Arc<str>>,
    },
    /// A customer wrote to the account's extension.
    Inbound {
        /// Who wrote.
        from: Phone,
        /// The number they wrote to.
        to: Arc<str>,
        /// What they wrote.
        text: Private,
    },
}

/// What identifies a message to the account that ordered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The message.
    pub message: MessageId,
    /// The account's own reference.
    pub reference: Option<Arc<str>>,
    /// To which number, where it was one.
    pub to: Option<Phone>,
    /// The extension it was sent under.
    pub extension: Option<Arc<str>>,
    /// How many parts it had.
    pub parts: u8,
    /// When it was accepted.
    pub accepted: Timestamp,
    /// The pieces it was handed in by; mostly none. Each wants to be told of.
    pub pieces: Vec<MessageId>,
}

impl Notice {
    /// The message it is about; none for what a customer wrote.
    pub fn message(&self) -> Option<MessageId> {
        match &self.kind {
            NoticeKind::Submitted(told) | NoticeKind::Ended { told, .. } => Some(told.message),
            NoticeKind::Inbound { .. } => None,
        }
    }
}
