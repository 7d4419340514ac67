//! What can be wrong with a PDU: on the way in (`DecodeError`) and on the way out (`EncodeError`).
//!
//! Both say which command and field, what was expected and what came. Neither repeats the content: it may be
//! somebody's number or text. A peer's mistake is a `DecodeError`, a caller's is an `EncodeError`.

use super::command::CommandId;
use super::tlv::Tag;
use std::fmt;

/// A body that cannot be read. The frame around it was sound, so the stream goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{command}, octet {offset}, {field}: expected {expected}, found {found}")]
pub struct DecodeError {
    /// The command whose body it is.
    pub command: CommandId,
    /// The field, as the specification spells it.
    pub field: &'static str,
    /// Where the field starts, counted from the first octet of the header (so the body starts at 16).
    pub offset: usize,
    /// What should have been there.
    pub expected: &'static str,
    /// What was there.
    pub found: Found,
}

/// What was met in place of what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// So many octets up to the end of the body.
    Octets(usize),
    /// This number.
    Value(u32),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Octets(0) => f.write_str("the end of the pdu"),
            Self::Octets(1) => f.write_str("1 octet"),
            Self::Octets(n) => write!(f, "{n} octets"),
            Self::Value(n) => write!(f, "{n} (0x{n:x})"),
        }
    }
}

/// A PDU we refuse to write because the specification does not allow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A text or a list is longer than its field allows.
    #[error("{command}, {field}: expected at most {max} octets, found {found}")]
    TooLong {
        /// The command being written.
        command: CommandId,
        /// The field, as the specification spells it.
        field: &'static str,
        /// The most octets it takes, the terminator not counted.
        max: usize,
        /// How many there were.
        found: usize,
    },
    /// A C-octet string holds the octet that would end it.
    #[error("{command}, {field}: expected no NUL octet, found one at {at}")]
    Nul {
        /// The command being written.
        command: CommandId,
        /// The field, as the specification spells it.
        field: &'static str,
        /// Where in the text it stands.
        at: usize,
    },
    /// A time is neither absent nor in the 16-character form of §7.1.1.
    #[error("{command}, {field}: expected no octets or 16 (yymmddhhmmsstnnp), found {found}")]
    Time {
        /// The command being written.
        command: CommandId,
        /// The field, as the specification spells it.
        field: &'static str,
        /// How many octets there were.
        found: usize,
    },
    /// A list has more members than the specification allows.
    #[error("{command}, {field}: expected at most {max}, found {found}")]
    TooMany {
        /// The command being written.
        command: CommandId,
        /// The field that counts them.
        field: &'static str,
        /// The most there may be.
        max: usize,
        /// How many there were.
        found: usize,
    },
    /// A TLV's value does not have the shape its tag asks for (§5.3.2).
    #[error("{tag}: expected {expected}, found {found} octets")]
    Tlv {
        /// The tag.
        tag: Tag,
        /// What §5.3.2 says.
        expected: &'static str,
        /// How many octets the value has.
        found: usize,
    },
    /// The peer speaks a version that has no optional parameters, and the message needs one.
    #[error("{tag}: expected a peer that knows parameters, found interface_version 0x{version:02x}")]
    NoParameters {
        /// The parameter it needs.
        tag: Tag,
        /// What the peer speaks.
        version: u8,
    },
    /// The whole PDU would not fit a frame.
    #[error("{command}: expected at most {max} octets in all, found {found}")]
    Frame {
        /// The command being written.
        command: CommandId,
        /// The limit, `frame::OCTETS_MAX`.
        max: usize,
        /// How long it became.
        found: usize,
    },
}
