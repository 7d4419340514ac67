//! Msg_Fmt, the alphabet field of the Chinese protocols (CMPP 3.0 §8.4.3.1, and the same values in SMGP and SGIP), and
//! the alphabets behind it: ASCII, UCS-2 (read as UTF-16, as handsets write it) and GBK.
//!
//! Decoding is for inbound text and never fails: what an alphabet lacks becomes U+FFFD. Encoding refuses what it cannot
//! write and names the character. Counting and cutting parts is the composer's; how long a part may be is said here.

use crate::concat::Width;
pub use crate::smpp::coding::{NotInAlphabet, decode_ucs2, encode_ucs2};
use encoding_rs::GB18030;

/// A Msg_Fmt as it stands in a PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MsgFmt(pub u8);

/// What the octets of a message are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// ASCII, one octet for each character.
    Ascii,
    /// UTF-16, big-endian.
    Ucs2,
    /// GBK; what arrives is read as GB18030, its superset.
    Gbk,
    /// Not text, or text in an alphabet that is not read here.
    Octets,
}

impl MsgFmt {
    /// ASCII, unpacked.
    pub const ASCII: Self = Self(0);
    /// For the card of the handset.
    pub const CARD: Self = Self(3);
    /// Octets.
    pub const BINARY: Self = Self(4);
    /// UCS-2, big-endian.
    pub const UCS2: Self = Self(8);
    /// "Contains GB characters".
    pub const GBK: Self = Self(15);

    /// The same alphabet in a message that is shown at once and not kept (class 0 of 3GPP TS 23.038 §4). Only the
    /// alphabets that GSM has can be asked for so; others stay as they are.
    #[must_use]
    pub const fn flash(self) -> Self {
        match self {
            Self::ASCII | Self::BINARY | Self::UCS2 => Self(self.0 | CLASS_0),
            other => other,
        }
    }

    /// Whether the message is shown at once and not kept.
    pub const fn is_flash(self) -> bool {
        matches!(self.0, 0x10..=0x1f | 0xf0..=0xff) && self.0 & 0x03 == 0
    }

    /// What the octets are. Beside the values of the protocols it knows the class bits that gateways hand through from
    /// GSM (0x10–0x1f and 0xf0–0xff, TS 23.038 §4); the default alphabet there is taken for ASCII.
    pub const fn alphabet(self) -> Alphabet {
        match self {
            Self::ASCII => Alphabet::Ascii,
            Self::UCS2 => Alphabet::Ucs2,
            Self::GBK => Alphabet::Gbk,
            Self(0x10..=0x1f) => match self.0 & 0x0c {
                0x00 => Alphabet::Ascii,
                0x08 => Alphabet::Ucs2,
                _ => Alphabet::Octets,
            },
            Self(0xf0..=0xff) if self.0 & 0x04 == 0 => Alphabet::Ascii,
            _ => Alphabet::Octets,
        }
    }

    /// How many octets one message takes: fewer than 160 in ASCII, else 140.
    pub const fn single_max(self) -> usize {
        match self.alphabet() {
            Alphabet::Ascii => 159,
            _ => 140,
        }
    }

    /// How many octets of text a part takes behind its user data header: what is left of 140 octets, cut down to whole
    /// units in UCS-2. So many also in ASCII, for the gateways that do not pack to seven bits.
    pub const fn part_max(self, width: Width) -> usize {
        match (width, self.alphabet()) {
            (Width::Eight, _) => 134,
            (Width::Sixteen, Alphabet::Ucs2) => 132,
            (Width::Sixteen, _) => 133,
        }
    }

    /// The payload as text; `None` when it is not text. What calls itself ASCII is read as GBK, whose lower half it is:
    /// nothing is lost when a gateway brings Chinese under 0.
    pub fn decode(self, payload: &[u8]) -> Option<String> {
        Some(match self.alphabet() {
            Alphabet::Ascii | Alphabet::Gbk => decode_gbk(payload),
            Alphabet::Ucs2 => decode_ucs2(payload),
            Alphabet::Octets => return None,
        })
    }
}

/// GBK as text; the four-octet codes of GB18030 are read too.
pub fn decode_gbk(payload: &[u8]) -> String {
    GB18030.decode_without_bom_handling(payload).0.into_owned()
}

/// Appends text in ASCII; on an error `out` is as before.
pub fn encode_ascii(out: &mut Vec<u8>, text: &str) -> Result<(), NotInAlphabet> {
    if let Some(found) = text.chars().find(|character| !character.is_ascii()) {
        return Err(NotInAlphabet { alphabet: "ascii", found });
    }
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Appends text in GBK, one or two octets for each character; on an error `out` is as before. Characters that only the
/// four-octet codes of GB18030 have are refused: not every handset reads them, and UCS-2 has them.
pub fn encode_gbk(out: &mut Vec<u8>, text: &str) -> Result<(), NotInAlphabet> {
    let start = out.len();
    for found in text.chars() {
        let mut utf8 = [0; 4];
        let (octets, _, unmappable) = GB18030.encode(found.encode_utf8(&mut utf8));
        if unmappable || octets.len() > 2 {
            out.truncate(start);
            return Err(NotInAlphabet { alphabet: "gbk", found });
        }
        out.extend_from_slice(&octets);
    }
    Ok(())
}

/// "Class 0, and the class is meant" (TS 23.038 §4, general data coding).
const CLASS_0: u8 = 0x10;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn alphabets_and_lengths_follow_msg_fmt() {
        for (fmt, alphabet, single, eight, sixteen) in [
            (0x00, Alphabet::Ascii, 159, 134, 133),
            (0x03, Alphabet::Octets, 140, 134, 133),
            (0x04, Alphabet::Octets, 140, 134, 133),
            (0x08, Alphabet::Ucs2, 140, 134, 132),
            (0x0f, Alphabet::Gbk, 140, 134, 133),
            (0x10, Alphabet::Ascii, 159, 134, 133),
            (0x14, Alphabet::Octets, 140, 134, 133),
            (0x18, Alphabet::Ucs2, 140, 134, 132),
            (0x1f, Alphabet::Octets, 140, 134, 133),
            (0xf0, Alphabet::Ascii, 159, 134, 133),
            (0xf4, Alphabet::Octets, 140, 134, 133),
            (0x99, Alphabet::Octets, 140, 134, 133),
        ] {
            let fmt = MsgFmt(fmt);
            assert_eq!(fmt.alphabet(), alphabet, "{fmt:?}");
            let found = (fmt.single_max(), fmt.part_max(Width::Eight), fmt.part_max(Width::Sixteen));
            assert_eq!(found, (single, eight, sixteen), "{fmt:?}");
        }
    }

    #[test]
    fn seventy_characters_are_one_message_and_a_part_takes_sixty_seven() {
        let text = "鸿".repeat(70);
        let (mut ucs2, mut gbk) = (Vec::new(), Vec::new());
        encode_ucs2(&mut ucs2, &text);
        encode_gbk(&mut gbk, &text).unwrap();
        assert_eq!((ucs2.len(), gbk.len()), (MsgFmt::UCS2.single_max(), MsgFmt::GBK.single_max()));
        assert_eq!(MsgFmt::UCS2.part_max(Width::Eight) / 2, 67);
    }

    #[test]
    fn flash_is_the_class_of_gsm() {
        assert_eq!(MsgFmt::UCS2.flash(), MsgFmt(0x18));
        assert_eq!(MsgFmt::UCS2.flash().decode(&[0x90, 0x00]).as_deref(), Some("退"));
        assert_eq!((MsgFmt::ASCII.flash(), MsgFmt::GBK.flash()), (MsgFmt(0x10), MsgFmt::GBK));
        let flash: Vec<bool> = [0x18, 0xf0, 0x08, 0x19, 0x0f].map(|fmt| MsgFmt(fmt).is_flash()).into();
        assert_eq!(flash, [true, true, false, false, false]);
    }

    #[test]
    fn gbk_has_two_octets_and_no_more() {
        let mut out = vec![7];
        encode_gbk(&mut out, "退订T€").unwrap();
        assert_eq!(out, [7, 0xcd, 0xcb, 0xb6, 0xa9, b'T', 0xa2, 0xe3]);
        assert_eq!(decode_gbk(&out[1..]), "退订T€");
        for (text, found) in [("ok 😀", '😀'), ("𠮷", '𠮷'), ("\u{e5e5}", '\u{e5e5}')] {
            assert_eq!(encode_gbk(&mut out, text), Err(NotInAlphabet { alphabet: "gbk", found }));
        }
        assert_eq!(out.len(), 8);
        assert_eq!(decode_gbk(&[0x94, 0x39, 0xfc, 0x36]), "😀", "gb18030 is read");
        assert_eq!(decode_gbk(&[0xcd]), "\u{fffd}", "half a character");
        assert_eq!(encode_ascii(&mut out, "é").unwrap_err().found, 'é');
        assert_eq!(MsgFmt::ASCII.decode(b"a\xff").as_deref(), Some("a\u{fffd}"));
        assert_eq!(MsgFmt::BINARY.decode(b"a"), None);
    }

    proptest! {
        #[test]
        fn whatever_can_be_written_reads_back(text in any::<String>()) {
            let (mut gbk, mut ascii) = (Vec::new(), Vec::new());
            if encode_gbk(&mut gbk, &text).is_ok() {
                prop_assert_eq!(MsgFmt::GBK.decode(&gbk), Some(text.clone()));
            }
            if encode_ascii(&mut ascii, &text).is_ok() {
                prop_assert_eq!(MsgFmt::ASCII.decode(&ascii), Some(text));
            }
        }

        #[test]
        fn every_hanzi_of_gbk_reads_back(text in "[一-龥]{0,70}") {
            let mut gbk = Vec::new();
            encode_gbk(&mut gbk, &text).unwrap();
            prop_assert_eq!(decode_gbk(&gbk), text);
        }

        #[test]
        fn no_octets_panic(octets in any::<Vec<u8>>(), fmt in any::<u8>()) {
            let _ = MsgFmt(fmt).decode(&octets);
        }
    }
}
