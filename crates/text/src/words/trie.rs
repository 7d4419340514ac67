//! All words of all lists in one trie, walked once over a text's units.
//!
//! At every unit the walk may go on by the character itself, by one it looks or sounds like, by the components of one, or
//! by its syllable in Latin letters; so one pass finds a word under all spellings at once, mixed ones too. It decides
//! nothing: [`Checker`](super::Checker) judges what is found.

use super::spell::{Before, Cutter, Table, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// A word of two characters needs at least this many that are its own: two homophones in a row are everyday text.
const OWN_MIN: u8 = 1;
/// Steps for one beginning, at most: no text may make the walk slow.
const STEPS_MAX: usize = 400;

/// A place where a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) word: u32,
    /// Units, the last one excluded.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Only by what looks or sounds alike.
    pub(super) resembles: bool,
    /// A clause ends inside it.
    pub(super) torn: bool,
}

#[derive(Debug, Default)]
struct Node {
    children: Vec<(u16, u32)>,
    /// Children that have a syllable, by it.
    syllables: Vec<(Box<[u8]>, u32)>,
    words: Vec<u32>,
    depth: u8,
}

#[derive(Debug, Default, Clone)]
struct Symbol {
    latin: Option<u8>,
    alike: Vec<u16>,
    splits: Vec<(Box<[u16]>, u16)>,
    /// Whether a word can begin here at all.
    begins: bool,
}

/// Where a walk stands.
#[derive(Debug, Clone, Copy)]
struct State {
    node: u32,
    at: u32,
    alike: u8,
    letters: bool,
    torn: bool,
}

#[derive(Debug)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    symbols: Vec<Symbol>,
    /// By first letter: the root's syllables.
    initials: Vec<Vec<(Box<[u8]>, u32)>>,
}

impl Trie {
    /// The characters that must have numbers for these words and this table.
    pub(super) fn known(table: &Table, words: &[Vec<char>]) -> BTreeSet<char> {
        let mut known: BTreeSet<char> =
            words.iter().flatten().copied().chain('a'..='z').chain('0'..='9').collect();
        let marks = [&table.deny, &table.bridge, &table.warn, &table.trap, &table.undo];
        known.extend(marks.into_iter().flatten().flatten());
        let own = known.clone();
        known.extend(table.alike.iter().filter(|(_, meant)| own.contains(meant)).map(|(c, _)| *c));
        let groups = table.sounds.iter().filter(|(_, group)| group.iter().any(|c| own.contains(c)));
        known.extend(groups.flat_map(|(_, group)| group));
        known
            .extend(table.split.iter().filter(|(_, meant)| own.contains(meant)).flat_map(|(parts, _)| parts));
        known
    }

    /// Builds it; a word's number is its place in `words`.
    pub(super) fn new(
        words: &[Vec<char>],
        cutter: &Cutter,
        alike: &BTreeSet<(char, char)>,
        split: &[(Vec<char>, char)],
        sounds: &[(String, Vec<char>)],
    ) -> Self {
        let mut trie = Self {
            nodes: vec![Node::default()],
            symbols: vec![Symbol::default(); cutter.count()],
            initials: vec![Vec::new(); 26],
        };
        for (word, number) in words.iter().zip(0..) {
            trie.insert(word, number, cutter);
        }
        let used: BTreeSet<char> = words.iter().flatten().copied().collect();
        trie.spell(&used, cutter, alike, split, sounds);
        trie
    }

    fn insert(&mut self, word: &[char], number: u32, cutter: &Cutter) {
        let mut at = 0_usize;
        for c in word {
            let symbol = cutter.symbol(*c);
            let fresh = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { return };
            let depth = node.depth.saturating_add(1);
            at = match node.children.iter().find(|(known, _)| *known == symbol) {
                Some((_, child)) => *child as usize,
                None => {
                    node.children.push((symbol, u32::try_from(fresh).unwrap_or(u32::MAX)));
                    self.nodes.push(Node { depth, ..Node::default() });
                    fresh
                }
            };
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.words.push(number);
        }
    }

    fn spell(
        &mut self,
        used: &BTreeSet<char>,
        cutter: &Cutter,
        alike: &BTreeSet<(char, char)>,
        split: &[(Vec<char>, char)],
        sounds: &[(String, Vec<char>)],
    ) {
        let mut resembling: Vec<(char, char)> =
            alike.iter().filter(|(_, meant)| used.contains(meant)).copied().collect();
        let mut syllables: BTreeMap<u16, Vec<Box<[u8]>>> = BTreeMap::new();
        for (syllable, group) in sounds {
            for meant in group.iter().filter(|c| used.contains(c)) {
                resembling.extend(group.iter().map(|c| (*c, *meant)));
                let known = syllables.entry(cutter.symbol(*meant)).or_default();
                known.push(syllable.as_bytes().into());
            }
        }
        // A list that is sorted once: a set of these pairs is most of the work of reading the lists.
        resembling.sort_unstable();
        resembling.dedup();
        for (c, meant) in resembling.into_iter().filter(|(c, meant)| c != meant) {
            self.symbols[usize::from(cutter.symbol(c))].alike.push(cutter.symbol(meant));
        }
        for (parts, meant) in split.iter().filter(|(_, meant)| used.contains(meant)) {
            let parts: Vec<u16> = parts.iter().map(|c| cutter.symbol(*c)).collect();
            let Some((first, rest)) = parts.split_first() else { continue };
            self.symbols[usize::from(*first)].splits.push((rest.into(), cutter.symbol(*meant)));
        }
        for letter in b'a'..=b'z' {
            self.symbols[usize::from(cutter.symbol(char::from(letter)))].latin = Some(letter);
        }
        for node in &mut self.nodes {
            node.children.sort_unstable();
            let spelled =
                node.children.iter().filter_map(|(symbol, child)| Some((syllables.get(symbol)?, *child)));
            node.syllables =
                spelled.flat_map(|(known, child)| known.iter().map(move |s| (s.clone(), child))).collect();
        }
        for (syllable, child) in &self.nodes[0].syllables {
            let initial = syllable.first().map_or(0, |letter| usize::from(letter - b'a'));
            self.initials[initial].push((syllable.clone(), *child));
        }
        let begins: Vec<bool> =
            self.symbols.iter().zip(0..).map(|(symbol, own)| self.begins(symbol, own)).collect();
        for (symbol, begins) in self.symbols.iter_mut().zip(begins) {
            symbol.begins = begins;
        }
    }

    fn begins(&self, symbol: &Symbol, own: u16) -> bool {
        let ways = [own].into_iter().chain(symbol.alike.iter().copied());
        let by_letters =
            symbol.latin.is_some_and(|letter| !self.initials[usize::from(letter - b'a')].is_empty());
        let mut ways = ways.chain(symbol.splits.iter().map(|(_, meant)| *meant));
        by_letters || ways.any(|way| self.child(0, way).is_some())
    }

    fn child(&self, node: u32, symbol: u16) -> Option<u32> {
        let children = &self.nodes.get(node as usize)?.children;
        let at = children.binary_search_by_key(&symbol, |(known, _)| *known).ok()?;
        children.get(at).map(|(_, child)| *child)
    }

    fn symbol(&self, units: &[Unit], at: u32) -> Option<&Symbol> {
        self.symbols.get(usize::from(units.get(at as usize)?.symbol))
    }

    fn is_letter(&self, units: &[Unit], at: u32) -> bool {
        self.symbol(units, at).is_some_and(|symbol| symbol.latin.is_some())
    }

    /// Whether a letter at `at` continues the one before it.
    fn is_inside(&self, units: &[Unit], at: u32) -> bool {
        let is_joined = units.get(at as usize).is_some_and(|unit| unit.before == Before::Nothing);
        is_joined && at > 0 && self.is_letter(units, at) && self.is_letter(units, at - 1)
    }

    /// Every place where a word stands, by any spelling.
    pub(super) fn walk(&self, units: &[Unit], found: &mut Vec<Raw>) {
        let mut stack = Vec::with_capacity(16);
        for (unit, start) in units.iter().zip(0_u32..) {
            let begins = self.symbols.get(usize::from(unit.symbol)).is_some_and(|symbol| symbol.begins);
            if !begins || self.is_inside(units, start) {
                continue;
            }
            stack.clear();
            stack.push(State { node: 0, at: start, alike: 0, letters: false, torn: false });
            for _ in 0..STEPS_MAX {
                let Some(state) = stack.pop() else { break };
                self.tell(units, start, state, found);
                self.step(units, start, state, &mut stack);
            }
        }
    }

    fn tell(&self, units: &[Unit], start: u32, state: State, found: &mut Vec<Raw>) {
        let Some(node) = self.nodes.get(state.node as usize) else { return };
        let too_loose = node.depth <= 2 && node.depth < state.alike + OWN_MIN;
        if node.words.is_empty() || too_loose || self.is_inside(units, state.at) {
            return;
        }
        let resembles = state.alike > 0 || state.letters;
        let raw = |word: &u32| Raw { word: *word, start, end: state.at, resembles, torn: state.torn };
        found.extend(node.words.iter().map(raw));
    }

    fn step(&self, units: &[Unit], start: u32, state: State, stack: &mut Vec<State>) {
        let Some(unit) = units.get(state.at as usize) else { return };
        let (Some(symbol), Some(node)) =
            (self.symbols.get(usize::from(unit.symbol)), self.nodes.get(state.node as usize))
        else {
            return;
        };
        if node.children.is_empty() {
            return;
        }
        let torn = state.torn || state.at > start && unit.before == Before::Stop;
        let next = State { at: state.at + 1, torn, ..state };
        for alike in &symbol.alike {
            if let Some(child) = self.child(state.node, *alike) {
                stack.push(State { node: child, alike: state.alike.saturating_add(1), ..next });
            }
        }
        for (rest, meant) in &symbol.splits {
            let behind = units.get(next.at as usize..).unwrap_or_default();
            let stands = behind.len() >= rest.len()
                && behind.iter().zip(rest).all(|(unit, part)| unit.symbol == *part);
            if let Some(child) = self.child(state.node, *meant).filter(|_| stands) {
                let at = next.at + u32::try_from(rest.len()).unwrap_or(0);
                stack.push(State { node: child, at, ..next });
            }
        }
        if let Some(letter) = symbol.latin {
            let at_root = state.node == 0;
            let syllables =
                if at_root { &self.initials[usize::from(letter - b'a')] } else { &node.syllables };
            for (syllable, child) in syllables {
                let letters =
                    (state.at..).take(syllable.len()).map(|at| self.symbol(units, at).and_then(|s| s.latin));
                if letters.zip(syllable.iter()).all(|(is, meant)| is == Some(*meant)) {
                    let at = state.at + u32::try_from(syllable.len()).unwrap_or(0);
                    stack.push(State { node: *child, at, letters: true, ..next });
                }
            }
        }
        if let Some(child) = self.child(state.node, unit.symbol) {
            stack.push(State { node: child, ..next });
        }
    }
}
