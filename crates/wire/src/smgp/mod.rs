//! SMGP 3.0.3 ("Short Message Gateway Protocol"), the protocol of China Telecom.
//!
//! The specification is not public; every table here says which published implementations it was read from, and at least two
//! agree on each. Tolerant on input, exact on output: what a gateway sends is read as far as it makes sense, what we send keeps
//! every length. Framing comes before decoding, so a body that cannot be read costs one answer and never the link. Printing any
//! of these types shows no number, no text and no secret.
//!
//! Reading order: `frame` cuts the stream, `command` and `status` name what is in it, `pdu` is the bodies, `tlv` what follows
//! them; `id`, `auth` and `receipt` give meaning to what a body carries; `session` is our side of a link, `peer` the
//! gateway's.

pub mod frame;
pub mod command;
pub mod status;
pub mod id;
pub mod tlv;
pub mod pdu;
pub mod auth;
pub mod receipt;
pub mod session;
pub mod peer;

pub use crate::fixed::{Number, Numbers};
pub use crate::link::Class;
pub use crate::msg_fmt::MsgFmt;
pub use command::CommandId;
pub use frame::{Frame, FrameError};
pub use id::{MsgId, MsgIds};
pub use pdu::{LoginMode, Pdu};
pub use session::{Config, Session, Submit};
pub use status::Status;

/// A body that cannot be read.
pub type DecodeError = crate::fixed::DecodeError<CommandId>;
/// A PDU we refuse to write.
pub type EncodeError = crate::fixed::EncodeError<CommandId>;
