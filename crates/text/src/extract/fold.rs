//! The form of a text in which cues and figures are looked for, and the way back to the text as it came.
//!
//! Institutions write ＲＭＢ, 𝗌𝗉𝖾𝗇𝗍, ۱۲۳ and words that mix Latin with Cyrillic letters of the same look. Here they become
//! one plain lower-case form, character by character; [`Folded::original`] maps every place back. Unlike
//! [`crate::fold`] it keeps punctuation, because punctuation separates sentences and groups digits. Only `extract` calls
//! it; the result is never shown.

use crate::normalise::{is_invisible, simplified};

/// A text in its plain form.
#[derive(Debug)]
pub(super) struct Folded<'a> {
    /// What came.
    source: &'a str,
    /// Lower case, half width, ASCII digits, one kind of space; line feeds stay.
    pub(super) text: String,
    /// For every byte of `text`, the byte of `source` where its character began.
    places: Vec<u32>,
}

impl<'a> Folded<'a> {
    /// Folds at most `bytes_max` bytes of a text; what stands behind is not read.
    pub(super) fn new(source: &'a str, bytes_max: usize) -> Self {
        let mut cut = source.len().min(bytes_max);
        while !source.is_char_boundary(cut) {
            cut -= 1;
        }
        let source = &source[..cut];
        let mut folded =
            Self { source, text: String::with_capacity(cut + 8), places: Vec::with_capacity(cut + 8) };
        let mut word = Word::default();
        for (at, c) in source.char_indices() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            if c.is_ascii() {
                let c = if c == '\r' || c == '\t' { ' ' } else { c.to_ascii_lowercase() };
                word.has_latin |= c.is_ascii_alphabetic();
                if !c.is_ascii_alphabetic() {
                    folded.close(&mut word);
                }
                folded.text.push(c);
                folded.places.push(at);
            } else if !is_invisible(c) {
                folded.push(plain(c), at, &mut word);
            }
        }
        folded.close(&mut word);
        folded
    }

    /// The piece of the original that stands behind a range of the plain form.
    pub(super) fn original(&self, start: usize, end: usize) -> &'a str {
        self.source.get(self.place(start)..self.place(end)).unwrap_or_default()
    }

    /// Where a byte of the plain form stands in the original.
    pub(super) fn place(&self, at: usize) -> usize {
        self.places.get(at).map_or(self.source.len(), |place| *place as usize)
    }

    fn push(&mut self, c: char, at: u32, word: &mut Word) {
        let is_cyrillic = ('\u{400}'..='\u{52F}').contains(&c);
        if !is_cyrillic && !c.is_ascii_alphabetic() {
            self.close(word);
        }
        if is_cyrillic && word.cyrillic.is_none() {
            word.cyrillic = Some(self.text.len());
        }
        word.has_latin |= c.is_ascii_alphabetic();
        self.text.push(c);
        for _ in 0..c.len_utf8() {
            self.places.push(at);
        }
    }

    /// At the end of a word: one that mixes the two alphabets was meant to be Latin. What stands before its first
    /// Cyrillic letter needs no change.
    fn close(&mut self, word: &mut Word) {
        let closed = std::mem::take(word);
        let Some(start) = closed.cyrillic.filter(|_| closed.has_latin) else { return };
        let tail = self.text.split_off(start);
        let places = self.places.split_off(start);
        for (at, c) in tail.char_indices() {
            let latin = latin_of(c);
            self.text.push(latin);
            let place = places.get(at).copied().unwrap_or_default();
            for _ in 0..latin.len_utf8() {
                self.places.push(place);
            }
        }
    }
}

/// What is known of the word being read.
#[derive(Debug, Default)]
struct Word {
    has_latin: bool,
    /// Where its first Cyrillic letter stands.
    cyrillic: Option<usize>,
}

fn plain(c: char) -> char {
    let simple = match c {
        '\u{FF01}'..='\u{FF5E}' => between(c, '\u{FF01}', '!'),
        '\u{660}'..='\u{669}' => between(c, '\u{660}', '0'),
        '\u{6F0}'..='\u{6F9}' => between(c, '\u{6F0}', '0'),
        '\u{1D7CE}'..='\u{1D7FF}' => styled(c, 0x1D7CE, 10, '0'),
        '\u{1D400}'..='\u{1D6A3}' => styled_letter(c),
        '￥' => '¥',
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => ' ',
        '−' | '–' | '‑' | '﹣' => '-',
        '、' | '٬' => ',',
        '٫' => '.',
        _ => c,
    };
    if simple.is_ascii() {
        return simple.to_ascii_lowercase();
    }
    let mut lower = simple.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some('ё'), None) => 'е',
        (Some(one), None) => simplified(one),
        _ => simple,
    }
}

fn between(c: char, from: char, to: char) -> char {
    char::from_u32(u32::from(c) - u32::from(from) + u32::from(to)).unwrap_or(c)
}

/// The mathematical alphabets: blocks of 52 letters, first the capitals.
fn styled_letter(c: char) -> char {
    let letter = (u32::from(c) - 0x1D400) % 52 % 26;
    char::from_u32(u32::from('a') + letter).unwrap_or(c)
}

fn styled(c: char, from: u32, cycle: u32, to: char) -> char {
    char::from_u32(u32::from(to) + (u32::from(c) - from) % cycle).unwrap_or(c)
}

/// The Latin letter that a small Cyrillic one looks like.
fn latin_of(c: char) -> char {
    match c {
        'а' => 'a',
        'в' => 'b',
        'е' => 'e',
        'к' => 'k',
        'м' => 'm',
        'н' => 'h',
        'о' => 'o',
        'р' => 'p',
        'с' => 'c',
        'т' => 't',
        'у' => 'y',
        'х' => 'x',
        'г' => 'r',
        'і' => 'i',
        'ј' => 'j',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_looks_alike_becomes_alike() {
        for (text, expect) in [
            ("ＲＭＢ１２．５０", "rmb12.50"),
            ("𝗌𝗉𝖾𝗇𝗍 Rs", "spent rs"),
            ("مبلغ ۱۲۳", "مبلغ 123"),
            ("Рokupkа 5", "pokupka 5"),
            ("Покупка 5р", "покупка 5р"),
            ("餘額１元，", "余额1元,"),
            ("Счёт\u{A0}−1", "счет -1"),
        ] {
            assert_eq!(Folded::new(text, usize::MAX).text, expect);
        }
    }

    #[test]
    fn a_place_leads_back() {
        let folded = Folded::new("您的ＲＭＢ Рay", usize::MAX);
        assert_eq!(folded.text, "您的rmb pay");
        assert_eq!(folded.original(6, 9), "ＲＭＢ");
        assert_eq!(folded.original(10, 13), "Рay");
    }

    proptest! {
        #[test]
        fn every_piece_lies_in_the_text(text in any::<String>(), max in 0usize..60) {
            let folded = Folded::new(&text, max);
            prop_assert_eq!(folded.places.len(), folded.text.len());
            prop_assert!(folded.places.is_sorted());
            for (at, _) in folded.text.char_indices() {
                let _ = folded.original(at, folded.text.len());
            }
        }
    }
}
