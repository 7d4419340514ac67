//! Fields of fixed width, as SMGP and SGIP write them: big-endian integers, and octet strings that are left-aligned and
//! padded with NUL. Every body of the two is read and written through here, so bounds, offsets and tolerances live in
//! one place. `C` is the protocol's command.
//!
//! Errors name the field and say what was expected; they never repeat the content, which may be somebody's number or text.

use crate::concat::{Concat, split};
use crate::smpp::Found;
use std::fmt::{self, Display};

/// A body that cannot be read. The frame around it was sound, so the stream goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{command}, octet {offset}, {field}: expected {expected}, found {found}")]
pub struct DecodeError<C: Display> {
    /// The command whose body it is.
    pub command: C,
    /// The field, as the specification spells it.
    pub field: &'static str,
    /// Where the field starts, counted from the first octet of the header.
    pub offset: usize,
    /// What should have been there.
    pub expected: &'static str,
    /// What was there.
    pub found: Found,
}

/// A PDU we refuse to write because the specification does not allow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError<C: Display> {
    /// A text or a payload is longer than its field.
    #[error("{command}, {field}: expected at most {max} octets, found {found}")]
    TooLong {
        /// The command being written.
        command: C,
        /// The field, as the specification spells it.
        field: &'static str,
        /// The most octets it takes.
        max: usize,
        /// How many there were.
        found: usize,
    },
    /// A text holds the octet that pads it.
    #[error("{command}, {field}: expected no NUL octet, found one at {at}")]
    Nul {
        /// The command being written.
        command: C,
        /// The field, as the specification spells it.
        field: &'static str,
        /// Where in the text it stands.
        at: usize,
    },
    /// A number, or how many there are of something, is outside what the field allows.
    #[error("{command}, {field}: expected {expected}, found {found}")]
    Value {
        /// The command being written.
        command: C,
        /// The field, as the specification spells it.
        field: &'static str,
        /// What the specification allows.
        expected: &'static str,
        /// What there was.
        found: usize,
    },
    /// The whole PDU would not fit a frame.
    #[error("{command}: expected at most {max} octets in all, found {found}")]
    Frame {
        /// The command being written.
        command: C,
        /// The protocol's limit.
        max: usize,
        /// How long it became.
        found: usize,
    },
}

/// Reads a body from front to back; remembers where it is for the error.
pub(crate) struct Reader<'a, C> {
    body: &'a [u8],
    at: usize,
    command: C,
    header_octets: usize,
}

impl<'a, C: Copy + Display> Reader<'a, C> {
    pub(crate) fn new(command: C, header_octets: usize, body: &'a [u8]) -> Self {
        Self { body, at: 0, command, header_octets }
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn error(&self, field: &'static str, expected: &'static str, found: Found) -> DecodeError<C> {
        DecodeError { command: self.command, field, offset: self.header_octets + self.at, expected, found }
    }

    pub(crate) fn array<const N: usize>(
        &mut self,
        field: &'static str,
        expected: &'static str,
    ) -> Result<[u8; N], DecodeError<C>> {
        let Some(octets) = self.rest().first_chunk::<N>() else {
            return Err(self.error(field, expected, Found::Octets(self.rest().len())));
        };
        self.at += N;
        Ok(*octets)
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError<C>> {
        let [octet] = self.array(field, "1 octet")?;
        Ok(octet)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError<C>> {
        self.array(field, "4 octets").map(u32::from_be_bytes)
    }

    pub(crate) fn octets(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], DecodeError<C>> {
        let Some(octets) = self.rest().get(..count) else {
            return Err(self.error(
                field,
                "as many octets as its width or its length says",
                Found::Octets(self.rest().len()),
            ));
        };
        self.at += count;
        Ok(octets)
    }

    /// An octet string without its padding.
    pub(crate) fn text(&mut self, field: &'static str, width: usize) -> Result<&'a [u8], DecodeError<C>> {
        self.octets(field, width).map(unpadded)
    }

    /// A reserved field at the end of a body. Some senders leave it away; that costs nothing.
    pub(crate) fn skip(&mut self, width: usize) {
        self.at = (self.at + width).min(self.body.len());
    }
}

/// Appends one PDU to a buffer; `finish` fills in its length. A writer that is dropped without `finish` leaves the
/// buffer as it was, so a half-written PDU can never reach a peer.
pub(crate) struct Writer<'v, C> {
    out: &'v mut Vec<u8>,
    start: usize,
    command: C,
    octets_max: usize,
    finished: bool,
}

impl<'v, C: Copy + Display> Writer<'v, C> {
    /// Begins with the room for the length; the rest of the header is for the caller to write.
    pub(crate) fn new(out: &'v mut Vec<u8>, command: C, octets_max: usize) -> Self {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        Self { out, start, command, octets_max, finished: false }
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    pub(crate) fn raw(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    /// An octet string in a field of this width.
    pub(crate) fn text(
        &mut self,
        field: &'static str,
        text: &[u8],
        width: usize,
    ) -> Result<(), EncodeError<C>> {
        if text.len() > width {
            return Err(EncodeError::TooLong { command: self.command, field, max: width, found: text.len() });
        }
        if let Some(at) = text.iter().position(|&octet| octet == 0) {
            return Err(EncodeError::Nul { command: self.command, field, at });
        }
        self.out.extend_from_slice(text);
        self.out.resize(self.out.len() + width - text.len(), 0);
        Ok(())
    }

    /// Numbers, with their count in one octet before them: from 1 to `max`.
    pub(crate) fn numbers(
        &mut self,
        field: &'static str,
        numbers: &Numbers<'_>,
        max: u8,
        expected: &'static str,
    ) -> Result<(), EncodeError<C>> {
        let found = numbers.len();
        match u8::try_from(found) {
            Ok(count) if count >= 1 && count <= max => self.u8(count),
            _ => return Err(EncodeError::Value { command: self.command, field, expected, found }),
        }
        numbers.iter().try_for_each(|number| self.text(field, number, NUMBER_OCTETS))
    }

    /// Fills in the length. Without this call the PDU is taken back.
    pub(crate) fn finish(mut self) -> Result<(), EncodeError<C>> {
        let octets = self.out.len() - self.start;
        let length = match u32::try_from(octets) {
            Ok(length) if octets <= self.octets_max => length,
            _ => {
                return Err(EncodeError::Frame {
                    command: self.command,
                    max: self.octets_max,
                    found: octets,
                });
            }
        };
        if let Some(place) = self.out.get_mut(self.start..self.start + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        self.finished = true;
        Ok(())
    }
}

impl<C> Drop for Writer<'_, C> {
    fn drop(&mut self) {
        if !self.finished {
            self.out.truncate(self.start);
        }
    }
}

/// The numbers a message goes to, 21 octets each: as they came, or as the caller lists them. Prints as a count.
#[derive(Clone, Copy)]
pub enum Numbers<'a> {
    /// The fields as they stand in a PDU.
    Fields(&'a [u8]),
    /// A list.
    List(&'a [&'a str]),
}

impl<'a> Numbers<'a> {
    /// How many there are.
    pub const fn len(&self) -> usize {
        match self {
            Self::Fields(octets) => octets.len() / NUMBER_OCTETS,
            Self::List(list) => list.len(),
        }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each number without its padding, in clear.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (fields, list): (&'a [u8], &'a [&'a str]) = match *self {
            Self::Fields(fields) => (fields, &[]),
            Self::List(list) => (&[], list),
        };
        let fields = fields.as_chunks::<NUMBER_OCTETS>().0.iter().map(|field| unpadded(field));
        fields.chain(list.iter().map(|number| number.as_bytes()))
    }
}

impl Default for Numbers<'_> {
    fn default() -> Self {
        Self::List(&[])
    }
}

impl PartialEq for Numbers<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Numbers<'_> {}

impl fmt::Debug for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers", self.len())
    }
}

/// A number that outlives its PDU. Prints masked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Number(String);

impl Number {
    /// Copies a field. What is not UTF-8 becomes U+FFFD.
    pub(crate) fn new(octets: &[u8]) -> Self {
        Self(owned(octets))
    }

    /// The number in clear: for look-up and sealed storage, never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({} octets)", self.0.len())
    }
}

/// How wide a number's field is in both protocols.
pub(crate) const NUMBER_OCTETS: usize = 21;

/// Whether two secrets are the same, in a time that does not say where they differ.
pub(crate) fn same_secret(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// Tells where a message belongs, if it is a part, and what of its payload is text. TP_udhi announces a user data header;
/// gateways have passed the bit of esm_class (0x40) through as it is. A header that claims more octets than there are is taken
/// for text: better a garbled head than a lost message.
pub(crate) fn part(tp_udhi: u8, payload: &[u8]) -> (Option<Concat>, &[u8]) {
    if tp_udhi & 0x41 != 0
        && let Some(found) = split(payload)
    {
        return found;
    }
    (None, payload)
}

/// A fixed-width text without its padding. Some senders pad with spaces, so spaces at the end go as well.
fn unpadded(octets: &[u8]) -> &[u8] {
    let end = octets.iter().position(|&octet| octet == 0).unwrap_or(octets.len());
    octets.get(..end).unwrap_or_default().trim_ascii_end()
}

/// A text field, owned. What is not UTF-8 becomes U+FFFD.
pub(crate) fn owned(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdu_that_is_not_finished_leaves_no_octet() {
        let mut out = vec![7];
        let mut writer = Writer::new(&mut out, "submit", 8);
        assert_eq!(
            writer.text("SrcTermID", b"1234", 3),
            Err(EncodeError::TooLong { command: "submit", field: "SrcTermID", max: 3, found: 4 })
        );
        assert_eq!(
            writer.text("SrcTermID", b"1\0", 3),
            Err(EncodeError::Nul { command: "submit", field: "SrcTermID", at: 1 })
        );
        drop(writer);
        let mut writer = Writer::new(&mut out, "submit", 8);
        writer.raw(&[1; 5]);
        assert_eq!(writer.finish(), Err(EncodeError::Frame { command: "submit", max: 8, found: 9 }));
        assert_eq!(out, [7]);
    }

    #[test]
    fn headers_are_announced_by_either_bit() {
        let payload = [5, 0, 3, 7, 2, 1, b'x'];
        let place = Concat { reference: 7, total: 2, number: 1 };
        let whole = (None, &payload[..]);
        for (udhi, expected) in [(1, (Some(place), &b"x"[..])), (0x40, (Some(place), b"x")), (0, whole)] {
            assert_eq!(part(udhi, &payload), expected);
        }
        assert_eq!(part(1, &[200, 1]), (None, &[200, 1][..]));
    }

    #[test]
    fn texts_lose_their_padding_and_errors_say_where() {
        let mut reader = Reader::new("bind", 20, b"ab \0\0c  x");
        assert_eq!(reader.text("LoginName", 5).unwrap(), b"ab");
        assert_eq!(reader.text("LoginName", 3).unwrap(), b"c");
        let error = reader.u32("Timestamp").unwrap_err();
        assert_eq!(error.to_string(), "bind, octet 28, Timestamp: expected 4 octets, found 1 octet");
    }
}
