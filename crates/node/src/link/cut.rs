//! From a message to the parts that a carrier bills: cut, coded, and tied together.
//!
//! The cut is the one that the gate counted and paid for. Where the carrier writes the signature itself, the text is
//! cut as if the signature stood in it, so that the parts we send are the parts it bills.

use engine::world::Concatenation;
use std::ops::Range;
use text::{Encoding, Position, TooManyParts, measure, split, with_signature};
use wire::smpp::coding::{DEFAULT, NotInAlphabet, UCS2, encode_gsm, encode_ucs2};
use wire::smpp::concat::{Concat, Width, write_header};

/// A text, cut.
#[derive(Debug)]
pub(crate) struct Cut {
    /// How the whole text travels.
    pub(crate) encoding: Encoding,
    /// Where each part lies in the text.
    pub(crate) pieces: Vec<Range<usize>>,
}

/// Cuts a text as the carrier bills it. `signature` is the one that the carrier puts before it.
pub(crate) fn cut(text: &str, signature: Option<&str>) -> Result<Cut, TooManyParts> {
    let signed = signature.map(|signature| with_signature(signature, text, Position::Head));
    let billed = signed.as_deref().unwrap_or(text);
    // How much of the billed text is not ours to send.
    let foreign = billed.len() - text.len();
    let mut pieces = Vec::new();
    let mut from = 0;
    for piece in split(billed)? {
        let to = from + piece.text.len();
        pieces.push(from.saturating_sub(foreign)..to.saturating_sub(foreign));
        from = to;
    }
    Ok(Cut { encoding: measure(billed).encoding, pieces })
}

/// A part as it is handed over.
#[derive(Debug)]
pub(crate) struct Coded {
    /// SMPP data_coding.
    pub(crate) data_coding: u8,
    /// Whether the payload starts with a user data header.
    pub(crate) header: bool,
    /// Where it belongs, for carriers that take sar_ parameters.
    pub(crate) sar: Option<Concat>,
}

/// Writes a part's payload to `out`, which it clears first.
pub(crate) fn code(
    out: &mut Vec<u8>,
    text: &str,
    encoding: Encoding,
    place: Concat,
    how: Concatenation,
) -> Result<Coded, NotInAlphabet> {
    out.clear();
    let several = place.total > 1;
    let header = several && how == Concatenation::Udh;
    if header {
        write_header(out, place, Width::Eight);
    }
    let data_coding = match encoding {
        Encoding::Gsm7 => {
            encode_gsm(out, text)?;
            DEFAULT
        }
        Encoding::Ucs2 => {
            encode_ucs2(out, text);
            UCS2
        }
    };
    Ok(Coded { data_coding, header, sar: (several && !header).then_some(place) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(text: &str, signature: Option<&str>) -> Vec<usize> {
        let cut = cut(text, signature).unwrap();
        cut.pieces.iter().map(|range| text[range.clone()].chars().count()).collect()
    }

    #[test]
    fn a_signature_of_the_carrier_takes_its_room() {
        assert_eq!(pieces(&"汉".repeat(66), None), [66]);
        assert_eq!(pieces(&"汉".repeat(66), Some("鸿雁银行")), [61, 5]);
        assert_eq!(pieces(&"汉".repeat(64), Some("鸿雁银行")), [64]);
        assert_eq!(pieces(&"a".repeat(100), Some("鸿雁银行")), [61, 39], "the signature makes it UCS-2");
    }

    proptest! {
        #[test]
        fn parts_joined_are_the_text_and_as_many_as_were_billed(text in "[a-z汉😀€]{1,300}", signed in any::<bool>()) {
            let signature = signed.then_some("银行");
            let cut = cut(&text, signature).unwrap();
            let joined: String = cut.pieces.iter().map(|range| &text[range.clone()]).collect();
            prop_assert_eq!(&joined, &text);
            let billed = signature.map_or(text.clone(), |s| with_signature(s, &text, Position::Head));
            prop_assert_eq!(cut.pieces.len(), measure(&billed).parts);
        }

        #[test]
        fn no_part_is_longer_than_a_short_message(text in "[a-z汉😀€{}]{1,400}", udh in any::<bool>()) {
            let how = if udh { Concatenation::Udh } else { Concatenation::Sar };
            let cut = cut(&text, None).unwrap();
            let mut out = Vec::new();
            for (i, range) in cut.pieces.iter().enumerate() {
                let place = Concat { reference: 7, total: cut.pieces.len() as u8, number: i as u8 + 1 };
                let coded = code(&mut out, &text[range.clone()], cut.encoding, place, how).unwrap();
                let octets = match cut.encoding {
                    // Seven of eight bits travel; the header is octets already.
                    Encoding::Gsm7 if coded.header => 6 + (out.len() - 6).div_ceil(8) * 7,
                    Encoding::Gsm7 => out.len().div_ceil(8) * 7,
                    Encoding::Ucs2 => out.len(),
                };
                prop_assert!(octets <= 140, "{octets}");
            }
        }
    }
}
