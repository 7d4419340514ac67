//! What stands for what: spellings by which people hide a word, read from a table, and a text cut into units by it.
//!
//! A unit is a character that counts, in its plain form, with its place in the original text; what is invisible is gone and
//! what only separates is noted at the unit behind it. `trie` walks units; nothing here is ever sent or shown. It refuses
//! a table whose headings or lines it does not know.

use super::list::ListError;
use crate::normalise::{fold_visible, simplified};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// An unknown character: it ends whatever was begun.
pub(super) const OTHER: u16 = 0;
const INVISIBLE: u16 = 1;
const GAP: u16 = 2;
const STOP: u16 = 3;
/// The first number of a character that means something.
const FIRST: u16 = 4;
/// Characters of the basic plane; those beyond it are looked at one by one.
const PLANE: u32 = 0x1_0000;
/// Different characters that words, spellings and Latin letters may need together.
const SYMBOLS_MAX: usize = 60_000;

/// What stood before a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Before {
    /// The unit before it.
    Nothing,
    /// White space, symbols, punctuation inside a sentence.
    Gap,
    /// The end of a clause.
    Stop,
}

/// One character that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    pub(super) symbol: u16,
    pub(super) before: Before,
    /// Bytes of the original.
    pub(super) start: u32,
    pub(super) end: u32,
}

/// The table as it stands in the file, in plain characters.
#[derive(Debug, Default)]
pub(super) struct Table {
    same: BTreeMap<char, char>,
    /// What looks like or sounds like a character: from the one written to those it may mean.
    pub(super) alike: BTreeSet<(char, char)>,
    /// Components that are written in place of a character.
    pub(super) split: Vec<(Vec<char>, char)>,
    pub(super) sounds: Vec<(String, Vec<char>)>,
    pub(super) deny: Vec<Vec<char>>,
    pub(super) bridge: Vec<Vec<char>>,
    pub(super) warn: Vec<Vec<char>>,
    pub(super) trap: Vec<Vec<char>>,
    pub(super) undo: Vec<Vec<char>>,
}

impl Table {
    /// Reads a table. Characters in later headings are folded by `[same]`, which therefore stands first.
    pub(super) fn read(file: &str, source: &str) -> Result<Self, ListError> {
        let mut table = Self::default();
        let mut heading = "";
        for (number, line) in source.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                heading = name;
                continue;
            }
            table.add(heading, line).map_err(|expected| ListError {
                file: file.to_owned(),
                line: number + 1,
                expected,
                found: line.to_owned(),
            })?;
        }
        Ok(table)
    }

    fn add(&mut self, heading: &str, line: &str) -> Result<(), &'static str> {
        let words = || line.split_whitespace();
        let head = words().next().unwrap_or_default();
        let one = || {
            let mut characters = head.chars();
            let is_one = characters.next().is_some() && characters.next().is_none();
            if is_one {
                Ok(self.plain(head).first().copied())
            } else {
                Err("one character and what stands for it")
            }
        };
        match heading {
            "same" => {
                let head = one()?.ok_or("a letter or digit")?;
                for c in words().skip(1).flat_map(str::chars) {
                    self.same.insert(c, head);
                }
            }
            "looks" => {
                let head = one()?.ok_or("a letter or digit")?;
                let alike = words().skip(1).flat_map(|word| self.plain(word)).collect::<Vec<_>>();
                self.alike.extend(alike.into_iter().map(|c| (c, head)));
            }
            "split" => {
                let head = one()?.ok_or("a letter or digit")?;
                let pieces: Vec<Vec<char>> = words().skip(1).map(|word| self.plain(word)).collect();
                if pieces.iter().any(|piece| piece.len() < 2) {
                    return Err("at least two components");
                }
                self.split.extend(pieces.into_iter().map(|piece| (piece, head)));
            }
            "sounds" => {
                if !head.bytes().all(|byte| byte.is_ascii_lowercase()) {
                    return Err("a syllable in lower case and what sounds like it");
                }
                let group = words().skip(1).flat_map(|word| self.plain(word)).collect();
                self.sounds.push((head.to_owned(), group));
            }
            "deny" | "bridge" | "warn" | "trap" | "undo" => {
                let mut list: Vec<Vec<char>> = words().map(|word| self.plain(word)).collect();
                match heading {
                    "deny" => self.deny.append(&mut list),
                    "bridge" => self.bridge.append(&mut list),
                    "warn" => self.warn.append(&mut list),
                    "trap" => self.trap.append(&mut list),
                    _ => self.undo.append(&mut list),
                }
            }
            _ => {
                return Err(
                    "a line under [same], [looks], [split], [sounds], [deny], [bridge], [warn], [trap] or [undo]",
                );
            }
        }
        Ok(())
    }

    /// The plain form of the characters of a text that count.
    pub(super) fn plain(&self, text: &str) -> Vec<char> {
        let plain = text.chars().filter_map(|c| self.plain_character(c));
        plain.filter(|c| c.is_alphanumeric() || is_radical(*c)).collect()
    }

    fn plain_character(&self, c: char) -> Option<char> {
        let c = folded(c)?;
        // Twice: a traditional form may lead to a character that is a digit.
        let once = self.same.get(&c).copied().unwrap_or(c);
        Some(self.same.get(&once).copied().unwrap_or(once))
    }
}

/// What a character folds to whatever the table says; `None` for what nobody sees.
fn folded(c: char) -> Option<char> {
    Some(simplified(fold_visible(ascii_of_mathematical(c))?))
}

/// What a character is that no word needs.
fn alone(plain: char) -> u16 {
    match plain {
        '。' | '！' | '？' | '；' | '，' | '!' | '?' | ';' | ',' | '\n' | '\r' => STOP,
        plain if plain.is_alphanumeric() => OTHER,
        _ => GAP,
    }
}

/// A character of the basic plane, folded.
#[derive(Debug, Clone, Copy)]
enum Folded {
    Invisible,
    /// What it folds to, and what that is where no word needs it.
    Seen(char, u16),
}

/// The basic plane, folded once: lists are read again with every configuration, this never changes.
static FOLDED: LazyLock<Vec<Folded>> = LazyLock::new(|| {
    let fold = |code| match char::from_u32(code).map(folded) {
        Some(Some(c)) => Folded::Seen(c, alone(c)),
        Some(None) => Folded::Invisible,
        // Half of a pair is no character.
        None => Folded::Seen(char::REPLACEMENT_CHARACTER, OTHER),
    };
    (0..PLANE).map(fold).collect()
});

/// Mathematical letters and digits are drawn letters and digits.
fn ascii_of_mathematical(c: char) -> char {
    let code = u32::from(c);
    let shifted = |base: u8, by: u32| u8::try_from(by).map_or(c, |by| char::from(base + by));
    match code {
        0x1_D400..=0x1_D6A3 => shifted(b'a', (code - 0x1_D400) % 26),
        0x1_D7CE..=0x1_D7FF => shifted(b'0', (code - 0x1_D7CE) % 10),
        0x1_F130..=0x1_F149 => shifted(b'a', code - 0x1_F130),
        _ => c,
    }
}

fn is_radical(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{2FDF}')
}

/// Cuts texts into units, by one look into a table for each character.
#[derive(Debug)]
pub(super) struct Cutter {
    numbers: Vec<u16>,
    symbols: BTreeMap<char, u16>,
    table: Table,
}

impl Cutter {
    /// Gives every character of `known` a number; the others stay [`OTHER`].
    pub(super) fn new(table: Table, known: &BTreeSet<char>) -> Self {
        let numbered = known.iter().take(SYMBOLS_MAX).copied().zip(FIRST..);
        let symbols: BTreeMap<char, u16> = numbered.collect();
        let mut by_plain = vec![OTHER; FOLDED.len()];
        for (c, number) in &symbols {
            if let Some(place) = by_plain.get_mut(*c as usize) {
                *place = *number;
            }
        }
        let mut cutter = Self { numbers: Vec::new(), symbols, table };
        for c in cutter.table.same.keys() {
            if let Some(place) = by_plain.get_mut(*c as usize) {
                *place = cutter.judge(*c);
            }
        }
        let number = |folded: &Folded| match *folded {
            Folded::Invisible => INVISIBLE,
            Folded::Seen(c, alone) => match by_plain.get(c as usize) {
                Some(&OTHER) | None => alone,
                Some(number) => *number,
            },
        };
        cutter.numbers = FOLDED.iter().map(number).collect();
        cutter
    }

    /// The number of a plain character.
    pub(super) fn symbol(&self, c: char) -> u16 {
        self.symbols.get(&c).copied().unwrap_or(OTHER)
    }

    /// How many numbers there are.
    pub(super) fn count(&self) -> usize {
        self.symbols.len() + usize::from(FIRST)
    }

    fn judge(&self, c: char) -> u16 {
        match self.table.plain_character(c) {
            None => INVISIBLE,
            Some(plain) if self.symbols.contains_key(&plain) => self.symbol(plain),
            Some(plain) => alone(plain),
        }
    }

    pub(super) fn cut(&self, text: &str, units: &mut Vec<Unit>) {
        units.clear();
        let mut before = Before::Nothing;
        for (start, c) in text.char_indices() {
            let number = usize::try_from(u32::from(c)).ok().and_then(|code| self.numbers.get(code)).copied();
            let symbol = match number.unwrap_or_else(|| self.judge(c)) {
                INVISIBLE => continue,
                GAP => {
                    before = before.max(Before::Gap);
                    continue;
                }
                STOP => {
                    before = Before::Stop;
                    continue;
                }
                symbol => symbol,
            };
            // Texts are messages: 4 GiB of one is no message.
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            units.push(Unit { symbol, before, start: place(start), end: place(start + c.len_utf8()) });
            before = Before::Nothing;
        }
    }
}
