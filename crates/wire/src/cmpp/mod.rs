//! CMPP 2.0 and 3.0 ("China Mobile Peer to Peer": the internet short message gateway's interface for service providers;
//! 3.0 is QB-GF-028-2003, its sections are cited as §). One codec with a `Version` serves both.
//!
//! Tolerant on input, exact on output: what gateways and clients of the field are known to do is read as far as it makes
//! sense, what we send keeps every width the specification names. Framing comes before decoding, so a body that cannot be
//! read costs one answer and never the link. Printing any of these types shows no number, no text and no secret.
//!
//! Reading order: `frame` cuts the stream, `version`, `command` and `status` name what is in it, `pdu` is the bodies;
//! `msg_id`, `login`, `content`, `report` and the crate's `msg_fmt` give meaning to what a body carries; `session` is our
//! side of a link (a service provider), `peer` the gateway's (an ISMG).

mod version;
mod command;
mod status;
mod error;
pub mod frame;
pub mod msg_id;
pub mod login;
pub mod content;
pub mod pdu;
pub mod report;
mod refusal;
pub mod session;
pub mod peer;

pub use crate::fixed::Number;
pub use crate::msg_fmt::MsgFmt;
pub use command::CommandId;
pub use error::{DecodeError, EncodeError, Found};
pub use frame::{Frame, FrameError, Frames};
pub use msg_id::{MsgId, MsgIds};
pub use pdu::Pdu;
pub use session::{Config, Session, Submit};
pub use status::{Class, ConnectStatus, ResultCode};
pub use version::Version;
