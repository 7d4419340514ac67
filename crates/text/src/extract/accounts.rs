//! The customer's account or card, by the digits that are shown of it.
//!
//! Masked digits are one by their shape, plain digits only behind a word such as 尾号 or `a/c`. The other side's account
//! is told by the word before it. What is given back is the last four digits shown, never more.

use super::cues::{Hit, Role, is_spaced_letter};
use super::tokens::{Masked, Tokens, run};

/// Between an account word and its digits, in bytes, cues such as `ending with` left out.
const GAP_MAX: usize = 8;

/// How far before an account the word `from` may stand, a name between them.
const FROM_REACH: usize = 40;

/// Fewer digits before a currency are its amount, even behind an account word.
const ACCOUNT_DIGITS_MIN: usize = 4;

/// Shorter tails are filled up with the digits before the mask.
const TAIL_DIGITS_MIN: usize = 4;

/// How far before an account the word that gives it to the other side may stand.
const THEIRS_REACH: usize = 24;

/// What speaks for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Digits in brackets behind a name.
    Bare,
    /// The other side's.
    Theirs,
    /// A mask that nothing names.
    Masked,
    /// Named an account or a card.
    Named,
    /// The account behind a card.
    Linked,
}

/// What accounts a message shows, and which of them is the customer's.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub(super) all: Vec<Masked>,
    ranked: Vec<(Rank, bool, Masked)>,
}

impl Accounts {
    /// Finds them in the plain form.
    pub(super) fn find(text: &str, hits: &[Hit], tokens: &Tokens) -> Self {
        let mut accounts = Self::default();
        for found in &tokens.masked {
            if let Some(rank) = rank(text, hits, found) {
                accounts.offer(rank, is_from(text, hits, found.start), *found);
            }
        }
        for (at, hit) in hits.iter().enumerate() {
            let names = matches!(
                hit.role,
                Role::Account
                    | Role::Card
                    | Role::CreditCard
                    | Role::Prefix
                    | Role::Linked
                    | Role::Own
                    | Role::Their
            );
            if let Some(found) = names.then(|| plain_digits(text, &hits[at + 1..], hit)).flatten() {
                let is_part = tokens
                    .masked
                    .iter()
                    .any(|masked| masked.start <= found.start && found.start < masked.end);
                if is_part || is_amount(tokens, &found) {
                    continue;
                }
                accounts.offer(named(text, hits, hit), is_from(text, hits, hit.start), found);
            }
        }
        for (open, _) in text.match_indices('(') {
            let end = run(text.as_bytes(), open + 1, |b| b.is_ascii_digit());
            let follows_name = text[..open].chars().next_back().is_some_and(|c| c > '\u{2E80}');
            if end == open + 5 && text[end..].starts_with(')') && follows_name {
                let found = Masked { start: open + 1, end, tail: (open + 1, end), is_weak: true };
                accounts.offer(Rank::Bare, false, found);
            }
        }
        if accounts.ranked.is_empty() && is_leading(text) {
            let found = Masked { start: 0, end: 4, tail: (0, 4), is_weak: true };
            accounts.offer(Rank::Bare, false, found);
        }
        accounts
    }

    /// At most the last four digits that are shown of the customer's account. When money came in, what stands behind
    /// `from` is the other side's; among equals the first named is the customer's.
    pub(super) fn tail(&self, text: &str, came_in: bool) -> Option<String> {
        let place = |(rank, is_from, found): &(Rank, bool, Masked)| {
            (if came_in && *is_from { Rank::Theirs } else { *rank }, std::cmp::Reverse(found.start))
        };
        let (_, _, found) = self.ranked.iter().max_by_key(|ranked| place(ranked))?;
        if found.tail.1 - found.tail.0 >= TAIL_DIGITS_MIN {
            return Some(text[found.tail.0..found.tail.1].to_owned());
        }
        let digits: Vec<char> = text[found.start..found.end].chars().filter(char::is_ascii_digit).collect();
        Some(digits[digits.len().saturating_sub(4)..].iter().collect())
    }

    fn offer(&mut self, rank: Rank, is_from: bool, found: Masked) {
        self.all.push(found);
        self.ranked.push((rank, is_from, found));
    }
}

/// `7259 15:00 …`: four digits and a space open the message.
fn is_leading(text: &str) -> bool {
    let bytes = text.as_bytes();
    run(bytes, 0, |b| b.is_ascii_digit()) == 4
        && bytes.get(4) == Some(&b' ')
        && (bytes.get(5).is_some_and(|b| !b.is_ascii_digit()) || super::moments::moment(text, 5).is_some())
}

fn rank(text: &str, hits: &[Hit], found: &Masked) -> Option<Rank> {
    let naming = hits
        .iter()
        .rev()
        .filter(|hit| hit.end <= found.tail.0)
        .take_while(|hit| found.start.saturating_sub(hit.end) <= GAP_MAX * 3)
        .find(|hit| {
            matches!(
                hit.role,
                Role::Account | Role::Card | Role::CreditCard | Role::Own | Role::Prefix | Role::Linked
            )
        });
    let Some(naming) = naming else {
        if found.is_weak {
            return None;
        }
        return Some(if is_theirs(text, hits, found.start) { Rank::Theirs } else { Rank::Masked });
    };
    Some(named(text, hits, naming))
}

fn named(text: &str, hits: &[Hit], naming: &Hit) -> Rank {
    match naming.role {
        Role::Their => Rank::Theirs,
        _ if is_theirs(text, hits, naming.start) => Rank::Theirs,
        Role::Linked => Rank::Linked,
        Role::Own => Rank::Masked,
        _ => Rank::Named,
    }
}

/// Whether digits are money: a currency stands before them, or touches them.
fn is_amount(tokens: &Tokens, found: &Masked) -> bool {
    tokens.figures.iter().any(|figure| {
        let is_short = found.end - found.start < ACCOUNT_DIGITS_MIN;
        figure.digits.0 == found.start && figure.currency.is_some() && (!figure.is_apart || is_short)
    })
}

/// Whether the word `from` stands before an account, and nothing that makes it the customer's.
fn is_from(text: &str, hits: &[Hit], at: usize) -> bool {
    let mut before =
        hits.iter().rev().filter(|hit| hit.end <= at).take_while(|hit| at - hit.end <= FROM_REACH);
    before
        .find(|hit| matches!(hit.role, Role::Own | Role::Party | Role::Debit { .. } | Role::Credit { .. }))
        .is_some_and(|hit| hit.role == Role::Party && text[hit.start..hit.end].starts_with("from"))
}

/// Whether the word before an account gives it to the other side.
fn is_theirs(text: &str, hits: &[Hit], at: usize) -> bool {
    let before = hits.iter().rev().filter(|hit| hit.end <= at).take_while(|hit| at - hit.end <= THEIRS_REACH);
    for hit in before {
        match hit.role {
            Role::Their => return super::roles::breaks(text, hit.end, at) == 0,
            Role::Own => return false,
            Role::Account | Role::Ending | Role::Card | Role::CreditCard | Role::Nothing | Role::Party => {}
            _ => return false,
        }
    }
    false
}

/// Plain digits behind an account word: three to twenty of them, and not an amount or a date.
fn plain_digits(text: &str, following: &[Hit], naming: &Hit) -> Option<Masked> {
    let bytes = text.as_bytes();
    let mut from = naming.end;
    for hit in following {
        let has_digits = bytes[from..hit.start.max(from)].iter().any(u8::is_ascii_digit);
        if hit.start > from + GAP_MAX || has_digits || naming.role == Role::Own {
            break;
        }
        if matches!(hit.role, Role::Ending | Role::Account | Role::Card) {
            from = hit.end;
        }
    }
    let start = text[from..]
        .char_indices()
        .find(|(_, c)| {
            !matches!(c, ' ' | ':' | '：' | '.' | '(' | '（' | '[' | '-' | '\'' | '/' | '\n' | '#' | '=')
        })
        .map(|(at, _)| from + at)?;
    let end = run(bytes, start, |b| b.is_ascii_digit());
    let next = bytes.get(end).copied().unwrap_or(b' ');
    // 5.3854: the first digit of a card, and its last four.
    if end - start == 1 && next == b'.' {
        let last = run(bytes, end + 1, |b| b.is_ascii_digit());
        return (last - end == 5 && start - from <= 2).then_some(Masked {
            start,
            end: last,
            tail: (end + 1, last),
            is_weak: true,
        });
    }
    let is_number = (3..=20).contains(&(end - start));
    let is_other = matches!(next, b',' | b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
        || text[end..].chars().next().is_some_and(is_spaced_letter)
        || matches!(next, b'*' | b'%' | b'-')
        || end - start < 8 && super::moments::moment(text, start).is_some();
    let is_near = if matches!(naming.role, Role::Own | Role::Prefix) {
        start - from <= 1 && end - start >= 4
    } else {
        start - from <= GAP_MAX
    };
    (is_number && !is_other && is_near).then_some(Masked {
        start,
        end,
        tail: (start.max(end.saturating_sub(4)), end),
        is_weak: false,
    })
}
