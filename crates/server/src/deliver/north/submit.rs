//! What a client submits, in no protocol's words, and what it is answered.

use super::refusal::Refusal;
use engine::entry::Tell;
use model::{MessageId, Span, Timestamp};
use wire::msg_fmt::MsgFmt;
use wire::smpp::coding;
use wire::smpp::concat::Concat;

/// What an answer needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    /// The number of the request.
    pub(super) sequence: u32,
    /// What kind of request.
    pub(super) kind: Kind,
    /// The id that it was given beforehand; 0 if it follows from the message's own.
    pub(super) given: u64,
}

/// Kinds of submits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// submit_sm, or SUBMIT to one.
    Submit,
    /// submit_multi, or SUBMIT to many.
    Many,
    /// data_sm.
    Data,
}

/// A destination as the client wrote it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The number.
    pub(super) text: String,
    /// Type and plan; 0 where the protocol has none.
    pub(super) kind: (u8, u8),
}

/// What the octets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// A data_coding of SMPP.
    Smpp(u8),
    /// A Msg_Fmt of CMPP.
    Fmt(MsgFmt),
}

impl Coding {
    /// The text; `None` if it is none.
    pub(super) fn decode(self, payload: &[u8]) -> Option<String> {
        match self {
            // Chinese carriers' own value for GBK, as in CMPP.
            Self::Smpp(15) => Some(wire::msg_fmt::decode_gbk(payload)),
            Self::Smpp(data_coding) => {
                coding::decode(coding::alphabet(data_coding, coding::Alphabet::Gsm), payload)
            }
            Self::Fmt(fmt) => fmt.decode(payload),
        }
    }

    /// As one octet.
    pub(super) fn octet(self) -> u8 {
        match self {
            Self::Smpp(data_coding) => data_coding,
            Self::Fmt(fmt) => fmt.0,
        }
    }
}

/// A submit: one text to one or many.
#[derive(Clone)]
pub(super) struct Submit {
    /// To answer it with.
    pub(super) ticket: Ticket,
    /// Whether it came over CMPP.
    pub(super) cmpp: bool,
    /// To whom; one unless the kind is `Many`.
    pub(super) to: Vec<Target>,
    /// The octets without their user data header.
    pub(super) payload: Vec<u8>,
    /// What they are.
    pub(super) coding: Coding,
    /// Which part it is of a long message of the client's.
    pub(super) concat: Option<Concat>,
    /// The sender.
    pub(super) source: String,
    /// Its type and plan.
    pub(super) source_kind: (u8, u8),
    /// The service.
    pub(super) service: String,
    /// What the account wants to be told.
    pub(super) tell: Tell,
    /// registered_delivery, where it says more than that.
    pub(super) wants: u8,
    /// Not before this moment.
    pub(super) at: Option<Timestamp>,
    /// How long it is worth sending.
    pub(super) validity: Option<Span>,
    /// user_message_reference.
    pub(super) user: Option<u16>,
}

/// What becomes of a submit.
pub(super) type Verdict = Result<MessageId, Refusal>;
