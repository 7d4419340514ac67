//! The gate's refusals as what the dialects can say. The tables of codes are in `wire::http`; this one says which rule is
//! which refusal:
//!
//! | rule | refusal |
//! |---|---|
//! | `identity` | no phone number |
//! | `account` | signature not filed, if it is about the signature; else not permitted |
//! | `class-policy`, `switch`, `approval` | not permitted |
//! | `consent`, `suppression`, `preference` | opted out |
//! | `frequency-cap` | frequency cap |
//! | `quiet-hours` | quiet hours |
//! | `budget` | budget spent |
//! | `lint` | value missing, if a variable has no value; else content refused |
//! | `words`, `declared-class`, `length` | content refused |
//! | `validity`, `schedule`, `route`, … | another rule, by its id |

use crate::deliver::portal::Unmade;
use engine::decide::{OrderError, Ordered};
use wire::http::{Accepted, Refusal};

/// What became of an order at once; `id` writes the message's id as the dialect does.
pub(super) fn outcome(ordered: &Ordered, id: impl Fn(u64) -> String) -> Result<Accepted, Refusal> {
    match ordered {
        Ordered::Accepted { message, parts, .. } => {
            Ok(Accepted { id: id(message.0), parts: u32::from(*parts).max(1) })
        }
        Ordered::Repeated(message) => Ok(Accepted { id: id(message.0), parts: 1 }),
        Ordered::Blocked { rule, detail, .. } => Err(of_rule(rule, detail)),
        Ordered::Refused(why) => Err(of_error(why)),
        // The dialects hand in whole messages.
        Ordered::Piece { piece, .. } => Ok(Accepted { id: id(piece.0), parts: 1 }),
    }
}

/// Why something was no order.
pub(super) fn unmade(why: &Unmade) -> Refusal {
    match why {
        Unmade::Number(_) => Refusal::InvalidNumber,
        Unmade::Empty | Unmade::Values { .. } => Refusal::ParamMissing(None),
        Unmade::Template(_) => Refusal::UnknownTemplate,
        Unmade::Extension(_) => Refusal::NotPermitted,
    }
}

fn of_error(why: &OrderError) -> Refusal {
    match why {
        OrderError::UnknownTemplate(_) => Refusal::UnknownTemplate,
        OrderError::Empty => Refusal::ParamMissing(None),
        OrderError::Stranger(_) | OrderError::Unclassed(_) => Refusal::NotPermitted,
        OrderError::UnknownCustomer => Refusal::InvalidNumber,
        OrderError::Spent => Refusal::Other("erased".to_owned()),
        OrderError::UnknownAccount(_) => Refusal::Internal,
    }
}

fn of_rule(rule: &str, detail: &str) -> Refusal {
    match rule {
        "identity" => Refusal::InvalidNumber,
        "account" if detail.starts_with("signature:") => Refusal::SignatureNotFiled,
        "account" | "class-policy" | "switch" | "approval" => Refusal::NotPermitted,
        "consent" | "suppression" | "preference" => Refusal::OptedOut,
        "frequency-cap" => Refusal::FrequencyCap,
        "quiet-hours" => Refusal::QuietHours,
        "budget" => Refusal::Budget,
        "lint" => variable(detail).map_or(Refusal::ContentRefused, |name| Refusal::ParamMissing(Some(name))),
        "words" | "declared-class" | "length" => Refusal::ContentRefused,
        other => Refusal::Other(other.to_owned()),
    }
}

/// The variable that a finding of `lint` names: `variable "code": expected …`.
fn variable(detail: &str) -> Option<String> {
    detail.strip_prefix("variable \"")?.split_once('"').map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::decide::rules;

    #[test]
    fn every_rule_has_a_refusal_and_only_some_go_by_their_name() {
        let named: Vec<&str> = rules::ORDER
            .iter()
            .map(|rule| rule.id)
            .filter(|id| matches!(of_rule(id, ""), Refusal::Other(_)))
            .collect();
        let others = ["validity", "schedule", "suitability", "holdout", "experiment", "arbitration", "route"];
        assert_eq!(named, others);
        let missing = Refusal::ParamMissing(Some("code".to_owned()));
        assert_eq!(of_rule("lint", "variable \"code\": expected a one-time code"), missing);
        assert_eq!(of_rule("account", "signature: core may not sign"), Refusal::SignatureNotFiled);
    }
}
