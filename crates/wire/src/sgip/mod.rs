//! SGIP 1.2 ("Short Message Gateway Interface Protocol"), the protocol of China Unicom.
//!
//! It takes two connections. We dial the gateway and submit (`session`); the gateway dials us and delivers messages and reports
//! (`inlet`), so somebody has to listen. There is no keep-alive in either direction. The simulator plays the gateway's two
//! halves (`peer`).
//!
//! The specification is not public; every table here says which published implementations it was read from, and at least two
//! agree on each. Tolerant on input, exact on output. Framing comes before decoding, so a body that cannot be read costs one
//! answer and never the link. Printing any of these types shows no number, no text and no password.
//!
//! Reading order: `frame` cuts the stream, `sequence` is the twelve octets that name a message, `command` and `status` name what
//! is in it, `pdu` is the bodies.

pub mod sequence;
pub mod frame;
pub mod command;
pub mod status;
pub mod pdu;
pub mod session;
pub mod inlet;
pub mod peer;

pub use crate::fixed::{Number, Numbers};
pub use crate::link::Class;
pub use crate::msg_fmt::MsgFmt;
pub use command::CommandId;
pub use frame::{Frame, FrameError};
pub use inlet::Inlet;
pub use pdu::Pdu;
pub use sequence::Sequence;
pub use session::{Config, Session, Submit};
pub use status::Status;

/// A body that cannot be read.
pub type DecodeError = crate::fixed::DecodeError<CommandId>;
/// A PDU we refuse to write.
pub type EncodeError = crate::fixed::EncodeError<CommandId>;
