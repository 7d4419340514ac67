//! What a model counts in a message: words and pairs, characters in a row, typed tokens, concepts, and its shape.
//!
//! Every feature is a place in a table (features are hashed, so no dictionary travels with the model), a value, and the
//! tokens it came from, so that a decision can point at the characters that made it. `train` and `model` call it, and it
//! must give both the same.

use super::Message;
use super::dice::{self, HASH_START};
use super::language::{self, Language};
use super::lexicon::{Found, Lexicon};
use super::scan::{Kind, Scan};

/// Bits of a class feature's place.
pub(super) const BITS: u32 = 17;

/// One feature of one message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feature {
    /// Its place in the table, below two to the power of [`BITS`].
    pub(super) place: u32,
    /// How much of it there is.
    pub(super) value: f32,
    /// First token it came from; features of the whole message have none, and `start == end`.
    pub(super) start: u16,
    /// One past the last token.
    pub(super) end: u16,
}

/// Everything read from a message.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The message as tokens: signature first, then the text.
    pub(super) scan: Scan,
    /// The features; their values' squares add up to one.
    pub(super) features: Vec<Feature>,
    /// The concepts found.
    pub(super) found: Vec<Found>,
    /// The language.
    pub(super) language: Language,
    /// Characters that were put before the text and are none of its own.
    pub(super) prefix: u32,
}

/// Reads a message.
pub(super) fn read(message: &Message<'_>, lexicon: &Lexicon) -> Reading {
    let signature = message.signature.trim().trim_matches(['【', '】', '[', ']']);
    let mut reading = Reading::default();
    if signature.is_empty() || message.text.contains(signature) {
        reading.scan = Scan::of(message.text);
    } else {
        let whole = format!("【{signature}】{}", message.text);
        reading.prefix = signature.chars().count() as u32 + 2;
        reading.scan = Scan::of(&whole);
    }
    reading.language = language::of(&reading.scan);
    let scan = &reading.scan;
    let hashes: Vec<u64> =
        scan.tokens.iter().map(|token| dice::hash_characters(scan.slice(token).iter().copied())).collect();
    lexicon.find(scan, &hashes, &mut reading.found);
    let mut sink = Sink { features: Vec::with_capacity(hashes.len() * 6 + 16) };
    let symbols = symbols(scan, &hashes, lexicon, &reading.found);
    sink.sequences(&symbols);
    sink.pieces(scan, &symbols);
    sink.concepts(&reading.found);
    sink.shape(message, scan, &symbols, reading.language);
    reading.features = sink.normalised();
    reading
}

/// What one token, or one masked concept, counts as.
#[derive(Debug, Clone, Copy)]
struct Symbol {
    hash: u64,
    han: bool,
    word: bool,
    kind: Kind,
    start: u16,
    end: u16,
}

fn symbols(scan: &Scan, hashes: &[u64], lexicon: &Lexicon, found: &[Found]) -> Vec<Symbol> {
    let mut symbols = Vec::with_capacity(hashes.len());
    let mut masks = found
        .iter()
        .filter(|found| lexicon.concepts().get(usize::from(found.concept)).is_some_and(|c| c.mask))
        .peekable();
    let mut at = 0;
    while let (Some(token), Some(hash)) = (scan.tokens.get(at), hashes.get(at)) {
        if let Some(mask) = masks.next_if(|mask| mask.start as usize == at) {
            while masks.next_if(|other| other.start == mask.start).is_some() {}
            let hash = dice::mix(0xC0DE ^ u64::from(mask.concept));
            let (start, end) = (at as u16, mask.end as u16);
            symbols.push(Symbol { hash, han: false, word: false, kind: Kind::Word, start, end });
            at = mask.end as usize;
            continue;
        }
        let han = token.kind == Kind::Han;
        let word = token.kind == Kind::Word;
        let hash =
            if han || word || token.kind == Kind::Sign { *hash } else { dice::mix(token.kind as u64 + 7) };
        symbols.push(Symbol { hash, han, word, kind: token.kind, start: at as u16, end: at as u16 + 1 });
        at += 1;
    }
    symbols
}

struct Sink {
    features: Vec<Feature>,
}

impl Sink {
    fn add(&mut self, hash: u64, value: f32, start: u16, end: u16) {
        let place = (dice::mix(hash) >> (64 - BITS)) as u32;
        self.features.push(Feature { place, value, start, end });
    }

    /// One, two and, among characters, three and four symbols in a row.
    fn sequences(&mut self, symbols: &[Symbol]) {
        for (at, first) in symbols.iter().enumerate() {
            let mut state = HASH_START;
            let mut written_without_spaces = false;
            for (length, symbol) in symbols.iter().skip(at).take(4).enumerate() {
                state = dice::hash(state, symbol.hash);
                written_without_spaces |= symbol.han;
                let value = match length {
                    0 | 1 => 1.0,
                    2 if written_without_spaces => 0.9,
                    2 => 0.5,
                    _ if written_without_spaces => 0.7,
                    _ => break,
                };
                self.add(state, value, first.start, symbol.end);
            }
        }
    }

    /// Beginnings of words and the characters inside them: debit, debited, debiting.
    fn pieces(&mut self, scan: &Scan, symbols: &[Symbol]) {
        for symbol in symbols.iter().filter(|symbol| symbol.word) {
            let Some(token) = scan.tokens.get(usize::from(symbol.start)) else { continue };
            let letters = scan.slice(token);
            if letters.len() < 4 {
                continue;
            }
            let start = dice::hash(HASH_START, 0x5747);
            for (at, window) in letters.windows(4).enumerate().take(12) {
                let seed = if at == 0 { dice::hash(start, 1) } else { start };
                let hash = window.iter().fold(seed, |state, c| dice::hash(state, *c as u64));
                self.add(hash, 0.35, symbol.start, symbol.end);
            }
        }
    }

    fn concepts(&mut self, found: &[Found]) {
        for (at, one) in found.iter().enumerate() {
            if found.iter().take(at).any(|earlier| earlier.concept == one.concept) {
                continue;
            }
            self.add(0xC0_0000 + u64::from(one.concept), 2.5, one.start as u16, one.end as u16);
        }
    }

    /// What is true of the whole message.
    fn shape(&mut self, message: &Message<'_>, scan: &Scan, symbols: &[Symbol], language: Language) {
        let mut say = |what: u64, how: u64, value: f32| self.add(0x5A_0000 + what * 64 + how, value, 0, 0);
        let count = |kind: Kind| symbols.iter().filter(|symbol| symbol.kind == kind).count() as u64;
        for kind in [
            Kind::Amount,
            Kind::Url,
            Kind::Phone,
            Kind::Account,
            Kind::Code,
            Kind::Date,
            Kind::Percent,
            Kind::Placeholder,
            Kind::Time,
        ] {
            say(kind as u64, count(kind).min(2), 0.7);
        }
        say(30, u64::from(symbols.len().max(1).ilog2()), 0.7);
        say(31, language as u64, 0.7);
        if scan.letters >= 12 {
            say(32, u64::from(scan.capitals * 5 / scan.letters), 0.7);
        }
        let exclaimed =
            symbols.iter().filter(|s| s.kind == Kind::Sign && s.hash == dice::hash_characters(['!'])).count();
        say(33, exclaimed.min(3) as u64, 0.7);
        say(34, sender_kind(message.sender), 1.0);
        say(35, u64::from(!message.signature.is_empty() || message.text.contains('【')), 0.7);
    }

    /// Adds up equal places and scales the vector to length one.
    fn normalised(mut self) -> Vec<Feature> {
        let squares: f32 = self.features.iter().map(|feature| feature.value * feature.value).sum();
        let scale = 1.0 / squares.max(1e-6).sqrt();
        for feature in &mut self.features {
            feature.value *= scale;
        }
        self.features
    }
}

/// What kind of sender this is, by its form: none, a header of letters, a short number, a telephone number, a name.
fn sender_kind(sender: &str) -> u64 {
    let sender = sender.trim();
    let digits = sender.bytes().filter(u8::is_ascii_digit).count();
    match sender {
        "" => 0,
        _ if digits == sender.len() && (3..=6).contains(&digits) => 2,
        _ if digits >= 7 => 3,
        _ if sender.len() >= 8 && sender.as_bytes().get(2) == Some(&b'-') => 1,
        _ => 4,
    }
}
