//! One part of a long message, said in a user data header (3GPP TS 23.040 §9.2.3.24.1 and .8) or in sar_ parameters
//! (§5.3.2.22–24). Putting the parts together is the reader's business; cutting a text into parts the composer's.

use super::error::EncodeError;
use super::esm::EsmClass;
use super::tlv::{Tag, Tlvs, Value, append};
pub use crate::concat::{Concat, Width, write_header};
use crate::concat::{split, valid};

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
        && let Some((part, text)) = split(payload)
    {
        return (part.or_else(|| in_sar(tlvs)), text);
    }
    (in_sar(tlvs), payload)
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
