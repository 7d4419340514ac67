//! The dry run: the same gate over the same customers, nothing recorded.
//!
//! Called for `--dry-run`, a piece of the audience at a time, so that a preview of a million customers never
//! stands in the way of a fraud alert.

use super::steps;
use super::{Candidate, ConditionFailure, Verdict, judge};
use crate::converse::MESSAGE_MAX;
use crate::entry::Fact;
use crate::state::{Approvals, State};
use crate::world::{Facts, Journey, Trigger, World};
use model::{Cost, Subject, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many fell at which rule.
#[derive(Debug, Clone, Default)]
pub struct Funnel {
    /// Customers looked at.
    pub customers: u64,
    /// Those who meet the condition.
    pub audience: u64,
    /// Stopped, by rule id.
    pub blocked: BTreeMap<&'static str, u64>,
    /// Held, by rule id and the moment they would be judged again.
    pub held: BTreeMap<(&'static str, Timestamp), u64>,
    /// Let pass.
    pub to_send: u64,
    /// Their parts.
    pub parts: u64,
    /// What they cost.
    pub cost: Cost,
    /// Customers for whom the condition has no answer.
    pub failures: Vec<ConditionFailure>,
    /// What was reserved on the way, as the real run would.
    spent: Option<BTreeMap<Arc<str>, Cost>>,
}

/// How many failures of the condition are kept with their words.
const FAILURES_KEPT: usize = 10;

/// Judges up to `limit` customers from `from` on and adds them to the funnel. Returns where to go on, or `None`
/// when everybody has been met.
pub fn preview(
    world: &World,
    state: &State,
    journey: &Journey,
    from: Subject,
    limit: usize,
    now: Timestamp,
    funnel: &mut Funnel,
) -> Option<Subject> {
    // What is only proposed is judged by everything else.
    let unasked = Approvals::default();
    let is_in_force = state.world == Some(world.hash);
    let mut spent = funnel.spent.take().unwrap_or_else(|| state.spent.clone());
    let mut next = None;
    for (looked, (subject, customer)) in state.customers.range(from..).enumerate() {
        if looked == limit {
            next = Some(*subject);
            break;
        }
        funnel.customers += 1;
        let Trigger::Broadcast { audience } = &journey.trigger else { break };
        match audience.as_ref().map_or(Ok(true), |c| c.met(Facts::of(customer))) {
            Ok(true) => funnel.audience += 1,
            Ok(false) => continue,
            Err(error) => {
                if funnel.failures.len() < FAILURES_KEPT {
                    funnel.failures.push(ConditionFailure { journey: Arc::clone(&journey.reference), error });
                }
                continue;
            }
        }
        let Some(template) = steps::template(journey) else { break };
        let candidate = Candidate {
            // As long as any that will be sent: a short address names the message.
            message: MESSAGE_MAX,
            spent: &spent,
            approvals: if is_in_force { &state.approvals } else { &unasked },
            ..Candidate::new(world, state, customer, journey, template, now)
        };
        if let Some(cost) = funnel.add(judge(&candidate)) {
            let total = spent.entry(journey.id.as_str().into()).or_default();
            *total = total.plus(cost);
        }
    }
    funnel.spent = Some(spent);
    next
}

/// Counts up to `limit` customers from `from` on who meet the condition of a broadcast or of a segment. Returns where to go on,
/// or `None` when everybody has been met.
pub fn audience(
    state: &State,
    journey: &Journey,
    from: Subject,
    limit: usize,
    people: &mut u64,
) -> Option<Subject> {
    let meets = |customer| match &journey.trigger {
        Trigger::Broadcast { audience } => {
            audience.as_ref().is_none_or(|c| c.met(Facts::of(customer)) == Ok(true))
        }
        Trigger::Segment { of, leaving: false } => of.met(Facts::of(customer)) == Ok(true),
        _ => false,
    };
    let mut customers = state.customers.range(from..);
    *people += customers.by_ref().take(limit).filter(|(_, customer)| meets(customer)).count() as u64;
    customers.next().map(|(subject, _)| *subject)
}

impl Funnel {
    /// Counts one verdict; returns what it would reserve.
    fn add(&mut self, fact: Fact) -> Option<Cost> {
        match fact {
            Fact::MessageDecided(decided) => {
                self.to_send += 1;
                self.parts += u64::from(decided.parts);
                self.cost = self.cost.plus(decided.cost);
                return Some(decided.cost);
            }
            Fact::MessageHeld(held) => {
                let rule = held.matter.findings.last().map_or("", |f| f.rule.id());
                *self.held.entry((rule, held.until)).or_default() += 1;
            }
            Fact::MessageBlocked(blocked) => {
                let last = blocked.matter.findings.iter().rev().find(|f| f.verdict != Verdict::Pass);
                *self.blocked.entry(last.map_or("", |f| f.rule.id())).or_default() += 1;
            }
            _ => {}
        }
        None
    }
}
