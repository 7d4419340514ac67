//! # route
//!
//! Some carrier account must be allowed to carry the class. The one with the smallest preference number is taken,
//! then the cheapest, then by name. Blocks when there is none.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Composed, Judgement};
use crate::world::Route;

/// This rule.
pub const RULE: Rule = Rule { id: "route", code: RuleCode(11), judge: Judge::Text(judge) };

fn judge(candidate: &Candidate<'_>, composed: &Composed<'_>) -> Judgement {
    match composed.route {
        Some(route) => Judgement::pass(route.id.as_str().to_owned()),
        None => Judgement::block(format!("no route may carry {}", candidate.class())),
    }
}

/// The route for a candidate.
pub(in crate::decide) fn choose<'a>(candidate: &Candidate<'a>) -> Option<&'a Route> {
    let class = candidate.class();
    let allowed = candidate.world.routes.values().filter(|route| route.classes.contains(&class));
    allowed.min_by_key(|route| (route.preference, route.price, &route.id)).map(|route| &**route)
}
