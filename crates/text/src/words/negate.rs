//! Whether a word is denied or warned of where it stands: 非保本, 不承诺保本收益, 警惕高收益陷阱.
//!
//! A denial counts when it stands directly before the word, or before nothing but words that carry it there; two denials
//! are none. A clause's end stops it. It judges no meaning beyond that, and in doubt the word stands.

use super::spell::{Before, Cutter, Table, Unit};

/// Words between a denial and what it denies, at most.
const BRIDGES_MAX: usize = 4;
/// Units between a warning and what it warns of, at most; the same behind the word.
const WARNING_REACH: usize = 8;

/// The words that deny, carry, warn and undo.
#[derive(Debug)]
pub(super) struct Denials {
    deny: Vec<Vec<u16>>,
    bridge: Vec<Vec<u16>>,
    warn: Vec<Vec<u16>>,
    trap: Vec<Vec<u16>>,
    undo: Vec<Vec<u16>>,
}

impl Denials {
    pub(super) fn new(lists: [&[Vec<char>]; 5], cutter: &Cutter) -> Self {
        let [deny, bridge, warn, trap, undo] = lists.map(|list| {
            let mut words: Vec<Vec<u16>> =
                list.iter().map(|word| word.iter().map(|c| cutter.symbol(*c)).collect()).collect();
            // The longest first, so that 并不是 is one denial and not two.
            words.sort_by_key(|word| std::cmp::Reverse(word.len()));
            words
        });
        Self { deny, bridge, warn, trap, undo }
    }

    pub(super) fn lists(table: &Table) -> [&[Vec<char>]; 5] {
        [&table.deny, &table.bridge, &table.warn, &table.trap, &table.undo]
    }

    /// Whether the word at these units is denied or warned of. `is_denied(end)` tells whether a word that ends there is: its
    /// denial reaches on, as in 不承诺保本和保收益.
    pub(super) fn reach(
        &self,
        units: &[Unit],
        start: usize,
        end: usize,
        is_denied: impl Fn(usize) -> bool,
    ) -> bool {
        self.is_denied(units, start, is_denied) || self.is_warned_of(units, start, end)
    }

    fn is_denied(&self, units: &[Unit], start: usize, is_denied: impl Fn(usize) -> bool) -> bool {
        let mut at = start;
        let mut denials = 0_usize;
        let mut bridges = 0_usize;
        loop {
            if is_stopped(units, at) {
                break;
            }
            if self.undone(units, at) {
                return false;
            }
            if denials == 0 && is_denied(at) {
                return true;
            }
            if let Some(word) = longest(&self.deny, units, at) {
                denials += 1;
                at -= word;
            } else if let Some(word) = longest(&self.bridge, units, at).filter(|_| bridges < BRIDGES_MAX) {
                bridges += 1;
                at -= word;
            } else {
                break;
            }
        }
        denials % 2 == 1
    }

    /// 不但, 除非: what looks like a denial and is none.
    fn undone(&self, units: &[Unit], at: usize) -> bool {
        longest(&self.undo, units, at).is_some()
    }

    fn is_warned_of(&self, units: &[Unit], start: usize, end: usize) -> bool {
        let mut at = start;
        for _ in 0..WARNING_REACH {
            if is_stopped(units, at) {
                break;
            }
            if longest(&self.warn, units, at).is_some() {
                return true;
            }
            let Some(before) = at.checked_sub(1) else { break };
            at = before;
        }
        for at in end..(end + WARNING_REACH).min(units.len()) {
            if units[at].before == Before::Stop {
                break;
            }
            let behind = &units[at..];
            let stands = |word: &Vec<u16>| {
                behind.len() >= word.len()
                    && behind.iter().zip(word).all(|(unit, symbol)| unit.symbol == *symbol)
            };
            if self.trap.iter().any(stands) {
                return true;
            }
        }
        false
    }
}

/// Whether a clause ends right before `at`, or nothing stands there.
fn is_stopped(units: &[Unit], at: usize) -> bool {
    at == 0 || units.get(at).is_some_and(|unit| unit.before == Before::Stop)
}

/// The length of the longest of `words` that ends at `at` in one clause.
fn longest(words: &[Vec<u16>], units: &[Unit], at: usize) -> Option<usize> {
    let before = units.get(..at)?;
    let stands = |word: &&Vec<u16>| {
        let Some(start) = at.checked_sub(word.len()) else { return false };
        let piece = &before[start..];
        let is_whole = piece.iter().skip(1).all(|unit| unit.before != Before::Stop);
        is_whole && piece.iter().zip(word.iter()).all(|(unit, symbol)| unit.symbol == *symbol)
    };
    words.iter().filter(|word| !word.is_empty()).find(stands).map(Vec::len)
}
