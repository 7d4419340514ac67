//! # holdout
//!
//! A small share of all customers gets nothing of what a holdout binds, so that what everything else was worth can be seen
//! against them: over months, over all journeys, or over the offers of one class. Who is held out hangs on the salt and on
//! the customer's number in this ledger alone: the same people as long as the salt is the same, whatever else changes, and
//! with a larger share the same people and more. What has `must` in its class's file is never held back. Asked when the message
//! could go now and before anything is counted or reserved, so that both sides differ by the message alone; what was said
//! is the log of who was exposed. Blocks. (Kohavi, Tang, Xu: Trustworthy Online Controlled Experiments, ch. 23.)

use super::{Judge, Rule, RuleCode};
use crate::decide::{Candidate, Judgement};
use crate::world::Holdout;
use model::Subject;

/// This rule.
pub const RULE: Rule = Rule { id: "holdout", code: RuleCode(22), judge: Judge::Person(judge) };

fn judge(candidate: &Candidate<'_>) -> Judgement {
    let (class, subtype, now) = (candidate.class(), candidate.subtype(), candidate.now);
    let sets = &candidate.world.pack.holdouts;
    let mut binding = sets.iter().filter(|set| set.binds(class, subtype, now)).peekable();
    let Some(first) = binding.peek() else { return Judgement::pass("none") };
    if candidate.policy().must.is_some() {
        return Judgement::pass("must be sent").by(first.revision);
    }
    let (mut exposed, mut revision) = (String::new(), 0);
    for set in binding {
        if is_out(&set.rule, candidate.customer.subject) {
            return Judgement::block(format!("{}: held out", set.id)).by(set.revision);
        }
        let comma = if exposed.is_empty() { "" } else { ", " };
        exposed = format!("{exposed}{comma}{}: exposed", set.id);
        revision = set.revision;
    }
    Judgement::pass(exposed).by(revision)
}

/// Whether somebody is of those who are held out.
fn is_out(holdout: &Holdout, subject: Subject) -> bool {
    let number = subject.0.to_be_bytes();
    let chance = proof::hash_fields("hongyan/holdout/v1", [holdout.salt.as_bytes(), &number]).half() >> 64;
    // The high half of a product: no millionth is favoured by more than one in 2^44.
    let point = (chance * 1_000_000) >> 64;
    point < u128::from(holdout.of_million)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(of_million: u32, salt: &str) -> impl Fn(&u64) -> bool {
        let holdout = Holdout { of_million, salt: salt.to_owned() };
        move |n| is_out(&holdout, Subject(*n))
    }

    #[test]
    fn the_share_is_kept_and_salts_are_independent() {
        let out: Vec<u64> = (1..=100_000).filter(of(50_000, "a")).collect();
        // Four standard deviations of a binomial of 100,000 by 5 %.
        assert!(out.len().abs_diff(5_000) < 276, "{}", out.len());
        let both = out.iter().copied().filter(of(50_000, "b")).count();
        assert!(both.abs_diff(out.len() / 20) < 63, "{both}");
        assert_eq!((1..=1_000).filter(of(1_000_000, "a")).count(), 1_000, "everybody");
    }

    #[test]
    fn a_larger_share_has_the_same_people_and_more() {
        let larger = of(80_000, "a");
        assert!((1..=20_000).filter(of(50_000, "a")).all(|n| larger(&n)));
    }
}
