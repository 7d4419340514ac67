//! The optional parameters of SMGP 3: tag and length in two octets each, then the value, behind the fixed fields of Submit and
//! Deliver. (Tags: SMSGate `SMGPConstants`, gosms `codec/smgp/variables.go`; rsms `datatypes/tlv.rs`.)

use super::EncodeError;
use super::command::CommandId;
use std::fmt;

/// What a parameter is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u16);

macro_rules! tags {
    ($($name:ident = $code:literal $spec:literal $meaning:literal,)*) => {
        impl Tag {
            $(#[doc = concat!($spec, ": ", $meaning)] pub const $name: Self = Self($code);)*

            /// The name in the specification.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($spec),)*
                    _ => None,
                }
            }
        }
    };
}

tags! {
    TP_PID = 0x0001 "TP_pid" "GSM protocol identifier, 1 octet.",
    TP_UDHI = 0x0002 "TP_udhi" "1 when the content starts with a user data header, 1 octet.",
    LINK_ID = 0x0003 "LinkID" "the transaction a message belongs to, 20 octets.",
    CHARGE_USER_TYPE = 0x0004 "ChargeUserType" "who is charged, 1 octet.",
    CHARGE_TERM_TYPE = 0x0005 "ChargeTermType" "whether the charged number is a pseudonym, 1 octet.",
    CHARGE_TERM_PSEUDO = 0x0006 "ChargeTermPseudo" "the charged pseudonym.",
    DEST_TERM_TYPE = 0x0007 "DestTermType" "whether the destination is a pseudonym, 1 octet.",
    DEST_TERM_PSEUDO = 0x0008 "DestTermPseudo" "the pseudonym it goes to.",
    PK_TOTAL = 0x0009 "PkTotal" "how many parts there are, 1 octet.",
    PK_NUMBER = 0x000a "PkNumber" "which part this is, from 1, 1 octet.",
    SUBMIT_MSG_TYPE = 0x000b "SubmitMsgType" "what the message is for, 1 octet.",
    SP_DEAL_RESULT = 0x000c "SPDealReslt" "what the enterprise made of it, 1 octet.",
    SRC_TERM_TYPE = 0x000d "SrcTermType" "whether the source is a pseudonym, 1 octet.",
    SRC_TERM_PSEUDO = 0x000e "SrcTermPseudo" "the pseudonym it comes from.",
    NODES_COUNT = 0x000f "NodesCount" "gateways passed, 1 octet.",
    MSG_SRC = 0x0010 "MsgSrc" "the enterprise that sends, 8 octets.",
    SRC_TYPE = 0x0011 "SrcType" "what kind of source, 1 octet.",
    M_SERVICE_ID = 0x0012 "MServiceID" "the business, 21 octets.",
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "parameter 0x{:04x}", self.0),
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Optional parameters as they stand in a PDU. What cannot be read at their end is kept apart and costs nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Tlvs<'a> {
    octets: &'a [u8],
    torn: &'a [u8],
}

impl<'a> Tlvs<'a> {
    /// No parameters.
    pub const NONE: Self = Self { octets: &[], torn: &[] };

    /// Tells whole parameters and a torn end apart.
    pub fn cut(octets: &'a [u8]) -> Self {
        let mut rest = octets;
        while next(&mut rest).is_some() {}
        let (whole, torn) = octets.split_at_checked(octets.len() - rest.len()).unwrap_or_default();
        Self { octets: whole, torn }
    }

    /// The value of the first parameter with this tag.
    pub fn find(self, tag: Tag) -> Option<&'a [u8]> {
        self.into_iter().find(|(found, _)| *found == tag).map(|(_, value)| value)
    }

    /// The first parameter with this tag, as a number of one octet.
    pub fn byte(self, tag: Tag) -> Option<u8> {
        match self.find(tag)? {
            &[value] => Some(value),
            // Wider than it should be, and small: still that number.
            &[0, value] | &[0, 0, 0, value] => Some(value),
            _ => None,
        }
    }

    /// The whole parameters.
    pub const fn octets(self) -> &'a [u8] {
        self.octets
    }

    /// What follows the last whole one.
    pub const fn torn(self) -> &'a [u8] {
        self.torn
    }
}

impl<'a> IntoIterator for Tlvs<'a> {
    type Item = (Tag, &'a [u8]);
    type IntoIter = Parameters<'a>;

    fn into_iter(self) -> Parameters<'a> {
        Parameters { rest: self.octets }
    }
}

/// The parameters of a PDU, in order.
#[derive(Clone)]
pub struct Parameters<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Parameters<'a> {
    type Item = (Tag, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        next(&mut self.rest)
    }
}

impl fmt::Debug for Tlvs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.into_iter().map(|(tag, _)| tag)).finish()
    }
}

/// Appends one parameter.
pub fn append(out: &mut Vec<u8>, tag: Tag, value: &[u8]) -> Result<(), EncodeError> {
    let Ok(length) = u16::try_from(value.len()) else {
        return Err(EncodeError::TooLong {
            command: CommandId::SUBMIT,
            field: tag.name().unwrap_or("optional parameter"),
            max: usize::from(u16::MAX),
            found: value.len(),
        });
    };
    out.extend_from_slice(&tag.0.to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(value);
    Ok(())
}

fn next<'a>(rest: &mut &'a [u8]) -> Option<(Tag, &'a [u8])> {
    let (&[t0, t1, l0, l1], after) = rest.split_first_chunk::<4>()?;
    let (value, after) = after.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
    *rest = after;
    Some((Tag(u16::from_be_bytes([t0, t1])), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_end_costs_only_itself() {
        let mut octets = Vec::new();
        append(&mut octets, Tag::TP_UDHI, &[1]).unwrap();
        append(&mut octets, Tag::PK_TOTAL, &[3]).unwrap();
        octets.extend([0, 0x0a, 0, 9, 1]);
        let tlvs = Tlvs::cut(&octets);
        assert_eq!(
            (tlvs.byte(Tag::TP_UDHI), tlvs.byte(Tag::PK_TOTAL), tlvs.byte(Tag::PK_NUMBER)),
            (Some(1), Some(3), None)
        );
        assert_eq!(tlvs.torn(), [0, 0x0a, 0, 9, 1]);
        assert_eq!(format!("{tlvs:?}"), "[TP_udhi, PkTotal]");
    }
}
