//! # experiment
//!
//! Whoever is in the control group of an experiment gets nothing, although nothing before this rule was against it: what
//! the others got is compared with them. Asked after everything that is about the person, so that both groups are the same
//! people but for chance, and before anything is counted or reserved. What belongs to an arm that its guardrail has stopped is
//! blocked as well; the last look asks that again. Blocks.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::measure::trial;

/// This rule.
pub const RULE: Rule = Rule { id: "experiment", code: RuleCode(15), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let Some(variant) = candidate.variant else { return Judgement::pass("none") };
    let Candidate { world, customer, journey, trials, messages, message, .. } = *candidate;
    let stands = trial::Standing { trials, messages };
    if let Some(why) = trial::closed(world, stands, customer, &journey.in_arm(Some(variant)), Some(message)) {
        return Judgement::block(why);
    }
    match journey.arm(variant) {
        Some(arm) if arm.control => Judgement::block(format!("{variant} is the control group")),
        Some(_) => Judgement::pass(variant.to_owned()),
        None => Judgement::pass(format!("{variant} is no arm any more")),
    }
}
