//! # consent
//!
//! Where the law asks for consent to a class, the customer's last statement before this moment must be a grant,
//! and the verdict names its evidence. Where it does not, an explicit refusal of the class is still respected.
//! Blocks otherwise. (Advertising Law art. 43; PIPL art. 14–16 and 24; the rule pack has the citations.)

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use model::{ConsentState, consent_at};

/// This rule.
pub const RULE: Rule = Rule { id: "consent", code: RuleCode(3), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let class = candidate.class();
    let said = consent_at(&candidate.customer.consents, class, candidate.now);
    let binding = candidate
        .world
        .pack
        .consent
        .iter()
        .filter(|set| set.binds(class, candidate.subtype(), candidate.now))
        .max_by_key(|set| set.rule.required);
    let Some(set) = binding else { return Judgement::pass("not asked for") };
    let judgement = match (said, set.rule.required) {
        (Some(c), _) if c.state == ConsentState::Withdrawn => {
            Judgement::block(format!("{}: refused, evidence {}", set.id, c.evidence))
        }
        (Some(c), true) => Judgement::pass(format!("{}: evidence {}", set.id, c.evidence)),
        (None, true) => Judgement::block(format!("{}: no consent", set.id)),
        (_, false) => Judgement::pass("not required"),
    };
    judgement.by(set.revision)
}
