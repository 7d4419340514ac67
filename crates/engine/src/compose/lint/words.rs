//! # words (error, or warning where the list asks for a look)
//!
//! No word that a list stops stands in the text, however it is written, and what a list requires is there (the risk phrase of
//! products that bear a return, the lender's name). The lists are data with citations (`words/`). Words of tone have a lint
//! of their own, and so have the text of refusal and the signature.
//!
//! What a list wants a person to look at is excused rule by rule, as `words:ID`, as the gate reads it; what it forbids is not. Fix: the
//! list's rewrite is told; it is advice, so nothing is replaced by rule.

use super::{Found, Lint, Severity, Sheet, Text};
use crate::compose::words::{Question, read};
use text::words::{Action, Hit, Report, Rule, Signature};

/// This lint.
pub const LINT: Lint = Lint { id: "words", severity: Severity::Error, excusable: false, look };

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for text in &sheet.texts {
        let report = report(sheet, text);
        let hits = report.hits.iter().filter(|hit| !is_of_tone(hit.rule));
        found.extend(hits.map(|hit| told(sheet, text, hit)));
        let missing = report.missing.iter().filter(|rule| !is_of_others(rule));
        found.extend(missing.map(|rule| {
            let instead =
                rule.rewrite.as_deref().unwrap_or_else(|| rule.words.first().map_or("", |word| word));
            let message =
                format!("expected {instead:?} or the like ({}: {}), found none", rule.id, rule.citation);
            Found::new(text.place.clone(), message)
        }));
    }
    found
}

/// What the lists say of a text; its signature is another lint's.
pub(super) fn report<'a>(sheet: &'a Sheet<'_>, text: &Text) -> Report<'a> {
    let institution = &sheet.world.institution;
    let question = Question {
        class: sheet.class,
        opt_out: sheet.policy().opt_out_text.as_deref(),
        signature: Signature::Apart,
        lender: institution.lender.as_deref(),
        on: sheet.readers.on,
    };
    read(&sheet.world.words, &text.sample, &question)
}

/// What stands before a rule's id where `[[allow]]` names one.
pub(super) const RULE: &str = crate::compose::words::LINT;

/// A word that was found, with what the list asks for.
pub(super) fn told(sheet: &Sheet<'_>, text: &Text, hit: &Hit<'_>) -> Found {
    let piece = text.sample.get(hit.place.clone()).unwrap_or(hit.word);
    let instead =
        hit.rule.rewrite.as_deref().map_or(String::new(), |instead| format!("; instead: {instead}"));
    let message = format!(
        "expected no {:?} ({}: {}), found {piece:?}{instead}",
        hit.word, hit.rule.id, hit.rule.citation
    );
    let found = Found { entry: Some(hit.rule.id.clone()), ..Found::new(sheet.find(text, piece), message) };
    if hit.action == Action::Review { found.warning() } else { found }
}

/// Whether a rule is about tone: its id has one of these words between its dashes.
pub(super) fn is_of_tone(rule: &Rule) -> bool {
    rule.id.split('-').any(|word| ["tone", "threat", "pressure", "urgency"].contains(&word))
}

/// Whether another lint asks for it.
fn is_of_others(rule: &Rule) -> bool {
    rule.words.iter().any(|word| word == "{opt_out}" || word == "{signature}")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check};

    fn offer(text: &str) -> Vec<super::super::Finding> {
        check(Case { text, ..Case::offer() }, "words")
    }

    #[test]
    fn a_stopped_word_is_told_with_its_rule_and_its_place() {
        let text = "新品理财保本保息，请登录手机银行。投资有风险。拒收请回复R";
        let found = offer(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("保本保息") && found[0].message.contains("广告法"), "{found:?}");
        assert!(found[0].column > 10);
    }

    #[test]
    fn a_denial_passes_and_a_missing_risk_phrase_does_not() {
        assert_eq!(offer("非保本浮动收益理财新发，投资有风险。拒收请回复R"), []);
        let found = offer("净值型理财新发，详情见手机银行。拒收请回复R");
        assert!(found.len() == 1 && found[0].message.contains("投资有风险"), "{found:?}");
    }
}
