//! # account
//!
//! What an account hands in must be something it may send: one of its classes, under a signature it may use, a text of
//! its own only if it may write texts, from an extension that is not another's, by a plan that exists. Blocks otherwise. Messages that no account handed in pass.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::entry::Body;
use crate::world::Owner;

/// This rule.
pub const RULE: Rule = Rule { id: "account", code: RuleCode(12), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let Some((account, order)) = candidate.order else { return Judgement::pass("no account") };
    let class = candidate.class();
    if !account.classes.contains(&class) {
        return Judgement::block(format!("{} may not send {class}", account.id));
    }
    if account.free.is_none() && matches!(order.body, Some(Body::Text(_))) {
        return Judgement::block(format!("{} may send templates only", account.id));
    }
    if let Some(signature) = order.signature.as_deref()
        && signature != candidate.world.institution.signature
        && !account.signatures.iter().any(|allowed| allowed == signature)
    {
        return Judgement::block(format!("signature: {} may not sign {signature:?}", account.id));
    }
    match order.extension.as_deref().and_then(|own| candidate.world.owner(own)) {
        Some(Owner::Account(owner)) if owner.id != account.id => {
            return Judgement::block(format!("extension: it is {}'s", owner.id));
        }
        Some(Owner::Journey(owner)) => {
            return Judgement::block(format!("extension: it is the journey {}'s", owner.id));
        }
        _ => {}
    }
    if let Some(plan) = order.plan.as_ref().or(account.plan.as_ref())
        && !candidate.world.plans.contains_key(plan)
    {
        return Judgement::block(format!("plan: {plan} is not known"));
    }
    Judgement::pass(account.id.as_str().to_owned())
}
