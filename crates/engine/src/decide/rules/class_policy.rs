//! # class-policy
//!
//! The class must be one the institution sends at all, and the template must be written for it: a marketing text
//! under a service journey is the trade's commonest abuse. Blocks otherwise.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::entry::Body;

/// This rule.
pub const RULE: Rule = Rule { id: "class-policy", code: RuleCode(2), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let (class, written_for) = (candidate.class(), candidate.template.class);
    // A text of an account's own is written for whatever class it is handed in under.
    let is_own = candidate.order.is_some_and(|(_, order)| matches!(order.body, Some(Body::Text(_))));
    if written_for != class && !is_own {
        return Judgement::block(format!("template is {written_for}, journey is {class}"));
    }
    if !candidate.policy().allowed {
        return Judgement::block(format!("{class} is not sent"));
    }
    Judgement::pass(class.name())
}
