//! bind_transmitter, bind_receiver, bind_transceiver, their responses, and outbind (§4.1). A password never prints.

use super::super::address::{Npi, Ton};
use super::super::command::CommandId;
use super::super::error::{DecodeError, EncodeError};
use super::super::octets::{Reader, Writer};
use super::super::tlv::Tlvs;
use std::fmt;

/// Which way a session carries messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindKind {
    /// The ESME sends.
    Transmitter,
    /// The ESME takes.
    Receiver,
    /// Both.
    Transceiver,
}

impl BindKind {
    /// The command that binds so.
    pub const fn command(self) -> CommandId {
        match self {
            Self::Transmitter => CommandId::BIND_TRANSMITTER,
            Self::Receiver => CommandId::BIND_RECEIVER,
            Self::Transceiver => CommandId::BIND_TRANSCEIVER,
        }
    }

    /// Whether submit_sm may be sent over it (§2.3).
    pub const fn submits(self) -> bool {
        matches!(self, Self::Transmitter | Self::Transceiver)
    }

    /// Whether deliver_sm comes over it (§2.3).
    pub const fn delivers(self) -> bool {
        matches!(self, Self::Receiver | Self::Transceiver)
    }
}

/// interface_version of SMPP 3.4 (§5.2.4).
pub const INTERFACE_VERSION: u8 = 0x34;
/// interface_version of SMPP 5.0 (v5.0 §4.7.13).
pub const INTERFACE_VERSION_5: u8 = 0x50;

/// The body of a bind request (§4.1.1, §4.1.3, §4.1.5).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Bind<'a> {
    /// Who binds; at most 15 octets.
    pub system_id: &'a [u8],
    /// At most 8 octets.
    pub password: &'a [u8],
    /// What kind of system binds; at most 12 octets, mostly empty.
    pub system_type: &'a [u8],
    /// 0x34 for SMPP 3.4, 0x50 for SMPP 5.0.
    pub interface_version: u8,
    /// Type of the numbers served.
    pub addr_ton: Ton,
    /// Plan of the numbers served.
    pub addr_npi: Npi,
    /// The numbers served, as a UNIX regular expression (§5.2.7); at most 40 octets, mostly empty.
    pub address_range: &'a [u8],
}

impl<'a> Bind<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            system_id: body.text("system_id")?,
            password: body.text("password")?,
            system_type: body.text("system_type")?,
            interface_version: body.u8("interface_version")?,
            addr_ton: Ton(body.u8("addr_ton")?),
            addr_npi: Npi(body.u8("addr_npi")?),
            address_range: body.text("address_range")?,
        })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("system_id", self.system_id, SYSTEM_ID_MAX)?;
        body.text("password", self.password, PASSWORD_MAX)?;
        body.text("system_type", self.system_type, SYSTEM_TYPE_MAX)?;
        body.u8(self.interface_version);
        body.u8(self.addr_ton.0);
        body.u8(self.addr_npi.0);
        body.text("address_range", self.address_range, ADDRESS_RANGE_MAX)
    }
}

impl fmt::Debug for Bind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bind({}, version 0x{:x})", String::from_utf8_lossy(self.system_id), self.interface_version)
    }
}

/// The body of a bind response (§4.1.2, §4.1.4, §4.1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BindResp<'a> {
    /// Who the carrier says it is.
    pub system_id: &'a [u8],
    /// sc_interface_version, if any.
    pub tlvs: Tlvs<'a>,
}

impl<'a> BindResp<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Self {
        Self { system_id: body.text_or_nothing(), tlvs: Tlvs::cut(body.rest()) }
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("system_id", self.system_id, SYSTEM_ID_MAX)?;
        body.raw(self.tlvs.octets());
        Ok(())
    }
}

/// The body of outbind (§4.1.7): the carrier asks an ESME that listens to bind as receiver.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Outbind<'a> {
    /// Who the carrier says it is.
    pub system_id: &'a [u8],
    /// The carrier's password with us.
    pub password: &'a [u8],
}

impl<'a> Outbind<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self { system_id: body.text("system_id")?, password: body.text("password")? })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("system_id", self.system_id, SYSTEM_ID_MAX)?;
        body.text("password", self.password, PASSWORD_MAX)
    }
}

impl fmt::Debug for Outbind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbind({})", String::from_utf8_lossy(self.system_id))
    }
}

// Octets without the terminator; §5.2.1–5.2.7.
const SYSTEM_ID_MAX: usize = 15;
const PASSWORD_MAX: usize = 8;
const SYSTEM_TYPE_MAX: usize = 12;
const ADDRESS_RANGE_MAX: usize = 40;
