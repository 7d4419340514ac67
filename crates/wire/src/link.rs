//! What every protocol's session says in the same words: octets that do not print, what an answer
//! asks for, and why a link ended.
//!
//! One adapter drives the sessions of all protocols, so what means the same is the same type. What a carrier answers
//! is not: each protocol has its own table of results, the parameter of `Why`.

use std::fmt;

/// Octets that may be personal; they print as a count.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Octets(pub Vec<u8>);

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

/// The octets of a message; prints as a count.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Payload<'a>(pub &'a [u8]);

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.0.len())
    }
}

/// What a carrier's answer asks of the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Accepted.
    Ok,
    /// Not accepted: too fast. Slow down, then send the same again.
    Throttled,
    /// Not accepted: the peer's trouble. The same may succeed later.
    Retry,
    /// Not accepted: this message will not be, ever, on this route.
    Permanent,
    /// Not about a message: the binding is wrong.
    Session,
}

/// Why a link ended or an answer did not come. `S` is what a login is refused with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why<S> {
    /// No connection could be made.
    DialFailed,
    /// The connection broke.
    ConnectionLost,
    /// The carrier refused the bind.
    BindRefused(S),
    /// The carrier did not answer the bind.
    BindTimeout,
    /// The carrier did not answer this request in time.
    ResponseTimeout,
    /// The carrier said nothing for too long, although it was asked whether it is there.
    PeerSilent,
    /// The carrier unbound.
    PeerUnbound,
    /// We unbound.
    Unbound,
    /// The stream could not be cut into PDUs any more.
    BadStream,
}
