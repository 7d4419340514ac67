//! # key-fact (warning)
//!
//! What the message is about stands where a glance at a locked screen sees it: it begins within the first 20 characters after
//! the signature, or 40 of a text in Latin letters, which are half as wide. What it is about is what the extractor reads: a code, the amount
//! that moved, or, where money is asked for or was refused, the first amount.
//!
//! Fix: the rewrite that brings it forward, where there is one.

use super::shape::{after_signature, characters_before, figures, is_chinese};
use super::{Fix, Found, Lint, Severity, Sheet, Text, suggest};
use model::Subtype;
use text::extract::{Extractor, Reason};

/// This lint.
pub const LINT: Lint = Lint { id: "key-fact", severity: Severity::Warning, excusable: true, look };

/// The fact begins before this many characters after the signature.
const CHARACTERS_MAX: usize = 20;
/// The same in a text of Latin letters.
const LATIN_CHARACTERS_MAX: usize = 40;

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let Some(extractor) = sheet.readers.extractor else { return Vec::new() };
    let mut found = Vec::new();
    for text in &sheet.texts {
        let Some((fact, at)) = key_fact(extractor, &text.sample, demands(sheet.subtype.as_ref())) else {
            continue;
        };
        let most = characters_max(&text.sample);
        if at < most {
            continue;
        }
        let message = format!(
            "expected {fact:?}, which this message is about, to begin within the first {most} characters, found it at {}",
            at + 1
        );
        found.push(Found::new(text.place.clone(), message).with(rewrite(sheet, text)));
    }
    found
}

/// How far from its beginning a text may say what it is about.
pub(super) fn characters_max(sample: &str) -> usize {
    if is_chinese(sample) { CHARACTERS_MAX } else { LATIN_CHARACTERS_MAX }
}

/// Whether messages of a subtype ask for money: then the amount is what they are about, whatever they call the asking.
pub(super) fn demands(subtype: Option<&Subtype>) -> bool {
    subtype.is_some_and(|subtype| ["repayment_reminder", "collection"].contains(&subtype.as_str()))
}

/// What a text is about, and how many characters after the signature it begins.
pub fn key_fact(extractor: &Extractor, sample: &str, demands: bool) -> Option<(String, usize)> {
    let (skipped, rest) = after_signature(sample);
    let read = extractor.extract(sample);
    // A number to call is nobody's code.
    let is_phone = |code: &String| text::found::numbers(sample).any(|number| number == *code);
    if let Some(code) = read.code.filter(|code| !is_phone(code)) {
        let plain = |piece: &str| piece.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let at = rest.find(&code).or_else(|| {
            // A code may be written with a dash in its middle.
            let (at, _) = rest.char_indices().find(|(at, _)| plain(&rest[*at..]).starts_with(&code))?;
            Some(at)
        })?;
        return Some((code, characters_before(rest, at)));
    }
    let amount = match (read.movement, read.none) {
        (Some(movement), _) => Some(movement.amount),
        (None, Some(Reason::Future | Reason::Requested | Reason::Declined)) => None,
        (None, Some(Reason::NoMovement)) if demands => None,
        _ => return None,
    };
    let of_money = |at: usize, end: usize| {
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(end..).unwrap_or_default());
        let unit = after.trim_start().to_ascii_lowercase();
        let is_named = ["元", "万", "yuan", "cny", "rmb", "usd", "eur", "dollars"]
            .iter()
            .any(|word| unit.starts_with(word));
        let before = before.trim_end().to_ascii_lowercase();
        let is_marked = ["¥", "￥", "$", "€", "£", "cny", "rmb", "usd", "eur", "inr", "rs", "rs.", "人民币"]
            .iter()
            .any(|word| before.ends_with(word));
        is_named || is_marked
    };
    let is_it = |piece: &std::ops::Range<usize>| {
        let plain = rest.get(piece.clone()).unwrap_or_default().replace(',', "");
        match &amount {
            Some(amount) => plain == *amount || plain.trim_end_matches('0').trim_end_matches('.') == amount,
            None => of_money(piece.start, piece.end),
        }
    };
    let piece = figures(rest).find(is_it)?;
    let fact = text_of(sample, skipped, &piece);
    Some((fact, characters_before(rest, piece.start)))
}

fn text_of(sample: &str, skipped: usize, piece: &std::ops::Range<usize>) -> String {
    sample.get(skipped + piece.start..skipped + piece.end).unwrap_or_default().to_owned()
}

fn rewrite(sheet: &Sheet<'_>, text: &Text) -> Option<Fix> {
    let template = sheet.template.as_ref().ok()?;
    let better = suggest::forward(
        template,
        &text.wording.source,
        &sheet.world.institution.name,
        sheet.readers.extractor?,
    )?;
    Some(Fix { place: sheet.inner(text)?, text: better })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check};

    #[test]
    fn a_code_behind_a_preface_is_told_and_brought_forward() {
        let text = "尊敬的客户，您正在通过鸿雁银行手机银行办理登录业务，验证码{{ code }}，5分钟内有效。";
        let found = check(Case { text, ..Case::code() }, "key-fact");
        assert_eq!(found.len(), 1, "{found:?}");
        let fix = found[0].fix.as_ref().unwrap();
        assert!(fix.text.starts_with("验证码{{ code }}"), "{fix:?}");
    }

    #[test]
    fn a_code_in_front_and_a_text_about_nothing_are_left_alone() {
        assert_eq!(check(Case::code(), "key-fact"), []);
        assert_eq!(check(Case::offer(), "key-fact"), []);
    }
}
