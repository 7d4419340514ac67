//! Why a message was not taken over, in no protocol's words. `smpp::status` and `cmpp::result` say it in theirs; the
//! tables there are what docs/deliver.md shows.

use engine::decide::{OrderError, RuleCode, rules};
use std::sync::Arc;

/// Why a message was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// More a second than the account may.
    Throttled,
    /// A destination that is no phone number, or one the account may not write to.
    Destination,
    /// A sender that is not the account's.
    Source,
    /// Nothing to say.
    Empty,
    /// An alphabet that is not read here, or octets that are no text.
    Coding,
    /// A time to send that makes no sense.
    Schedule,
    /// A validity that is over already.
    Expiry,
    /// A feature of the protocol that is not offered: replacing while submitting, canned texts, receipts from the client.
    Feature,
    /// A rule of the gate stopped it.
    Rule(RuleCode, Arc<str>),
    /// It was stopped by something that is no rule.
    Stopped,
    /// The engine has stopped, or could not say why.
    System,
}

impl Refusal {
    /// How many kinds there are.
    pub(super) const KINDS: usize = 11;

    /// Its place in a list of counters.
    pub(super) fn kind(&self) -> usize {
        match self {
            Self::Throttled => 0,
            Self::Destination => 1,
            Self::Source => 2,
            Self::Empty => 3,
            Self::Coding => 4,
            Self::Schedule => 5,
            Self::Expiry => 6,
            Self::Feature => 7,
            Self::Rule(..) => 8,
            Self::Stopped => 9,
            Self::System => 10,
        }
    }

    /// The words for the kinds, in the order of `kind`.
    pub(super) const NAMES: [&'static str; Self::KINDS] = [
        "throttled",
        "destination",
        "source",
        "empty",
        "coding",
        "schedule",
        "expiry",
        "feature",
        "rule",
        "stopped",
        "system",
    ];

    /// What the gate said.
    pub(super) fn blocked(rule: &str, detail: Arc<str>) -> Self {
        match rules::ORDER.iter().find(|known| known.id == rule) {
            Some(rule) => Self::Rule(rule.code, detail),
            None => Self::Stopped,
        }
    }
}

impl From<&OrderError> for Refusal {
    fn from(error: &OrderError) -> Self {
        match error {
            OrderError::UnknownCustomer | OrderError::Stranger(_) => Self::Destination,
            OrderError::Empty => Self::Empty,
            // A class is missing: said as where a class is wrong.
            OrderError::Unclassed(_) => Self::Rule(rules::class_policy::RULE.code, error.to_string().into()),
            OrderError::Spent => Self::Stopped,
            OrderError::UnknownAccount(_) | OrderError::UnknownTemplate(_) => Self::System,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_named_and_strangers_are_not() {
        for rule in rules::ORDER {
            assert_eq!(Refusal::blocked(rule.id, "x".into()), Refusal::Rule(rule.code, "x".into()));
        }
        assert_eq!(Refusal::blocked("erased", "x".into()), Refusal::Stopped);
    }
}
