//! # route
//!
//! Some carrier account must be allowed to carry the class. The one with the smallest preference number is taken,
//! then the cheapest, then by name. Blocks when there is none.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Composed, Judgement};
use crate::world::{Route, World};
use model::MessageClass;

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
    for_class(candidate.world, candidate.class())
}

/// The route that carries a class.
pub(in crate::decide) fn for_class(world: &World, class: MessageClass) -> Option<&Route> {
    let allowed = world.routes.values().filter(|route| route.classes.contains(&class));
    allowed.min_by_key(|route| (route.preference, route.price, &route.id)).map(|route| &**route)
}
