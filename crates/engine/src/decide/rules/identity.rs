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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Profile;
    use model::{CustomerId, Fields, Phone, Subject};

    #[test]
    fn a_standing_speaks_before_a_missing_phone() {
        let check = |standing, has_phone: bool, expect| {
            let phone = Phone::parse("13800000001", "86").ok().filter(|_| has_phone);
            let id = CustomerId::new("C1");
            let profile = Profile { id, phone, zone: None, standing, attributes: Fields::new() };
            assert_eq!(reachable(&Customer::new(Subject(1), profile)), expect, "{standing:?} {has_phone}");
        };
        check(Standing::Normal, true, Ok(()));
        check(Standing::Normal, false, Err("no phone"));
        check(Standing::Deceased, false, Err("deceased"));
        check(Standing::Deceased, true, Err("deceased"));
        check(Standing::DoNotContact, true, Err("do not contact"));
    }
}
