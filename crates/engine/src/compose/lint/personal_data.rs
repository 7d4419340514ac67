//! # personal-data (error)
//!
//! A message holds no more of a person than its class needs (PIPL art. 6; JR/T 0171-2020): never a full card number, an identity
//! number or a password, in the text or by an unmasked variable; and no account, balance or income in advertising and in notes about
//! systems, where nobody needs them, and no balance beside a code.
//!
//! Fix: the mask that fits, as a filter. At the moment of sending, [`value_fault`] looks at the finished text once more.

use super::{Found, Lint, Severity, Sheet, Text};
use crate::compose::{Source, Variable, VariableKind};
use model::MessageClass;

/// This lint.
pub const LINT: Lint = Lint { id: "personal-data", severity: Severity::Error, excusable: true, look };

/// Words in the names of fields that hold what must be masked, and the filter that masks it.
const MASKED: [(&str, &str); 10] = [
    ("id_card", "mask_id"),
    ("id_number", "mask_id"),
    ("identity", "mask_id"),
    ("passport", "mask_id"),
    ("card_number", "mask_card"),
    ("card_no", "mask_card"),
    ("account_number", "mask_card"),
    ("account_no", "mask_card"),
    ("phone", "mask_phone"),
    ("mobile", "mask_phone"),
];
/// Words in the names of fields that no message needs.
const NEVER: [&str; 6] = ["password", "passwd", "pin_code", "cvv", "cvv2", "secret"];
/// Words in the names of fields that advertising and notes about systems do not need.
const FINANCES: [&str; 8] =
    ["balance", "salary", "income", "debt", "overdue", "outstanding", "net_worth", "assets"];

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for text in &sheet.texts {
        if let Some((what, piece)) = number(&text.wording.source) {
            let message = format!("expected no {what} in a text, found one");
            found.push(sheet.at_piece(text, piece, message, None));
        }
    }
    let Ok(template) = &sheet.template else { return found };
    for variable in &template.variables {
        found.extend(of_variable(sheet, variable));
    }
    found
}

fn of_variable(sheet: &Sheet<'_>, variable: &Variable) -> Option<Found> {
    let (Source::Event(field) | Source::Got(field) | Source::Customer(field)) = &variable.from else {
        return None;
    };
    let field = field.to_ascii_lowercase();
    let named = |words: &str| has_words(&field, words);
    let name = &*variable.name;
    let declared = sheet.declared.iter().find(|(_, declared)| **declared == *name);
    let place = declared.map_or(0..0, |(place, _)| place.clone());
    if let Some(word) = NEVER.iter().find(|word| named(word)) {
        return Some(Found::new(
            place,
            format!("expected no {word} in a message, found variable {name:?} from {field}"),
        ));
    }
    let is_text = matches!(variable.kind, VariableKind::Text(_) | VariableKind::Name | VariableKind::Code);
    if let Some((word, mask)) = MASKED.iter().find(|(word, _)| named(word)).filter(|_| is_text) {
        let (text, tag) = sheet.texts.iter().find_map(|text| Some((text, bare_tag(text, name)?)))?;
        let message = format!("expected a {word} to be masked, found {tag:?}");
        return Some(sheet.at_piece(text, tag, message, Some(format!("{{{{ {name}|{mask} }}}}"))));
    }
    let needs_none = matches!(sheet.class, MessageClass::Marketing | MessageClass::TechnicalSupport);
    let is_code = sheet.subtype.as_ref().is_some_and(|subtype| subtype.as_str() == "verification_code");
    let is_finance = FINANCES.iter().any(|word| named(word));
    // Which account a code is for belongs to the code.
    let is_account = variable.kind == VariableKind::AccountTail && !is_code;
    if (is_finance || is_account) && (needs_none || is_code) {
        let what = sheet.subtype.as_ref().filter(|_| is_code).map_or(sheet.class.name(), |s| s.as_str());
        let message = format!(
            "expected no account and no finances of a customer in {what}, found variable {name:?} from {field}"
        );
        return Some(Found::new(place, message));
    }
    None
}

/// Whether a field's name holds these words, between its underscores.
fn has_words(field: &str, words: &str) -> bool {
    field.match_indices(words).any(|(at, _)| {
        let before = field.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('_'));
        let after =
            field.get(at + words.len()..).is_some_and(|after| after.is_empty() || after.starts_with('_'));
        before && after
    })
}

/// A tag that writes a variable without a mask.
fn bare_tag<'t>(text: &'t Text, name: &str) -> Option<&'t str> {
    let source = text.wording.source.as_str();
    source.match_indices("{{").find_map(|(at, _)| {
        let tag = source.get(at..)?;
        let tag = tag.get(..tag.find("}}")? + 2)?;
        let inner = tag.trim_start_matches("{{").trim_end_matches("}}").trim_matches(['-', ' ']);
        let writes = inner.split('|').next().is_some_and(|first| first.trim() == name);
        (writes && !inner.contains("mask_")).then_some(tag)
    })
}

/// What no message may hold, whoever wrote it: a full card or identity number. Cheap: one look at every byte.
pub fn value_fault(text: &str) -> Option<&'static str> {
    number(text).map(|(what, _)| what)
}

/// The first full card or identity number of a text.
fn number(text: &str) -> Option<(&'static str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        let mut digits = 0;
        let mut end = at;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    end = at + 1;
                }
                // Groups of a number; a run of signs ends it.
                b' ' | b'-' if at == end => {}
                b'X' | b'x' if digits == ID_DIGITS - 1 && at == end => {
                    digits += 1;
                    end = at + 1;
                    at += 1;
                    break;
                }
                _ => break,
            }
            at += 1;
        }
        if digits >= CARD_DIGITS_MIN {
            let run = text.get(start..end)?;
            let plain: Vec<u8> = run.bytes().filter(|b| b.is_ascii_alphanumeric()).collect();
            if is_identity(&plain) {
                return Some(("identity number", run));
            }
            if is_card(&plain) {
                return Some(("full card number", run));
            }
        }
    }
    None
}

/// The fewest and most digits of a card (ISO/IEC 7812-1), and those of a resident's identity number (GB 11643-1999).
const CARD_DIGITS_MIN: usize = 15;
const CARD_DIGITS_MAX: usize = 19;
const ID_DIGITS: usize = 18;

/// Issuers' beginnings (UnionPay, Visa, Mastercard, JCB, American Express) and the check digit of ISO/IEC 7812-1, annex B.
fn is_card(digits: &[u8]) -> bool {
    let begins = [&b"62"[..], b"4", b"5", b"35", b"34", b"37"].iter().any(|start| digits.starts_with(start));
    if !begins || digits.len() > CARD_DIGITS_MAX || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0');
            if place.is_multiple_of(2) { value } else { value * 2 / 10 + value * 2 % 10 }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A plausible day of birth, and the check character (ISO 7064, MOD 11-2).
fn is_identity(characters: &[u8]) -> bool {
    if characters.len() != ID_DIGITS || !characters[..ID_DIGITS - 1].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let part = |range: std::ops::Range<usize>| {
        characters[range].iter().fold(0_u32, |value, digit| value * 10 + u32::from(digit - b'0'))
    };
    let is_day = (1900..2100).contains(&part(6..10))
        && (1..=12).contains(&part(10..12))
        && (1..=31).contains(&part(12..14));
    let sum =
        characters[..ID_DIGITS - 1].iter().fold(0_u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    let check = (12 - sum) % 11;
    let written = match characters[ID_DIGITS - 1] {
        b'X' | b'x' => 10,
        digit => u32::from(digit.wrapping_sub(b'0')),
    };
    is_day && check == written
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check};
    use super::value_fault;

    #[test]
    fn full_numbers_are_known_by_their_check_digits() {
        for (text, expect) in [
            ("卡号6222021234567890128已激活", Some("full card number")),
            ("card 4111 1111 1111 1111 blocked", Some("full card number")),
            ("card 4111 1111 1111 1112 blocked", None),
            ("身份证11010519491231002X", Some("identity number")),
            ("身份证110105194912310021", None),
            ("流水号2026050600012345678", None),
            ("尾号1234，客服95501，单号20260506", None),
            ("金额1,234,567,890,123.00元", None),
        ] {
            assert_eq!(value_fault(text), expect, "{text}");
        }
    }

    #[test]
    fn what_must_be_masked_gets_its_mask() {
        let case = |text| Case {
            text,
            variables: "code = { type = \"code\", from = \"event.code\" }\nto = { type = \"text(20)\", from = \"customer.mobile\" }",
            ..Case::code()
        };
        let found = check(case("验证码{{ code }}，已发送至{{ to }}。"), "personal-data");
        assert_eq!(found[0].fix.as_ref().map(|fix| fix.text.as_str()), Some("{{ to|mask_phone }}"));
        assert_eq!(check(case("验证码{{ code }}，已发送至{{ to|mask_phone }}。"), "personal-data"), []);
    }

    #[test]
    fn advertising_needs_no_account() {
        let case = Case {
            text: "尾号{{ tail }}的卡片专享周末刷卡立减。拒收请回复R",
            variables: "tail = { type = \"account_tail\", from = \"customer.tail\" }",
            ..Case::offer()
        };
        assert_eq!(check(case, "personal-data").len(), 1);
    }
}
