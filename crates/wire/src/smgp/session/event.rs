//! What a session tells its caller. No event prints a number, a text or a secret.

use super::super::command::CommandId;
use super::super::frame::FrameError;
use super::super::id::MsgId;
use super::super::receipt::Receipt;
use super::super::status::Status;
use super::super::{DecodeError, Number};
use crate::concat::Concat;
pub use crate::link::Octets;
use crate::msg_fmt::MsgFmt;
use model::Timestamp;
use std::fmt;

/// Something the caller has to know.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The gateway accepted the login: `submit` works now.
    Bound {
        /// The highest version the gateway speaks.
        version: u8,
        /// Whether it proved that it knows the secret.
        authentic: bool,
    },
    /// The gateway refused the login; `Closed` follows.
    BindRefused {
        /// Why.
        status: Status,
    },
    /// The gateway took the message over.
    Submitted {
        /// The caller's name for it.
        ticket: u64,
        /// The gateway's, in 20 hex digits; empty when the gateway gave none, and then no receipt can be matched.
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
        /// The gateway's id, if it took the message over.
        remote_id: String,
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

/// What a Deliver is.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    /// What became of a message of ours.
    Receipt(Receipt),
    /// It says it is a report but names no message. Acknowledge it, or it comes again for ever.
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

/// Names one Deliver that waits for its answer. Cannot be copied: it is answered once.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a message that is not acknowledged comes again"]
pub struct DeliveryRef {
    pub(super) connection: u64,
    pub(super) sequence: u32,
    pub(super) msg_id: MsgId,
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
    /// The end of the optional parameters cannot be read; the rest of the PDU was used.
    #[error("{command}: expected whole optional parameters, found {octets} octets of a broken one")]
    TornParameters {
        /// The command.
        command: CommandId,
        /// How many octets could not be read.
        octets: usize,
    },
    /// A command that does not pass between a client and a gateway.
    #[error("expected a command of smgp, found {0}")]
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
        sequence: u32,
    },
    /// The gateway did not prove that it knows the secret.
    #[error("AuthenticatorServer: expected the sum that our secret makes, found another")]
    Authenticator,
    /// More messages than may wait for their acknowledgement; this one was answered "busy".
    #[error("expected at most {max} unacknowledged messages, found one more")]
    TooManyUnacknowledged {
        /// The limit.
        max: usize,
    },
}
