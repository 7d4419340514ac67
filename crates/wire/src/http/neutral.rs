//! What all dialects mean: a message to send, what became of it, what a customer wrote back, and why not.
//!
//! These are values of the wire, not of the engine: a number is what the client wrote, a template is the client's name
//! for it. The server maps them to the engine's and back. Printing one shows no number and no text.

use std::collections::BTreeMap;
use std::fmt;

use model::{MessageClass, Timestamp};

use super::phone::masked;

/// One message with its recipients, as a client asked for it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Send {
    /// Recipients as written, 1 to the dialect's maximum.
    pub to: Vec<String>,
    /// The signature to show, without brackets.
    pub sign_name: Option<String>,
    /// The client's name for a template.
    pub template: Option<String>,
    /// What fills the template.
    pub params: Params,
    /// The text itself, where the dialect allows one.
    pub text: Option<String>,
    /// A sender number or name (`From`, `SenderId`).
    pub sender: Option<String>,
    /// Digits to append to the sender number, for telling replies apart.
    pub extend: Option<String>,
    /// The client's own reference, given back in receipts.
    pub reference: Option<String>,
    /// Not before this instant.
    pub schedule_at: Option<Timestamp>,
    /// Not later than so many seconds after acceptance.
    pub validity_seconds: Option<u32>,
    /// Where the client wants to hear what became of it.
    pub callback: Option<String>,
    /// What kind of message it is, where the dialect says so.
    pub class: Option<MessageClass>,
    /// What it is within its class, where the dialect says so, by the names of the class library.
    pub subtype: Option<String>,
    /// The client's application or messaging service.
    pub application: Option<String>,
    /// Addresses of media to attach.
    pub media: Vec<String>,
}

/// What fills a template.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Params {
    /// Nothing.
    #[default]
    None,
    /// Values by the names of the variables.
    Named(BTreeMap<String, String>),
    /// Values in the order of the variables.
    Positional(Vec<String>),
}

impl Params {
    /// How many values.
    pub fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Named(values) => values.len(),
            Self::Positional(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} values>", self.len())
    }
}

impl fmt::Debug for Send {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.as_ref().map(|text| text.chars().count());
        f.debug_struct("Send")
            .field("recipients", &self.to.len())
            .field("template", &self.template)
            .field("params", &self.params)
            .field("text_characters", &text)
            .field("class", &self.class)
            .field("media", &self.media.len())
            .finish_non_exhaustive()
    }
}

/// What a recipient's message came to at once.
#[derive(Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The recipient as the client wrote it.
    pub to: String,
    /// Accepted, or why not.
    pub result: Result<Accepted, Refusal>,
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", masked(&self.to), self.result)
    }
}

/// A message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The message's id, as receipts will name it.
    pub id: String,
    /// How many parts a carrier will bill.
    pub parts: u32,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// No such template, or not approved.
    UnknownTemplate,
    /// A variable of the template has no value, or one that does not fit.
    ParamMissing(Option<String>),
    /// The signature is not filed with the carrier, or not this client's.
    SignatureNotFiled,
    /// Not a phone number.
    InvalidNumber,
    /// The recipient refused such messages, complained, or has no consent on record.
    OptedOut,
    /// Not at this hour.
    QuietHours,
    /// Too many messages to this recipient.
    FrequencyCap,
    /// The text holds what it must not.
    ContentRefused,
    /// This client may not do that.
    NotPermitted,
    /// Too many requests of this client.
    Throttled,
    /// The money is spent.
    Budget,
    /// Our fault.
    Internal,
    /// Another rule of the gate, by its id.
    Other(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTemplate => f.write_str("the template does not exist or is not approved"),
            Self::ParamMissing(None) => f.write_str("the values do not fit the template"),
            Self::ParamMissing(Some(name)) => write!(f, "the value of {name} is missing or does not fit"),
            Self::SignatureNotFiled => f.write_str("the signature is not filed"),
            Self::InvalidNumber => f.write_str("the number is not a phone number"),
            Self::OptedOut => f.write_str("the recipient refused such messages"),
            Self::QuietHours => f.write_str("such messages are not sent at this hour"),
            Self::FrequencyCap => f.write_str("the recipient had too many messages"),
            Self::ContentRefused => f.write_str("the text holds what it must not"),
            Self::NotPermitted => f.write_str("this key may not do that"),
            Self::Throttled => f.write_str("too many requests"),
            Self::Budget => f.write_str("the budget is spent"),
            Self::Internal => f.write_str("internal error"),
            Self::Other(rule) => write!(f, "refused by rule {rule}"),
        }
    }
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Taken, its sender not chosen yet.
    Accepted,
    /// Waiting for its turn.
    Queued,
    /// Waiting for a time: scheduled, or held by a rule.
    Held,
    /// On its way to the carrier.
    Sending,
    /// The carrier has it.
    Sent,
    /// The recipient has it.
    Delivered,
    /// The recipient read it.
    Read,
    /// The carrier could not deliver it.
    Undelivered,
    /// It never reached the carrier.
    Failed,
    /// Withdrawn before it was sent.
    Canceled,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Accepted,
        Self::Queued,
        Self::Held,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Undelivered,
        Self::Failed,
        Self::Canceled,
    ];

    /// Whether nothing more will happen (a read report may still follow a delivery).
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Read | Self::Undelivered | Self::Failed | Self::Canceled)
    }
}

/// What became of one message to one recipient.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// The message's id as the acceptance named it.
    pub id: String,
    /// The recipient.
    pub to: String,
    /// Where it is.
    pub status: Status,
    /// The carrier's or vendor's code, such as `DELIVRD`.
    pub code: Option<String>,
    /// What the code means, in words.
    pub description: Option<String>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When this became known.
    pub reported_at: Option<Timestamp>,
    /// How many parts were billed.
    pub parts: u32,
    /// The client's reference.
    pub reference: Option<String>,
    /// The template, where the dialect tells it.
    pub template: Option<String>,
    /// The text, where the dialect tells it.
    pub text: Option<String>,
}

impl Report {
    /// A report with nothing but the necessary.
    pub fn new(id: impl Into<String>, to: impl Into<String>, status: Status) -> Self {
        Self {
            id: id.into(),
            to: to.into(),
            status,
            code: None,
            description: None,
            sent_at: None,
            reported_at: None,
            parts: 1,
            reference: None,
            template: None,
            text: None,
        }
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<report of {}: {:?} {:?} to {}>", self.id, self.status, self.code, masked(&self.to))
    }
}

/// What a customer wrote back.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// Who wrote.
    pub from: String,
    /// What.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// The number written to, or the digits appended to it.
    pub extend: Option<String>,
    /// The signature of the message it answers, where the dialect tells it.
    pub sign_name: Option<String>,
    /// The dialect's number of this reply.
    pub sequence: Option<String>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<reply of {} characters from {}>", self.text.chars().count(), masked(&self.from))
    }
}

/// Why a request, an answer or a callback cannot be read. Values are not repeated: they may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The action is none of those served here.
    #[error("expected an action that is served here, found another")]
    UnknownAction,
    /// The path or method is none of those served here.
    #[error("expected a resource that is served here, found another")]
    UnknownResource,
    /// A parameter is not there or empty.
    #[error("{0}: expected a value, found none")]
    Missing(&'static str),
    /// A parameter is there and cannot be read.
    #[error("{name}: expected {expected}")]
    Bad {
        /// The parameter.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A list is too long.
    #[error("{name}: expected at most {max}, found {found}")]
    TooMany {
        /// The parameter.
        name: &'static str,
        /// The longest that is allowed.
        max: usize,
        /// How long it is.
        found: usize,
    },
    /// The other side answered with an error of its own; `code` is its code.
    #[error("expected an answer, found the error {code} (status {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The vendor's code.
        code: String,
        /// Whether the same request may be sent again later.
        is_transient: bool,
    },
}
