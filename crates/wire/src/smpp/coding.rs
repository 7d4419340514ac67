//! data_coding (§5.2.19) and the alphabets behind it: GSM 03.38 (3GPP TS 23.038 §6.2.1, unpacked: one septet per octet,
//! as SMPP carries it), UCS-2 (read as UTF-16, as handsets write it), Latin-1, ASCII.
//!
//! Decoding is for inbound text and never fails: what an alphabet lacks becomes U+FFFD. Encoding refuses what it cannot
//! write and names the character. Counting parts is not done here.

/// data_coding: the carrier's default alphabet.
pub const DEFAULT: u8 = 0x00;
/// data_coding: ASCII (IA5).
pub const ASCII: u8 = 0x01;
/// data_coding: Latin-1 (ISO 8859-1).
pub const LATIN1: u8 = 0x03;
/// data_coding: octets.
pub const OCTETS: u8 = 0x04;
/// data_coding: UCS-2, big-endian.
pub const UCS2: u8 = 0x08;

/// What the octets of a payload are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// GSM 03.38 with its extension table, one septet per octet.
    Gsm,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// UTF-16, big-endian.
    Ucs2,
    /// Not text, or text in an alphabet that is not read here.
    Octets,
}

/// What a data_coding means, given what the carrier's default is. The message-class group of GSM 03.38 (0xf0–0xff)
/// says default or octets in bit 2; the general groups (0x10–0x3f) say it in bits 3–2.
pub const fn alphabet(data_coding: u8, default: Alphabet) -> Alphabet {
    match data_coding {
        DEFAULT => default,
        ASCII => Alphabet::Ascii,
        LATIN1 => Alphabet::Latin1,
        UCS2 => Alphabet::Ucs2,
        0x10..=0x1f => match data_coding & 0x0c {
            0x00 => default,
            0x08 => Alphabet::Ucs2,
            _ => Alphabet::Octets,
        },
        0xf0..=0xff if data_coding & 0x04 == 0 => default,
        _ => Alphabet::Octets,
    }
}

/// The payload as text; `None` when it is not text.
pub fn decode(alphabet: Alphabet, payload: &[u8]) -> Option<String> {
    Some(match alphabet {
        Alphabet::Gsm => decode_gsm(payload),
        Alphabet::Ascii => {
            payload.iter().map(|&o| if o.is_ascii() { char::from(o) } else { UNREADABLE }).collect()
        }
        Alphabet::Latin1 => payload.iter().map(|&octet| char::from(octet)).collect(),
        Alphabet::Ucs2 => decode_ucs2(payload),
        Alphabet::Octets => return None,
    })
}

/// GSM 03.38 as text. An escape before an octet that the extension table lacks reads as that octet of the basic
/// table; an escape that stands for nothing, doubled or at the end, as a space (TS 23.038 §6.2.1, §6.2.1.1).
pub fn decode_gsm(payload: &[u8]) -> String {
    let mut text = String::with_capacity(payload.len());
    let mut octets = payload.iter().copied();
    while let Some(octet) = octets.next() {
        if octet != ESCAPE {
            text.push(basic(octet));
            continue;
        }
        match octets.next() {
            Some(second) => match EXTENSION.iter().find(|(code, _)| *code == second) {
                Some((_, extended)) => text.push(*extended),
                None => text.push(basic(second)),
            },
            None => text.push(' '),
        }
    }
    text
}

/// UTF-16BE as text; half a surrogate pair or half a unit becomes U+FFFD.
pub fn decode_ucs2(payload: &[u8]) -> String {
    let (units, odd) = payload.as_chunks::<2>();
    let units = units.iter().map(|pair| u16::from_be_bytes(*pair));
    let mut text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(UNREADABLE)).collect();
    if !odd.is_empty() {
        text.push(UNREADABLE);
    }
    text
}

/// A character that an alphabet does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a character of {alphabet}, found {found:?}")]
pub struct NotInAlphabet {
    /// The alphabet's name.
    pub alphabet: &'static str,
    /// The character.
    pub found: char,
}

/// Appends text in GSM 03.38; on an error `out` is as before.
pub fn encode_gsm(out: &mut Vec<u8>, text: &str) -> Result<(), NotInAlphabet> {
    let start = out.len();
    for character in text.chars() {
        if let Some(octet) = basic_octet(character) {
            out.push(octet);
        } else if let Some((code, _)) = EXTENSION.iter().find(|(_, c)| *c == character) {
            out.extend([ESCAPE, *code]);
        } else {
            out.truncate(start);
            return Err(NotInAlphabet { alphabet: "gsm 03.38", found: character });
        }
    }
    Ok(())
}

/// Where a character stands in the basic table; none for one that does not, and for the escape.
fn basic_octet(character: char) -> Option<u8> {
    if let Some(octet) = ASCII_PLACES.get(character as usize) {
        return (*octet != NOWHERE).then_some(*octet);
    }
    // The table has 128 places.
    BASIC.iter().position(|c| *c == character).filter(|at| *at != usize::from(ESCAPE)).map(|at| at as u8)
}

/// Marks an ASCII character that the basic table lacks; no place of the table has this number.
const NOWHERE: u8 = 0xff;

/// The basic table read backwards for ASCII, of which most texts in this alphabet are made.
const ASCII_PLACES: [u8; 128] = {
    let mut octets = [NOWHERE; 128];
    let mut at = 0;
    while at < BASIC.len() {
        let character = BASIC[at] as usize;
        if character < octets.len() && at != ESCAPE as usize {
            octets[character] = at as u8;
        }
        at += 1;
    }
    octets
};

/// Appends text in UTF-16BE, which every text has.
pub fn encode_ucs2(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len());
    for unit in text.encode_utf16() {
        out.extend(unit.to_be_bytes());
    }
}

/// Appends text in Latin-1; on an error `out` is as before.
pub fn encode_latin1(out: &mut Vec<u8>, text: &str) -> Result<(), NotInAlphabet> {
    let start = out.len();
    for character in text.chars() {
        match u8::try_from(u32::from(character)) {
            Ok(octet) => out.push(octet),
            Err(_) => {
                out.truncate(start);
                return Err(NotInAlphabet { alphabet: "latin-1", found: character });
            }
        }
    }
    Ok(())
}

fn basic(octet: u8) -> char {
    if octet == ESCAPE {
        return ' ';
    }
    BASIC.get(usize::from(octet)).copied().unwrap_or(UNREADABLE)
}

const UNREADABLE: char = char::REPLACEMENT_CHARACTER;
const ESCAPE: u8 = 0x1b;

/// TS 23.038 §6.2.1; place 0x1b is the escape and stands for no character.
#[rustfmt::skip]
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É',
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// TS 23.038 §6.2.1.1: what follows an escape.
const EXTENSION: [(u8, char); 10] = [
    (0x0a, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2f, '\\'),
    (0x3c, '['),
    (0x3d, '~'),
    (0x3e, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn alphabets_follow_data_coding() {
        for (data_coding, expected) in [
            (0x00, Alphabet::Gsm),
            (0x01, Alphabet::Ascii),
            (0x03, Alphabet::Latin1),
            (0x04, Alphabet::Octets),
            (0x08, Alphabet::Ucs2),
            (0x18, Alphabet::Ucs2),
            (0xf0, Alphabet::Gsm),
            (0xf5, Alphabet::Octets),
            (0x0f, Alphabet::Octets),
        ] {
            assert_eq!(alphabet(data_coding, Alphabet::Gsm), expected, "0x{data_coding:02x}");
        }
    }

    #[test]
    fn gsm_reads_and_writes_both_tables() {
        let mut out = Vec::new();
        encode_gsm(&mut out, "@£ 5€ [ok]").unwrap();
        assert_eq!(out, b"\x00\x01 5\x1be \x1b<ok\x1b>");
        assert_eq!(decode_gsm(&out), "@£ 5€ [ok]");
        let error = encode_gsm(&mut out, "ok 鸿").unwrap_err();
        assert_eq!(error.to_string(), "expected a character of gsm 03.38, found '鸿'");
        assert_eq!(out, b"\x00\x01 5\x1be \x1b<ok\x1b>");
        assert!(encode_gsm(&mut out, "\u{1b}").is_err());
        assert_eq!(decode_gsm(&[0x1b, b'A', 0x80, 0x1b, 0x1b, 0x1b]), "A\u{fffd}  ");
    }

    #[test]
    fn ucs2_keeps_surrogate_pairs_and_marks_halves() {
        let mut out = Vec::new();
        encode_ucs2(&mut out, "退订😀");
        assert_eq!(out, [0x90, 0x00, 0x8b, 0xa2, 0xd8, 0x3d, 0xde, 0x00]);
        assert_eq!(decode_ucs2(&out), "退订😀");
        assert_eq!(decode_ucs2(&out[..7]), "退订\u{fffd}\u{fffd}");
    }

    proptest! {
        #[test]
        fn whatever_can_be_written_reads_back(text in any::<String>()) {
            let mut ucs2 = Vec::new();
            encode_ucs2(&mut ucs2, &text);
            prop_assert_eq!(decode(Alphabet::Ucs2, &ucs2), Some(text.clone()));
            let mut gsm = Vec::new();
            if encode_gsm(&mut gsm, &text).is_ok() {
                prop_assert_eq!(decode(Alphabet::Gsm, &gsm), Some(text.clone()));
            }
            let mut latin1 = Vec::new();
            if encode_latin1(&mut latin1, &text).is_ok() {
                prop_assert_eq!(decode(Alphabet::Latin1, &latin1), Some(text));
            }
        }

        #[test]
        fn every_septet_reads_back(septets in proptest::collection::vec(0u8..128, 0..160)) {
            let text = decode_gsm(&septets);
            let mut again = Vec::new();
            // Unknown escapes were read as something known, so only the text is the same, not always the octets.
            encode_gsm(&mut again, &text).unwrap();
            prop_assert_eq!(decode_gsm(&again), text);
        }

        #[test]
        fn no_octets_panic(octets in any::<Vec<u8>>(), coding in any::<u8>()) {
            let _ = decode(alphabet(coding, Alphabet::Gsm), &octets);
        }
    }
}
