//! The primitive fields of §3.1: integers, C-octet strings, octet strings. Every body in `pdu` reads and writes
//! through these two, so bounds, offsets and tolerances live in one place.

use super::address::{Address, Npi, Ton};
use super::command::CommandId;
use super::error::{DecodeError, EncodeError, Found};
use super::frame::{HEADER_OCTETS, OCTETS_MAX};
use super::status::Status;

/// Reads a body from front to back; remembers where it is for the error.
pub(crate) struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    command: CommandId,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(command: CommandId, body: &'a [u8]) -> Self {
        Self { body, at: 0, command }
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn error(&self, field: &'static str, expected: &'static str, found: Found) -> DecodeError {
        DecodeError { command: self.command, field, offset: HEADER_OCTETS + self.at, expected, found }
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        let Some(&octet) = self.body.get(self.at) else {
            return Err(self.error(field, "1 octet", Found::Octets(0)));
        };
        self.at += 1;
        Ok(octet)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let Some(octets) = self.rest().first_chunk::<4>() else {
            return Err(self.error(field, "4 octets", Found::Octets(self.rest().len())));
        };
        self.at += 4;
        Ok(u32::from_be_bytes(*octets))
    }

    /// A C-octet string without its terminator. A missing terminator at the very end of the body is forgiven; a
    /// body that ends before the field begins is not. Lengths beyond the specification's are forgiven too: carriers
    /// do send longer message ids, and the frame limit bounds them.
    #[inline]
    pub(crate) fn text(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let rest = self.rest();
        if rest.is_empty() {
            return Err(self.error(field, "a text ended by NUL", Found::Octets(0)));
        }
        let end = rest.iter().position(|&octet| octet == 0).unwrap_or(rest.len());
        self.at = (self.at + end + 1).min(self.body.len());
        Ok(rest.get(..end).unwrap_or_default())
    }

    /// A C-octet string in a response: carriers leave the body away when the status says it all.
    pub(crate) fn text_or_nothing(&mut self) -> &'a [u8] {
        self.text("").unwrap_or_default()
    }

    pub(crate) fn octets(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], DecodeError> {
        let Some(octets) = self.rest().get(..count) else {
            return Err(self.error(
                field,
                "as many octets as its length says",
                Found::Octets(self.rest().len()),
            ));
        };
        self.at += count;
        Ok(octets)
    }

    pub(crate) fn address(&mut self, field: &'static str) -> Result<Address<'a>, DecodeError> {
        let ton = Ton(self.u8(field)?);
        let npi = Npi(self.u8(field)?);
        Ok(Address { ton, npi, digits: self.text(field)? })
    }
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
    pub(crate) fn new(out: &'v mut Vec<u8>, command: CommandId, status: Status, sequence: u32) -> Self {
        let start = out.len();
        let mut header = [0; HEADER_OCTETS];
        let (command_octets, status_octets, sequence_octets) =
            (command.0.to_be_bytes(), status.0.to_be_bytes(), sequence.to_be_bytes());
        for (place, octet) in header
            .iter_mut()
            .skip(4)
            .zip(command_octets.into_iter().chain(status_octets).chain(sequence_octets))
        {
            *place = octet;
        }
        out.extend_from_slice(&header);
        Self { out, start, command, finished: false }
    }

    /// The buffer, for whoever appends optional parameters after the body.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        self.out
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(crate) fn raw(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    /// A C-octet string of at most `max` octets, the terminator not counted.
    #[inline]
    pub(crate) fn text(&mut self, field: &'static str, text: &[u8], max: usize) -> Result<(), EncodeError> {
        if text.len() > max {
            return Err(EncodeError::TooLong { command: self.command, field, max, found: text.len() });
        }
        if let Some(at) = text.iter().position(|&octet| octet == 0) {
            return Err(EncodeError::Nul { command: self.command, field, at });
        }
        self.out.extend_from_slice(text);
        self.out.push(0);
        Ok(())
    }

    /// A time: absent or exactly 16 characters (§7.1.1).
    pub(crate) fn time(&mut self, field: &'static str, text: &[u8]) -> Result<(), EncodeError> {
        if !text.is_empty() && text.len() != TIME_OCTETS {
            return Err(EncodeError::Time { command: self.command, field, found: text.len() });
        }
        self.text(field, text, TIME_OCTETS)
    }

    pub(crate) fn address(
        &mut self,
        field: &'static str,
        address: &Address<'_>,
        max: usize,
    ) -> Result<(), EncodeError> {
        self.u8(address.ton.0);
        self.u8(address.npi.0);
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
            _ => Err(EncodeError::TooLong { command: self.command, field, max, found: octets.len() }),
        }
    }

    /// Fills in the length. Without this call the PDU is taken back.
    pub(crate) fn finish(mut self) -> Result<(), EncodeError> {
        let octets = self.out.len() - self.start;
        let length = match u32::try_from(octets) {
            Ok(length) if octets <= OCTETS_MAX => length,
            _ => return Err(EncodeError::Frame { command: self.command, max: OCTETS_MAX, found: octets }),
        };
        if let Some(place) = self.out.get_mut(self.start..self.start + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        self.finished = true;
        Ok(())
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.out.truncate(self.start);
        }
    }
}

/// The length of a time in §7.1.1, the terminator not counted.
const TIME_OCTETS: usize = 16;
