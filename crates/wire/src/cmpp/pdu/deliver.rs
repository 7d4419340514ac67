//! CMPP_DELIVER (2.0 and 3.0 §8.4.5): a user's message or a status report, from the gateway to the provider.

use super::super::command::CommandId;
use super::super::content::has_header;
use super::super::error::{DecodeError, EncodeError};
use super::super::msg_id::MsgId;
use super::super::version::Version;
use super::submit::{link_id, write_content};
use super::{Reader, Writer, msg_id};
use crate::msg_fmt::MsgFmt;
use std::fmt;

/// CMPP_DELIVER.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Deliver<'a> {
    /// The id of this DELIVER; the report inside has the message's.
    pub msg_id: MsgId,
    /// The provider's number that was written to.
    pub dest_id: &'a [u8],
    /// The service.
    pub service_id: &'a [u8],
    /// GSM 03.40 §9.2.3.9.
    pub tp_pid: u8,
    /// Whether a user data header comes first; see `has_header`.
    pub tp_udhi: u8,
    /// The alphabet.
    pub msg_fmt: MsgFmt,
    /// The user's number; in a report, the one the message went to.
    pub src_terminal_id: &'a [u8],
    /// 3.0: 0 a real number, 1 a pseudo code.
    pub src_terminal_type: u8,
    /// 0 a user's message, 1 a report.
    pub registered_delivery: u8,
    /// The octets with their user data header, or the report.
    pub content: &'a [u8],
    /// 3.0: LinkID, to be said again in the answer to a message on demand. 2.0: Reserved.
    pub link_id: &'a [u8],
}

impl fmt::Debug for Deliver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (octets, what) = (self.content.len(), if self.is_report() { "report" } else { "message" });
        write!(f, "Deliver({what}, {octets} octets, {:?})", self.msg_fmt)
    }
}

impl<'a> Deliver<'a> {
    /// Whether the content is a status report.
    pub const fn is_report(&self) -> bool {
        self.registered_delivery == 1
    }

    /// Whether the content starts with a user data header.
    pub const fn has_header(&self) -> bool {
        has_header(self.tp_udhi)
    }

    pub(super) fn read(body: &mut Reader<'a>, version: Version) -> Result<Self, DecodeError> {
        let mut message = Self {
            msg_id: msg_id(body, "Msg_Id")?,
            dest_id: body.text("Dest_Id", DEST_ID_OCTETS)?,
            service_id: body.text("Service_Id", SERVICE_ID_OCTETS)?,
            tp_pid: body.u8("TP_pid")?,
            tp_udhi: body.u8("TP_udhi")?,
            msg_fmt: MsgFmt(body.u8("Msg_Fmt")?),
            src_terminal_id: body.text("Src_terminal_Id", version.number_octets())?,
            ..Self::default()
        };
        if version.has_number_types() {
            message.src_terminal_type = body.u8("Src_terminal_type")?;
        }
        message.registered_delivery = body.u8("Registered_Delivery")?;
        let octets = body.u8("Msg_Length")?;
        message.content = body.octets("Msg_Content", usize::from(octets))?;
        message.link_id = link_id(body, version)?;
        Ok(message)
    }

    pub(super) fn write(&self, body: &mut Writer<'_>, version: Version) -> Result<(), EncodeError> {
        body.raw(&self.msg_id.0.to_be_bytes());
        body.text("Dest_Id", self.dest_id, DEST_ID_OCTETS)?;
        body.text("Service_Id", self.service_id, SERVICE_ID_OCTETS)?;
        body.u8(self.tp_pid);
        body.u8(self.tp_udhi);
        body.u8(self.msg_fmt.0);
        body.text("Src_terminal_Id", self.src_terminal_id, version.number_octets())?;
        if version.has_number_types() {
            body.u8(self.src_terminal_type);
        }
        body.u8(self.registered_delivery);
        write_content(body, CommandId::DELIVER, self.msg_fmt, self.content)?;
        body.text("LinkID", self.link_id, version.link_octets())
    }
}

const DEST_ID_OCTETS: usize = 21;
pub(super) const SERVICE_ID_OCTETS: usize = 10;
