//! # split
//!
//! The step that divides people by chance, for an experiment. The same person always falls to the same arm of the same
//! experiment, whatever journey asks: by a hash of the experiment's name and their number in this ledger, salted with the
//! name of the institution's ledger only through that number, so that two experiments divide independently of each other
//! (Kohavi, Tang, Xu: Trustworthy Online Controlled Experiments, ch. 14: hash-based assignment).

use super::{Next, Scene, Walker};
use crate::world::Arm;
use model::Subject;
use std::sync::Arc;

pub(super) fn take(
    scene: &Scene<'_>,
    walker: &mut Walker,
    experiment: &Arc<str>,
    arms: &[Arm],
    behind: usize,
) -> Next {
    let Some(arm) = arm(experiment, arms, scene.customer.subject) else { return Next::Go(behind) };
    walker.variant = Some(format!("{experiment}.{}", arm.name).into());
    Next::Go(arm.to)
}

/// The arm somebody falls to; none only if the arms weigh nothing.
pub(crate) fn arm<'a>(experiment: &str, arms: &'a [Arm], subject: Subject) -> Option<&'a Arm> {
    let sum: u64 = arms.iter().map(|arm| u64::from(arm.weight)).sum();
    let number = subject.0.to_be_bytes();
    let chance = proof::hash_fields("hongyan/arm/v1", [experiment.as_bytes(), &number]).half() >> 64;
    // The high half of a product instead of a remainder: no arm is favoured by more than one in 2^64 / sum.
    let mut point = ((chance * u128::from(sum)) >> 64) as u64;
    arms.iter().find(|arm| match point.checked_sub(u64::from(arm.weight)) {
        Some(rest) => {
            point = rest;
            false
        }
        None => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arms(weights: &[u32]) -> Vec<Arm> {
        let arm = |(n, weight): (usize, &u32)| Arm {
            name: n.to_string().into(),
            weight: *weight,
            to: n,
            control: false,
        };
        weights.iter().enumerate().map(arm).collect()
    }

    fn counts(experiment: &str, weights: &[u32], people: u64) -> Vec<u64> {
        let arms = arms(weights);
        let mut counts = vec![0; weights.len()];
        for n in 1..=people {
            counts[arm(experiment, &arms, Subject(n)).unwrap().to] += 1;
        }
        counts
    }

    #[test]
    fn people_fall_to_arms_by_their_weights() {
        let counts = counts("greeting", &[50, 30, 20, 0], 100_000);
        for (count, expected) in counts.iter().zip([50_000_u64, 30_000, 20_000, 0]) {
            // Four standard deviations of a binomial of 100,000.
            assert!(count.abs_diff(expected) < 640, "{counts:?}");
        }
        assert_eq!(counts[3], 0);
    }

    #[test]
    fn two_experiments_divide_independently() {
        let arms = arms(&[1, 1]);
        let both = (1..=100_000).filter(|n| {
            let of = |experiment| arm(experiment, &arms, Subject(*n)).unwrap().to;
            of("a") == 0 && of("b") == 0
        });
        assert!(both.count().abs_diff(25_000) < 560);
    }

    #[test]
    fn arms_without_weight_are_no_arms() {
        assert_eq!(arm("a", &arms(&[]), Subject(1)), None);
        assert_eq!(arm("a", &arms(&[0]), Subject(1)), None);
    }
}
