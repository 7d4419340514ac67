//! What a session tells its caller. The same for both connections: `Session` never says
//! `Delivered` unless its gateway delivers over the wrong connection, `Inlet` never speaks of tickets. No event prints a number,
//! a text or a password.

use super::super::command::CommandId;
use super::super::frame::FrameError;
use super::super::status::Status;
use super::super::{DecodeError, Number, Sequence};
use crate::concat::Concat;
pub use crate::link::Octets;
use crate::msg_fmt::MsgFmt;
pub use crate::smpp::receipt::OwnedReceipt as Receipt;
use model::Timestamp;
use std::fmt;

/// Something the caller has to know.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The gateway accepted our Bind: `submit` works now. Of an `Inlet`: we accepted the gateway's.
    Bound,
    /// The gateway refused our Bind, or we refused its; `Closed` follows.
    BindRefused {
        /// Why.
        status: Status,
    },
    /// The gateway took the message over.
    Submitted {
        /// The caller's name for it.
        ticket: u64,
        /// The message's in the notation of `Sequence`: what `submit` returned, and what its Report will name.
        remote_id: String,
    },
    /// The gateway did not take the message over; `status.class()` says what that asks for.
    Refused {
        /// The caller's name for it.
        ticket: u64,
        /// Why.
        status: Status,
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
        status: Status,
        /// The message's id, as in `Submitted`.
        remote_id: String,
    },
    /// A report or a message from a customer. Must be given to `acknowledge` or `refuse` once it is durable.
    Delivered {
        /// To answer it with.
        delivery: DeliveryRef,
        /// From whom; of a report, the customer the message went to.
        from: Number,
        /// To whom: our number; a Report has none.
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

/// What a Deliver or a Report is.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    /// What became of a message of ours.
    Receipt(Receipt),
    /// A Report about no message of ours. Acknowledge it, or it comes again for ever.
    UnreadableReceipt(Octets),
    /// Somebody wrote to us.
    Message(Inbound),
}

/// A message from a customer, or one part of it.
#[derive(PartialEq, Eq)]
pub struct Inbound {
    /// The text of this part, in the alphabet its format names; none when it is not text. A character that the handset cut
    /// in two between parts is U+FFFD: for parts, join `payload`s and decode the whole.
    pub text: Option<String>,
    /// The octets without their user data header.
    pub payload: Octets,
    /// The alphabet; see `MsgFmt`.
    pub msg_format: MsgFmt,
    /// Where this part belongs, if it is one.
    pub concat: Option<Concat>,
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbound({}, msg_format {}, {:?})", self.payload.0.len(), self.msg_format.0, self.concat)
    }
}

/// Names one Deliver or Report that waits for its answer. Cannot be copied: it is answered once.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a message that is not acknowledged comes again"]
pub struct DeliveryRef {
    pub(in super::super) connection: u64,
    pub(in super::super) sequence: Sequence,
    pub(in super::super) command: CommandId,
}

/// Why a link ended or an answer did not come.
pub type Why = crate::link::Why<Status>;

/// What a peer did wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The stream is out of step.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A body cannot be read.
    #[error(transparent)]
    Body(#[from] DecodeError),
    /// A command that does not pass between an enterprise and a gateway.
    #[error("expected a command of sgip, found {0}")]
    UnknownCommand(CommandId),
    /// A request that this side does not serve, or not in this state.
    #[error("expected a request for this side of a session, found {0}")]
    UnexpectedRequest(CommandId),
    /// An answer to nothing we asked.
    #[error("expected an answer to a waiting request, found {command} #{sequence}")]
    UnexpectedAnswer {
        /// The command.
        command: CommandId,
        /// Its number.
        sequence: Sequence,
    },
    /// More messages than may wait for their acknowledgement; this one was answered "busy".
    #[error("expected at most {max} unacknowledged messages, found one more")]
    TooManyUnacknowledged {
        /// The limit.
        max: usize,
    },
}
