//! CMPP_CONNECT and its response (2.0 and 3.0 §8.4.1).

use super::super::error::{DecodeError, EncodeError};
use super::super::login::{Authenticator, SOURCE_ADDR_OCTETS};
use super::super::status::ConnectStatus;
use super::super::version::Version;
use super::{Reader, Writer, status, write_status};
use std::fmt;

/// CMPP_CONNECT; the same octets in every version.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Connect<'a> {
    /// SP_Id, the enterprise's code; mostly 6 digits.
    pub source_addr: &'a [u8],
    /// Proves that the secret is known.
    pub authenticator: Authenticator,
    /// The version asked for; see `Version::of`.
    pub version: u8,
    /// `MMDDhhmmss` as a number.
    pub timestamp: u32,
}

impl fmt::Debug for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = String::from_utf8_lossy(self.source_addr);
        write!(f, "Connect({source:?}, version 0x{:02x}, {:010})", self.version, self.timestamp)
    }
}

impl<'a> Connect<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            source_addr: body.text("Source_Addr", SOURCE_ADDR_OCTETS)?,
            authenticator: Authenticator(body.array("AuthenticatorSource", "16 octets")?),
            version: body.u8("Version")?,
            timestamp: body.u32("Timestamp")?,
        })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("Source_Addr", self.source_addr, SOURCE_ADDR_OCTETS)?;
        body.raw(&self.authenticator.0);
        body.u8(self.version);
        body.u32(self.timestamp);
        Ok(())
    }
}

/// CMPP_CONNECT_RESP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnectResp {
    /// Whether the login was accepted.
    pub status: ConnectStatus,
    /// Proves that the gateway knows the secret; zeros when the login failed.
    pub authenticator: Authenticator,
    /// The version the gateway speaks, or the highest it knows.
    pub version: u8,
}

impl ConnectResp {
    pub(super) fn read(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            status: ConnectStatus(status(body, "Status", SHORTEST)?),
            authenticator: Authenticator(body.array("AuthenticatorISMG", "16 octets")?),
            version: body.u8("Version")?,
        })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>, version: Version) {
        write_status(body, version, self.status.0);
        body.raw(&self.authenticator.0);
        body.u8(self.version);
    }
}

/// Octets of a 2.0 response's body.
const SHORTEST: usize = 18;
