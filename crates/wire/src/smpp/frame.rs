//! Cuts the byte stream into PDUs (§3.2). Reads the header only and never looks into a body, so that a body which
//! cannot be decoded costs one PDU and not the stream. The sessions call it; so does anything that reads a capture.

use super::command::CommandId;
use super::status::Status;
use crate::inbox::Cutter;

/// Octets of a header: command_length, command_id, command_status, sequence_number (§3.2).
pub const HEADER_OCTETS: usize = 16;

/// The longest PDU we take or make. A submit_multi with 254 destinations is about 6 KiB and a message_payload is at
/// most 64 KiB by its own length field; a longer "length" means that we are out of step with the peer.
pub const OCTETS_MAX: usize = 64 * 1024;

/// One PDU, cut out of the stream; its body is not looked at yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The command (§5.1.2).
    pub command: CommandId,
    /// The status; 0 in requests (§5.1.3).
    pub status: Status,
    /// The number that ties an answer to its request (§5.1.4).
    pub sequence: u32,
    /// Everything after the header.
    pub body: &'a [u8],
}

/// The stream cannot be cut any further; the connection has to be closed, there is no way to find the next PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A length smaller than a header.
    #[error("command_length: expected at least {HEADER_OCTETS}, found {found}")]
    TooShort {
        /// The length that came.
        found: u32,
    },
    /// A length over our limit.
    #[error("command_length: expected at most {OCTETS_MAX}, found {found}")]
    TooLong {
        /// The length that came.
        found: u32,
    },
}

/// Takes the next PDU off the front of `stream` and moves `stream` past it.
///
/// `Ok(None)`: not all of it is here yet, `stream` is untouched. An error also leaves `stream` untouched. The length is
/// judged as soon as its four octets are here, so an absurd one is not waited for.
#[inline]
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
    let [_, _, _, _, c0, c1, c2, c3, s0, s1, s2, s3, n0, n1, n2, n3] = *header;
    *stream = rest;
    Ok(Some(Frame {
        command: CommandId(u32::from_be_bytes([c0, c1, c2, c3])),
        status: Status(u32::from_be_bytes([s0, s1, s2, s3])),
        sequence: u32::from_be_bytes([n0, n1, n2, n3]),
        body,
    }))
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
        write!(f, "{} #{} {} ({} octets)", self.command, self.sequence, self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENQUIRE: [u8; 16] = [0, 0, 0, 16, 0, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 7];

    #[test]
    fn a_stream_is_cut_at_its_lengths_and_waits_for_the_rest() {
        let two = [ENQUIRE, ENQUIRE].concat();
        for cut in 0..two.len() {
            let mut stream = &two[..cut];
            let mut frames = 0;
            while let Some(frame) = split(&mut stream).unwrap() {
                assert_eq!((frame.command, frame.sequence), (CommandId::ENQUIRE_LINK, 7));
                frames += 1;
            }
            assert_eq!((frames, stream.len()), (cut / 16, cut % 16));
        }
    }

    #[test]
    fn an_absurd_length_is_refused_from_its_first_four_octets() {
        let mut short = &[0, 0, 0, 15][..];
        assert_eq!(split(&mut short), Err(FrameError::TooShort { found: 15 }));
        let mut long = &[0, 1, 0, 1][..];
        assert_eq!(split(&mut long), Err(FrameError::TooLong { found: 65_537 }));
        let mut longest = &[0, 1, 0, 0][..];
        assert_eq!(split(&mut longest), Ok(None));
    }
}
