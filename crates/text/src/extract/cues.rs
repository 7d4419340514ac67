//! Cue tables: which words tell what a figure in a message is. Data, one file for each language in `library/cues/`.
//!
//! A file is lines: `[role]` opens a section, every other line is one cue, `#` opens a comment. A cue is written as the
//! plain form has it: lower case, half width. `*` at its end means that letters may follow (a stem), `*` at its start
//! that letters may come before. Cues of scripts without spaces never ask for word boundaries. Roles that a section may
//! name are those of [`Role::named`]; `[currency INR]` names what is written for a currency.
//!
//! It refuses a file with an unknown role or an empty cue, and says where. The application reads the files; this
//! module opens none.

use super::fold::Folded;
use daachorse::{DoubleArrayAhoCorasick, DoubleArrayAhoCorasickBuilder, MatchKind};
use std::collections::BTreeMap;

/// Currencies that tables may name, at most.
const CURRENCIES_MAX: usize = 250;

/// What a cue says of the figures around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Money leaves the customer's account; weak ones count when nothing else is said.
    Debit { weak: bool },
    /// Money enters the customer's account.
    Credit { weak: bool },
    /// Money moves between accounts, or to another person by transfer.
    Transfer { weak: bool },
    /// A movement is undone: the money comes back, whatever else is said.
    Reversal,
    /// The other side is a fund or a broker.
    Investment,
    /// The other side is a pocket of the customer's own.
    Pocket,
    /// The instrument is a credit card.
    CreditCard,
    /// The instrument is a card.
    Card,
    /// An account, its number follows.
    Account,
    /// The account behind a card, its number follows.
    Linked,
    /// Letters that stand directly before a card's digits.
    Prefix,
    /// Stands between an account word and its digits.
    Ending,
    /// What follows is the other side's account.
    Their,
    /// What follows is the customer's own.
    Own,
    /// The figure is a balance.
    Balance,
    /// The figure is a limit or what is left of it.
    Limit,
    /// The figure is a fee or a tax.
    Fee,
    /// The figure is neither the movement nor a balance.
    Aside,
    /// The figure is the movement's amount.
    Amount,
    /// A one-time code stands near.
    Code { weak: bool },
    /// The message is about a one-time code, whether it shows one or not.
    CodeSure,
    /// The movement did not happen.
    Declined,
    /// It has not happened yet.
    Future,
    /// It is not settled, wherever that is said.
    Pending,
    /// Somebody asks for money.
    Request,
    /// An offer or a notice without a movement.
    Offer,
    /// Another message tells of the same movement, or the repayment is told at the paying account. Weak ones count
    /// when the message shows neither an account nor a balance.
    Echo { weak: bool },
    /// The customer sent the money, whatever was done to the other side's account.
    Sent,
    /// The other side's name follows.
    Party,
    /// A reference number follows.
    Reference,
    /// A word that holds another cue and means nothing.
    Nothing,
    /// A currency, by its place in [`Cues::currency`].
    Currency(u8),
    /// The figure before it is multiplied by ten to this power.
    Power(u8),
}

impl Role {
    /// The role by its name in a file.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "debit" => Self::Debit { weak: false },
            "debit weak" => Self::Debit { weak: true },
            "credit" => Self::Credit { weak: false },
            "credit weak" => Self::Credit { weak: true },
            "transfer" => Self::Transfer { weak: false },
            "transfer weak" => Self::Transfer { weak: true },
            "reversal" => Self::Reversal,
            "investment" => Self::Investment,
            "pocket" => Self::Pocket,
            "linked" => Self::Linked,
            "pending" => Self::Pending,
            "credit card" => Self::CreditCard,
            "card" => Self::Card,
            "account" => Self::Account,
            "prefix" => Self::Prefix,
            "ending" => Self::Ending,
            "their" => Self::Their,
            "own" => Self::Own,
            "balance" => Self::Balance,
            "limit" => Self::Limit,
            "fee" => Self::Fee,
            "aside" => Self::Aside,
            "amount" => Self::Amount,
            "code" => Self::Code { weak: false },
            "code weak" => Self::Code { weak: true },
            "code sure" => Self::CodeSure,
            "declined" => Self::Declined,
            "future" => Self::Future,
            "request" => Self::Request,
            "offer" => Self::Offer,
            "echo" => Self::Echo { weak: false },
            "echo weak" => Self::Echo { weak: true },
            "sent" => Self::Sent,
            "party" => Self::Party,
            "reference" => Self::Reference,
            "nothing" => Self::Nothing,
            "power 4" => Self::Power(4),
            "power 5" => Self::Power(5),
            "power 6" => Self::Power(6),
            "power 7" => Self::Power(7),
            "power 8" => Self::Power(8),
            _ => return None,
        })
    }
}

/// Why a cue file was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CueError {
    /// A section names no role.
    #[error("{file}:{line}: expected the name of a role in brackets, found [{found}]")]
    UnknownRole {
        /// The file as the caller named it.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What stands between the brackets.
        found: String,
    },
    /// A cue stands before the first section, or is nothing but stars.
    #[error("{file}:{line}: expected a section such as [debit] and then cues, found {found:?}")]
    Stray {
        /// The file as the caller named it.
        file: String,
        /// Counted from 1.
        line: usize,
        /// The line.
        found: String,
    },
    /// The tables are empty, or too large for the automaton.
    #[error("expected cue tables that can be searched: {0}")]
    Unsearchable(String),
}

/// A cue that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) role: Role,
}

impl Hit {
    /// No cue at all, at a place.
    pub(super) fn nothing(at: usize) -> Self {
        Self { start: at, end: at, role: Role::Nothing }
    }
}

#[derive(Debug, Clone, Copy)]
struct Cue {
    role: Role,
    is_stem: bool,
    is_tail: bool,
}

/// All cues of all languages, ready to be searched at once.
pub(super) struct Cues {
    automaton: DoubleArrayAhoCorasick<u32>,
    cues: Vec<Cue>,
    currencies: Vec<String>,
}

impl std::fmt::Debug for Cues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cues").field("cues", &self.cues.len()).finish_non_exhaustive()
    }
}

impl Cues {
    /// Reads tables: name and content of each file. A cue that stands twice keeps its first role.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, CueError> {
        let mut patterns: BTreeMap<String, Cue> = BTreeMap::new();
        let mut currencies = Vec::new();
        for (file, content) in files {
            read(file, content, &mut patterns, &mut currencies)?;
        }
        let cues: Vec<Cue> = patterns.values().copied().collect();
        let numbered = patterns.keys().zip(0u32..);
        let automaton = DoubleArrayAhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .build_with_values(numbered)
            .map_err(|error| CueError::Unsearchable(error.to_string()))?;
        Ok(Self { automaton, cues, currencies })
    }

    /// The code of a currency, such as `INR`.
    pub(super) fn currency(&self, at: u8) -> &str {
        self.currencies.get(usize::from(at)).map_or("", String::as_str)
    }

    /// The cues of a text in its plain form: from the left, of those that begin at one place the longest, none
    /// inside another.
    pub(super) fn find(&self, text: &str, hits: &mut Vec<Hit>) {
        hits.clear();
        for found in self.automaton.find_overlapping_iter(text) {
            let Some(cue) = self.cues.get(found.value() as usize) else { continue };
            if !cue.is_stem && !ends_word(text, found.end())
                || !cue.is_tail && !begins_word(text, found.start())
            {
                continue;
            }
            hits.push(Hit { start: found.start(), end: found.end(), role: cue.role });
        }
        hits.sort_unstable_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
        let mut until = 0;
        hits.retain(|hit| {
            let is_free = hit.start >= until;
            if is_free {
                until = hit.end;
            }
            is_free
        });
    }
}

fn read(
    file: &str,
    content: &str,
    patterns: &mut BTreeMap<String, Cue>,
    currencies: &mut Vec<String>,
) -> Result<(), CueError> {
    let mut role = None;
    for (line, cue) in content.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
        if cue.is_empty() || cue.starts_with("# ") || cue == "#" {
            continue;
        }
        if let Some(name) = cue.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            role = match name.strip_prefix("currency ") {
                Some(code) => currency(code, currencies),
                None => Role::named(name),
            };
            if role.is_none() {
                return Err(CueError::UnknownRole { file: file.to_owned(), line, found: name.to_owned() });
            }
            continue;
        }
        let plain = Folded::new(cue.trim_matches('*'), usize::MAX);
        let pattern = plain.text.as_str();
        let Some(role) = role.filter(|_| !pattern.is_empty()) else {
            return Err(CueError::Stray { file: file.to_owned(), line, found: cue.to_owned() });
        };
        let cue = Cue { role, is_stem: cue.ends_with('*'), is_tail: cue.starts_with('*') };
        patterns.entry(pattern.to_owned()).or_insert(cue);
    }
    Ok(())
}

fn currency(code: &str, currencies: &mut Vec<String>) -> Option<Role> {
    let at = currencies.iter().position(|known| known == code).unwrap_or_else(|| {
        currencies.push(code.to_owned());
        currencies.len() - 1
    });
    u8::try_from(at).ok().filter(|_| at < CURRENCIES_MAX).map(Role::Currency)
}

/// Whether a character belongs to a script that separates its words.
pub(super) fn is_spaced_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || !c.is_ascii() && c < '\u{E00}' && c.is_alphabetic()
}

fn begins_word(text: &str, at: usize) -> bool {
    is_edge(text[at..].chars().next(), text[..at].chars().next_back())
}

fn ends_word(text: &str, at: usize) -> bool {
    is_edge(text[..at].chars().next_back(), text[at..].chars().next())
}

/// Whether a cue's outermost letter and what stands beside it belong to different words: also when one of them is
/// Latin and the other is not.
fn is_edge(inner: Option<char>, outer: Option<char>) -> bool {
    let (Some(inner), Some(outer)) = (inner, outer) else { return true };
    !is_spaced_letter(inner) || !is_spaced_letter(outer) || inner.is_ascii() != outer.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(tables: &str, text: &str) -> Vec<(String, Role)> {
        let cues = Cues::new([("test", tables)]).unwrap();
        let mut hits = Vec::new();
        cues.find(text, &mut hits);
        hits.iter().map(|hit| (text[hit.start..hit.end].to_owned(), hit.role)).collect()
    }

    #[test]
    fn the_longest_cue_at_a_place_wins_and_words_are_whole() {
        let tables = "[credit]\ncredit\n[credit card]\ncredit card\n[debit]\nсписан*\n支出\n";
        let weak = false;
        assert_eq!(found(tables, "credit card"), [("credit card".to_owned(), Role::CreditCard)]);
        assert_eq!(found(tables, "credits, discredit"), []);
        assert_eq!(found(tables, "credit cards"), [("credit".to_owned(), Role::Credit { weak })]);
        assert_eq!(found(tables, "списано 5"), [("списан".to_owned(), Role::Debit { weak })]);
        assert_eq!(found(tables, "已支出5元"), [("支出".to_owned(), Role::Debit { weak })]);
    }

    #[test]
    fn a_bad_table_is_told_with_its_line() {
        for (tables, expect) in [
            ("[debits]", "t:1: expected the name of a role in brackets, found [debits]"),
            ("# x\nspent", "t:2: expected a section such as [debit] and then cues, found \"spent\""),
            ("[debit]\n*", "t:2: expected a section such as [debit] and then cues, found \"*\""),
        ] {
            assert_eq!(Cues::new([("t", tables)]).unwrap_err().to_string(), expect);
        }
    }
}
