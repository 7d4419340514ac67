//! # identity
//!
//! The customer must be reachable: known, alive, allowed to be contacted, with a phone number. Blocks otherwise.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::entry::Standing;
use crate::state::Customer;

/// This rule.
pub const RULE: Rule = Rule { id: "identity", code: RuleCode(1), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    match reachable(candidate.customer) {
        Ok(()) => Judgement::pass("phone"),
        Err(detail) => Judgement::block(detail),
    }
}

/// Whether the customer may be spoken to at all; the reason if not.
pub(in crate::decide) fn reachable(customer: &Customer) -> Result<(), &'static str> {
    match (customer.profile.standing, customer.profile.phone) {
        (Standing::Deceased, _) => Err("deceased"),
        (Standing::DoNotContact, _) => Err("do not contact"),
        (Standing::Normal, None) => Err("no phone"),
        (Standing::Normal, Some(_)) => Ok(()),
    }
}
