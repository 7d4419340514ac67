//! # switch
//!
//! Somebody with rights may stop everything, a class, a channel, a route, a journey or an account at once. What is
//! stopped is blocked; what is only paused passes, and waits in its lane until the pause is over.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::entry::{Scope, SwitchState};
use crate::world::reference;
use model::{Channel, MessageClass, RouteId};
use std::collections::BTreeMap;

/// This rule.
pub const RULE: Rule = Rule { id: "switch", code: RuleCode(14), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let journey = &candidate.journey.reference;
    let found = off(candidate.switches, candidate.class(), candidate.channel(), None, journey);
    match found {
        Some((scope, SwitchState::Killed)) => Judgement::block(format!("{scope} is stopped")),
        Some((scope, _)) => Judgement::pass(format!("{scope} is paused")),
        None => Judgement::pass("on"),
    }
}

/// The strongest switch that bears on a message, if any is not on. A route is asked only where one is named.
pub(crate) fn off(
    switches: &BTreeMap<Scope, SwitchState>,
    class: MessageClass,
    channel: Channel,
    route: Option<&RouteId>,
    journey: &str,
) -> Option<(Scope, SwitchState)> {
    if switches.is_empty() {
        return None;
    }
    let scopes = [
        Some(Scope::All),
        Some(Scope::Class(class)),
        Some(Scope::Channel(channel)),
        route.map(|route| Scope::Route(route.clone())),
        Some(Scope::Journey(reference::name(journey).into())),
    ];
    let found =
        scopes.into_iter().flatten().filter_map(|scope| Some((switches.get(&scope).copied()?, scope)));
    found.max_by_key(|(state, _)| *state as u8).map(|(state, scope)| (scope, state))
}
