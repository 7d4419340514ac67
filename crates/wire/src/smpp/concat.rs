//! One part of a long message, said in a user data header (3GPP TS 23.040 §9.2.3.24.1 and .8) or in sar_ parameters
//! (§5.3.2.22–24). Putting the parts together is the reader's business; cutting a text into parts the composer's.

use super::error::EncodeError;
use super::esm::EsmClass;
use super::tlv::{Tag, Tlvs, Value, append};

/// Where a part belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Concat {
    /// The same in all parts of one message, per pair of addresses.
    pub reference: u16,
    /// How many parts there are.
    pub total: u8,
    /// Which one this is, from 1.
    pub number: u8,
}

/// How wide the reference is in a user data header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Width {
    /// Eight bits, 6 octets of header: what every handset reads.
    Eight,
    /// Sixteen bits, 7 octets of header.
    Sixteen,
}

/// Appends the user data header of a part; the text follows it, and esm_class must say so
/// (`EsmClass::with_header`). With `Width::Eight` only the low octet of the reference is written.
pub fn write_header(out: &mut Vec<u8>, part: Concat, width: Width) {
    let [high, low] = part.reference.to_be_bytes();
    match width {
        Width::Eight => out.extend([5, IEI_EIGHT, 3, low, part.total, part.number]),
        Width::Sixteen => out.extend([6, IEI_SIXTEEN, 4, high, low, part.total, part.number]),
    }
}

/// Appends the three sar_ parameters of a part.
pub(crate) fn write_sar(out: &mut Vec<u8>, part: Concat) -> Result<(), EncodeError> {
    append(out, Tag::SAR_MSG_REF_NUM, Value::Two(part.reference))?;
    append(out, Tag::SAR_TOTAL_SEGMENTS, Value::One(part.total))?;
    append(out, Tag::SAR_SEGMENT_SEQNUM, Value::One(part.number))
}

/// Tells where a message belongs, if it is a part, and what of its payload is text.
///
/// A header that claims more octets than there are is taken for text: better a garbled head than a lost message. A
/// part numbered 0, or above its total, is no part (TS 23.040: ignore the element).
pub fn read<'a>(esm_class: EsmClass, tlvs: Tlvs<'a>, payload: &'a [u8]) -> (Option<Concat>, &'a [u8]) {
    if esm_class.has_header()
        && let Some((elements, text)) = split_header(payload)
    {
        return (in_header(elements).or_else(|| in_sar(tlvs)), text);
    }
    (in_sar(tlvs), payload)
}

fn split_header(payload: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&octets, rest) = payload.split_first()?;
    rest.split_at_checked(usize::from(octets))
}

fn in_header(mut elements: &[u8]) -> Option<Concat> {
    let mut found = None;
    while let Some((&[id, octets], rest)) = elements.split_first_chunk::<2>() {
        let Some((value, rest)) = rest.split_at_checked(usize::from(octets)) else { break };
        // The last of several counts (TS 23.040 §9.2.3.24).
        match (id, value) {
            (IEI_EIGHT, &[reference, total, number]) => {
                found = valid(Concat { reference: u16::from(reference), total, number });
            }
            (IEI_SIXTEEN, &[high, low, total, number]) => {
                found = valid(Concat { reference: u16::from_be_bytes([high, low]), total, number });
            }
            _ => {}
        }
        elements = rest;
    }
    found
}

fn in_sar(tlvs: Tlvs<'_>) -> Option<Concat> {
    if tlvs.is_empty() {
        return None;
    }
    let uint = |tag| tlvs.find(tag).and_then(|tlv| tlv.uint());
    valid(Concat {
        reference: u16::try_from(uint(Tag::SAR_MSG_REF_NUM)?).ok()?,
        total: u8::try_from(uint(Tag::SAR_TOTAL_SEGMENTS)?).ok()?,
        number: u8::try_from(uint(Tag::SAR_SEGMENT_SEQNUM)?).ok()?,
    })
}

fn valid(part: Concat) -> Option<Concat> {
    (part.number >= 1 && part.number <= part.total).then_some(part)
}

const IEI_EIGHT: u8 = 0x00;
const IEI_SIXTEEN: u8 = 0x08;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_found_in_headers_and_parameters() {
        let part = Concat { reference: 7, total: 3, number: 2 };
        for (header, text) in [
            (&[5, 0, 3, 7, 3, 2][..], &b"abc"[..]),
            (&[6, 8, 4, 0, 7, 3, 2], b"abc"),
            (&[11, 5, 4, 0x0b, 0x84, 0, 0, 0, 3, 7, 3, 2], b"abc"),
        ] {
            let payload = [header, text].concat();
            assert_eq!(read(EsmClass::UDHI, Tlvs::NONE, &payload), (Some(part), text));
            assert_eq!(read(EsmClass::DEFAULT, Tlvs::NONE, &payload), (None, &payload[..]));
        }
        let mut sar = Vec::new();
        write_sar(&mut sar, part).unwrap();
        assert_eq!(read(EsmClass::DEFAULT, Tlvs::cut(&sar), b"abc"), (Some(part), &b"abc"[..]));
    }

    #[test]
    fn a_header_that_lies_costs_no_text() {
        for payload in [&[200, 0, 3, 7][..], &[], &[5, 0, 3, 7, 3]] {
            assert_eq!(read(EsmClass::UDHI, Tlvs::NONE, payload), (None, payload));
        }
        for (total, number) in [(3, 0), (3, 4), (0, 0)] {
            assert_eq!(
                read(EsmClass::UDHI, Tlvs::NONE, &[5, 0, 3, 7, total, number, b'x']),
                (None, &b"x"[..])
            );
        }
    }

    proptest! {
        #[test]
        fn headers_read_back(reference in any::<u16>(), total in 1u8.., pick in any::<u8>(), text in any::<Vec<u8>>()) {
            let part = Concat { reference, total, number: pick % total + 1 };
            for (width, expected) in
                [(Width::Sixteen, part), (Width::Eight, Concat { reference: reference & 0xff, ..part })]
            {
                let mut payload = Vec::new();
                write_header(&mut payload, part, width);
                payload.extend(&text);
                prop_assert_eq!(read(EsmClass::UDHI, Tlvs::NONE, &payload), (Some(expected), &text[..]));
            }
        }

        #[test]
        fn no_octets_panic(class in any::<u8>(), tlvs in any::<Vec<u8>>(), payload in any::<Vec<u8>>()) {
            let _ = read(EsmClass(class), Tlvs::cut(&tlvs), &payload);
        }
    }
}
