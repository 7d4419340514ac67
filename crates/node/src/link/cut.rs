//! From a message to the parts that a carrier bills.
//!
//! The cut is the one that the gate counted and paid for. Where the carrier writes the signature itself, the text is
//! cut as if the signature stood in it, so that the parts we send are the parts it bills; a part that would hold nothing
//! but the signature goes out empty.

use engine::world::Charset;
use std::ops::Range;
use text::{
    Encoding, Position, TooManyParts, measure, measure_as_ucs2, split, split_as_ucs2, with_signature,
};

/// A text, cut.
#[derive(Debug)]
pub(crate) struct Cut {
    /// How the whole text travels.
    pub(crate) encoding: Encoding,
    /// Where each part lies in the text.
    pub(crate) pieces: Vec<Range<usize>>,
}

impl Cut {
    /// Of a text that has no parts.
    pub(crate) fn nothing() -> Self {
        Self { encoding: Encoding::Ucs2, pieces: Vec::new() }
    }
}

/// Cuts a text as the carrier bills it. `signature` is the one that the carrier writes, and where.
pub(crate) fn cut(
    text: &str,
    signature: Option<(&str, Position)>,
    charset: Charset,
) -> Result<Cut, TooManyParts> {
    let signed = signature.map(|(signature, position)| with_signature(signature, text, position));
    let billed = signed.as_deref().unwrap_or(text);
    // How much of the billed text before ours is not ours to send.
    let foreign = match signature {
        Some((_, Position::Head)) => billed.len() - text.len(),
        _ => 0,
    };
    let ours = |place: usize| place.saturating_sub(foreign).min(text.len());
    let mut pieces = Vec::new();
    let mut from = 0;
    let (measured, split) = match charset {
        Charset::Shortest => (measure(billed), split(billed)?),
        Charset::Ucs2 => (measure_as_ucs2(billed), split_as_ucs2(billed)?),
    };
    for piece in split {
        let to = from + piece.text.len();
        pieces.push(ours(from)..ours(to));
        from = to;
    }
    Ok(Cut { encoding: measured.encoding, pieces })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(text: &str, signature: Option<(&str, Position)>) -> Vec<usize> {
        let cut = cut(text, signature, Charset::Shortest).unwrap();
        cut.pieces.iter().map(|range| text[range.clone()].chars().count()).collect()
    }

    #[test]
    fn a_signature_of_the_carrier_takes_its_room() {
        let (head, tail) = (Some(("鸿雁银行", Position::Head)), Some(("鸿雁银行", Position::Tail)));
        assert_eq!(pieces(&"汉".repeat(66), None), [66]);
        assert_eq!(pieces(&"汉".repeat(66), head), [61, 5]);
        assert_eq!(pieces(&"汉".repeat(64), head), [64]);
        assert_eq!(pieces(&"a".repeat(100), head), [61, 39], "the signature makes it UCS-2");
        assert_eq!(pieces(&"汉".repeat(64), tail), [64]);
        assert_eq!(pieces(&"汉".repeat(100), tail), [67, 33]);
        assert_eq!(pieces(&"汉".repeat(66), tail), [66, 0], "the last part is the carrier's alone");
        assert_eq!(pieces("您好【鸿雁银行】", tail), [8], "it is not signed twice");
    }

    #[test]
    fn a_carrier_that_knows_only_ucs2_gets_latin_text_so_and_in_as_many_parts_as_it_bills() {
        let text = "a".repeat(100);
        let alone = cut(&text, None, Charset::Ucs2).unwrap();
        assert_eq!((alone.encoding, alone.pieces), (Encoding::Ucs2, vec![0..67, 67..100]));
        let shortest = cut(&text, None, Charset::Shortest).unwrap();
        assert_eq!((shortest.encoding, shortest.pieces.len()), (Encoding::Gsm7, 1));
    }

    proptest! {
        #[test]
        fn parts_joined_are_the_text_and_as_many_as_were_billed(
            text in "[a-z汉😀€]{1,300}",
            signed in proptest::option::of(any::<bool>()),
            ucs2 in any::<bool>(),
        ) {
            let position = |head| if head { Position::Head } else { Position::Tail };
            let signature = signed.map(|head| ("银行", position(head)));
            let charset = if ucs2 { Charset::Ucs2 } else { Charset::Shortest };
            let cut = cut(&text, signature, charset).unwrap();
            let joined: String = cut.pieces.iter().map(|range| &text[range.clone()]).collect();
            prop_assert_eq!(&joined, &text);
            let billed = signature.map_or(text.clone(), |(s, position)| with_signature(s, &text, position));
            let measured = if ucs2 { measure_as_ucs2(&billed) } else { measure(&billed) };
            prop_assert_eq!(cut.pieces.len(), measured.parts);
        }
    }
}
