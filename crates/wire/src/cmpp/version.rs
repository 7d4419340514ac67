//! The two dialects of CMPP, and the octet that asks for one. Everything that differs between them hangs on `Version`;
//! no other file compares version octets.

/// A dialect: how wide a status and a number are, and how a PDU ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// CMPP 2.0 and 2.1, whose PDUs are laid out alike.
    V2,
    /// CMPP 3.0.
    V3,
}

impl Version {
    /// The octet to ask for it with: major version in the high half, minor in the low.
    pub const fn octet(self) -> u8 {
        match self {
            Self::V2 => 0x20,
            Self::V3 => 0x30,
        }
    }

    /// The dialect an octet asks for, by its high half. Some clients of 2.0 say 0x00 or 0x01. `None`: none we know.
    pub const fn of(octet: u8) -> Option<Self> {
        match octet >> 4 {
            0 | 2 => Some(Self::V2),
            3 => Some(Self::V3),
            _ => None,
        }
    }

    /// The octet to answer `asked` with when this dialect will be spoken.
    pub(super) const fn answer(self, asked: u8) -> u8 {
        if asked >> 4 == self.octet() >> 4 { asked } else { self.octet() }
    }

    /// Octets of Status in CONNECT_RESP, Result in SUBMIT_RESP and DELIVER_RESP, Success_Id in CANCEL_RESP.
    pub(super) const fn status_octets(self) -> usize {
        match self {
            Self::V2 => 1,
            Self::V3 => 4,
        }
    }

    /// Octets of a user's number.
    pub(super) const fn number_octets(self) -> usize {
        match self {
            Self::V2 => 21,
            Self::V3 => 32,
        }
    }

    /// Octets of Reserve (2.0) or LinkID (3.0), the last field of SUBMIT and DELIVER.
    pub(super) const fn link_octets(self) -> usize {
        match self {
            Self::V2 => 8,
            Self::V3 => 20,
        }
    }

    /// Whether a number is followed by an octet that tells a real one from a pseudo code.
    pub(super) const fn has_number_types(self) -> bool {
        matches!(self, Self::V3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_half_decides_and_the_answer_is_what_will_be_spoken() {
        for (octet, version) in [
            (0x00, Some(Version::V2)),
            (0x01, Some(Version::V2)),
            (0x20, Some(Version::V2)),
            (0x21, Some(Version::V2)),
            (0x30, Some(Version::V3)),
            (0x31, Some(Version::V3)),
            (0x10, None),
            (0x40, None),
            (0x7f, None),
        ] {
            assert_eq!(Version::of(octet), version, "0x{octet:02x}");
        }
        assert_eq!(
            (Version::V2.answer(0x21), Version::V2.answer(0x30), Version::V3.answer(0x00)),
            (0x21, 0x20, 0x30)
        );
    }
}
