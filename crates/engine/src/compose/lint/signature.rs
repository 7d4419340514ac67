//! # signature (error)
//!
//! The message goes out under the institution's own signature, and some route that may carry it has it on file (工信管函
//! 〔2023〕794号: every signature is filed with every carrier). A signature that is written into the text is either that one or a
//! second one, which carriers refuse and which imitates somebody.
//!
//! Fix: the second signature goes; the filed one is put there when the message is sent.

use super::{Fix, Found, Lint, Severity, Sheet, Text};

/// This lint.
pub const LINT: Lint = Lint { id: "signature", severity: Severity::Error, excusable: true, look };

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let own = sheet.world.institution.signature.as_str();
    let mut found = Vec::new();
    for text in &sheet.texts {
        for piece in brackets(&text.sample) {
            let inside = piece.trim_matches(['【', '】']);
            let at_an_end = text.sample.starts_with(piece) || text.sample.ends_with(piece);
            if inside == own && at_an_end {
                continue;
            }
            let message =
                format!("expected no signature but 【{own}】 at an end of the text, found {piece:?}");
            let place = sheet.find(text, piece);
            let fix = (place != text.place).then(|| Fix { place: place.clone(), text: String::new() });
            found.push(Found::new(place, message).with(fix));
        }
        if text.wording.may_be_billed_by_parts() {
            found.extend(unfiled(sheet, text, own));
        }
    }
    found
}

/// The pieces 【…】 of a text.
fn brackets(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('【').filter_map(move |(at, _)| {
        let rest = text.get(at..)?;
        rest.get(..rest.find('】')? + '】'.len_utf8())
    })
}

fn unfiled(sheet: &Sheet<'_>, text: &Text, own: &str) -> Option<Found> {
    let mut routes = sheet.routes(text).peekable();
    routes.peek()?;
    let mut names = Vec::new();
    for route in routes {
        if route.filed.is_empty() || route.filed.iter().any(|filed| filed.signature == own) {
            return None;
        }
        names.push(route.id.as_str());
    }
    let message = format!(
        "expected the signature {own:?} on file with a route that carries {}, found none ({})",
        sheet.class,
        names.join(", ")
    );
    Some(Found::new(text.place.clone(), message))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check, filing};

    #[test]
    fn a_second_signature_is_told_and_taken_out() {
        for text in [
            "【鸿雁信用卡】验证码{{ code }}。",
            "验证码{{ code }}。【鸿雁】",
            "验证码{{ code }}【重要】请勿转告。",
        ] {
            let found = check(Case { text, ..Case::code() }, "signature");
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].fix.as_ref().map(|fix| fix.text.as_str()), Some(""), "{text}");
        }
        assert_eq!(check(Case { text: "【鸿雁银行】验证码{{ code }}。", ..Case::code() }, "signature"), []);
    }

    #[test]
    fn a_signature_that_no_route_has_on_file_is_told() {
        let found = check(
            Case { route: filing("filed = [{ signature = \"鸿雁信用卡\" }]"), ..Case::code() },
            "signature",
        );
        assert!(found.len() == 1 && found[0].message.contains("on file"), "{found:?}");
        assert_eq!(
            check(
                Case { route: filing("filed = [{ signature = \"鸿雁银行\" }]"), ..Case::code() },
                "signature"
            ),
            []
        );
    }
}
