//! How many parts a carrier bills for a text, and where a long text is cut.
//!
//! A text whose characters all stand in the GSM 7-bit alphabet counts in septets, any other in UCS-2 units
//! (3GPP TS 23.038 §6.2.1 and §6.2.3). One short message carries 140 octets (TS 23.040 §9.2.3.24): 160 septets or
//! 70 units. A part of a long message gives 6 octets away to the concatenation header (§9.2.3.24.1), which leaves
//! 153 septets or 67 units. Carriers bill the same 153 and 67 when the parts are tied by SMPP's `sar_` parameters
//! instead, so there is one count for both.
//!
//! It does not encode: bytes are the wire's business. National language shift tables are not used; no carrier we
//! know bills by them. The engine's compose stage calls it for the lint and the cost, the delivery worker for the cut.

/// The most parts one message can have: the concatenation header counts them in one octet
/// (TS 23.040 §9.2.3.24.1). Routes and classes set lower limits of their own.
pub const MAX_PARTS: usize = 255;

/// How the characters of a message travel, which decides how many fit into a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The GSM 7-bit default alphabet with its extension table (TS 23.038 §6.2.1).
    Gsm7,
    /// Two octets per unit; a character beyond the basic plane is a surrogate pair (TS 23.038 §6.2.3).
    Ucs2,
}

impl Encoding {
    /// Units that fit into a message of one part: 160 septets or 70 units of two octets.
    pub const fn units_alone(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units that fit into each part of a message of several: 153 septets or 67 units of two octets.
    pub const fn units_tied(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    /// Units one character takes; 0 when the encoding cannot say it.
    const fn units_of(self, c: char) -> usize {
        match self {
            Self::Gsm7 => septets(c),
            Self::Ucs2 => c.len_utf16(),
        }
    }
}

/// What a text costs to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Measure {
    /// The encoding the whole text travels in.
    pub encoding: Encoding,
    /// Septets or UCS-2 units of the whole text, headers not counted.
    pub units: usize,
    /// Parts the carrier bills; at least 1, because an empty message is a message. May exceed [`MAX_PARTS`].
    pub parts: usize,
}

/// One part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Piece<'a> {
    /// The characters it carries.
    pub text: &'a str,
    /// Septets or UCS-2 units they take.
    pub units: usize,
}

/// A text that no concatenation header can number the parts of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a text of at most {MAX_PARTS} parts, found one of {parts}")]
pub struct TooManyParts {
    /// The parts it would need.
    pub parts: usize,
}

/// Where the signature of the sender stands. Mainland carriers ask for one in 【】 and bill its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Position {
    /// Before the body, the usual place.
    Head,
    /// After the body.
    Tail,
    /// Nowhere: the carrier adds none and the body carries none.
    None,
}

/// Counts a text as a carrier bills it that uses the shortest encoding. Does not allocate.
pub fn measure(text: &str) -> Measure {
    let mut units = 0;
    let mut extended = false;
    for c in text.chars() {
        match septets(c) {
            0 => return measure_as_ucs2(text),
            n => {
                units += n;
                extended |= n > 1;
            }
        }
    }
    Measure { encoding: Encoding::Gsm7, units, parts: count_parts(text, Encoding::Gsm7, units, extended) }
}

/// Counts a text as a carrier bills it that knows only UCS-2: mainland carriers bill 70 and 67 characters for
/// Latin text too. Does not allocate.
pub fn measure_as_ucs2(text: &str) -> Measure {
    // Every character starts with a byte that is not a continuation byte; those of four bytes are surrogate pairs.
    // Counting bytes is several times faster than decoding characters.
    let characters = text.bytes().filter(|b| b & 0xC0 != 0x80).count();
    let pairs = text.bytes().filter(|b| *b >= 0xF0).count();
    let units = characters + pairs;
    Measure { encoding: Encoding::Ucs2, units, parts: count_parts(text, Encoding::Ucs2, units, pairs > 0) }
}

/// The first character that forces a text into UCS-2, with its byte offset; `None` for a GSM-7 text. For the lint
/// that says why a Latin text costs twice as much: typographic quotes and dashes, mostly.
pub fn first_non_gsm7(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, c)| septets(*c) == 0)
}

/// Cuts a text into the fewest parts, without ever parting an escape from its extension character or the halves
/// of a surrogate pair. The pieces' texts joined are the text. An empty text is one empty piece.
///
/// # Errors
/// [`TooManyParts`] beyond [`MAX_PARTS`].
pub fn split(text: &str) -> Result<Vec<Piece<'_>>, TooManyParts> {
    split_measured(text, measure(text))
}

/// Cuts as [`split`] does, for a carrier that knows only UCS-2.
///
/// # Errors
/// [`TooManyParts`] beyond [`MAX_PARTS`].
pub fn split_as_ucs2(text: &str) -> Result<Vec<Piece<'_>>, TooManyParts> {
    split_measured(text, measure_as_ucs2(text))
}

/// The text as the recipient sees it: the body with its signature in 【】. The signature may be given with or
/// without the brackets; an empty one adds nothing. A body that already bears this signature there stays as it is,
/// so that a template with a written-out signature is not signed twice.
pub fn with_signature(signature: &str, body: &str, position: Position) -> String {
    let bare = signature.trim();
    let bare = bare.strip_prefix('【').and_then(|s| s.strip_suffix('】')).unwrap_or(bare);
    if bare.is_empty() || position == Position::None {
        return body.to_owned();
    }
    let signed = format!("【{bare}】");
    match position {
        Position::Head if !body.starts_with(&signed) => signed + body,
        Position::Tail if !body.ends_with(&signed) => body.to_owned() + &signed,
        _ => body.to_owned(),
    }
}

fn split_measured(text: &str, measured: Measure) -> Result<Vec<Piece<'_>>, TooManyParts> {
    let Measure { encoding, units, parts } = measured;
    if parts > MAX_PARTS {
        return Err(TooManyParts { parts });
    }
    if parts == 1 {
        return Ok(vec![Piece { text, units }]);
    }
    let mut pieces = Vec::with_capacity(parts);
    pieces.extend(Cuts { rest: text, encoding });
    Ok(pieces)
}

/// `wide`: whether some character takes more than one unit. Only then can a part end short of its limit, and only
/// then is a second walk over the text needed.
fn count_parts(text: &str, encoding: Encoding, units: usize, wide: bool) -> usize {
    if units <= encoding.units_alone() {
        1
    } else if wide {
        Cuts { rest: text, encoding }.count()
    } else {
        units.div_ceil(encoding.units_tied())
    }
}

/// Takes as much as fits, again and again. Each character is taken whole and the order is fixed, so no other way
/// of cutting needs fewer parts.
struct Cuts<'a> {
    rest: &'a str,
    encoding: Encoding,
}

impl<'a> Iterator for Cuts<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let limit = self.encoding.units_tied();
        let mut units = 0;
        let mut end = self.rest.len();
        for (offset, c) in self.rest.char_indices() {
            let more = self.encoding.units_of(c);
            if units + more > limit {
                end = offset;
                break;
            }
            units += more;
        }
        // `end` is a character boundary or the end, so the split cannot fail.
        let (text, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(Piece { text, units })
    }
}

/// Septets of a character: 1 in the default alphabet, 2 (an escape and a septet) in the extension table, 0 in
/// neither (TS 23.038 §6.2.1 and §6.2.1.1). The escape itself (0x1B) is no character.
const fn septets(c: char) -> usize {
    match c {
        // Runs of ASCII that the alphabet shares, `@` and `$` included, though at other codes.
        '\n' | '\r' | ' '..='Z' | '_' | 'a'..='z' => 1,
        '\u{0C}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => 2,
        '£' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' | 'Δ' | 'Φ' | 'Γ' | 'Λ'
        | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' | 'Æ' | 'æ' | 'ß' | 'É' | '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü'
        | '§' | '¿' | 'ä' | 'ö' | 'ñ' | 'ü' | 'à' => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, encoding: Encoding, units: usize, parts: usize) {
        assert_eq!(measure(text), Measure { encoding, units, parts }, "{} characters", text.chars().count());
        assert_eq!(split(text).map(|p| p.len()), Ok(parts), "as many pieces as measured parts");
    }

    #[test]
    fn the_default_alphabet_is_the_one_of_the_specification() {
        // TS 23.038 §6.2.1, row by row; 0x1B is the escape.
        let basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
        assert_eq!(basic.chars().count(), 127);
        let extension = "\u{0C}^{}\\[~]|€";
        for c in ('\0'..='\u{FFFF}').chain(['😀', '𠮷']) {
            let expect = usize::from(basic.contains(c)) + 2 * usize::from(extension.contains(c));
            assert_eq!(septets(c), expect, "{c:?}");
        }
    }

    #[test]
    fn known_texts_count_as_carriers_count_them() {
        use Encoding::{Gsm7, Ucs2};
        check("", Gsm7, 0, 1);
        check(&"a".repeat(160), Gsm7, 160, 1);
        check(&"a".repeat(161), Gsm7, 161, 2);
        check(&"a".repeat(306), Gsm7, 306, 2);
        check(&"a".repeat(307), Gsm7, 307, 3);
        check(&"€".repeat(80), Gsm7, 160, 1);
        check(&"€".repeat(81), Gsm7, 162, 2);
        // 153 is odd: a part holds 76 pairs and wastes a septet, so 153 pairs need a third part.
        check(&"€".repeat(152), Gsm7, 304, 2);
        check(&"€".repeat(153), Gsm7, 306, 3);
        check(&"汉".repeat(70), Ucs2, 70, 1);
        check(&"汉".repeat(71), Ucs2, 71, 2);
        check(&"汉".repeat(134), Ucs2, 134, 2);
        check(&"汉".repeat(135), Ucs2, 135, 3);
        check(&"😀".repeat(35), Ucs2, 70, 1);
        check(&"😀".repeat(36), Ucs2, 72, 2);
        check(&"😀".repeat(66), Ucs2, 132, 2);
        check(&"😀".repeat(67), Ucs2, 134, 3);
        check("it`s", Ucs2, 4, 1);
        check("您尾号1234的账户", Ucs2, 10, 1);
        let one_hanzi = "a".repeat(70) + "汉";
        check(&one_hanzi, Ucs2, 71, 2);
    }

    #[test]
    fn mainland_carriers_bill_latin_text_as_ucs2_too() {
        let text = "a".repeat(71);
        assert_eq!(measure_as_ucs2(&text), Measure { encoding: Encoding::Ucs2, units: 71, parts: 2 });
        assert_eq!(split_as_ucs2(&text).unwrap()[0], Piece { text: &text[..67], units: 67 });
    }

    #[test]
    fn a_pair_on_the_boundary_moves_to_the_next_part_whole() {
        let text = "a".repeat(152) + "€" + &"b".repeat(20);
        let pieces = split(&text).unwrap();
        assert_eq!(pieces[0], Piece { text: &"a".repeat(152), units: 152 });
        assert_eq!(pieces[1].units, 22);
        let text = "汉".repeat(66) + "😀汉汉汉";
        let pieces = split(&text).unwrap();
        assert_eq!(pieces[0], Piece { text: &"汉".repeat(66), units: 66 });
        assert_eq!(pieces[1], Piece { text: "😀汉汉汉", units: 5 });
    }

    #[test]
    fn the_character_that_costs_the_money_is_named() {
        assert_eq!(first_non_gsm7("Price: 5 € – now"), Some((13, '–')));
        assert_eq!(first_non_gsm7("[plain] {text} ~ 5 €"), None);
        assert_eq!(first_non_gsm7("余额"), Some((0, '余')));
    }

    #[test]
    fn more_parts_than_the_header_can_number_are_refused() {
        let most = "汉".repeat(67 * MAX_PARTS);
        assert_eq!(split(&most).map(|p| p.len()), Ok(MAX_PARTS));
        let error = split(&(most + "汉")).unwrap_err();
        assert_eq!(error.to_string(), "expected a text of at most 255 parts, found one of 256");
    }

    #[test]
    fn the_signature_counts_and_is_never_doubled() {
        for (signature, position, expect) in [
            ("鸿雁银行", Position::Head, "【鸿雁银行】您好"),
            ("【鸿雁银行】", Position::Head, "【鸿雁银行】您好"),
            (" 鸿雁银行 ", Position::Tail, "您好【鸿雁银行】"),
            ("鸿雁银行", Position::None, "您好"),
            ("", Position::Head, "您好"),
            ("【】", Position::Tail, "您好"),
        ] {
            let text = with_signature(signature, "您好", position);
            assert_eq!(text, expect, "{signature} {position:?}");
            assert_eq!(with_signature(signature, &text, position), expect, "signed once, not twice");
        }
        let body = "汉".repeat(65);
        assert_eq!(measure(&body).parts, 1);
        assert_eq!(measure(&with_signature("鸿雁银行", &body, Position::Head)).parts, 2);
    }

    /// The fewest parts by trying every cut, as an oracle for the greedy walk.
    fn fewest_parts(text: &str, encoding: Encoding) -> usize {
        let costs: Vec<usize> = text.chars().map(|c| encoding.units_of(c)).collect();
        if costs.iter().sum::<usize>() <= encoding.units_alone() {
            return 1;
        }
        let mut fewest = vec![usize::MAX; costs.len() + 1];
        fewest[0] = 0;
        for end in 1..=costs.len() {
            let mut units = 0;
            for start in (0..end).rev() {
                units += costs[start];
                if units > encoding.units_tied() {
                    break;
                }
                fewest[end] = fewest[end].min(fewest[start] + 1);
            }
        }
        fewest[costs.len()]
    }

    fn texts() -> impl Strategy<Value = String> {
        let latin =
            proptest::collection::vec(prop_oneof![8 => Just('a'), 2 => Just('€'), 1 => Just('Ω')], 0..700);
        let mixed = proptest::collection::vec(
            prop_oneof![8 => Just('汉'), 3 => Just('😀'), 2 => Just('a'), 1 => any::<char>()],
            0..400,
        );
        prop_oneof![latin, mixed].prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn pieces_are_the_text_and_each_fits(text in texts()) {
            for (measured, pieces) in [
                (measure(&text), split(&text).unwrap()),
                (measure_as_ucs2(&text), split_as_ucs2(&text).unwrap()),
            ] {
                let Measure { encoding, units, parts } = measured;
                prop_assert_eq!(pieces.iter().map(|p| p.text).collect::<String>(), text.as_str());
                prop_assert_eq!(pieces.len(), parts);
                prop_assert_eq!(pieces.iter().map(|p| p.units).sum::<usize>(), units);
                let limit = if parts == 1 { encoding.units_alone() } else { encoding.units_tied() };
                for piece in &pieces {
                    prop_assert!(piece.units <= limit);
                    prop_assert_eq!(piece.text.chars().map(|c| encoding.units_of(c)).sum::<usize>(), piece.units);
                }
                prop_assert_eq!(parts, fewest_parts(&text, encoding));
            }
        }

        #[test]
        fn the_encoding_is_gsm7_exactly_when_nothing_forbids_it(text in any::<String>()) {
            let forced = first_non_gsm7(&text).is_some();
            prop_assert_eq!(measure(&text).encoding == Encoding::Ucs2, forced);
            prop_assert_eq!(measure_as_ucs2(&text).units, text.encode_utf16().count());
        }
    }
}
