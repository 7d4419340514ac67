//! What can be wrong with a PDU: on the way in (`DecodeError`, a peer's mistake) and on the way out (`EncodeError`, a
//! caller's), and which Result a peer is told for its mistake.

use super::command::CommandId;
use super::status::ResultCode;
use crate::fixed;
pub use crate::smpp::Found;

/// A body that cannot be read. The frame around it was sound, so the stream goes on.
pub type DecodeError = fixed::DecodeError<CommandId>;

/// A PDU we refuse to write because the specification does not allow it.
pub type EncodeError = fixed::EncodeError<CommandId>;

/// What to answer a request with that cannot be read: its length is wrong, or what stands in it.
pub(super) fn result_of(error: &DecodeError) -> ResultCode {
    match error.found {
        Found::Octets(_) => ResultCode::LENGTH,
        Found::Value(_) => ResultCode::STRUCTURE,
    }
}
