//! CMPP_SUBMIT (2.0 and 3.0 §8.4.3): one message to one user or to many, from the provider to the gateway.

use super::super::command::CommandId;
use super::super::content::has_header;
use super::super::error::{DecodeError, EncodeError};
use super::super::login::SOURCE_ADDR_OCTETS;
use super::super::version::Version;
use super::deliver::SERVICE_ID_OCTETS;
use super::{Reader, Writer};
use crate::msg_fmt::MsgFmt;
use crate::smpp::Found;
use std::fmt;

/// CMPP_SUBMIT; its Msg_Id is the gateway's to fill in and is written as zeros.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Submit<'a> {
    /// How many parts the message has; from 1.
    pub pk_total: u8,
    /// Which one this is, from 1.
    pub pk_number: u8,
    /// 0 no report, 1 a report; 2.0 only: 2, a billing record that no user gets.
    pub registered_delivery: u8,
    /// The priority.
    pub msg_level: u8,
    /// The service.
    pub service_id: &'a [u8],
    /// Who pays: 0 the destination, 1 the source, 2 the provider, 3 Fee_terminal_Id.
    pub fee_user_type: u8,
    /// The number that pays, when Fee_UserType is 3.
    pub fee_terminal_id: &'a [u8],
    /// 3.0: 0 a real number, 1 a pseudo code.
    pub fee_terminal_type: u8,
    /// GSM 03.40 §9.2.3.9.
    pub tp_pid: u8,
    /// Whether a user data header comes first; see `has_header`.
    pub tp_udhi: u8,
    /// The alphabet.
    pub msg_fmt: MsgFmt,
    /// SP_Id.
    pub msg_src: &'a [u8],
    /// `01` free, `02` per message, `03` monthly; 2.0 only: `04` capped, `05` collected by the provider.
    pub fee_type: &'a [u8],
    /// What it costs the user, in fen.
    pub fee_code: &'a [u8],
    /// Until when the gateway may try: 16 characters, or empty.
    pub valid_time: &'a [u8],
    /// When to send it: 16 characters, or empty.
    pub at_time: &'a [u8],
    /// What the handset shows: the access number with its extension.
    pub src_id: &'a [u8],
    /// To whom; from 1 to 99.
    pub destinations: Numbers<'a>,
    /// 3.0: 0 real numbers, 1 pseudo codes.
    pub dest_terminal_type: u8,
    /// The octets with their user data header.
    pub content: &'a [u8],
    /// 3.0: LinkID of the request this answers, for services on demand. 2.0: Reserve.
    pub link_id: &'a [u8],
}

impl fmt::Debug for Submit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (octets, numbers) = (self.content.len(), self.destinations.len());
        write!(f, "Submit({octets} octets to {numbers}, {:?})", self.msg_fmt)
    }
}

impl<'a> Submit<'a> {
    /// Whether the content starts with a user data header.
    pub const fn has_header(&self) -> bool {
        has_header(self.tp_udhi)
    }

    pub(super) fn read(body: &mut Reader<'a>, version: Version) -> Result<Self, DecodeError> {
        body.octets("Msg_Id", MSG_ID_OCTETS)?;
        let mut message = Self {
            pk_total: body.u8("Pk_total")?,
            pk_number: body.u8("Pk_number")?,
            registered_delivery: body.u8("Registered_Delivery")?,
            msg_level: body.u8("Msg_level")?,
            service_id: body.text("Service_Id", SERVICE_ID_OCTETS)?,
            fee_user_type: body.u8("Fee_UserType")?,
            fee_terminal_id: body.text("Fee_terminal_Id", version.number_octets())?,
            ..Self::default()
        };
        if version.has_number_types() {
            message.fee_terminal_type = body.u8("Fee_terminal_type")?;
        }
        message.tp_pid = body.u8("TP_pId")?;
        message.tp_udhi = body.u8("TP_udhi")?;
        message.msg_fmt = MsgFmt(body.u8("Msg_Fmt")?);
        message.msg_src = body.text("Msg_src", SOURCE_ADDR_OCTETS)?;
        message.fee_type = body.text("FeeType", FEE_TYPE_OCTETS)?;
        message.fee_code = body.text("FeeCode", FEE_CODE_OCTETS)?;
        message.valid_time = body.text("ValId_Time", TIME_OCTETS)?;
        message.at_time = body.text("At_Time", TIME_OCTETS)?;
        message.src_id = body.text("Src_Id", SRC_ID_OCTETS)?;
        message.destinations = Numbers::read(body, version)?;
        if version.has_number_types() {
            message.dest_terminal_type = body.u8("Dest_terminal_type")?;
        }
        let octets = body.u8("Msg_Length")?;
        message.content = body.octets("Msg_Content", usize::from(octets))?;
        message.link_id = link_id(body, version)?;
        Ok(message)
    }

    pub(super) fn write(&self, body: &mut Writer<'_>, version: Version) -> Result<(), EncodeError> {
        body.raw(&[0; MSG_ID_OCTETS]);
        body.u8(self.pk_total);
        body.u8(self.pk_number);
        body.u8(self.registered_delivery);
        body.u8(self.msg_level);
        body.text("Service_Id", self.service_id, SERVICE_ID_OCTETS)?;
        body.u8(self.fee_user_type);
        body.text("Fee_terminal_Id", self.fee_terminal_id, version.number_octets())?;
        if version.has_number_types() {
            body.u8(self.fee_terminal_type);
        }
        body.u8(self.tp_pid);
        body.u8(self.tp_udhi);
        body.u8(self.msg_fmt.0);
        body.text("Msg_src", self.msg_src, SOURCE_ADDR_OCTETS)?;
        body.text("FeeType", self.fee_type, FEE_TYPE_OCTETS)?;
        body.text("FeeCode", self.fee_code, FEE_CODE_OCTETS)?;
        write_time(body, "ValId_Time", self.valid_time)?;
        write_time(body, "At_Time", self.at_time)?;
        body.text("Src_Id", self.src_id, SRC_ID_OCTETS)?;
        self.destinations.write(body, version)?;
        if version.has_number_types() {
            body.u8(self.dest_terminal_type);
        }
        write_content(body, CommandId::SUBMIT, self.msg_fmt, self.content)?;
        body.text("LinkID", self.link_id, version.link_octets())
    }
}

/// The numbers of a SUBMIT: as they came, or as a caller has them. Prints as a count.
#[derive(Clone, Copy)]
pub struct Numbers<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// One after the other, so wide each.
    Wire {
        octets: &'a [u8],
        width: usize,
    },
    Given(&'a [&'a str]),
}

impl<'a> Numbers<'a> {
    /// These numbers; from 1 to 99 when they are written.
    pub const fn new(numbers: &'a [&'a str]) -> Self {
        Self(Source::Given(numbers))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Wire { octets, width } => octets.len() / width,
            Source::Given(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers without their padding, as the peer wrote them: also with `86` or `+86` in front.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (octets, width, given): (&[u8], _, &[&str]) = match self.0 {
            Source::Wire { octets, width } => (octets, width, &[]),
            Source::Given(numbers) => (&[], 1, numbers),
        };
        octets.chunks_exact(width).map(unpadded).chain(given.iter().map(|number| number.as_bytes()))
    }

    fn read(body: &mut Reader<'a>, version: Version) -> Result<Self, DecodeError> {
        let error = |count| body.error("DestUsr_tl", "a number from 1 to 99", Found::Value(count));
        let count = body.rest().first().map_or(1, |&count| usize::from(count));
        if !(1..=DESTINATIONS_MAX).contains(&count) {
            // It came as one octet.
            return Err(error(count as u32));
        }
        body.u8("DestUsr_tl")?;
        let width = version.number_octets();
        Ok(Self(Source::Wire { octets: body.octets("Dest_terminal_Id", count * width)?, width }))
    }

    fn write(&self, body: &mut Writer<'_>, version: Version) -> Result<(), EncodeError> {
        let (command, field, found) = (CommandId::SUBMIT, "DestUsr_tl", self.len());
        match u8::try_from(found) {
            Ok(count) if (1..=DESTINATIONS_MAX).contains(&found) => body.u8(count),
            _ => return Err(EncodeError::Value { command, field, expected: "from 1 to 99", found }),
        }
        self.iter().try_for_each(|number| body.text("Dest_terminal_Id", number, version.number_octets()))
    }
}

impl Default for Numbers<'_> {
    fn default() -> Self {
        Self::new(&[])
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

/// LinkID or Reserve, the last field. Senders leave it away or cut it short: a report that is 11 octets shorter than 3.0
/// has it is known from the field. More than the field has room for means that the PDU is laid out otherwise.
pub(super) fn link_id<'a>(body: &mut Reader<'a>, version: Version) -> Result<&'a [u8], DecodeError> {
    let octets = body.rest().len();
    if octets > version.link_octets() {
        let expected = match version {
            Version::V2 => "at most 8 octets to the end",
            Version::V3 => "at most 20 octets to the end",
        };
        return Err(body.error("LinkID", expected, Found::Octets(octets)));
    }
    body.text("LinkID", octets)
}

/// Msg_Length and Msg_Content.
pub(super) fn write_content(
    body: &mut Writer<'_>,
    command: CommandId,
    fmt: MsgFmt,
    content: &[u8],
) -> Result<(), EncodeError> {
    let (found, max) = (content.len(), fmt.single_max());
    match u8::try_from(found) {
        Ok(octets) if found <= max => body.u8(octets),
        _ => return Err(EncodeError::TooLong { command, field: "Msg_Content", max, found }),
    }
    body.raw(content);
    Ok(())
}

/// A text of fixed width without its padding. Some senders pad with spaces.
fn unpadded(octets: &[u8]) -> &[u8] {
    octets.split(|&octet| octet == 0).next().unwrap_or_default().trim_ascii_end()
}

/// A time: absent, or 16 characters and a NUL.
fn write_time(body: &mut Writer<'_>, field: &'static str, text: &[u8]) -> Result<(), EncodeError> {
    if !text.is_empty() && text.len() != TIME_OCTETS - 1 {
        let (command, expected) = (CommandId::SUBMIT, "no octets or 16 (YYMMDDhhmmsstnnp)");
        return Err(EncodeError::Value { command, field, expected, found: text.len() });
    }
    body.text(field, text, TIME_OCTETS)
}

/// To how many numbers one SUBMIT may go.
pub const DESTINATIONS_MAX: usize = 99;
const MSG_ID_OCTETS: usize = 8;
const FEE_TYPE_OCTETS: usize = 2;
const FEE_CODE_OCTETS: usize = 6;
const TIME_OCTETS: usize = 17;
const SRC_ID_OCTETS: usize = 21;
