//! Cuts the byte stream into PDUs (3.0 §8.2). Reads the header only and never looks into a body, so that a body which
//! cannot be decoded costs one PDU and not the stream.
//!
//! There are clients in the field that send a few octets more than their Total_Length says (pycmpp answers ACTIVE_TEST with
//! three too many). So a length that cannot be is not the end: what follows is searched for the next header whose command
//! and length belong together, and only too much garbage without one ends the stream.

use super::command::CommandId;
use crate::inbox::Cutter;

/// Octets of a header: Total_Length, Command_Id, Sequence_Id.
pub const HEADER_OCTETS: usize = 12;

/// The longest PDU we take or make. The longest lawful one, a 3.0 SUBMIT to 99 numbers, has 3,490 octets.
pub const OCTETS_MAX: usize = 4_096;

/// How many octets between two PDUs are forgiven.
pub const GARBAGE_MAX: usize = 4_096;

/// One PDU, cut out of the stream; its body is not looked at yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The command.
    pub command: CommandId,
    /// The number that ties an answer to its request.
    pub sequence: u32,
    /// Everything after the header.
    pub body: &'a [u8],
    /// How many octets of garbage stood before it.
    pub skipped: usize,
}

/// The stream cannot be cut any further; the connection has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stream: expected a header within {GARBAGE_MAX} octets, found none in {skipped}")]
pub struct FrameError {
    /// How many octets were searched in vain.
    pub skipped: usize,
}

/// Cuts one connection's stream.
#[derive(Debug, Default)]
pub struct Frames {
    /// Whether we are out of step and search for a header.
    lost: bool,
    /// How many octets were thrown away since the last PDU.
    skipped: usize,
}

impl Frames {
    /// Takes the next PDU off the front of `stream` and moves `stream` past it. `Ok(None)`: not all of it is here yet;
    /// offer what is left again with more behind it, which is never longer than a PDU.
    pub fn split<'a>(&mut self, stream: &mut &'a [u8]) -> Result<Option<Frame<'a>>, FrameError> {
        loop {
            if self.lost && !self.search(stream)? {
                return Ok(None);
            }
            let Some(length_octets) = stream.first_chunk::<4>() else { return Ok(None) };
            let octets = usize::try_from(u32::from_be_bytes(*length_octets)).unwrap_or(usize::MAX);
            if !(HEADER_OCTETS..=OCTETS_MAX).contains(&octets) {
                self.lost = true;
                continue;
            }
            let Some((pdu, rest)) = stream.split_at_checked(octets) else { return Ok(None) };
            let Some((header, body)) = pdu.split_first_chunk::<HEADER_OCTETS>() else { return Ok(None) };
            let [_, _, _, _, c0, c1, c2, c3, s0, s1, s2, s3] = *header;
            *stream = rest;
            return Ok(Some(Frame {
                command: CommandId(u32::from_be_bytes([c0, c1, c2, c3])),
                sequence: u32::from_be_bytes([s0, s1, s2, s3]),
                body,
                skipped: std::mem::take(&mut self.skipped),
            }));
        }
    }

    /// Moves `stream` to the next header that can be one. `false`: none is here; what could begin one is left.
    fn search(&mut self, stream: &mut &[u8]) -> Result<bool, FrameError> {
        let found = stream.windows(TELLING_OCTETS).position(can_be_header);
        let garbage = found.unwrap_or(stream.len().saturating_sub(TELLING_OCTETS - 1));
        *stream = stream.get(garbage..).unwrap_or_default();
        self.skipped += garbage;
        self.lost = found.is_none();
        if self.skipped > GARBAGE_MAX {
            return Err(FrameError { skipped: self.skipped });
        }
        Ok(found.is_some())
    }
}

impl Cutter for Frames {
    type Frame<'a> = Frame<'a>;
    type Error = FrameError;

    fn next<'a>(&mut self, stream: &mut &'a [u8]) -> Result<Option<Frame<'a>>, FrameError> {
        self.split(stream)
    }
}

/// Whether a length and a command belong together in either version.
fn can_be_header(octets: &[u8]) -> bool {
    let Some(&[l0, l1, l2, l3, c0, c1, c2, c3]) = octets.first_chunk::<TELLING_OCTETS>() else {
        return false;
    };
    let octets = u32::from_be_bytes([l0, l1, l2, l3]);
    match CommandId(u32::from_be_bytes([c0, c1, c2, c3])) {
        CommandId::CONNECT | CommandId::QUERY => octets == 39,
        CommandId::CONNECT_RESP => matches!(octets, 30 | 33),
        CommandId::TERMINATE | CommandId::TERMINATE_RESP | CommandId::ACTIVE_TEST => octets == 12,
        CommandId::ACTIVE_TEST_RESP => matches!(octets, 12 | 13),
        CommandId::SUBMIT => (SUBMIT_OCTETS_MIN..=OCTETS_MAX as u32).contains(&octets),
        CommandId::SUBMIT_RESP | CommandId::DELIVER_RESP => matches!(octets, 21 | 24),
        CommandId::DELIVER => (DELIVER_OCTETS_MIN..=DELIVER_OCTETS_MAX).contains(&octets),
        CommandId::QUERY_RESP => octets == 63,
        CommandId::CANCEL => octets == 20,
        CommandId::CANCEL_RESP => matches!(octets, 13 | 16),
        _ => false,
    }
}

/// Total_Length and Command_Id: what a header is known by.
const TELLING_OCTETS: usize = 8;
/// A 2.0 SUBMIT to one number, without a text and without its last field, which some leave away.
const SUBMIT_OCTETS_MIN: u32 = 151;
/// A 2.0 DELIVER without a text and without its last field.
const DELIVER_OCTETS_MIN: u32 = 77;
/// A 3.0 DELIVER with the longest text its length field can say.
const DELIVER_OCTETS_MAX: u32 = 109 + 255;

impl std::fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} #{} ({} octets)", self.command, self.sequence, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: [u8; 12] = [0, 0, 0, 12, 0, 0, 0, 8, 0, 0, 0, 7];

    /// Cuts a stream that comes in pieces; commands with what stood before them.
    fn cut(pieces: &[&[u8]]) -> (Vec<(CommandId, usize)>, Option<FrameError>) {
        let (mut frames, mut kept, mut found) = (Frames::default(), Vec::new(), Vec::new());
        for piece in pieces {
            kept.extend_from_slice(piece);
            let mut stream = &kept[..];
            loop {
                match frames.split(&mut stream) {
                    Ok(Some(frame)) => found.push((frame.command, frame.skipped)),
                    Ok(None) => break,
                    Err(error) => return (found, Some(error)),
                }
            }
            assert!(stream.len() < OCTETS_MAX, "{} octets are kept", stream.len());
            kept = stream.to_vec();
        }
        (found, None)
    }

    #[test]
    fn a_stream_is_cut_at_its_lengths_and_waits_for_the_rest() {
        let two = [TEST, TEST].concat();
        for at in 0..=two.len() {
            let (head, tail) = two.split_at(at);
            let expected = vec![(CommandId::ACTIVE_TEST, 0); at / 12];
            assert_eq!(cut(&[head]), (expected, None), "cut at {at}");
            assert_eq!(cut(&[head, tail]), (vec![(CommandId::ACTIVE_TEST, 0); 2], None), "cut at {at}");
        }
    }

    #[test]
    fn octets_too_many_are_skipped_wherever_the_stream_is_cut() {
        // What pycmpp 2.0.2 sends: 16 octets of which 13 are announced.
        let answer = [0, 0, 0, 13, 0x80, 0, 0, 8, 0, 0, 0, 7, b'0', b'x', b'0', b'0'];
        let stream = [&answer[..], &answer, &TEST, &[0], &TEST].concat();
        let (answered, test) = (CommandId::ACTIVE_TEST_RESP, CommandId::ACTIVE_TEST);
        let expected = vec![(answered, 0), (answered, 3), (test, 3), (test, 1)];
        for at in 0..=stream.len() {
            let (head, tail) = stream.split_at(at);
            assert_eq!(cut(&[head, tail]), (expected.clone(), None), "cut at {at}");
        }
        let octets: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(cut(&octets), (expected, None));
    }

    #[test]
    fn garbage_without_end_ends_the_stream_and_is_not_kept() {
        let (found, error) = cut(&[&TEST, &[b'G'; GARBAGE_MAX + 8]]);
        assert_eq!(found.len(), 1);
        assert_eq!(error.map(|error| error.skipped), Some(GARBAGE_MAX + 1));
        let drops = [&[b'G'][..]; GARBAGE_MAX + 8];
        assert!(cut(&drops).1.is_some());
        let (found, error) = cut(&[&[b'G'; GARBAGE_MAX], &TEST]);
        assert_eq!((found, error), (vec![(CommandId::ACTIVE_TEST, GARBAGE_MAX)], None));
    }

    #[test]
    fn a_length_without_its_command_is_not_taken_for_a_header_when_lost() {
        // 39 octets of "submit" inside garbage, then a real one.
        let stream = [&[0xff; 5][..], &[0, 0, 0, 39, 0, 0, 0, 4], &[0xff; 5], &TEST].concat();
        assert_eq!(cut(&[&stream]), (vec![(CommandId::ACTIVE_TEST, 18)], None));
        for (octets, command, is_header) in [
            (30, 0x8000_0001, true),
            (31, 0x8000_0001, false),
            (24, 0x8000_0004, true),
            (12, 9, false),
            (63, 0x8000_0006, true),
        ] {
            let [l, c]: [[u8; 4]; 2] = [u32::to_be_bytes(octets), u32::to_be_bytes(command)];
            assert_eq!(can_be_header(&[l, c].concat()), is_header, "{octets} of 0x{command:x}");
        }
    }
}
