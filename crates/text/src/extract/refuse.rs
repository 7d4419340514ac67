//! Why a message tells of no movement: a code, a refusal, a plan, a request, an offer.
//!
//! Money that has not moved is never booked. Each reason has its cues; a cue counts in the sentence of the amount and
//! before it, so that advice behind a movement ("never share your OTP") refuses nothing.

use super::cues::{Hit, Role};
use super::roles::breaks;
use super::tokens::{Figure, run};

/// How far from its word a code may stand, in bytes.
const CODE_REACH: usize = 40;

/// The same behind a word that leaves no doubt: the purchase that is confirmed may stand between.
const CODE_REACH_SURE: usize = 160;

/// So many words of an offer outweigh a word for a movement.
const OFFER_WORDS: usize = 2;

/// Why there is no movement in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It carries a one-time code.
    OneTimeCode,
    /// The movement was declined, or failed.
    Declined,
    /// It is going to happen, or is due.
    Future,
    /// Somebody asks for it.
    Requested,
    /// It is an offer or a notice.
    Offer,
    /// The movement is told in another message: the other side's receipt, or the paying account's.
    ToldElsewhere,
    /// No amount of money stands in it.
    NoAmount,
    /// An amount stands in it, but nothing says that it moved.
    NoMovement,
}

impl Reason {
    /// The word in what is written out.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneTimeCode => "one_time_code",
            Self::Declined => "declined",
            Self::Future => "future",
            Self::Requested => "requested",
            Self::Offer => "offer",
            Self::ToldElsewhere => "told_elsewhere",
            Self::NoAmount => "no_amount",
            Self::NoMovement => "no_movement",
        }
    }
}

/// The first reason that holds; `reports` tells that the message reports an account or a balance.
pub(super) fn reason(text: &str, hits: &[Hit], main: Option<&Figure>, reports: bool) -> Option<Reason> {
    let offers = hits.iter().filter(|hit| hit.role == Role::Offer).count();
    let investment = hits.iter().any(|hit| hit.role == Role::Investment);
    hits.iter().find_map(|hit| {
        let reason = match hit.role {
            Role::Declined => Reason::Declined,
            Role::Future => Reason::Future,
            Role::Request => Reason::Requested,
            Role::Offer
                if !reports
                    && (offers >= OFFER_WORDS
                        || main.is_none_or(|main| hit.start < main.start || !moves(hits))) =>
            {
                Reason::Offer
            }
            Role::Pending => return Some(Reason::Future),
            Role::Echo { weak } if !(investment || weak && reports) => Reason::ToldElsewhere,
            _ => return None,
        };
        let counts = reason == Reason::Offer || applies(text, hit, main);
        counts.then_some(reason)
    })
}

/// Whether a strong cue says that money moved.
fn moves(hits: &[Hit]) -> bool {
    hits.iter().any(|hit| {
        matches!(
            hit.role,
            Role::Debit { weak: false } | Role::Credit { weak: false } | Role::Transfer { weak: false }
        )
    })
}

fn applies(text: &str, hit: &Hit, main: Option<&Figure>) -> bool {
    let Some(main) = main else { return true };
    if hit.end <= main.start { true } else { breaks(text, main.end, hit.start) == 0 }
}

/// The one-time code of a message: where it stands. A weak word needs a code beside it and no report of a movement.
pub(super) fn code(text: &str, hits: &[Hit], reports: bool) -> Option<(usize, usize)> {
    let mut found = None;
    for hit in hits {
        let reach = match hit.role {
            Role::Code { weak } if !(weak && reports) => CODE_REACH,
            Role::CodeSure => CODE_REACH_SURE,
            _ => continue,
        };
        let near = behind(text, hit.end, CODE_REACH)
            .or_else(|| ahead(text, hit.start))
            .or_else(|| behind(text, hit.end, reach));
        if near.is_some() {
            found = near;
            break;
        }
    }
    found
}

/// The first code behind a word: `… is 123456`, `：482913`.
fn behind(text: &str, from: usize, reach: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() && at - from <= reach {
        // Farther away only what is said to be the code: `… is 123456`.
        let is_said =
            at - from <= CODE_REACH || bytes[..at].ends_with(b" is ") || bytes[..at].ends_with(b": ");
        if let Some(end) = code_at(text, at).filter(|_| is_said) {
            return Some((at, end));
        }
        at = if bytes[at].is_ascii_alphanumeric() {
            run(bytes, at, |b| b.is_ascii_alphanumeric())
        } else {
            at + 1
        };
    }
    None
}

/// Whether a length of time begins here, as in `482913，5分钟内有效`, whose comma is folded to that of an amount.
fn is_span(text: &str, at: usize) -> bool {
    let end = run(text.as_bytes(), at, |b| b.is_ascii_digit());
    text.get(end..).is_some_and(|rest| rest.starts_with(['分', '秒', '小', '天', '日']))
}

/// The last code before a word: `123456 is your …`.
fn ahead(text: &str, to: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = to;
    let mut word = to;
    while at > 0 && to - at <= CODE_REACH {
        at -= 1;
        let begins = at == 0 || !is_of_code(bytes[at - 1]);
        if is_of_code(bytes[at]) && begins {
            if let Some(end) = code_at(text, at).filter(|end| *end <= word) {
                return Some((at, end));
            }
            word = to;
        }
    }
    None
}

fn is_of_code(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.' || byte == b','
}

/// Four to eight letters and digits with at least half of them digits: 482913, g-482913, 167-262, 12ab34.
fn code_at(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'+' | b'/' | b'*' | b'$'))
    {
        return None;
    }
    let end = run(bytes, at, |b| b.is_ascii_alphanumeric() || b == b'-');
    let end = if end > at && bytes[end - 1] == b'-' { end - 1 } else { end };
    let piece = &bytes[at..end];
    let digits = piece.iter().filter(|b| b.is_ascii_digit()).count();
    let dashes = piece.iter().filter(|b| **b == b'-').count();
    let next = bytes.get(end).copied().unwrap_or(b' ');
    let is_amount = matches!(next, b'.' | b',')
        && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
        && !is_span(text, end + 1);
    let is_code = (4..=8 + dashes).contains(&piece.len())
        && dashes <= 1
        && digits >= 3
        && digits * 2 >= piece.len() - dashes;
    (is_code && !is_amount && !matches!(next, b':' | b'/' | b'%' | b'*') || is_code && next == b':')
        .then_some(end)
}
