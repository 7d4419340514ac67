//! Texts that people look at: asked for by a verdict that holds, answered by an entry.

use crate::decide::{Verdict, review};
use crate::entry::{Matter, ReviewDecided, ReviewVerdict};
use crate::state::{Phase, State, TextReview};
use model::Timestamp;

/// What is asked about a held message: what was asked before, and what its verdict asks for.
pub(super) fn asked(earlier: Option<Box<TextReview>>, matter: &Matter, at: Timestamp) -> Option<TextReview> {
    let last = matter.findings.last();
    let asks = last
        .filter(|finding| review::may_ask(finding.rule) && matches!(finding.verdict, Verdict::Hold { .. }));
    let Some(finding) = asks else { return earlier.map(|earlier| *earlier) };
    let why = finding.detail.as_ref().into();
    Some(match earlier {
        // Its text is another than was approved.
        Some(earlier) => TextReview { rule: finding.rule, why, approved: None, ..*earlier },
        None => TextReview { since: at, rule: finding.rule, why, approved: None, label: None },
    })
}

/// What a person has said. What follows of it is an entry of its own.
pub(super) fn decide(state: &mut State, said: &ReviewDecided) {
    let Some(message) = state.messages.get_mut(&said.message) else { return };
    let is_held = message.phase == Phase::Held;
    let Some(review) = message.review.as_mut().filter(|_| is_held) else { return };
    match &said.verdict {
        ReviewVerdict::Approved => {
            review.approved = Some((said.by.clone(), said.hash));
            state.in_review.remove(&said.message);
        }
        ReviewVerdict::Rejected => drop(state.in_review.remove(&said.message)),
        ReviewVerdict::Labelled(class) => review.label = Some(class.clone()),
    }
}
