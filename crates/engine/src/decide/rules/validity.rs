//! # validity
//!
//! A message that is not worth sending any more is not sent: a code after five minutes, an offer after its end.
//! Also named when another rule would hold a message until after that moment. Blocks.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};

/// This rule.
pub const RULE: Rule = Rule { id: "validity", code: RuleCode(5), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    if candidate.now >= candidate.expires {
        return Judgement::block(format!("worth sending until {}", candidate.expires));
    }
    Judgement::pass("in time")
}
