//! # length
//!
//! A carrier bills parts: 70 UCS-2 characters alone or 67 each, 160 GSM-7 septets alone or 153 each, the signature
//! included. A text of more parts than its template allows is not sent. Blocks.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Composed, Judgement};

/// This rule.
pub const RULE: Rule = Rule { id: "length", code: RuleCode(10), judge: Judge::Text(judge) };

fn judge(candidate: &Candidate<'_>, composed: &Composed<'_>) -> Judgement {
    let Ok(draft) = &composed.draft else { return Judgement::pass("no text to measure") };
    let (parts, max) = (draft.measure.parts, candidate.template.parts_max.min(text::MAX_PARTS));
    if parts > max {
        return Judgement::block(format!("{parts} parts, {max} allowed"));
    }
    Judgement::pass(if parts == 1 {
        "1 part".into()
    } else {
        std::borrow::Cow::from(format!("{parts} parts"))
    })
}
