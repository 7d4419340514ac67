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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Profile, Standing};
    use model::{Consent, CustomerId, Fields, Subject};

    const MARKETING: MessageClass = MessageClass::Marketing;

    fn customer(stops: &[(SuppressionCause, i64)], said: &[(ConsentState, i64, Option<i64>)]) -> Customer {
        let profile = Profile {
            id: CustomerId::new("C1"),
            phone: Phone::parse("13800000001", "86").ok(),
            zone: None,
            standing: Standing::Normal,
            attributes: Fields::new(),
        };
        let mut customer = Customer::new(Subject(1), profile);
        let stop =
            |(why, at): &(_, i64)| Suppression { classes: vec![MARKETING], at: Timestamp(*at), why: *why };
        customer.suppressions = stops.iter().map(stop).collect();
        let consent = |(state, at, until): &(ConsentState, i64, Option<i64>)| Consent {
            class: MARKETING,
            state: *state,
            at: Timestamp(*at),
            until: until.map(Timestamp),
            evidence: "form-1".into(),
        };
        customer.consents = said.iter().map(consent).collect();
        customer
    }

    #[test]
    fn an_opt_out_is_lifted_by_a_younger_consent_in_force_and_by_nothing_else() {
        use ConsentState::{Granted, Withdrawn};
        use SuppressionCause::{Complaint, OptOut, Staff};
        let check = |stops: &[_], said: &[_], expect: bool| {
            let found = allowed(&customer(stops, said), &BTreeMap::new(), MARKETING, Timestamp(100)).is_ok();
            assert_eq!(found, expect, "{stops:?} {said:?}");
        };
        check(&[], &[], true);
        check(&[(OptOut, 50)], &[], false);
        check(&[(OptOut, 50)], &[(Granted, 49, None)], false);
        check(&[(OptOut, 50)], &[(Granted, 50, None)], false);
        check(&[(OptOut, 50)], &[(Granted, 51, None)], true);
        check(&[(OptOut, 50)], &[(Granted, 101, None)], false);
        check(&[(OptOut, 50)], &[(Granted, 51, Some(100))], false);
        check(&[(OptOut, 50)], &[(Granted, 51, None), (Withdrawn, 60, None)], false);
        check(&[(OptOut, 50), (OptOut, 70)], &[(Granted, 60, None)], false);
        check(&[(Complaint, 50)], &[(Granted, 60, None)], false);
        check(&[(OptOut, 50), (Staff, 40)], &[(Granted, 60, None)], false);
    }

    #[test]
    fn a_stop_binds_its_classes_and_a_numbers_stop_whoever_has_the_number() {
        let stopped = customer(&[(SuppressionCause::OptOut, 50)], &[]);
        let none = BTreeMap::new();
        assert!(allowed(&stopped, &none, MessageClass::CustomerService, Timestamp(100)).is_ok());
        let phone = Phone::parse("13800000001", "86").unwrap();
        let by_number = BTreeMap::from([(phone, stopped.suppressions)]);
        let mut other = customer(&[], &[]);
        let found = allowed(&other, &by_number, MARKETING, Timestamp(100));
        assert_eq!(found, Err("opt_out since 1970-01-01T00:00:00.050Z".to_owned()));
        other.profile.phone = None;
        assert!(allowed(&other, &by_number, MARKETING, Timestamp(100)).is_ok());
    }
}
