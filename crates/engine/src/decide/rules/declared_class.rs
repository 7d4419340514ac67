//! # declared-class
//!
//! A text must be what it is declared to be. Marketing that goes as service needs no consent, keeps no hours and offers no way
//! out: the trade's commonest abuse. Where the model of the configuration surely reads marketing or fraud in a text of another
//! class, the message is blocked, or let pass with a note where the account or the institution says `disagreement = "note"`.
//! Where it only likely reads so, a person looks first, if `institution.toml` says `unreviewed = "review"`. Any other difference passes: to declare marketing what is service harms nobody. Without a model nothing is compared.

use super::{Judge, Rule, RuleCode};
use crate::compose::class::of_draft;
use crate::decide::{Candidate, Composed, Judgement, review};
use crate::entry::Body;
use crate::world::{Disagreement, Unreviewed};

/// This rule.
pub const RULE: Rule = Rule { id: "declared-class", code: RuleCode(17), judge: Judge::Text(judge) };

fn judge(candidate: &Candidate<'_>, composed: &Composed<'_>) -> Judgement {
    let Ok(draft) = &composed.draft else { return Judgement::pass("no text to read") };
    let institution = &candidate.world.institution;
    let is_own = |body: &Option<Body>| matches!(body, Some(Body::Text(_)));
    let order = candidate.order.map(|(_, order)| order);
    let template = (!order.is_some_and(|order| is_own(&order.body))).then_some(candidate.template);
    let signature = order.and_then(|order| order.signature.as_deref()).unwrap_or(&institution.signature);
    let Some(reading) = of_draft(candidate.world, template, draft.text.reveal(), signature) else {
        return Judgement::pass("no model");
    };
    let said =
        format!("reads as {} ({:.2}), declared {}", reading.class, reading.confidence, candidate.class());
    if !reading.disagrees(candidate.class()) {
        // Where the model is not sure, a person is, if there is one.
        let asks = institution.unreviewed == Unreviewed::Review && reading.doubts(candidate.class());
        return if asks {
            review::wanted(candidate, draft.text.reveal(), &said)
        } else {
            Judgement::pass("agrees")
        };
    }
    let own = candidate.order.and_then(|(account, _)| account.disagreement);
    match own.unwrap_or(institution.disagreement) {
        Disagreement::Block => Judgement::block(said),
        Disagreement::Note => Judgement::pass(said),
    }
}
