//! Figures and their kinds: what in a message is an amount, a masked account, a date, a time or none of these.
//!
//! One pass over the plain form, by shape alone: it knows no institution and no language but the names of months. It
//! never takes a link, a phone number, a percentage or a reference for an amount. Only `extract` calls it.

use super::cues::{Hit, Role};

/// A figure that may be money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figure {
    /// Where it begins, with its sign and the currency before it.
    pub(super) start: usize,
    /// Where it ends, with the currency after it.
    pub(super) end: usize,
    /// The digits and their separators alone.
    pub(super) digits: (usize, usize),
    /// `+` is true, `-` false.
    pub(super) sign: Option<bool>,
    /// Which currency stands at it.
    pub(super) currency: Option<u8>,
    /// Multiplied by ten to this power: 4 for 万.
    pub(super) power: u8,
    /// Written as money is: with decimals, with groups or with a sign.
    pub(super) is_shaped: bool,
    /// Its currency follows behind a space.
    pub(super) is_apart: bool,
}

/// An account or a card, as far as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Masked {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The digits that are shown last.
    pub(super) tail: (usize, usize),
    /// Its mask alone does not prove that it is one: a `#`, dots, or no mask at all.
    pub(super) is_weak: bool,
}

/// A date or a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a scan found, each from the left.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) figures: Vec<Figure>,
    pub(super) masked: Vec<Masked>,
    pub(super) moments: Vec<Moment>,
}

/// Digits of an account that are shown, at most.
const TAIL_DIGITS: usize = 4;

/// Digits in a row without any separator or currency that are a number of something, not of money.
const REFERENCE_DIGITS: usize = 8;

/// Scans a text in its plain form; `hits` are its cues.
pub(super) fn scan(text: &str, hits: &[Hit]) -> Tokens {
    let mut tokens = Tokens::default();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at = match byte {
            b'a'..=b'z' => word(text, at, hits, &mut tokens),
            b'0'..=b'9' => figure(text, at, hits, &mut tokens),
            b'*' | b'#' | b'.' => masked(text, at).map_or(at + 1, |found| keep(text, found, &mut tokens)),
            // A bullet or a cross that masks digits.
            0xE2 if text[at..].starts_with('•') => {
                masked(text, at).map_or(at + 3, |found| keep(text, found, &mut tokens))
            }
            _ => at + 1,
        };
    }
    tokens
}

fn keep(text: &str, found: Masked, tokens: &mut Tokens) -> usize {
    if !is_mobile(&text.as_bytes()[found.start..found.end]) {
        tokens.masked.push(found);
    }
    found.end
}

/// At the first Latin letter of a word: where the scan goes on.
fn word(text: &str, at: usize, hits: &[Hit], tokens: &mut Tokens) -> usize {
    let bytes = text.as_bytes();
    let letters = run(bytes, at, |b| b.is_ascii_lowercase());
    if is_link(&text[at..], letters - at) {
        return run(bytes, at, |b| b.is_ascii_graphic());
    }
    let next = bytes.get(letters).copied().unwrap_or(b' ');
    let masks_by_x = bytes[at..letters].iter().all(|b| *b == b'x');
    let may_mask = masks_by_x && (letters - at >= 3 || next.is_ascii_digit() || matches!(next, b'*' | b'-'));
    if let Some(found) = may_mask.then(|| masked(text, at)).flatten() {
        return keep(text, found, tokens);
    }
    if !next.is_ascii_digit() {
        return letters;
    }
    // What hangs on letters is money when they are a currency, a card when they say so, otherwise a reference.
    if let Some(hit) = hits.iter().find(|hit| hit.end == letters && hit.start <= letters) {
        match hit.role {
            Role::Currency(_) | Role::Balance | Role::Amount | Role::Debit { .. } | Role::Credit { .. } => {
                return letters;
            }
            Role::Prefix | Role::Card | Role::CreditCard | Role::Account => {
                let end = run(bytes, letters, |b| b.is_ascii_digit());
                if bytes.get(end).is_none_or(|b| !b.is_ascii_alphanumeric() && !is_mask(*b))
                    && end - letters >= 4
                {
                    return keep(text, bare(letters, end, at), tokens);
                }
                return letters;
            }
            _ => {}
        }
    }
    run(bytes, letters, |b| b.is_ascii_alphanumeric())
}

fn bare(start: usize, end: usize, from: usize) -> Masked {
    Masked { start: from, end, tail: (start.max(end.saturating_sub(TAIL_DIGITS)), end), is_weak: false }
}

fn is_link(rest: &str, letters: usize) -> bool {
    if rest.starts_with("http") || rest.starts_with("www.") {
        return true;
    }
    // A host without a scheme: letters, a dot, letters, and then a path.
    let Some(after) = rest.as_bytes().get(letters..) else { return false };
    if after.first() != Some(&b'.') || !after.get(1).is_some_and(u8::is_ascii_lowercase) {
        return false;
    }
    let host = run(after, 0, |b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    after.get(host) == Some(&b'/')
}

/// At a digit: where the scan goes on.
fn figure(text: &str, at: usize, hits: &[Hit], tokens: &mut Tokens) -> usize {
    let bytes = text.as_bytes();
    if let Some(found) = masked(text, at) {
        return keep(text, found, tokens);
    }
    if let Some(end) = super::moments::moment(text, at) {
        tokens.moments.push(Moment { start: at, end });
        return end;
    }
    let (end, is_grouped) = number(bytes, at);
    if let Some(end) = account_with_dots(bytes, at, end) {
        return keep(text, Masked { start: at, end, tail: (end - 1, end), is_weak: false }, tokens);
    }
    let next = bytes.get(end).copied().unwrap_or(b' ');
    let (before, sign) = before(text, at, hits);
    let after = after(text, end, hits);
    let is_unit = next.is_ascii_lowercase()
        && after.is_none()
        && !matches!(bytes.get(end..end + 2), Some(b"cr" | b"dr"));
    let is_chain = next == b'-' && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    if next == b'%' || is_unit || is_chain {
        return run(bytes, end + 1, |b| b.is_ascii_alphanumeric() || is_chain && b == b'-');
    }
    let digits = bytes[at..end].iter().filter(|b| b.is_ascii_digit()).count();
    // What is written between two figures belongs to the one that it touches.
    let touches = after.is_some_and(|(start, ..)| start == end);
    let currency = match (before, after) {
        (Some(_), Some(next)) if touches && !is_close(text, before, at) => Some((next.2, at, next.1)),
        (Some((start, role)), _) => Some((role, start, end)),
        (None, Some(next)) => Some((next.2, at, next.1)),
        (None, None) => None,
    };
    if currency.is_none() && !is_grouped && digits >= REFERENCE_DIGITS {
        return end;
    }
    let (power, end_of_power) = power(text, end, hits);
    let (code, start, close) =
        currency.map_or((None, at, end), |(code, start, close)| (Some(code), start, close));
    let is_shaped = is_grouped;
    let close = close.max(end_of_power);
    let is_apart = start == at && after.is_some() && !touches;
    tokens.figures.push(Figure {
        start,
        end: close,
        digits: (at, end),
        sign,
        currency: code,
        power,
        is_shaped,
        is_apart,
    });
    close
}

fn is_close(text: &str, before: Option<(usize, u8)>, at: usize) -> bool {
    before.is_some() && !text[..at].ends_with(' ')
}

/// The currency before a figure, where it begins, and the sign between or before them.
fn before(text: &str, at: usize, hits: &[Hit]) -> (Option<(usize, u8)>, Option<bool>) {
    let bytes = text.as_bytes();
    let mut start = at;
    let mut sign = None;
    while start > 0 && matches!(bytes[start - 1], b' ' | b'.' | b':' | b'-' | b'+' | b',') && at - start < 4 {
        start -= 1;
        match bytes[start] {
            b'-' if sign.is_none() && start + 1 == at => sign = Some(false),
            b'+' if sign.is_none() && start + 1 == at => sign = Some(true),
            _ => {}
        }
    }
    let found = hits.iter().rev().find(|hit| hit.end <= at).filter(|hit| hit.end >= start);
    // One letter is a currency only when it touches: N150.
    let found = found.filter(|hit| {
        hit.end - hit.start > 1 || hit.end == at || !text.as_bytes()[hit.start].is_ascii_alphabetic()
    });
    let currency = found.and_then(|hit| match hit.role {
        Role::Currency(code) => Some((hit.start, code)),
        _ => None,
    });
    let outer = currency.map_or(at, |(start, _)| start);
    let is_first = |at: usize| at == 0 || matches!(bytes[at - 1], b' ' | b'\n' | b':' | b'(' | b',');
    if let (None, Some(at)) = (sign, outer.checked_sub(1)) {
        match bytes[at] {
            b'-' if is_first(at) => sign = Some(false),
            b'+' => sign = Some(true),
            _ => {}
        }
    } else if currency.is_none() && sign == Some(false) && !is_first(at - 1) && text[..at - 1].is_ascii() {
        sign = None;
    }
    (currency, sign)
}

/// The currency after a figure: where it begins and ends.
fn after(text: &str, end: usize, hits: &[Hit]) -> Option<(usize, usize, u8)> {
    let (_, end) = power(text, end, hits);
    let start = run(text.as_bytes(), end, |b| b == b' ' || b == b'\n');
    let at = hits.partition_point(|hit| hit.start < end);
    let hit = hits.get(at).filter(|hit| hit.start <= start && start - end <= 2)?;
    match hit.role {
        Role::Currency(code) => Some((hit.start, hit.end, code)),
        _ => None,
    }
}

/// The word behind a figure that multiplies it, and where that ends.
fn power(text: &str, end: usize, hits: &[Hit]) -> (u8, usize) {
    let start = if text[end..].starts_with(' ') { end + 1 } else { end };
    let at = hits.partition_point(|hit| hit.start < start);
    match hits.get(at) {
        Some(Hit { start: from, end, role: Role::Power(power) }) if *from == start => (*power, *end),
        _ => (0, end),
    }
}

/// Where a figure ends, and whether it has decimals or groups. A space groups three digits, never more or fewer.
fn number(bytes: &[u8], at: usize) -> (usize, bool) {
    let mut end = run(bytes, at, |b| b.is_ascii_digit());
    let mut is_grouped = false;
    let mut may_space = end - at <= 3 && bytes[at] != b'0';
    let mut is_fraction = false;
    while let Some(separator @ (b',' | b'.' | b' ' | b'\'')) = bytes.get(end).copied() {
        let next = run(bytes, end + 1, |b| b.is_ascii_digit());
        let digits = next - end - 1;
        if digits == 0
            || separator == b' ' && !(may_space && digits == 3)
            || separator == b'\'' && digits != 3
        {
            break;
        }
        // Behind decimals a comma begins something else: Rs.5000.00,21-11-2025.
        if is_fraction && separator != b'.' || separator == b',' && digits > 3 {
            break;
        }
        is_fraction = separator == b'.' && digits != 3;
        may_space &= separator == b' ';
        is_grouped = true;
        end = next;
    }
    (end, is_grouped)
}

/// An account or a card at a place, when a mask is part of it.
fn masked(text: &str, at: usize) -> Option<Masked> {
    let bytes = text.as_bytes();
    if at > 0 && bytes[at - 1].is_ascii_lowercase() && bytes[at] == b'x' {
        return None;
    }
    let mut end = at;
    let (mut strong, mut weak, mut dots) = (0, 0, 0);
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'0'..=b'9' => {}
            b'*' | b'x' => strong += 1,
            b'#' => weak += 1,
            b'.' if dots > 0 || bytes.get(end + 1) == Some(&b'.') => dots += 1,
            b'-' if strong > 0 || bytes.get(at).is_some_and(u8::is_ascii_digit) => {}
            b' ' if goes_on(bytes, at, end) => {}
            0xE2 if text[end..].starts_with('•') => {
                strong += 1;
                end += 2;
            }
            _ => break,
        }
        end += 1;
    }
    while end > at && matches!(bytes[end - 1], b' ' | b'-' | b'.') {
        end -= 1;
    }
    let next = bytes.get(end).copied().unwrap_or(b' ');
    let has_decimals = matches!(next, b'.' | b',') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    if strong + weak + dots == 0 || next.is_ascii_lowercase() || next == b'_' || has_decimals {
        return None;
    }
    // Codes that phones dial: *150*00#.
    if bytes[at] == b'*' && bytes[end - 1] == b'#' {
        return None;
    }
    let last = bytes[at..end].iter().rposition(|b| !b.is_ascii_digit()).map_or(at, |p| at + p + 1);
    let tail = if end > last {
        (last.max(end.saturating_sub(TAIL_DIGITS)), end)
    } else {
        // Only the beginning is shown: 4232***xxxx, 4-334*.
        let first = bytes[at..end].iter().position(|b| is_mask(*b) || *b == 0xE2).map_or(at, |p| at + p);
        let head = bytes[at..first].iter().rposition(|b| !b.is_ascii_digit()).map_or(at, |p| at + p + 1);
        (head.max(first.saturating_sub(TAIL_DIGITS)), first)
    };
    let shown = tail.1 - tail.0;
    let is_weak = strong == 0 && weak < 2;
    let least = if strong == 1 && dots + weak == 0 { 3 } else { 2 };
    (shown >= least && (shown < 9 || !is_weak)).then_some(Masked { start: at, end, tail, is_weak })
}

/// 777.888.20000275.1: groups that are no thousands.
fn account_with_dots(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    let mut groups = bytes[at..end].split(|b| *b == b'.');
    let is_account = bytes[at..end].iter().filter(|b| **b == b'.').count() >= 2
        && groups.any(|group| group.len() > 3 && group.iter().all(u8::is_ascii_digit));
    is_account.then_some(end)
}

/// 185****6220: a masked mobile number in China.
fn is_mobile(masked: &[u8]) -> bool {
    masked.len() == 11 && matches!(masked, [b'1', b'3'..=b'9', b'0'..=b'9', b'*', ..])
}

/// Whether masked digits go on behind a space: `6212 **** **** 7432`. One of the two groups is nothing but mask.
fn goes_on(bytes: &[u8], at: usize, space: usize) -> bool {
    let end = run(bytes, space + 1, |b| b.is_ascii_digit() || is_mask(b));
    let group = &bytes[space + 1..end];
    let before = bytes[at..space].rsplit(|b| *b == b' ').next().unwrap_or_default();
    let is_only_mask = |group: &[u8]| !group.is_empty() && group.iter().all(|b| is_mask(*b));
    let ends = bytes.get(end).is_none_or(|b| !matches!(b, b'.' | b',' | b':' | b'/' | b'-'));
    group.len() == 4 && ends && (is_only_mask(group) || is_only_mask(before))
}

fn is_mask(byte: u8) -> bool {
    matches!(byte, b'*' | b'x' | b'#')
}

/// Where a run of bytes ends.
pub(super) fn run(bytes: &[u8], from: usize, is_part: impl Fn(u8) -> bool) -> usize {
    bytes.get(from..).map_or(from.min(bytes.len()), |rest| {
        rest.iter().position(|b| !is_part(*b)).map_or(bytes.len(), |length| from + length)
    })
}
