//! # identity
//!
//! The customer must be reachable: known, alive, allowed to be contacted, with a contact point on the channel (a phone
//! number, or the attribute that the institution keeps tokens, openids and addresses in). Blocks otherwise.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::entry::Standing;
use crate::state::Customer;
use crate::world::World;
use model::{Channel, Contact, Private, Value};
use std::sync::Arc;

/// This rule.
pub const RULE: Rule = Rule { id: "identity", code: RuleCode(1), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let channel = candidate.channel();
    match may_be_spoken_to(candidate.customer) {
        Err(detail) => Judgement::block(detail),
        Ok(()) if candidate.contact(channel).is_some() && channel.by_phone() => Judgement::pass("phone"),
        Ok(()) if candidate.contact(channel).is_some() => Judgement::pass(channel.name()),
        Ok(()) if channel.by_phone() => Judgement::block("no phone"),
        Ok(()) => Judgement::block(format!("no address for {channel}")),
    }
}

/// Whether the customer may be spoken to at all; the reason if not.
pub(in crate::decide) fn may_be_spoken_to(customer: &Customer) -> Result<(), &'static str> {
    match customer.profile.standing {
        Standing::Deceased => Err("deceased"),
        Standing::DoNotContact => Err("do not contact"),
        Standing::Normal => Ok(()),
    }
}

/// Where a customer is reached on a channel.
pub(in crate::decide) fn contact(world: &World, customer: &Customer, channel: Channel) -> Option<Contact> {
    if channel.by_phone() {
        return customer.profile.phone.map(Contact::Phone);
    }
    if channel == Channel::InApp {
        return Some(Contact::Named(channel, Private::new(customer.profile.id.reveal())));
    }
    let attribute = world.institution.contacts.get(&channel)?;
    match customer.profile.attributes.get(attribute) {
        Some(Value::Text(value)) if !value.is_empty() => {
            Some(Contact::Named(channel, Private::new(Arc::clone(value))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Profile;
    use model::{CustomerId, Fields, Phone, Subject};

    #[test]
    fn a_standing_is_asked_whether_or_not_there_is_a_phone() {
        let check = |standing, has_phone: bool, expect| {
            let phone = Phone::parse("13800000001", "86").ok().filter(|_| has_phone);
            let id = CustomerId::new("C1");
            let profile = Profile { id, phone, zone: None, standing, attributes: Fields::new() };
            assert_eq!(
                may_be_spoken_to(&Customer::new(Subject(1), profile)),
                expect,
                "{standing:?} {has_phone}"
            );
        };
        check(Standing::Normal, true, Ok(()));
        check(Standing::Normal, false, Ok(()));
        check(Standing::Deceased, false, Err("deceased"));
        check(Standing::Deceased, true, Err("deceased"));
        check(Standing::DoNotContact, true, Err("do not contact"));
    }
}
