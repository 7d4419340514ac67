//! # budget
//!
//! A journey may spend only so much. Money is reserved by the entry that lets the message pass and given back if
//! it is never handed to a carrier; one owner decides about all of a journey's messages one after the other, so
//! the budget is never exceeded, not even by one part. Blocks when it would be.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Composed, Judgement};
use model::Cost;

/// This rule.
pub const RULE: Rule = Rule { id: "budget", code: RuleCode(8), judge: Judge::Text(judge) };

fn judge(candidate: &Candidate<'_>, composed: &Composed<'_>) -> Judgement {
    let Some(budget) = candidate.journey.budget else { return Judgement::pass("no budget") };
    let Ok(draft) = &composed.draft else { return Judgement::pass("no text to price") };
    let spent = candidate.spent.get(candidate.journey.id.as_str()).copied().unwrap_or(Cost::ZERO);
    let after = spent.plus(draft.cost);
    if after > budget {
        return Judgement::block(format!("{spent} of {budget} reserved, {} more needed", draft.cost));
    }
    Judgement::pass(format!("{after} of {budget}"))
}
