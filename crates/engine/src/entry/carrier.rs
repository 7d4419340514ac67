//! What carriers say of messages, and what follows: the words of answers, receipts and ends.

use model::{Cost, MessageClass, RemoteId, Timestamp};
use std::sync::Arc;

/// What follows a refusal by the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterRefusal {
    /// Back to the head of its lane: the carrier is busy.
    Requeue,
    /// The message has failed.
    Fail(Ending),
    /// The message has failed, and ends when the answers have come that are still due about its other parts: only then
    /// is it known what was taken, and what is given back.
    Await,
}

/// What a carrier said of a part after it no longer mattered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Late {
    /// It took the part, under this id.
    Taken(RemoteId),
    /// It refused the part.
    Refused {
        /// The protocol's status code.
        status: u32,
        /// The carrier's own word for it, where it has words and no numbers.
        word: Option<Arc<str>>,
    },
}

/// How a message ended, with what its journey's totals need to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub outcome: Outcome,
    /// Its class.
    pub class: MessageClass,
    /// Its journey, `id@version`.
    pub journey: Arc<str>,
    /// What is given back to the journey's budget.
    pub refund: Cost,
}

/// What follows a submit without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterSilence {
    /// Back to the head of its lane.
    Resend,
    /// Wait for a receipt until then.
    Wait {
        /// Until when.
        until: Timestamp,
    },
}

/// What a carrier reports of a part (SMPP 3.4 §5.2.28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ReceiptState {
    /// On its way.
    Enroute = 1,
    /// Arrived.
    Delivered = 2,
    /// Its validity ran out.
    Expired = 3,
    /// Deleted by the carrier.
    Deleted = 4,
    /// Cannot be delivered.
    Undeliverable = 5,
    /// Accepted by the carrier's own staff for the customer.
    Accepted = 6,
    /// The carrier does not know.
    Unknown = 7,
    /// Rejected.
    Rejected = 8,
}

impl ReceiptState {
    /// The state of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        [
            Self::Enroute,
            Self::Delivered,
            Self::Expired,
            Self::Deleted,
            Self::Undeliverable,
            Self::Accepted,
            Self::Unknown,
            Self::Rejected,
        ]
        .into_iter()
        .find(|state| *state as u8 == code)
    }

    /// Whether nothing more will be reported.
    pub fn is_final(self) -> bool {
        self != Self::Enroute
    }

    /// Whether the customer has it.
    pub fn is_delivered(self) -> bool {
        matches!(self, Self::Delivered | Self::Accepted)
    }
}

/// How a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// Every part arrived.
    Delivered = 1,
    /// A part did not arrive.
    Undelivered = 2,
    /// The carrier refused it.
    Refused = 3,
    /// It was not known whether the carrier had it, and no receipt came.
    Uncertain = 4,
    /// It was submitted, and no receipt came in time.
    NoReceipt = 5,
    /// Its customer was erased before its end was known.
    Erased = 6,
}

impl Outcome {
    /// The outcome of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Delivered, Self::Undelivered, Self::Refused, Self::Uncertain, Self::NoReceipt, Self::Erased]
            .into_iter()
            .find(|outcome| *outcome as u8 == code)
    }

    /// The word for it in leaves, views and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Refused => "refused",
            Self::Uncertain => "uncertain",
            Self::NoReceipt => "no_receipt",
            Self::Erased => "erased",
        }
    }
}
