//! # account
//!
//! What an account hands in must be something it may send: one of its classes, under a signature it may use, a text of
//! its own only if it may write texts, from an extension that is not another's, by a plan that exists. Blocks otherwise. Messages that no account handed in pass.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::entry::Body;
use crate::world::{Account, World};

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
    if let Some(owner) = order.extension.as_deref().and_then(|own| owner(candidate.world, own))
        && owner.id != account.id
    {
        return Judgement::block(format!("extension: it is {}'s", owner.id));
    }
    if let Some(plan) = order.plan.as_ref().or(account.plan.as_ref())
        && !candidate.world.plans.contains_key(plan)
    {
        return Judgement::block(format!("plan: {plan} is not known"));
    }
    Judgement::pass(account.id.as_str().to_owned())
}

/// Whose account answers to an extension come to: the one whose own is the longest beginning of it.
pub(crate) fn owner<'a>(world: &'a World, extension: &str) -> Option<&'a Account> {
    let own = |account: &Account| {
        account.extension.as_deref().filter(|own| extension.starts_with(*own)).map(str::len)
    };
    let owners = world.accounts.values().filter_map(|account| Some((own(account)?, account)));
    owners.max_by_key(|(length, _)| *length).map(|(_, account)| &**account)
}
