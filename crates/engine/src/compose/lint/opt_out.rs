//! # opt-out (error)
//!
//! Where the class demands it, the text tells how to refuse, to the letter (广告法 art. 43; carriers take one wording and no
//! other). The words must be in the message, not in a comment or in a branch that is not taken.
//!
//! Fix: the words go to the end.

use super::{Fix, Found, Lint, Severity, Sheet};

/// This lint.
pub const LINT: Lint = Lint { id: "opt-out", severity: Severity::Error, excusable: false, look };

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let Some(words) = sheet.policy().opt_out_text.as_deref() else { return Vec::new() };
    let lacks =
        sheet.texts.iter().filter(|text| !text.sample.contains(words) || !text.longest.contains(words));
    lacks
        .map(|text| {
            let message = format!("expected the text of refusal of {}, {words:?}, found none", sheet.class);
            let fix =
                sheet.inner(text).map(|inner| Fix { place: inner.end..inner.end, text: words.to_owned() });
            Found::new(text.place.clone(), message).with(fix)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check};

    #[test]
    fn advertising_that_cannot_be_refused_is_told_and_the_words_are_offered() {
        let found = check(Case { text: "周末逛商场，刷卡立减二十元。退订回T", ..Case::offer() }, "opt-out");
        assert_eq!(found[0].fix.as_ref().map(|fix| fix.text.as_str()), Some("拒收请回复R"));
        let hidden = check(Case { text: "刷卡立减二十元。{# 拒收请回复R #}", ..Case::offer() }, "opt-out");
        assert_eq!(hidden.len(), 1);
    }

    #[test]
    fn what_can_be_refused_and_what_need_not_are_left_alone() {
        assert_eq!(check(Case::offer(), "opt-out"), []);
        assert_eq!(check(Case::code(), "opt-out"), []);
    }
}
