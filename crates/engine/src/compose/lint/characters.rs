//! # characters (warning)
//!
//! One character outside the GSM alphabet makes a Latin text of 160 characters one of 70, at twice the price, mostly for a curly quote
//! or a dash that nobody typed on purpose; so does a Chinese date in an English text. In any text, a character that phones show as a box or
//! not at all (zero width, private use, beyond the basic plane) is one that somebody cannot read.
//!
//! Fix: the plain character, the filter for dates, or nothing in the place of what cannot be seen.

use super::numbers::outside_tags;
use super::shape::is_chinese;
use super::{Found, Lint, Severity, Sheet, Text};
use crate::compose::VariableKind;
use text::{Encoding, first_non_gsm7, measure};

/// This lint.
pub const LINT: Lint = Lint { id: "characters", severity: Severity::Warning, excusable: true, look };

/// What word processors write, and what to write.
const PLAIN: [(char, &str); 20] = [
    ('’', "'"),
    ('‘', "'"),
    ('`', "'"),
    ('“', "'"),
    ('”', "'"),
    ('–', "-"),
    ('—', "-"),
    ('‑', "-"),
    ('−', "-"),
    ('…', "..."),
    ('\u{A0}', " "),
    ('\u{2009}', " "),
    ('\u{202F}', " "),
    ('•', "*"),
    ('×', "x"),
    ('，', ", "),
    ('。', ". "),
    ('：', ": "),
    ('（', "("),
    ('）', ")"),
];

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for text in &sheet.texts {
        found.extend(unreadable(sheet, text));
        if text.wording.may_be_billed_by_parts() && is_latin(sheet.language_of(text)) {
            found.extend(costly(sheet, text));
        }
    }
    found
}

/// Whether a language is written in the letters that GSM has: English and the languages for which its alphabet was made.
fn is_latin(language: &str) -> bool {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    ["en", "de", "it", "sv", "da", "nb", "no", "fi", "nl", "id", "ms", "sw"].contains(&primary)
}

fn unreadable(sheet: &Sheet<'_>, text: &Text) -> Option<Found> {
    let source = &text.wording.source;
    let (at, c) = source.char_indices().find(|(_, c)| is_unreadable(*c))?;
    let piece = source.get(at..at + c.len_utf8())?;
    let what = if c as u32 > 0xFFFF { "one of the basic plane" } else { "one that can be seen" };
    let message =
        format!("expected only characters that every phone shows ({what}), found U+{:04X}", c as u32);
    Some(sheet.at_piece(text, piece, message, Some(String::new())))
}

fn is_unreadable(c: char) -> bool {
    matches!(c,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{AD}'
        | '\u{E000}'..='\u{F8FF}' | '\u{FFF9}'..='\u{FFFD}' | '\u{20000}'..='\u{3FFFF}' | '\u{F0000}'..='\u{10FFFF}')
        || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// What makes an otherwise plain text a dear one.
fn costly(sheet: &Sheet<'_>, text: &Text) -> Vec<Found> {
    // A text that is half Chinese is no text of GSM characters that one of them spoilt.
    let is_mixed = is_chinese(&outside_tags(&text.wording.source));
    if is_mixed || measure(&text.sample).encoding == Encoding::Gsm7 {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut rest = text.wording.source.as_str();
    let mut known = Vec::new();
    while let Some((at, c)) = first_non_gsm7(rest) {
        let piece = rest.get(at..at + c.len_utf8()).unwrap_or_default();
        if !known.contains(&c) && !is_unreadable(c) {
            known.push(c);
            let instead = PLAIN.iter().find(|(odd, _)| *odd == c).map(|(_, plain)| (*plain).to_owned());
            let instead = instead.or_else(|| (!c.is_alphabetic()).then(String::new));
            let message = format!(
                "expected only characters of the GSM alphabet, found {c:?}: 70 characters a part and not 160"
            );
            found.push(sheet.at_piece(text, piece, message, instead));
        }
        rest = rest.get(at + c.len_utf8()..).unwrap_or_default();
    }
    found.extend(dates(sheet, text));
    found
}

/// A date without a filter writes 月 and 日.
fn dates(sheet: &Sheet<'_>, text: &Text) -> Option<Found> {
    let template = sheet.template.as_ref().ok()?;
    let source = text.wording.source.as_str();
    let bare = |name: &str| {
        let at = source.match_indices("{{").find_map(|(at, _)| {
            let tag = source.get(at..)?;
            let tag = tag.get(..tag.find("}}")? + 2)?;
            (tag.trim_matches(['{', '}', ' ', '-']) == name).then_some(tag)
        })?;
        Some(at)
    };
    template.variables.iter().find_map(|variable| {
        let filters = match variable.kind {
            VariableKind::Date => format!("{{{{ {}|day_en }}}}", variable.name),
            VariableKind::Time => format!("{{{{ {0}|day_en }}}} {{{{ {0}|clock }}}}", variable.name),
            _ => return None,
        };
        let tag = bare(&variable.name)?;
        let message = format!(
            "expected a date as {} readers write it, found {tag:?}, which writes 月 and 日",
            sheet.language_of(text)
        );
        Some(sheet.at_piece(text, tag, message, Some(filters)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check};

    fn english(text: &str) -> Vec<super::super::Finding> {
        check(Case { text, language: "en", ..Case::code() }, "characters")
    }

    #[test]
    fn a_curly_quote_is_told_and_made_plain() {
        let found = english("{{ code }} is your code. Don’t share it – ever.");
        let fixes: Vec<_> = found.iter().map(|f| f.fix.as_ref().unwrap().text.as_str()).collect();
        assert_eq!(fixes, ["'", "-"]);
        assert_eq!(english("{{ code }} is your code. Don't share it."), []);
    }

    #[test]
    fn what_nobody_sees_is_told_in_any_language() {
        let found =
            check(Case { text: "验证码{{ code }}，请勿转\u{200B}告。", ..Case::code() }, "characters");
        assert!(found[0].message.contains("U+200B"), "{found:?}");
        assert_eq!(check(Case { text: "验证码{{ code }}，𠮷祥。", ..Case::code() }, "characters").len(), 1);
        assert_eq!(check(Case::code(), "characters"), []);
    }

    #[test]
    fn a_chinese_date_in_an_english_text_gets_a_filter() {
        let case = Case {
            text: "Your payment is due on {{ due }}.",
            variables: "due = { type = \"date\", from = \"event.due\" }",
            language: "en",
            subtype: "repayment_reminder",
            ..Case::code()
        };
        let found = check(case, "characters");
        assert_eq!(found[0].fix.as_ref().map(|fix| fix.text.as_str()), Some("{{ due|day_en }}"));
    }
}
