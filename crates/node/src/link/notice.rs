//! What a link has noticed: for the log and the metrics. Nothing is decided by it.

use super::protocol::Why;
use model::Timestamp;

/// Something for the log and the metrics. None prints personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The carrier accepted the login of a connection.
    Bound {
        /// Who it says it is.
        peer: String,
    },
    /// The carrier refused a login.
    BindRefused {
        /// The protocol's code.
        code: u32,
        /// What the specification says it means.
        meaning: String,
    },
    /// A connection is down.
    Down {
        /// Why.
        why: Why,
        /// When it will be dialled again.
        retry_at: Option<Timestamp>,
    },
    /// The carrier said "too fast": what it is thought to take from now on, parts a second.
    Throttled(u32),
    /// The route is out of use until then.
    Suspended(Timestamp),
    /// The carrier refused a part.
    Refused {
        /// The protocol's code.
        code: u32,
        /// What the specification says it means.
        meaning: String,
    },
    /// The carrier answered after the answer had been given up.
    LateAnswer {
        /// The protocol's code; 0 if it took the part.
        code: u32,
    },
    /// The carrier took a part and gave no id: its receipt cannot be matched.
    NoRemoteId,
    /// A receipt that names no message.
    UnreadableReceipt,
    /// A message from a number that is none, or that is not text.
    UnreadableMessage,
    /// The carrier broke the protocol.
    Protocol(String),
}
