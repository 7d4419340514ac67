//! The primitive fields of §3.1: integers, C-octet strings, octet strings. Every body in `pdu` reads and writes
//! through these two, so bounds, offsets and tolerances live in one place.

use super::address::{Address, Npi, Ton};
use super::command::CommandId;
use super::error::{DecodeError, EncodeError, Found};
use super::frame::{HEADER_OCTETS, OCTETS_MAX};
use super::status::Status;

/// Reads a body from front to back; knows where it is for the error.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    /// How long the whole body is.
    octets: usize,
    command: CommandId,
}

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) fn new(command: CommandId, body: &'a [u8]) -> Self {
        Self { rest: body, octets: body.len(), command }
    }

    /// What has not been read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[cold]
    pub(crate) fn error(&self, field: &'static str, expected: &'static str, found: Found) -> DecodeError {
        let offset = HEADER_OCTETS + self.octets - self.rest.len();
        DecodeError { command: self.command, field, offset, expected, found }
    }

    #[inline]
    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array([field]).map(|[octet]| octet)
    }

    /// Several fields of one octet each.
    #[inline]
    pub(crate) fn array<const N: usize>(
        &mut self,
        fields: [&'static str; N],
    ) -> Result<[u8; N], DecodeError> {
        match self.rest.split_first_chunk::<N>() {
            Some((octets, rest)) => {
                self.rest = rest;
                Ok(*octets)
            }
            None => Err(self.array_error(&fields)),
        }
    }

    /// Names the first of the fields for which there is no octet.
    #[cold]
    fn array_error(&mut self, fields: &[&'static str]) -> DecodeError {
        let field = fields.get(self.rest.len()).copied().unwrap_or_default();
        self.rest = &[];
        self.error(field, "1 octet", Found::Octets(0))
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let Some((octets, rest)) = self.rest.split_first_chunk::<4>() else {
            return Err(self.error(field, "4 octets", Found::Octets(self.rest.len())));
        };
        self.rest = rest;
        Ok(u32::from_be_bytes(*octets))
    }

    /// A C-octet string without its terminator. A missing terminator at the very end of the body is forgiven; a
    /// body that ends before the field begins is not. Lengths beyond the specification's are forgiven too: carriers
    /// do send longer message ids, and the frame limit bounds them.
    #[inline]
    pub(crate) fn text(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        // Most texts of most PDUs are empty.
        if let Some((0, rest)) = self.rest.split_first() {
            self.rest = rest;
            return Ok(&[]);
        }
        if self.rest.is_empty() {
            return Err(self.error(field, "a text ended by NUL", Found::Octets(0)));
        }
        let (text, rest) = match nul(self.rest).and_then(|end| self.rest.split_at_checked(end)) {
            Some((text, ended)) => (text, ended.get(1..).unwrap_or_default()),
            None => (self.rest, Default::default()),
        };
        self.rest = rest;
        Ok(text)
    }

    /// A C-octet string in a response: carriers leave the body away when the status says it all.
    #[inline]
    pub(crate) fn text_or_nothing(&mut self) -> &'a [u8] {
        self.text("").unwrap_or_default()
    }

    #[inline]
    pub(crate) fn octets(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], DecodeError> {
        let Some((octets, rest)) = self.rest.split_at_checked(count) else {
            let found = Found::Octets(self.rest.len());
            return Err(self.error(field, "as many octets as its length says", found));
        };
        self.rest = rest;
        Ok(octets)
    }

    #[inline]
    pub(crate) fn address(&mut self, field: &'static str) -> Result<Address<'a>, DecodeError> {
        let [ton, npi] = self.array([field; 2])?;
        Ok(Address { ton: Ton(ton), npi: Npi(npi), digits: self.text(field)? })
    }
}

/// Where the first NUL is, eight octets at a time: texts here are too short for anything that has to be set up.
#[inline]
fn nul(text: &[u8]) -> Option<usize> {
    let (words, last) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let zeros = zeros(*word);
        if zeros != 0 {
            return Some(index * 8 + zeros.trailing_zeros() as usize / 8);
        }
    }
    last.iter().position(|octet| *octet == 0).map(|at| words.len() * 8 + at)
}

/// The high bit of every NUL, up to the first one exactly; 0 if there is none.
#[inline]
fn zeros(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
}

/// Appends one PDU to a buffer; `finish` fills in its length. A writer that is dropped without `finish` leaves the
/// buffer as it was, so a half-written PDU can never reach a peer.
pub(crate) struct Writer<'v> {
    out: &'v mut Vec<u8>,
    start: usize,
    command: CommandId,
    finished: bool,
}

impl<'v> Writer<'v> {
    #[inline]
    pub(crate) fn new(out: &'v mut Vec<u8>, command: CommandId, status: Status, sequence: u32) -> Self {
        let start = out.len();
        let [c0, c1, c2, c3] = command.0.to_be_bytes();
        let [s0, s1, s2, s3] = status.0.to_be_bytes();
        let [n0, n1, n2, n3] = sequence.to_be_bytes();
        out.reserve(RESERVED);
        out.extend_from_slice(&[0, 0, 0, 0, c0, c1, c2, c3, s0, s1, s2, s3, n0, n1, n2, n3]);
        Self { out, start, command, finished: false }
    }

    /// The buffer, for whoever appends optional parameters after the body.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        self.out
    }

    #[inline]
    pub(crate) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    #[inline]
    pub(crate) fn raw(&mut self, octets: &[u8]) {
        if !octets.is_empty() {
            self.out.extend_from_slice(octets);
        }
    }

    /// A C-octet string of at most `max` octets, the terminator not counted.
    #[inline]
    pub(crate) fn text(&mut self, field: &'static str, text: &[u8], max: usize) -> Result<(), EncodeError> {
        if text.is_empty() {
            self.out.push(0);
            return Ok(());
        }
        if text.len() > max {
            return Err(self.too_long(field, max, text.len()));
        }
        if let Some(at) = nul(text) {
            return Err(EncodeError::Nul { command: self.command, field, at });
        }
        self.out.extend_from_slice(text);
        self.out.push(0);
        Ok(())
    }

    /// A time: absent or exactly 16 characters (§7.1.1).
    #[inline]
    pub(crate) fn time(&mut self, field: &'static str, text: &[u8]) -> Result<(), EncodeError> {
        if !text.is_empty() && text.len() != TIME_OCTETS {
            return Err(EncodeError::Time { command: self.command, field, found: text.len() });
        }
        self.text(field, text, TIME_OCTETS)
    }

    #[inline]
    pub(crate) fn address(
        &mut self,
        field: &'static str,
        address: &Address<'_>,
        max: usize,
    ) -> Result<(), EncodeError> {
        self.raw(&[address.ton.0, address.npi.0]);
        self.text(field, address.digits, max)
    }

    /// An octet string with its length in one octet before it.
    #[inline]
    pub(crate) fn counted(
        &mut self,
        field: &'static str,
        octets: &[u8],
        max: usize,
    ) -> Result<(), EncodeError> {
        match u8::try_from(octets.len()) {
            Ok(length) if octets.len() <= max => {
                self.u8(length);
                self.raw(octets);
                Ok(())
            }
            _ => Err(self.too_long(field, max, octets.len())),
        }
    }

    #[cold]
    fn too_long(&self, field: &'static str, max: usize, found: usize) -> EncodeError {
        EncodeError::TooLong { command: self.command, field, max, found }
    }

    /// Fills in the length. Without this call the PDU is taken back.
    #[inline]
    pub(crate) fn finish(mut self) -> Result<(), EncodeError> {
        let octets = self.out.len() - self.start;
        let length = match u32::try_from(octets) {
            Ok(length) if octets <= OCTETS_MAX => length,
            _ => return Err(EncodeError::Frame { command: self.command, max: OCTETS_MAX, found: octets }),
        };
        if let Some(place) = self.out.get_mut(self.start..).and_then(|pdu| pdu.first_chunk_mut::<4>()) {
            *place = length.to_be_bytes();
        }
        self.finished = true;
        Ok(())
    }
}

impl Drop for Writer<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.finished {
            self.out.truncate(self.start);
        }
    }
}

/// What a PDU without long texts takes, so that the buffer is asked to grow once and not for every field.
const RESERVED: usize = 256;

/// The length of a time in §7.1.1, the terminator not counted.
const TIME_OCTETS: usize = 16;

#[cfg(test)]
mod tests {
    use super::nul;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_nul_is_found_wherever_it_is(
            text in proptest::collection::vec(prop_oneof![1 => Just(0u8), 4 => Just(1u8), 4 => Just(0x80u8), 8 => any::<u8>()], 0..40),
        ) {
            prop_assert_eq!(nul(&text), text.iter().position(|octet| *octet == 0));
        }
    }
}
