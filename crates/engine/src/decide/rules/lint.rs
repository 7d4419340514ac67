//! # lint
//!
//! The finished text must be right: every variable resolved and of its declared type, the opt-out text present
//! where the class demands it, no full card or identity number in it whoever put it there. Blocks and names what is missing. Of a template of several texts, the verdict names the one that
//! was taken.

use super::{Judge, Rule, RuleCode};
use crate::compose::lint::value_fault;
use crate::decide::{Candidate, Composed, Judgement};

/// This rule.
pub const RULE: Rule = Rule { id: "lint", code: RuleCode(9), judge: Judge::Text(judge) };

fn judge(candidate: &Candidate<'_>, composed: &Composed<'_>) -> Judgement {
    let draft = match &composed.draft {
        Ok(draft) => draft,
        Err(mistake) => return Judgement::block(mistake.to_string()),
    };
    if let Some(what) = value_fault(draft.text.reveal()) {
        return Judgement::block(format!("a {what} in the text"));
    }
    match &candidate.policy().opt_out_text {
        Some(words) if !draft.text.reveal().contains(words.as_str()) => {
            Judgement::block(format!("the opt-out text {words:?} is missing"))
        }
        _ if draft.wording.is_empty() => Judgement::pass("clean"),
        _ => Judgement::pass(format!("clean, text {}", draft.wording)),
    }
}
