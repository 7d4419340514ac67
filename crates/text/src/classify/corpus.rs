//! The corpus: messages written as grammars, expanded by seed into as many different ones as are asked for.
//!
//! A file of `library/corpus/` has slots and sections. `= name` begins a slot; its lines hold alternatives with `|` between
//! them. `+ class/subtype xN` begins a section; each of its lines is a template that is expanded N times. In both,
//! `{a|b|}` chooses, `{name}` fills a slot or a concept of the lexicon, `#` is a digit, and `\` takes the next sign as it
//! is (`\n` is a new line). The same text and seed always give the same messages. It refuses unknown classes and slots, with
//! the line. Training calls it.

use super::dice::{self, Dice};
use super::lexicon::Lexicon;
use super::{CorpusError, class_index};
use std::collections::BTreeMap;

/// How deep slots may stand in slots.
const DEPTH_MAX: usize = 12;
/// The file of a corpus that is its lexicon.
const LEXICON: &str = "lexicon.txt";

/// One message with its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The body.
    pub text: String,
    /// The sender, or empty.
    pub sender: String,
    /// The signature, or empty.
    pub signature: String,
    /// Column of its class.
    pub class: usize,
    /// Its subtype, or empty.
    pub subtype: String,
    /// What it has in common with others made from the same line; they must be on one side of a split.
    pub group: u64,
}

/// The grammars of all files, read and checked.
#[derive(Debug, Default)]
pub struct Corpus {
    slots: BTreeMap<String, Vec<String>>,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    template: String,
    class: usize,
    subtype: String,
    times: usize,
    number: usize,
}

impl Corpus {
    /// An empty corpus whose templates may name the lexicon's concepts.
    pub fn new(lexicon: &Lexicon) -> Self {
        let slots = lexicon.concepts().iter().map(|c| (c.name.clone(), c.spellings.clone())).collect();
        Self { slots, lines: Vec::new() }
    }

    /// Reads a lexicon and all grammars of a corpus; one of the files is called `lexicon.txt`.
    ///
    /// # Errors
    /// The path and what is wrong with the file.
    pub fn of_files<'a>(
        files: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Result<(Lexicon, Self), (&'a str, CorpusError)> {
        let is_lexicon = |path: &str| path.ends_with(LEXICON);
        let missing = CorpusError { line: 0, what: "expected a file of this name".to_owned() };
        let (path, source) = files.clone().find(|(path, _)| is_lexicon(path)).ok_or((LEXICON, missing))?;
        let lexicon = Lexicon::parse(source).map_err(|error| (path, error))?;
        let mut corpus = Self::new(&lexicon);
        for (path, source) in files.filter(|(path, _)| !is_lexicon(path)) {
            corpus.add(source).map_err(|error| (path, error))?;
        }
        Ok((lexicon, corpus))
    }

    /// Adds a file. Slots must be known before the sections that use them are expanded, not before they are read.
    ///
    /// # Errors
    /// With the line, when a class is unknown or a template stands under nothing.
    pub fn add(&mut self, source: &str) -> Result<(), CorpusError> {
        let mut slot: Option<String> = None;
        let mut section: Option<(usize, String, usize)> = None;
        for (index, line) in source.lines().enumerate() {
            let at = |what: String| CorpusError { line: index + 1, what };
            let line = line.trim();
            if line.is_empty() || line.starts_with("# ") {
                continue;
            }
            if let Some(name) = line.strip_prefix("= ") {
                (slot, section) = (Some(name.trim().to_owned()), None);
            } else if let Some(head) = line.strip_prefix("+ ") {
                (slot, section) = (None, Some(section_of(head).map_err(at)?));
            } else if let Some(name) = &slot {
                let alternatives = self.slots.entry(name.clone()).or_default();
                alternatives.extend(split(line).into_iter().map(|part| part.trim().to_owned()));
            } else if let Some((class, subtype, times)) = &section {
                let (class, subtype, times) = (*class, subtype.clone(), *times);
                self.lines.push(Line { template: line.to_owned(), class, subtype, times, number: index + 1 });
            } else {
                return Err(at(format!("expected `= slot` or `+ class/subtype xN` before {line:?}")));
            }
        }
        Ok(())
    }

    /// How many templates there are.
    pub fn templates(&self) -> usize {
        self.lines.len()
    }

    /// Expands everything. Two equal messages of one template are one.
    ///
    /// # Errors
    /// When a template names a slot that is not there.
    pub fn expand(&self, seed: u64) -> Result<Vec<Sample>, CorpusError> {
        let mut samples = Vec::new();
        for line in &self.lines {
            let group = dice::hash_characters(line.template.chars());
            let mut dice = Dice::new(seed ^ group);
            let mut seen: Vec<String> = Vec::new();
            for _ in 0..line.times {
                let mut text = String::new();
                self.write(&line.template, &mut dice, &mut text, 0)
                    .map_err(|what| CorpusError { line: line.number, what })?;
                if seen.contains(&text) {
                    continue;
                }
                seen.push(text.clone());
                samples.push(varied(line, group, text, &mut dice));
            }
        }
        Ok(samples)
    }

    fn write(&self, template: &str, dice: &mut Dice, out: &mut String, depth: usize) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err(format!("expected slots at most {DEPTH_MAX} deep, found more at {template:?}"));
        }
        let mut rest = template;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            match c {
                '\\' => {
                    let Some(next) = after.chars().next() else { break };
                    out.push(if next == 'n' { '\n' } else { next });
                    rest = &after[next.len_utf8()..];
                }
                '#' => {
                    let first = !out.ends_with(|c: char| c.is_ascii_digit());
                    let digit = if first { 1 + dice.below(9) } else { dice.below(10) };
                    out.push(char::from(b'0' + digit as u8));
                    rest = after;
                }
                '{' => {
                    let end =
                        closing(after).ok_or_else(|| format!("expected a closing brace in {template:?}"))?;
                    self.choose(&after[..end], dice, out, depth)?;
                    rest = &after[end + 1..];
                }
                _ => {
                    out.push(c);
                    rest = after;
                }
            }
        }
        Ok(())
    }

    fn choose(&self, inside: &str, dice: &mut Dice, out: &mut String, depth: usize) -> Result<(), String> {
        let parts = split(inside);
        if let [name] = parts.as_slice()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            let slot =
                self.slots.get(*name).ok_or_else(|| format!("expected a known slot, found {{{name}}}"))?;
            let chosen = slot.get(dice.below(slot.len())).map_or("", String::as_str);
            return self.write(chosen, dice, out, depth + 1);
        }
        let chosen = parts.get(dice.below(parts.len())).copied().unwrap_or_default();
        self.write(chosen, dice, out, depth + 1)
    }
}

/// Makes of an expanded template what arrives: sometimes all capitals, cut off, digits published as `x`, from somebody.
fn varied(line: &Line, group: u64, text: String, dice: &mut Dice) -> Sample {
    let mut text = text;
    let chinese = text.chars().any(super::scan::is_han);
    match dice.below(100) {
        0..4 if !chinese => text = text.to_uppercase(),
        4..8 if !chinese => text = text.to_lowercase(),
        8..12 => text = text.chars().take(30 + dice.below(60)).collect(),
        12..30 if chinese => {
            text = text.chars().map(|c| if c.is_ascii_digit() { 'x' } else { c }).collect();
        }
        _ => {}
    }
    let sender = match (line.class, dice.below(10)) {
        (_, 0..4) => String::new(),
        (5, 4..9) | (6, 7..9) => format!("+{}", 10_000_000_000 + dice.roll() % 80_000_000_000),
        (_, _) if chinese => format!("{}", 95_500 + dice.below(90)),
        (6, 4..7) => String::new(),
        _ => format!("{}-HEADER", ["VM", "AD", "JD", "BP", "TX"][dice.below(5)]),
    };
    let (class, subtype) = (line.class, line.subtype.clone());
    Sample { text, sender, signature: String::new(), class, subtype, group }
}

fn section_of(head: &str) -> Result<(usize, String, usize), String> {
    let mut words = head.split_whitespace();
    let label = words.next().unwrap_or_default();
    let (class, subtype) = label.split_once('/').unwrap_or((label, ""));
    let class = class_index(class)
        .ok_or_else(|| format!("expected one of {}, found {class:?}", super::CLASSES.join(", ")))?;
    let times = match words.next() {
        None => 1,
        Some(times) => times
            .strip_prefix('x')
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| format!("expected x and a number, found {times:?}"))?,
    };
    Ok((class, subtype.to_owned(), times))
}

/// Where the brace that was opened before `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The alternatives of a line: split at `|` outside of braces.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut escaped) = (Vec::new(), 0, 0_i32, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth -= 1,
            '|' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grammar_gives_the_same_messages_for_the_same_seed() {
        let mut corpus = Corpus::new(&Lexicon::parse("@bank mask\nOne Bank | Two Bank").unwrap());
        corpus.add("= amt\nRs ## | INR #,###.##\n+ customer_service/debit x20\n{bank}: {paid|spent} {amt}{ at \\{\\{x\\}\\}|}").unwrap();
        let first = corpus.expand(7).unwrap();
        assert_eq!(first, corpus.expand(7).unwrap());
        assert!(first.len() > 15 && first.iter().all(|s| s.subtype == "debit" && s.class == 0));
        assert_ne!(first, corpus.expand(8).unwrap());
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let lexicon = Lexicon::default();
        let add = |source: &str| Corpus::new(&lexicon).add(source).unwrap_err();
        assert_eq!(add("\n+ weather x2\nrain").line, 2);
        assert_eq!(add("lonely").line, 1);
        assert!(add("+ scam times2").what.contains("x and a number"));
        let mut corpus = Corpus::new(&lexicon);
        corpus.add("+ scam\n{nothing}").unwrap();
        assert!(corpus.expand(1).unwrap_err().what.contains("{nothing}"));
        assert!(Lexicon::parse("word").is_err());
    }
}
