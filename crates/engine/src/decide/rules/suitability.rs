//! # suitability
//!
//! A product is spoken of only to customers whose assessed level is not below its risk: the level and how long an assessment
//! holds are named by the rule set (in mainland China the measures on suitability of financial institutions' products). Whose level
//! is not known, or was assessed too long ago, is offered nothing that has a risk. A journey says the risk of its product, or
//! which field of its event does; one that says nothing speaks of no product.

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::world::{ProductRisk, RuleSet, Suitability};
use model::{Fields, Value};

/// This rule.
pub const RULE: Rule = Rule { id: "suitability", code: RuleCode(21), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let Some(product) = &candidate.journey.course.product_risk else {
        return Judgement::pass("no product");
    };
    let event = candidate.event.map(|event| &event.fields);
    let risk = match product {
        ProductRisk::Is(risk) => Some(i64::from(*risk)),
        ProductRisk::OfEvent(field) => event.and_then(|fields| level(fields.get(field)?)),
    };
    let sets = &candidate.world.pack.suitability;
    let binding = sets.iter().filter(|set| set.binds(candidate.class(), candidate.subtype(), candidate.now));
    let mut revision = 0;
    for set in binding {
        revision = set.revision;
        let Some(risk) = risk else {
            return Judgement::block(format!("{}: the product's risk is not known", set.id)).by(revision);
        };
        if let Err(why) = suits(set, &candidate.customer.profile.attributes, risk, today(candidate)) {
            return Judgement::block(format!("{}: {why}", set.id)).by(revision);
        }
    }
    Judgement::pass("suits").by(revision)
}

fn today(candidate: &Candidate<'_>) -> model::Date {
    candidate.zone().local(candidate.now).0
}

fn suits(set: &RuleSet<Suitability>, customer: &Fields, risk: i64, today: model::Date) -> Result<(), String> {
    let Suitability { level: name, assessed } = &set.rule;
    let Some(level) = customer.get(name).and_then(level) else {
        return Err(format!("no level in customer.{name}"));
    };
    if let Some((on, days)) = assessed {
        let Some(Value::Date(day)) = customer.get(on) else {
            return Err(format!("no day of assessment in customer.{on}"));
        };
        if day.plus_days(*days) < today {
            return Err(format!("assessed more than {days} days ago"));
        }
    }
    if risk > level { Err(format!("product risk {risk}, customer level {level}")) } else { Ok(()) }
}

/// A level: a number, or a text that ends with one, such as `C3` or `R3`.
fn level(value: &Value) -> Option<i64> {
    match value {
        Value::Int(level) => Some(*level),
        Value::Text(text) => {
            let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
            digits.parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Date, Timestamp};

    fn check(level: Option<Value>, assessed_on: Option<&str>, risk: i64, expect: &str) {
        let day = |text: &str| Date::parse(text).unwrap();
        let set = RuleSet {
            id: "suitability".to_owned(),
            revision: 1,
            from: Timestamp(0),
            until: None,
            classes: Vec::new(),
            subtypes: Vec::new(),
            citation: String::new(),
            verified: false,
            rule: Suitability { level: "risk_level".into(), assessed: Some(("assessed_on".into(), 365)) },
        };
        let mut customer = Fields::new();
        customer.extend(level.map(|level| ("risk_level".into(), level)));
        customer.extend(assessed_on.map(|on| ("assessed_on".into(), Value::Date(day(on)))));
        let found = suits(&set, &customer, risk, day("2026-05-06"));
        assert_eq!(found.err().unwrap_or_default(), expect);
    }

    #[test]
    fn only_a_level_in_force_that_is_high_enough_suits() {
        let three = || Some(Value::Int(3));
        check(three(), Some("2025-05-06"), 3, "");
        check(Some(Value::Text("C3".into())), Some("2025-05-06"), 2, "");
        check(three(), Some("2025-05-06"), 4, "product risk 4, customer level 3");
        check(three(), Some("2025-05-05"), 1, "assessed more than 365 days ago");
        check(three(), None, 1, "no day of assessment in customer.assessed_on");
        check(None, Some("2026-01-01"), 1, "no level in customer.risk_level");
        check(Some(Value::Text("high".into())), Some("2026-01-01"), 1, "no level in customer.risk_level");
    }
}
