//! # variables (error)
//!
//! Every name in a text is declared, every declaration is used, and every text can be filled. A name that nobody declared
//! would be a blank in a customer's message, which the renderer refuses: better now than at the moment of sending.
//!
//! Fix: the nearest declared name; for a declaration that nothing uses, its line goes.

use super::{Fix, Found, Lint, Severity, Sheet};
use crate::compose::TemplateError;
use crate::world::nearest;

/// This lint.
pub const LINT: Lint = Lint { id: "variables", severity: Severity::Error, excusable: false, look };

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let errors = sheet.template.as_ref().err().map_or(&[][..], Vec::as_slice);
    let main = sheet.places.first().cloned().unwrap_or_default();
    let mut found: Vec<Found> = errors
        .iter()
        .map(|error| match error {
            TemplateError::Undeclared { name, text, .. } => undeclared(sheet, name, *text, error),
            TemplateError::Unused(name) => unused(sheet, name, error),
            _ => Found::new(main.clone(), error.to_string()),
        })
        .collect();
    found.extend(sheet.unfilled.iter().map(|(place, error)| Found::new(place.clone(), error.to_string())));
    found
}

fn undeclared(sheet: &Sheet<'_>, name: &str, text: usize, error: &TemplateError) -> Found {
    let place = sheet.places.get(text).or(sheet.places.first()).cloned().unwrap_or_default();
    let written = sheet.file.get(place.clone()).unwrap_or_default();
    // Inside a tag: the same letters outside are words.
    let at = written.match_indices(['{']).find_map(|(open, _)| {
        let tag = written.get(open..)?;
        let tag = tag.get(..tag.find('}')?)?;
        (tag.starts_with("{{") || tag.starts_with("{%")).then_some(())?;
        let at = tag.find(name)?;
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let whole = !is_word(tag.get(..at)?.chars().next_back())
            && !is_word(tag.get(at + name.len()..)?.chars().next());
        whole.then_some(place.start + open + at)
    });
    let Some(start) = at else { return Found::new(place, error.to_string()) };
    let place = start..start + name.len();
    let known = sheet.declared.iter().map(|(_, name)| &**name);
    let fix = nearest(name, known).map(|near| Fix { place: place.clone(), text: near.to_owned() });
    Found::new(place, error.to_string()).with(fix)
}

fn unused(sheet: &Sheet<'_>, name: &str, error: &TemplateError) -> Found {
    let Some((place, _)) = sheet.declared.iter().find(|(_, declared)| **declared == *name) else {
        return Found::new(0..0, error.to_string());
    };
    let start = sheet.file.get(..place.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = sheet.file.get(place.start..).and_then(|rest| rest.find('\n')).map(|at| place.start + at + 1);
    let line = start..end.unwrap_or(sheet.file.len());
    // A declaration over several lines is not one line's to take.
    let whole = sheet.file.get(line.clone()).is_some_and(|line| line.contains('}'));
    Found::new(place.clone(), error.to_string()).with(whole.then(|| Fix { place: line, text: String::new() }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check};

    #[test]
    fn a_name_that_is_not_declared_is_told_with_the_nearest() {
        let found = check(Case { text: "验证码{{ cod }}，5分钟内有效。", ..Case::code() }, "variables");
        assert_eq!(found.len(), 2, "the wrong name, and the declaration that it leaves unused");
        let wrong = found.iter().find(|f| f.message.contains("undeclared")).unwrap();
        assert_eq!(wrong.fix.as_ref().map(|fix| fix.text.as_str()), Some("code"));
    }

    #[test]
    fn a_text_that_is_right_is_left_alone() {
        assert_eq!(check(Case::code(), "variables"), []);
    }

    #[test]
    fn a_filter_that_does_not_fit_is_told() {
        let found = check(Case { text: "验证码{{ code|yuan }}。", ..Case::code() }, "variables");
        assert!(found[0].message.contains("expected money before the filter"), "{found:?}");
    }
}
