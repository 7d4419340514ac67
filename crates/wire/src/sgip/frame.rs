//! Cuts the byte stream into PDUs. Reads the header only and never looks into a body, so that a body which cannot be decoded
//! costs one PDU and not the stream. The sessions call it; so does anything that reads a capture.

use super::command::CommandId;
use super::sequence::Sequence;
use crate::inbox::Cutter;

/// Octets of a header: MessageLength, CommandID, SequenceNumber.
pub const HEADER_OCTETS: usize = 20;

/// The longest PDU we take or make. A Submit to 100 numbers has below 2,500 octets; a longer
/// "length" means that we are out of step with the peer.
pub const OCTETS_MAX: usize = 4_096;

/// One PDU, cut out of the stream; its body is not looked at yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The command.
    pub command: CommandId,
    /// The number that ties an answer to its request.
    pub sequence: Sequence,
    /// Everything after the header.
    pub body: &'a [u8],
}

/// The stream cannot be cut any further; the connection has to be closed, there is no way to find the next PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A length smaller than a header.
    #[error("MessageLength: expected at least {HEADER_OCTETS}, found {found}")]
    TooShort {
        /// The length that came.
        found: u32,
    },
    /// A length over our limit.
    #[error("MessageLength: expected at most {OCTETS_MAX}, found {found}")]
    TooLong {
        /// The length that came.
        found: u32,
    },
}

/// Takes the next PDU off the front of `stream` and moves `stream` past it.
///
/// `Ok(None)`: not all of it is here yet, `stream` is untouched. An error also leaves `stream` untouched. The length is
/// judged as soon as its four octets are here, so an absurd one is not waited for.
pub fn split<'a>(stream: &mut &'a [u8]) -> Result<Option<Frame<'a>>, FrameError> {
    let Some((length_octets, _)) = stream.split_first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_be_bytes(*length_octets);
    let octets = usize::try_from(length).unwrap_or(usize::MAX);
    if octets < HEADER_OCTETS {
        return Err(FrameError::TooShort { found: length });
    }
    if octets > OCTETS_MAX {
        return Err(FrameError::TooLong { found: length });
    }
    let Some((pdu, rest)) = stream.split_at_checked(octets) else { return Ok(None) };
    let Some((header, body)) = pdu.split_first_chunk::<HEADER_OCTETS>() else { return Ok(None) };
    let (words, _) = header.as_chunks::<4>();
    let [_, command, node, time, counter] = words else { return Ok(None) };
    let [command, node, time, counter] = [command, node, time, counter].map(|word| u32::from_be_bytes(*word));
    *stream = rest;
    Ok(Some(Frame { command: CommandId(command), sequence: Sequence { node, time, counter }, body }))
}

/// Cuts a connection's stream for an `Inbox`.
#[derive(Debug, Default)]
pub(crate) struct Frames;

impl Cutter for Frames {
    type Frame<'a> = Frame<'a>;
    type Error = FrameError;

    fn next<'a>(&mut self, stream: &mut &'a [u8]) -> Result<Option<Frame<'a>>, FrameError> {
        split(stream)
    }
}

impl std::fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} #{} ({} octets)", self.command, self.sequence, self.body.len())
    }
}
