//! Words that mean the same for a class: names of banks, verbs of debit, promises of a prize.
//!
//! A lexicon is data (`library/corpus/lexicon.txt`): concepts, each with its spellings. A concept with `mask` stands in
//! for its spellings, so that a model learns "a bank" and not which one; the others are cues beside the words. It
//! travels inside the model. `feature` looks words up here; it refuses a file whose lines belong to no concept.

use super::CorpusError;
use super::dice;
use super::scan::{Kind, Scan};
use std::collections::HashMap;

/// The longest spelling, in tokens.
const SPELLING_TOKENS_MAX: usize = 8;

/// Concepts and their spellings, ready for looking up.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    source: String,
    concepts: Vec<Concept>,
    /// By the hash of a spelling's first token: the other tokens' hashes, and the concept.
    spellings: HashMap<u64, Vec<(Vec<u64>, u16)>>,
}

/// A group of spellings.
#[derive(Debug, Clone)]
pub struct Concept {
    /// Its name, as it stands in the file and as evidence shows it.
    pub name: String,
    /// Whether it stands in for the words it covers.
    pub mask: bool,
    /// The spellings as they stand in the file: slots of the corpus draw from them.
    pub spellings: Vec<String>,
}

/// A concept found in a text: which, and the tokens it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Index of the concept.
    pub(super) concept: u16,
    /// First token.
    pub(super) start: u32,
    /// One past the last token.
    pub(super) end: u32,
}

impl Lexicon {
    /// Reads a lexicon. `@name` or `@name mask` begins a concept; the lines under it are spellings with `|` between them;
    /// `#` begins a comment.
    ///
    /// # Errors
    /// With the line, when a spelling stands before any concept or is longer than eight tokens.
    pub fn parse(source: &str) -> Result<Self, CorpusError> {
        let mut lexicon = Self { source: source.to_owned(), ..Self::default() };
        for (number, line) in source.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(head) = line.strip_prefix('@') {
                let (name, mask) = match head.trim().split_once(' ') {
                    Some((name, flag)) => (name, flag.trim() == "mask"),
                    None => (head.trim(), false),
                };
                lexicon.concepts.push(Concept { name: name.to_owned(), mask, spellings: Vec::new() });
                continue;
            }
            let at = |what: &str| CorpusError { line: number + 1, what: what.to_owned() };
            for spelling in line.split('|').map(str::trim).filter(|spelling| !spelling.is_empty()) {
                lexicon.add(spelling).map_err(at)?;
            }
        }
        Ok(lexicon)
    }

    /// The text that this was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The concepts, in the order of the file.
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    fn add(&mut self, spelling: &str) -> Result<(), &'static str> {
        let scan = Scan::of(spelling);
        let hashes: Vec<u64> = scan
            .tokens
            .iter()
            .map(|token| dice::hash_characters(scan.slice(token).iter().copied()))
            .collect();
        let concept =
            self.concepts.len().checked_sub(1).ok_or("expected `@name` before the first spelling")?;
        let (first, rest) = hashes.split_first().ok_or("expected a spelling with letters")?;
        if rest.len() >= SPELLING_TOKENS_MAX {
            return Err("expected a spelling of at most eight words or characters");
        }
        if let Some(concept) = self.concepts.get_mut(concept) {
            concept.spellings.push(spelling.to_owned());
        }
        let list = self.spellings.entry(*first).or_default();
        list.push((rest.to_vec(), concept as u16));
        // The longest first: 工商银行信用卡中心 is not 工商银行.
        list.sort_by_key(|(rest, concept)| (std::cmp::Reverse(rest.len()), *concept));
        Ok(())
    }

    /// The concepts of a text from left to right. At one place the longest spelling wins; several concepts may share
    /// it. `hashes` are those of the scan's tokens.
    pub(super) fn find(&self, scan: &Scan, hashes: &[u64], found: &mut Vec<Found>) {
        let mut at = 0;
        while at < hashes.len() {
            let is_word = scan
                .tokens
                .get(at)
                .is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Han | Kind::Reference));
            let list = hashes.get(at).and_then(|hash| self.spellings.get(hash)).filter(|_| is_word);
            let Some(list) = list else {
                at += 1;
                continue;
            };
            let mut longest = 0;
            for (rest, concept) in list {
                if (longest == 0 || rest.len() + 1 == longest)
                    && hashes.get(at + 1..at + 1 + rest.len()) == Some(rest.as_slice())
                {
                    longest = rest.len() + 1;
                    found.push(Found { concept: *concept, start: at as u32, end: (at + longest) as u32 });
                }
            }
            at += longest.max(1);
        }
    }
}
