//! What a session tells its caller. No event prints an address, a text or a password.

use super::super::address::OwnedAddress;
use super::super::command::CommandId;
use super::super::concat::Concat;
use super::super::error::DecodeError;
use super::super::esm::EsmClass;
use super::super::frame::FrameError;
use super::super::receipt::{OwnedReceipt, State};
use super::super::status::Status;
pub use crate::link::Octets;
use model::{Span, Timestamp};
use std::fmt;

/// Something the caller has to know.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The carrier accepted the bind: `submit` works now.
    Bound {
        /// Who the carrier says it is.
        system_id: String,
        /// sc_interface_version, if it said.
        version: Option<u8>,
    },
    /// The carrier refused the bind; `Closed` follows.
    BindRefused {
        /// Why.
        status: Status,
    },
    /// The carrier took the message over.
    Submitted {
        /// The caller's name for it.
        ticket: u64,
        /// The carrier's; empty when the carrier gave none, and then no receipt can be matched.
        remote_id: String,
    },
    /// The carrier did not take the message over; `status.class()` says what that asks for.
    Refused {
        /// The caller's name for it.
        ticket: u64,
        /// Why.
        status: Status,
    },
    /// No answer came: whether the carrier has the message is not known.
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
        /// What the carrier says.
        status: Status,
        /// The carrier's id, if it took the message over.
        remote_id: String,
    },
    /// A receipt or a message from a customer. Must be given to `acknowledge` or `refuse` once it is durable.
    Delivered {
        /// To answer it with.
        delivery: DeliveryRef,
        /// From whom; of a receipt, the customer the message went to.
        from: OwnedAddress,
        /// To whom: our number.
        to: OwnedAddress,
        /// What it is.
        content: Delivery,
    },
    /// The answer to `query`.
    Queried {
        /// The caller's name for the query.
        ticket: u64,
        /// The state of the message.
        state: State,
        /// The network's error code, or 0.
        error_code: u8,
        /// When it reached that state.
        final_at: Option<Timestamp>,
    },
    /// `query` was refused, or not answered (no status).
    QueryFailed {
        /// The caller's name for the query.
        ticket: u64,
        /// What the carrier said.
        status: Option<Status>,
    },
    /// A subscriber can be reached again (alert_notification).
    Alert {
        /// The subscriber.
        from: OwnedAddress,
        /// ms_availability_status (§5.3.2.30): 0 available, 1 denied, 2 unavailable.
        availability: Option<u8>,
    },
    /// The carrier says that it is busier or less busy than before (congestion_state, v5.0 §4.8.4).
    Congestion {
        /// 0 idle, up to 79 normal, 80 to 89 near its limit, 90 to 99 congested, 100 unusable.
        state: u8,
    },
    /// The carrier ended the session; `Closed` follows.
    PeerUnbound,
    /// The carrier sent something wrong. The link goes on, unless `Closed` follows.
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

/// What a deliver_sm or data_sm from the carrier is.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    /// What became of a message of ours.
    Receipt(OwnedReceipt),
    /// It says it is a receipt but names no message. Acknowledge it, or it comes again for ever.
    UnreadableReceipt(Octets),
    /// Somebody wrote to us.
    Message(Inbound),
}

/// A message from a customer, or one part of it.
#[derive(PartialEq, Eq)]
pub struct Inbound {
    /// The text of this part, in the alphabet its data_coding names; none when it is not text. A character that the
    /// handset cut in two between parts is U+FFFD: for parts, join `payload`s and decode the whole.
    pub text: Option<String>,
    /// The octets without their user data header.
    pub payload: Octets,
    /// The alphabet (§5.2.19).
    pub data_coding: u8,
    /// Mode, type and features (§5.2.12).
    pub esm_class: EsmClass,
    /// Where this part belongs, if it is one.
    pub concat: Option<Concat>,
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbound({}, data_coding {}, {:?})", self.payload.0.len(), self.data_coding, self.concat)
    }
}

/// Names one message of the carrier's that waits for its answer. Cannot be copied: it is answered once.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a message that is not acknowledged comes again"]
pub struct DeliveryRef {
    pub(super) connection: u64,
    pub(super) sequence: u32,
    pub(super) command: CommandId,
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
    /// A command SMPP 3.4 does not have; v5.0's broadcast commands are among them.
    #[error("expected a command of smpp 3.4, found {0}")]
    UnknownCommand(CommandId),
    /// A request that this side does not serve, or not in this state.
    #[error("expected a request for this side of a bound session, found {0}")]
    UnexpectedRequest(CommandId),
    /// An answer to nothing we asked.
    #[error("expected an answer to a waiting request, found {command} #{sequence} ({status})")]
    UnexpectedAnswer {
        /// The command.
        command: CommandId,
        /// Its number.
        sequence: u32,
        /// Its status.
        status: Status,
    },
    /// An outbind that names another carrier than the configured one, or has another password.
    #[error("expected the outbind of the configured carrier, found another name or password")]
    WrongOutbind,
    /// A PDU whose rest did not come in time.
    #[error("expected the rest of a pdu within {after}, found {octets} octets of it")]
    Unfinished {
        /// The limit.
        after: Span,
        /// How much of it is here.
        octets: usize,
    },
    /// A peer that asks and does not read what it is answered.
    #[error("expected at most {max} octets that wait to be read, found {found}")]
    Unread {
        /// The limit.
        max: usize,
        /// How many wait.
        found: usize,
    },
    /// A request whose fields break the specification; it was answered with that status.
    #[error("{command}: expected fields within the specification, found what {status} names")]
    Refused {
        /// The command.
        command: CommandId,
        /// What it was answered with.
        status: Status,
    },
    /// More requests than may wait for their answer; this one was answered with that status.
    #[error("expected at most {max} unanswered requests, found one more: {status}")]
    TooManyRequests {
        /// The limit.
        max: usize,
        /// What it was answered with.
        status: Status,
    },
    /// More messages than may wait for their acknowledgement; this one was answered with a temporary error.
    #[error("expected at most {max} unacknowledged messages, found one more")]
    TooManyUnacknowledged {
        /// The limit.
        max: usize,
    },
}
