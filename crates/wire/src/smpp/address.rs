//! Addresses: type of number, numbering plan, digits or letters (§5.2.5–5.2.9). An address is personal data: it prints
//! masked.

use std::fmt;

/// Type of number (§5.2.5). Other values are kept as they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Ton(pub u8);

impl Ton {
    /// Left to the carrier.
    pub const UNKNOWN: Self = Self(0);
    /// With country code.
    pub const INTERNATIONAL: Self = Self(1);
    /// Without country code.
    pub const NATIONAL: Self = Self(2);
    /// Network specific.
    pub const NETWORK: Self = Self(3);
    /// A subscriber's short form.
    pub const SUBSCRIBER: Self = Self(4);
    /// Letters, as a sender's name.
    pub const ALPHANUMERIC: Self = Self(5);
    /// Abbreviated.
    pub const ABBREVIATED: Self = Self(6);
}

/// Numbering plan indicator (§5.2.6). Other values are kept as they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Npi(pub u8);

impl Npi {
    /// Left to the carrier.
    pub const UNKNOWN: Self = Self(0);
    /// Telephone numbers (E.163, E.164).
    pub const ISDN: Self = Self(1);
    /// Data (X.121).
    pub const DATA: Self = Self(3);
    /// Telex (F.69).
    pub const TELEX: Self = Self(4);
    /// Land mobile (E.212).
    pub const LAND_MOBILE: Self = Self(6);
    /// National.
    pub const NATIONAL: Self = Self(8);
    /// Private.
    pub const PRIVATE: Self = Self(9);
    /// ERMES.
    pub const ERMES: Self = Self(10);
    /// IP.
    pub const INTERNET: Self = Self(14);
    /// WAP client id.
    pub const WAP: Self = Self(18);
}

/// An address as it stands in a PDU, borrowed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Address<'a> {
    /// Type of number.
    pub ton: Ton,
    /// Numbering plan.
    pub npi: Npi,
    /// The address itself, without terminator. Carriers send digits, letters and sometimes other octets.
    pub digits: &'a [u8],
}

impl<'a> Address<'a> {
    /// An address with its type and plan said.
    pub const fn new(ton: Ton, npi: Npi, text: &'a str) -> Self {
        Self { ton, npi, digits: text.as_bytes() }
    }

    /// A telephone number with country code and without `+`.
    pub const fn international(digits: &'a str) -> Self {
        Self::new(Ton::INTERNATIONAL, Npi::ISDN, digits)
    }

    /// The address as text, in clear: for look-up and sealed storage. Octets that are not UTF-8 become U+FFFD.
    pub fn reveal(&self) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.digits)
    }

    /// The same, owned.
    pub fn to_owned(&self) -> OwnedAddress {
        OwnedAddress { ton: self.ton, npi: self.npi, text: self.reveal().into_owned() }
    }
}

impl fmt::Debug for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        masked(f, self.ton, self.npi, self.digits.len())
    }
}

/// An address that outlives its PDU. Prints masked.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct OwnedAddress {
    /// Type of number.
    pub ton: Ton,
    /// Numbering plan.
    pub npi: Npi,
    text: String,
}

impl OwnedAddress {
    /// The address in clear: for look-up and sealed storage, never for a log.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The same, borrowed.
    pub fn borrow(&self) -> Address<'_> {
        Address::new(self.ton, self.npi, &self.text)
    }
}

impl fmt::Debug for OwnedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        masked(f, self.ton, self.npi, self.text.len())
    }
}

fn masked(f: &mut fmt::Formatter<'_>, ton: Ton, npi: Npi, octets: usize) -> fmt::Result {
    write!(f, "Address({}/{}, {octets} octets)", ton.0, npi.0)
}
