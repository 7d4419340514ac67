//! # schedule
//!
//! An order may say when it is to go. Holds until then.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};

/// This rule.
pub const RULE: Rule = Rule { id: "schedule", code: RuleCode(13), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    match candidate.order.and_then(|(_, order)| order.at) {
        Some(at) if at > candidate.now => Judgement::hold(at, "as ordered"),
        Some(_) => Judgement::pass("due"),
        None => Judgement::pass("at once"),
    }
}
