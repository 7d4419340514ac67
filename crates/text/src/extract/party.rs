//! Who the money went to or came from, what for, when, and under which reference: pieces of the text as they stand.
//!
//! These are for reading, not for booking: names have no form, so a piece may hold a word too many. It never changes
//! what it copies and gives nothing when no cue names the piece.

use super::cues::{Hit, Role};
use super::fold::Folded;
use super::tokens::{Figure, Tokens, run};

/// Longest name taken, in bytes of the plain form.
const NAME_BYTES_MAX: usize = 90;

/// Gap between a date and the time of day that belong together, in bytes.
const MOMENT_GAP_MAX: usize = 2;

/// What stands between 【 and 】, or between square brackets, at one end of the message.
pub(super) fn signature<'a>(folded: &Folded<'a>) -> Option<&'a str> {
    let whole = folded.original(0, folded.text.len()).trim();
    for (open, close) in [('【', '】'), ('[', ']')] {
        if let Some(rest) = whole.strip_prefix(open) {
            return rest.split_once(close).map(|(name, _)| name.trim()).filter(|name| !name.is_empty());
        }
        if let Some(rest) = whole.strip_suffix(close) {
            return rest.rsplit_once(open).map(|(_, name)| name.trim()).filter(|name| !name.is_empty());
        }
    }
    None
}

/// Who a one-time code is for, in lower case: the signature, or the name beside the word.
pub(super) fn service(folded: &Folded<'_>, signature: Option<&str>) -> Option<String> {
    if let Some(signature) = signature.filter(|name| name.chars().any(char::is_alphabetic)) {
        return Some(signature.to_lowercase());
    }
    let text = folded.text.as_str();
    for (before, after) in [
        ("your ", " verification"),
        ("your ", " code"),
        ("your ", " security"),
        ("your ", " otp"),
        (" as ", " account"),
        ("for your ", " account"),
        (" is your ", " verification"),
        ("password for ", " for"),
        ("use of ", " code"),
    ] {
        let Some((_, rest)) = text.split_once(before) else { continue };
        let Some((name, _)) = rest.split_once(after) else { continue };
        let is_name =
            !name.is_empty() && name.len() <= 40 && !matches!(name, "one time" | "one-time" | "otp");
        if is_name && !name.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\n')) {
            return Some(name.trim_start_matches("your ").trim().to_owned());
        }
    }
    let first = text.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty())?;
    let rest = &text[text.find(first)? + first.len()..];
    let is_named = rest.starts_with(" code") || rest.starts_with(" verification") || rest.starts_with(") ");
    (is_named && first.chars().all(char::is_alphabetic) && !matches!(first, "your" | "verification"))
        .then(|| first.to_owned())
}

/// The first date with the time of day beside it, as it stands.
pub(super) fn time<'a>(folded: &Folded<'a>, tokens: &Tokens) -> Option<&'a str> {
    let first = tokens.moments.first()?;
    let joined = tokens.moments.get(1).filter(|next| {
        let gap = folded.text.get(first.end..next.start).unwrap_or("x y z");
        gap.len() <= MOMENT_GAP_MAX && gap.chars().all(|c| c == ' ' || c == ',')
    });
    Some(folded.original(first.start, joined.map_or(first.end, |next| next.end)))
}

/// The institution's reference: the first piece of letters and digits behind its cue.
pub(super) fn reference<'a>(folded: &Folded<'a>, hits: &[Hit]) -> Option<&'a str> {
    let text = folded.text.as_str();
    let bytes = text.as_bytes();
    hits.iter().filter(|hit| hit.role == Role::Reference).find_map(|hit| {
        let start = run(bytes, hit.end, |b| matches!(b, b' ' | b':' | b'.' | b'-' | b'#' | b'/' | b'('));
        let end = run(bytes, start, |b| b.is_ascii_alphanumeric() || b == b'-');
        let has_digit = bytes[start..end].iter().any(u8::is_ascii_digit);
        (has_digit && (4..=40).contains(&(end - start))).then(|| folded.original(start, end))
    })
}

/// The other side's name: behind the cue that names it, nearest to the amount.
pub(super) fn merchant<'a>(
    folded: &Folded<'a>,
    hits: &[Hit],
    tokens: &Tokens,
    main: &Figure,
    direction: &Hit,
) -> Option<&'a str> {
    let text = folded.text.as_str();
    let at_amount = |hit: &&Hit| hit.start.abs_diff(main.start).min(hit.start.abs_diff(direction.start));
    let names = |hit: &&Hit| {
        let cue = &text[hit.start..hit.end];
        matches!(hit.role, Role::Party | Role::Their)
            || [" to", " at", " from"].iter().any(|end| cue.ends_with(end))
    };
    let mut cues: Vec<&Hit> = hits.iter().filter(names).collect();
    cues.sort_by_key(at_amount);
    cues.into_iter().find_map(|hit| {
        let start =
            hit.end + text[hit.end..].len() - text[hit.end..].trim_start_matches([' ', ':', '：', '"']).len();
        let stop = hits
            .iter()
            .filter(|next| next.start >= start && is_end(next.role))
            .map(|next| next.start)
            .chain(tokens.moments.iter().map(|moment| moment.start))
            .chain(tokens.figures.iter().map(|figure| figure.start))
            .chain(tokens.masked.iter().map(|masked| masked.start))
            .filter(|stop| *stop >= start)
            .min()
            .unwrap_or(text.len());
        name(folded, start, stop)
    })
}

fn is_end(role: Role) -> bool {
    !matches!(
        role,
        Role::Currency(_) | Role::Card | Role::Prefix | Role::Ending | Role::Nothing | Role::Power(_)
    )
}

fn name<'a>(folded: &Folded<'a>, start: usize, stop: usize) -> Option<&'a str> {
    let text = folded.text.get(start..stop)?;
    let marks = ['\n', ';', ',', '。', '；', '】', '】', '('];
    let end = text.find(marks).into_iter().chain(text.find(". ")).min().unwrap_or(text.len());
    let mut end = end.min(NAME_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let name = folded.original(start, start + end).trim();
    let name = [" on", " via", " for", " ref", " at", " in", " is", " has", " using"]
        .iter()
        .fold(name, |name, word| name.strip_suffix(word).unwrap_or(name))
        .trim_matches([' ', '-', '.', ':', '"', '(', '/']);
    let is_name = name.chars().filter(|c| c.is_alphabetic()).count() >= 2;
    is_name.then_some(name)
}

/// What it was for: what stands in brackets beside the amount.
pub(super) fn item<'a>(folded: &Folded<'a>, hits: &[Hit], main: &Figure) -> Option<&'a str> {
    let text = folded.text.as_str();
    let before = text[..main.start].trim_end();
    let has_close = before.ends_with([')', ']', '）']);
    if !has_close {
        // A name for the movement itself: the strong cue before the amount.
        let cue =
            hits.iter().rev().find(|hit| hit.end <= main.start && matches!(hit.role, Role::Debit { .. }))?;
        return text
            .as_bytes()
            .get(cue.start)
            .filter(|b| **b >= 0xE3)
            .map(|_| folded.original(cue.start, cue.end));
    }
    let open = before.rfind(['(', '[', '（'])?;
    let inner = &before[open..before.len()];
    let first = inner.chars().next()?.len_utf8();
    let last = inner.chars().next_back()?.len_utf8();
    let piece = folded.original(open + first, before.len() - last).trim();
    (!piece.is_empty()).then_some(piece)
}
