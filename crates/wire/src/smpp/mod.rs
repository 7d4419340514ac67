//! SMPP 3.4 ("Short Message Peer to Peer Protocol Specification v3.4", 12-Oct-1999, issue 1.2; its sections are cited
//! as §), and of SMPP 5.0 ("Short Message Peer-to-Peer Protocol Specification Version 5.0", 19-Feb-2003; "v5.0 §") what
//! concerns messages to one recipient: the version handshake, status codes, parameters, message states, congestion.
//!
//! Broadcasts to cells (broadcast_sm, query_broadcast_sm, cancel_broadcast_sm, v5.0 §4.4 to §4.6) are left out: no
//! institution writes to a cell. They are answered "invalid command id", as any command that is not known.
//!
//! Tolerant on input, exact on output: what a peer sends is read as far as it makes sense, what we send keeps every
//! length the specification names. Framing comes before decoding, so a body that cannot be read costs one answer and
//! never the link. Hot paths borrow from the receive buffer. Printing any of these types shows no address, no text
//! and no password.
//!
//! Reading order: `frame` cuts the stream, `command` and `status` name the header, `pdu` is the bodies, `tlv` what
//! follows them; `coding`, `concat` and `receipt` give meaning to what a body carries; `session` is our side of a
//! link (an ESME), `peer` the carrier's side (an SMSC).

mod error;
pub mod frame;
pub mod command;
pub mod status;
mod octets;
pub mod address;
pub mod tlv;
pub mod pdu;
pub mod esm;
pub mod coding;
pub mod concat;
pub mod time;
pub mod receipt;
pub mod session;
pub mod peer;

pub use address::{Address, Npi, Ton};
pub use command::CommandId;
pub use error::{DecodeError, EncodeError, Found};
pub use frame::{Frame, FrameError};
pub use pdu::{BindKind, Pdu};
pub use session::{Config, Session, Submit};
pub use status::{Class, Status};
