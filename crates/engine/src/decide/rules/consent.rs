//! # consent
//!
//! Where the law asks for consent to a class, the customer's last statement before this moment must be a grant,
//! and the verdict names its evidence; an account that is known to keep its own evidence may answer for it instead. Where it does not, an explicit refusal of the class is still respected.
//! Blocks otherwise. (Advertising Law art. 43; PIPL art. 14–16 and 24; the rule pack has the citations.)

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::state::Customer;
use crate::world::World;
use model::{Consent, ConsentState, MessageClass, Subtype, Timestamp, consent_at};

/// This rule.
pub const RULE: Rule = Rule { id: "consent", code: RuleCode(3), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let asserts = candidate.order.is_some_and(|(account, _)| account.asserts_consent);
    standing(
        candidate.world,
        candidate.customer,
        candidate.class(),
        candidate.subtype(),
        asserts,
        candidate.now,
    )
}

/// Whether a class as a whole cannot be sent because the customer has not agreed to it, or has taken that back.
pub fn is_lacking(world: &World, consents: &[Consent], class: MessageClass, now: Timestamp) -> bool {
    let required = world.pack.consent.iter().any(|set| set.rule.required && set.binds(class, None, now));
    match consent_at(consents, class, now).map(|said| said.state) {
        Some(ConsentState::Granted) => false,
        Some(ConsentState::Withdrawn) => true,
        None => required,
    }
}

/// What the customer's will says to a class at this moment. Asked once more when a message is handed to the carrier.
/// `asserts`: the account that ordered the message answers for having the consent itself.
pub(in crate::decide) fn standing(
    world: &World,
    customer: &Customer,
    class: MessageClass,
    subtype: Option<&Subtype>,
    asserts: bool,
    now: Timestamp,
) -> Judgement {
    let said = consent_at(&customer.consents, class, now);
    let binding = world
        .pack
        .consent
        .iter()
        .filter(|set| set.binds(class, subtype, now))
        .max_by_key(|set| set.rule.required);
    let Some(set) = binding else { return Judgement::pass("not asked for") };
    let judgement = match (said, set.rule.required) {
        (Some(c), _) if c.state == ConsentState::Withdrawn => {
            Judgement::block(format!("{}: refused, evidence {}", set.id, c.evidence))
        }
        (Some(c), true) => Judgement::pass(format!("{}: evidence {}", set.id, c.evidence)),
        (None, true) if asserts => Judgement::pass(format!("{}: the account answers for it", set.id)),
        (None, true) => Judgement::block(format!("{}: no consent", set.id)),
        (_, false) => Judgement::pass("not required"),
    };
    judgement.by(set.revision)
}
