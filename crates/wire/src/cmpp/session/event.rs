//! What a session tells its caller. No event prints a number, a text or a secret.

use super::super::command::CommandId;
use super::super::error::DecodeError;
use super::super::frame::FrameError;
use super::super::msg_id::MsgId;
use super::super::report::Report;
use super::super::status::{ConnectStatus, ResultCode};
use crate::concat::Concat;
use crate::fixed::Number;
pub use crate::link::Octets;
use crate::msg_fmt::MsgFmt;
use model::Timestamp;
use std::fmt;

/// Something the caller has to know.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The gateway accepted the login: `submit` works now.
    Bound {
        /// The version octet of its answer: what it speaks, or the highest it knows.
        version: u8,
    },
    /// The gateway refused the login, or did not prove itself to a strict session; `Closed` follows.
    BindRefused {
        /// Why.
        status: ConnectStatus,
    },
    /// The gateway took the message over.
    Submitted {
        /// The caller's name for it.
        ticket: u64,
        /// The gateway's; of a message to many, the first.
        msg_id: MsgId,
    },
    /// The gateway did not take the message over; `result.class` says what that asks for.
    Refused {
        /// The caller's name for it.
        ticket: u64,
        /// Why.
        result: ResultCode,
    },
    /// No answer came: whether the gateway has the message is not known.
    Unanswered {
        /// The caller's name for it.
        ticket: u64,
        /// What ended the waiting.
        why: Why,
    },
    /// An answer to a message that had been reported as `Unanswered`, on the same connection.
    LateAnswer {
        /// The caller's name for it.
        ticket: u64,
        /// What the gateway says.
        result: ResultCode,
        /// The gateway's id, if it took the message over.
        msg_id: MsgId,
    },
    /// A report or a message from a customer. Must be given to `acknowledge` or `refuse` once it is durable.
    Delivered {
        /// To answer it with.
        delivery: DeliveryRef,
        /// From whom; of a report, the customer the message went to.
        from: Number,
        /// To whom: our number.
        to: Number,
        /// What it is.
        content: Delivery,
    },
    /// The gateway ended the session; `Closed` follows.
    PeerUnbound,
    /// The gateway sent something wrong. The link goes on, unless `Closed` follows.
    ProtocolError {
        /// What was wrong.
        error: ProtocolError,
        /// The PDU's body, so that nothing is lost; empty where it is of no use.
        body: Octets,
    },
    /// The link is over: write what `output` still holds, then close the socket.
    Closed {
        /// What ended it.
        why: Why,
        /// When to dial again; none after `unbind`.
        may_retry_at: Option<Timestamp>,
    },
}

/// What a DELIVER from the gateway is.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    /// What became of a message of ours. It may come before the answer to its SUBMIT does.
    Receipt(Report),
    /// It says it is a report but is too short for one. Acknowledge it, or it comes again for ever.
    UnreadableReceipt(Octets),
    /// Somebody wrote to us.
    Message(Inbound),
}

/// A message from a customer, or one part of it.
#[derive(PartialEq, Eq)]
pub struct Inbound {
    /// The text of this part, in the alphabet its Msg_Fmt names; none when it is not text. A character that was cut in two
    /// between parts is U+FFFD: for parts, join `payload`s and decode the whole.
    pub text: Option<String>,
    /// The octets without their user data header.
    pub payload: Octets,
    /// The alphabet.
    pub msg_fmt: MsgFmt,
    /// Where this part belongs, if it is one.
    pub concat: Option<Concat>,
    /// The service.
    pub service_id: String,
    /// 3.0: to be said again in the answer to a message on demand.
    pub link_id: String,
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbound({:?}, {:?}, {:?})", self.payload, self.msg_fmt, self.concat)
    }
}

/// Names one DELIVER that waits for its answer. Cannot be copied: it is answered once.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a message that is not acknowledged comes again"]
pub struct DeliveryRef {
    pub(super) connection: u64,
    pub(super) sequence: u32,
    pub(super) msg_id: MsgId,
}

/// Why a link ended or an answer did not come.
pub type Why = crate::link::Why<ConnectStatus>;

/// What a peer did wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The stream is out of step and stayed so.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Octets between two PDUs; they were skipped.
    #[error("stream: expected a header, found {octets} octets of garbage before it")]
    Garbage {
        /// How many.
        octets: usize,
    },
    /// A body cannot be read.
    #[error(transparent)]
    Body(#[from] DecodeError),
    /// The gateway's answer to our login does not prove that it knows the secret.
    #[error("AuthenticatorISMG: expected the MD5 of status, AuthenticatorSource and secret, found another")]
    Unproved,
    /// A command that is not in the list.
    #[error("expected a command of cmpp, found {0}")]
    UnknownCommand(CommandId),
    /// A request that this side does not serve, or not in this state.
    #[error("expected a request for this side of a bound session, found {0}")]
    UnexpectedRequest(CommandId),
    /// An answer to nothing we asked.
    #[error("expected an answer to a waiting request, found {command} #{sequence}")]
    UnexpectedAnswer {
        /// The command.
        command: CommandId,
        /// Its number.
        sequence: u32,
    },
    /// More messages than may wait for their answer; this one was answered "flow control".
    #[error("expected at most {max} messages to wait for their answer, found one more")]
    TooManyWaiting {
        /// The limit.
        max: usize,
    },
    /// The number of a request that still waits. The same request again is dropped, for the first one's answer serves both;
    /// another one was answered "duplicate sequence number".
    #[error("expected a new sequence number, found {sequence} again")]
    Repeated {
        /// The number.
        sequence: u32,
    },
    /// A message is longer than its alphabet allows; it was answered so.
    #[error("Msg_Content: expected at most {max} octets, found {found}")]
    TooLong {
        /// The most it may have.
        max: usize,
        /// What it had.
        found: usize,
    },
    /// ValId_Time or At_Time is no time; the message was answered "bad structure".
    #[error("{field}: expected no octets or YYMMDDhhmmsstnnp, found {octets} octets of something else")]
    BadTime {
        /// The field.
        field: &'static str,
        /// How long it is.
        octets: usize,
    },
}
