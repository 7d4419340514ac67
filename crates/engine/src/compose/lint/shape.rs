//! Shapes in a text that several lints ask about: figures, and whose script it is. Judges nothing.

use std::ops::Range;

/// The runs of digits with their separators (`1,234.56`), as bytes.
pub(super) fn figures(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.get(at..)?.find(|c: char| c.is_ascii_digit())?;
        let rest = text.get(start..)?;
        let run = rest.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(rest.len());
        let run = rest.get(..run)?.trim_end_matches([',', '.']).len();
        at = start + run;
        Some(start..at)
    })
}

/// Whether it is written with ideographs.
pub(super) fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))
}

/// How many characters stand before a byte.
pub(super) fn characters_before(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |before| before.chars().count())
}

/// The text without the signature 【…】 at its head, and how many bytes that was.
pub(super) fn after_signature(text: &str) -> (usize, &str) {
    let rest = text.strip_prefix('【').and_then(|rest| rest.split_once('】')).map(|(_, rest)| rest);
    rest.map_or((0, text), |rest| (text.len() - rest.len(), rest))
}
