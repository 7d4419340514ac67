//! # suppression
//!
//! Whoever opted out, complained or was stopped by staff gets nothing of those classes any more. Only a new
//! consent, given after an opt-out, lifts it again. Asked at the decision and once more when the message is
//! handed to the carrier, so that an acknowledged opt-out wins over every later submit (invariant L5). Blocks.
//! (Consumer Protection Law art. 29: nothing after an explicit refusal.)

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::entry::SuppressionCause;
use crate::state::{Customer, Suppression};
use model::{ConsentState, MessageClass, Phone, Timestamp, consent_at};
use std::collections::BTreeMap;

/// This rule.
pub const RULE: Rule = Rule { id: "suppression", code: RuleCode(4), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    match allowed(candidate.customer, candidate.refused_numbers, candidate.class(), candidate.now) {
        Ok(()) => Judgement::pass("none"),
        Err(detail) => Judgement::block(detail),
    }
}

/// Whether nothing stops this class for the customer; the reason if something does.
pub(crate) fn allowed(
    customer: &Customer,
    refused_numbers: &BTreeMap<Phone, Vec<Suppression>>,
    class: MessageClass,
    now: Timestamp,
) -> Result<(), String> {
    let by_number =
        customer.profile.phone.and_then(|phone| refused_numbers.get(&phone)).into_iter().flatten();
    let mut stops = customer.suppressions.iter().chain(by_number);
    match stops.find(|stop| stop.classes.contains(&class) && !lifted(customer, stop, class, now)) {
        Some(stop) => Err(format!("{} since {}", stop.why.name(), stop.at)),
        None => Ok(()),
    }
}

/// Whether the statement in force is a consent given after the opt-out: that lifts it. What staff or a complaint
/// stopped, staff must lift.
fn lifted(customer: &Customer, stop: &Suppression, class: MessageClass, now: Timestamp) -> bool {
    stop.why == SuppressionCause::OptOut
        && consent_at(&customer.consents, class, now)
            .is_some_and(|said| said.state == ConsentState::Granted && said.at > stop.at)
}
