//! In which language a message is, by its scripts and, for Latin letters, by a few words.
//!
//! Enough to say which rules and templates it is to be held against; no detector for texts of any language. `model` and
//! `feature` call it.

use super::scan::{Kind, Scan, is_han};

/// A language that messages of financial institutions are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Chinese in simplified characters.
    Chinese,
    /// English, and what nothing else fits.
    #[default]
    English,
    /// Russian and its neighbours in Cyrillic letters.
    Russian,
    /// The same in Latin letters, as banks write to old telephones.
    RussianLatin,
    /// Arabic script: Arabic, Persian.
    Arabic,
    /// Scripts of India.
    Indic,
}

impl Language {
    /// The tag of BCP 47 (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
            Self::Russian => "ru",
            Self::RussianLatin => "ru-Latn",
            Self::Arabic => "ar",
            Self::Indic => "hi",
        }
    }
}

/// Words and beginnings of words that only transliterated Russian, Ukrainian or Belarusian has. In lower case.
const TRANSLITERATED: &[&str] = &[
    "karta",
    "karty",
    "karte",
    "kartoy",
    "kartu",
    "schet",
    "scheta",
    "schetu",
    "summa",
    "summu",
    "suma",
    "sumu",
    "ostatok",
    "dostupno",
    "dostupna",
    "oplata",
    "oplaty",
    "pokupka",
    "snyatie",
    "spisanie",
    "spisano",
    "zachislenie",
    "zachisleno",
    "popolnenie",
    "perevod",
    "perevoda",
    "parol",
    "kod",
    "nikomu",
    "balans",
    "vasha",
    "vash",
    "vy",
    "vhod",
    "otkaz",
    "operacia",
    "operacii",
    "operatsii",
    "otmena",
    "bankomat",
    "vnesenie",
    "uspeshno",
    "platezh",
    "kartka",
    "rahunok",
    "rahunku",
    "zalyshok",
    "uvaga",
    "shanovnyj",
    "klient",
    "data",
    "min",
    "do",
    "ne",
    "po",
    "na",
    "zadolzhennost",
    "oplacheno",
    "vydacha",
    "nalichnyh",
    "postuplenie",
    "komissiya",
    "dlya",
    "podtverzhdeniya",
];

/// The language of a text.
pub(super) fn of(scan: &Scan) -> Language {
    let mut counts = [0_usize; 5];
    for c in &scan.characters {
        match c {
            c if is_han(*c) => counts[0] += 1,
            '\u{400}'..='\u{52F}' => counts[1] += 1,
            '\u{600}'..='\u{6FF}' => counts[2] += 1,
            '\u{900}'..='\u{D7F}' => counts[3] += 1,
            'a'..='z' => counts[4] += 1,
            _ => {}
        }
    }
    let [han, cyrillic, arabic, indic, latin] = counts;
    let most = cyrillic.max(arabic).max(indic);
    // A Chinese character says as much as several letters.
    if han > 0 && han * 4 >= latin.max(most) {
        return Language::Chinese;
    }
    if most * 2 >= latin && most > 0 {
        return match most {
            _ if most == cyrillic => Language::Russian,
            _ if most == arabic => Language::Arabic,
            _ => Language::Indic,
        };
    }
    if is_transliterated(scan) { Language::RussianLatin } else { Language::English }
}

fn is_transliterated(scan: &Scan) -> bool {
    let mut short = 0;
    let mut long = 0;
    for token in scan.tokens.iter().filter(|token| token.kind == Kind::Word) {
        let word = scan.slice(token);
        let same = |known: &str| known.len() == word.len() && known.chars().eq(word.iter().copied());
        if TRANSLITERATED.iter().any(|known| same(known)) {
            if word.len() <= 4 { short += 1 } else { long += 1 }
        }
    }
    long >= 1 && long + short >= 1 || short >= 3
}
