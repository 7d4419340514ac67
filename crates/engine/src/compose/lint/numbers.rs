//! # numbers (error)
//!
//! A phone number in a text is the institution's: on file with a route that may carry the message, at most two in one message (carriers
//! refuse the rest since 2025), and never somebody's mobile phone (催收 and sales by private phones are forbidden to the trade).
//!
//! Fix: none by rule.

use super::{Found, Lint, Severity, Sheet, Text};
use text::found;

/// This lint.
pub const LINT: Lint = Lint { id: "numbers", severity: Severity::Error, excusable: true, look };

/// Phone numbers in one message that carriers take.
const NUMBERS_MAX: usize = 2;

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for text in &sheet.texts {
        // Only what the template says itself: a value's numbers are looked at when they are known.
        let said = outside_tags(&text.wording.source);
        let numbers: Vec<String> = found::numbers(&said).collect();
        found.extend(numbers.iter().filter_map(|number| of_number(sheet, text, number)));
        if numbers.len() > NUMBERS_MAX {
            let message = format!("expected at most {NUMBERS_MAX} phone numbers, found {}", numbers.len());
            found.push(Found::new(text.place.clone(), message));
        }
    }
    found
}

fn of_number(sheet: &Sheet<'_>, text: &Text, number: &str) -> Option<Found> {
    let national = number.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(number);
    let is_mobile = national.len() == 11 && national.starts_with('1');
    let filed = |filed: &[String]| filed.iter().any(|own| found::is_same(own, number));
    let mut known = Vec::new();
    for route in sheet.routes(text) {
        if filed(&route.numbers) || (route.numbers.is_empty() && !is_mobile) {
            return None;
        }
        known.extend(route.numbers.iter().map(String::as_str));
    }
    if is_mobile {
        let message = format!(
            "expected a number of the institution, found the mobile phone {}",
            text::mask::phone(number)
        );
        return Some(sheet.at_piece(text, number, message, None));
    }
    if known.is_empty() {
        return None;
    }
    let message = format!("expected a number on file with a route ({}), found {number}", known.join(", "));
    Some(sheet.at_piece(text, number, message, None))
}

/// A source with its tags taken out.
pub(super) fn outside_tags(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let tag = &rest[open..];
        let closing = match tag.as_bytes().get(1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => {
                out.push('{');
                rest = &tag[1..];
                continue;
            }
        };
        // What stands for a value parts what stands around it.
        out.push('_');
        rest = tag.find(closing).map_or("", |end| &tag[end + 2..]);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check, filing};

    fn of(text: &str) -> Vec<super::super::Finding> {
        check(
            Case { text, route: filing("numbers = [\"95501\", \"400-800-1234\"]"), ..Case::code() },
            "numbers",
        )
    }

    #[test]
    fn numbers_that_nobody_filed_and_private_phones_are_told() {
        for (text, count) in [
            ("验证码{{ code }}，客服95501。", 0),
            ("验证码{{ code }}，客服95502。", 1),
            ("验证码{{ code }}，客服4008001234或95501。", 0),
            ("验证码{{ code }}，请联系13800001234。", 1),
            ("验证码{{ code }}，客服95501、4008001234、010-66554433。", 2),
        ] {
            assert_eq!(of(text).len(), count, "{text}: {:?}", of(text));
        }
        assert!(!of("验证码{{ code }}，请联系13800001234。")[0].message.contains("13800001234"));
    }

    #[test]
    fn without_a_list_only_private_phones_are_told() {
        let bare = |text| check(Case { text, ..Case::code() }, "numbers").len();
        assert_eq!(
            (bare("验证码{{ code }}，客服95502。"), bare("验证码{{ code }}，加13800001234。")),
            (0, 1)
        );
    }

    #[test]
    fn tags_are_no_text() {
        assert_eq!(super::outside_tags("a{{ b }}c{% if d %}e{# f #}{g"), "a_c_e_{g");
    }
}
