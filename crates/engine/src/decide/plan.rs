//! Plans of channels: the first leg that can be taken, and the next one when a leg has not reached the customer.
//!
//! A message on a plan is one message with one id, whichever channel it goes by in the end; it counts as one contact.

use super::Candidate;
use crate::decide::rules;
use crate::entry::{Fact, Scope, SwitchState, Way};
use crate::world::{Plan, PlanLeg, World};
use std::sync::Arc;

/// Judges a candidate by its plan, if it follows one: on the first leg on which the customer can be reached and that
/// some route serves; on the last, if there is none, so that the reason is said.
pub(crate) fn judge_by_plan(candidate: &Candidate<'_>, judge: fn(&Candidate<'_>) -> Fact) -> Fact {
    let Some(plan) = plan_of(candidate) else { return judge(&Candidate { way: None, ..*candidate }) };
    // One that is judged again stays where it has come to: the legs before may have reached the customer.
    let from = candidate.way.filter(|way| way.plan == plan.id).map_or(0, |way| usize::from(way.leg));
    let way = first(candidate, plan, from).or_else(|| last(plan));
    judge(&Candidate { way: way.as_ref(), ..*candidate })
}

/// The leg after this one that can be taken, if any.
pub(crate) fn next(world: &World, candidate: &Candidate<'_>, way: &Way) -> Option<Way> {
    first(candidate, world.plans.get(&way.plan)?, usize::from(way.leg) + 1)
}

fn plan_of<'a>(candidate: &Candidate<'a>) -> Option<&'a Plan> {
    let named = match candidate.order {
        Some((account, order)) => order.plan.as_ref().or(account.plan.as_ref()),
        None => candidate.journey.plan.as_ref(),
    };
    candidate.world.plans.get(named?).map(|plan| &**plan)
}

fn first(candidate: &Candidate<'_>, plan: &Plan, from: usize) -> Option<Way> {
    let leg_with = |may: fn(&Candidate<'_>) -> bool| {
        plan.legs.iter().enumerate().skip(from).find_map(|(number, leg)| {
            let way = way(plan, number, leg);
            let on_leg = Candidate { way: Some(&way), ..*candidate };
            let can = on_leg.contact(leg.channel).is_some() && !is_stopped(&on_leg) && may(&on_leg);
            let can = can && !is_unwanted(&on_leg);
            can.then_some(way)
        })
    };
    // A leg whose routes are down is better than none, and worse than any other.
    leg_with(|on_leg| rules::route::choose_up(on_leg).is_some())
        .or_else(|| leg_with(|on_leg| rules::route::choose(on_leg).is_some()))
}

/// Whether somebody has stopped the leg's channel for good.
fn is_stopped(on_leg: &Candidate<'_>) -> bool {
    on_leg.switches.get(&Scope::Channel(on_leg.channel())) == Some(&SwitchState::Killed)
}

/// Whether the customer has switched the leg's channel off for messages of this kind.
fn is_unwanted(on_leg: &Candidate<'_>) -> bool {
    rules::preference::is_off(on_leg.customer, on_leg.policy(), on_leg.class(), on_leg.channel())
}

fn last(plan: &Plan) -> Option<Way> {
    let (number, leg) = plan.legs.iter().enumerate().next_back()?;
    Some(way(plan, number, leg))
}

fn way(plan: &Plan, number: usize, leg: &PlanLeg) -> Way {
    // A plan has at most a handful of legs.
    Way { plan: Arc::clone(&plan.id), leg: number as u8, channel: leg.channel, wait: leg.wait }
}
