//! The rules of the gate: one file each, which is its documentation and holds its tests.
//!
//! A rule's `id` is its file's name and stands in every leaf of a message it stopped; its `code` stands in every
//! list of verdicts. Neither ever changes or is used again.

pub mod approval;
pub mod identity;
pub mod class_policy;
pub mod consent;
pub mod suppression;
pub mod preference;
pub mod validity;
pub mod frequency_cap;
pub mod quiet_hours;
pub mod budget;
pub mod lint;
pub mod length;
pub mod route;
pub mod account;
pub mod schedule;
pub mod switch;
pub mod suitability;
pub mod experiment;
pub mod arbitration;
pub mod words;
pub mod declared_class;
pub mod holdout;

use super::{Candidate, Composed, Judgement, Verdict};

/// A rule of the gate.
#[derive(Debug)]
pub struct Rule {
    /// Its name, as leaves and reports show it.
    pub id: &'static str,
    /// Its number, as lists of verdicts store it.
    pub code: RuleCode,
    /// How it is asked.
    pub judge: Judge,
}

/// How a rule is asked.
#[derive(Debug, Clone, Copy)]
pub enum Judge {
    /// About the person and the moment.
    Person(fn(&Candidate<'_>) -> Judgement),
    /// About the text and its way, which are made when the first such rule is asked.
    Text(fn(&Candidate<'_>, &Composed<'_>) -> Judgement),
}

/// The order of the gate (DESIGN §5).
pub const ORDER: [&Rule; 22] = [
    &identity::RULE,
    &account::RULE,
    &switch::RULE,
    &class_policy::RULE,
    &approval::RULE,
    &consent::RULE,
    &suppression::RULE,
    &preference::RULE,
    &validity::RULE,
    &schedule::RULE,
    &suitability::RULE,
    &holdout::RULE,
    &experiment::RULE,
    &arbitration::RULE,
    &frequency_cap::RULE,
    &quiet_hours::RULE,
    &budget::RULE,
    &lint::RULE,
    &words::RULE,
    &declared_class::RULE,
    &length::RULE,
    &route::RULE,
];

/// Whether no rule about what a text says is against it: for a message that was let pass and goes another way, where it may be
/// another of its template's texts.
pub(crate) fn may_be_said(candidate: &Candidate<'_>, composed: &Composed<'_>) -> bool {
    [&lint::RULE, &words::RULE, &declared_class::RULE].into_iter().all(|rule| match rule.judge {
        Judge::Text(ask) => ask(candidate, composed).verdict == Verdict::Pass,
        Judge::Person(ask) => ask(candidate).verdict == Verdict::Pass,
    })
}

/// A rule's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleCode(pub u8);

/// The rule that stops what is left of an erased customer's messages; it is never asked, only named.
pub const ERASED: RuleCode = RuleCode(100);

/// The rule that stops what whoever handed it in took back; it is never asked, only named.
pub const CANCELLED: RuleCode = RuleCode(101);

impl RuleCode {
    /// The rule's id; `unknown-rule` for a code of a newer version.
    pub fn id(self) -> &'static str {
        if self == ERASED {
            return "erased";
        }
        if self == CANCELLED {
            return "cancelled";
        }
        ORDER.iter().find(|rule| rule.code == self).map_or("unknown-rule", |rule| rule.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_codes_are_unique() {
        for (i, a) in ORDER.iter().enumerate() {
            for b in &ORDER[i + 1..] {
                assert!(a.id != b.id && a.code != b.code, "{} and {}", a.id, b.id);
            }
            assert_eq!(a.code.id(), a.id);
        }
    }
}
