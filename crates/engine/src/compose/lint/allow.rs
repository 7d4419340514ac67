//! # allow (error)
//!
//! An excuse (`[[allow]]`) names a lint that there is, one that may be excused, and a reason that says something; and it excuses something:
//! one that outlived its finding hides the next. A rule of the word lists that wants a person to look is excused as `words:ID`.
//!
//! Fix: the nearest lint.

use super::words::RULE;
use super::{Fix, Found, LINTS, Lint, Severity, Sheet, excuses};
use crate::world::nearest;

/// This lint.
pub const LINT: Lint = Lint { id: "allow", severity: Severity::Error, excusable: false, look };

/// A shorter reason says nothing.
const REASON_CHARACTERS_MIN: usize = 6;

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (place, allowed) in &sheet.allowed {
        let name = allowed.lint.as_str();
        if name.starts_with(RULE) {
            found.extend(of_rule(sheet, place, name, &allowed.reason));
            continue;
        }
        let Some(lint) = LINTS.iter().find(|lint| lint.id == name) else {
            let message = format!("expected the id of a lint, found {name:?}");
            let near = nearest(name, LINTS.iter().map(|lint| lint.id));
            found.push(
                Found::new(place.clone(), message)
                    .with(near.and_then(|near| replace(sheet, place, name, near))),
            );
            continue;
        };
        if !lint.excusable {
            let message =
                format!("expected a lint that may be excused, found {name:?}, which what is sent depends on");
            found.push(Found::new(place.clone(), message));
        } else if allowed.reason.trim().chars().count() < REASON_CHARACTERS_MIN {
            let message = format!(
                "expected a reason of at least {REASON_CHARACTERS_MIN} characters, found {:?}",
                allowed.reason
            );
            found.push(Found::new(place.clone(), message));
        } else if (lint.look)(sheet).is_empty() {
            let message = format!(
                "expected an excuse for something, found one for {name}, which has nothing to say here"
            );
            found.push(Found::new(place.clone(), message).warning());
        }
    }
    found
}

/// An excuse from one rule of the word lists. Whether there is such a rule, the loader says.
fn of_rule(sheet: &Sheet<'_>, place: &std::ops::Range<usize>, name: &str, reason: &str) -> Option<Found> {
    if reason.trim().chars().count() < REASON_CHARACTERS_MIN {
        let message =
            format!("expected a reason of at least {REASON_CHARACTERS_MIN} characters, found {reason:?}");
        return Some(Found::new(place.clone(), message));
    }
    let speaks = [&super::words::LINT, &super::tone::LINT]
        .into_iter()
        .any(|lint| (lint.look)(sheet).iter().any(|found| excuses(lint, found, name)));
    let message =
        format!("expected an excuse for something, found one for {name}, which has nothing to say here");
    (!speaks).then(|| Found::new(place.clone(), message).warning())
}

fn replace(sheet: &Sheet<'_>, place: &std::ops::Range<usize>, name: &str, near: &str) -> Option<Fix> {
    let at = place.start + sheet.file.get(place.start..)?.find(name)?;
    Some(Fix { place: at..at + name.len(), text: near.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, all, check};

    fn excusing(lint: &str, reason: &str) -> String {
        format!("[[allow]]\nlint = \"{lint}\"\nreason = \"{reason}\"\n")
    }

    #[test]
    fn an_excuse_names_a_lint_a_reason_and_something_to_excuse() {
        for (lint, reason, words) in [
            ("tones", "法务已审核此文案", "expected the id of a lint"),
            ("length", "法务已审核此文案", "may be excused"),
            ("tone", "ok", "expected a reason"),
            ("tone", "法务已审核此文案", "has nothing to say here"),
        ] {
            let found = check(Case { others: &excusing(lint, reason), ..Case::code() }, "allow");
            assert!(found.len() == 1 && found[0].message.contains(words), "{lint}: {found:?}");
        }
    }

    #[test]
    fn what_is_excused_is_still_told_and_stops_nothing() {
        let case = Case {
            text: "验证码{{ code }}，请联系13800001234。",
            others: &excusing("numbers", "值班经理的专线，已备案"),
            ..Case::code()
        };
        let found = all(case);
        assert_eq!(found.iter().map(|f| f.lint).collect::<Vec<_>>(), ["numbers"], "{found:?}");
        assert!(!found[0].is_fatal() && found[0].to_string().contains("已备案"));
    }
}
