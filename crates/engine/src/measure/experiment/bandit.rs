//! Thompson sampling: more people to the arms that do better, and never fewer than a floor to any.
//!
//! Thompson (On the likelihood that one unknown probability exceeds another, 1933); Russo, Van Roy, Kazerouni, Osband and Wen
//! (A tutorial on Thompson sampling, 2018, section 3). Each arm's rate has a Beta(successes + 1, failures + 1) belief; an arm's
//! share is how often it is the best of one draw from each belief. The floor keeps every arm measurable and lets a change
//! of heart show: `share = floor + (1 - arms · floor) · best`. Assumes one yes or no per person that is known before the
//! shares are made anew, and rates that stay; the floor is what is left of that when they do not. The intervals of
//! [`super::sequence`] are for fixed weights and do not hold for arms divided by this.

use super::dice::Dice;
use super::{Error, Rate};

/// How many draws shares are made of: each is right to about 0.005.
pub const DRAWS: u32 = 10_000;

/// The arms' shares in the next round, in their order; they sum to 1. The same seed gives the same shares.
///
/// # Errors
/// Without arms, or when the floor is negative or more than an equal share.
pub fn shares(arms: &[Rate], floor: f64, seed: u64) -> Result<Vec<f64>, Error> {
    if arms.is_empty() {
        return Err(Error::Arms(0));
    }
    let count = arms.len() as f64;
    if !(floor >= 0.0 && floor * count <= 1.0) {
        return Err(Error::Floor { arms: arms.len(), floor });
    }
    let rest = 1.0 - count * floor;
    let best = best(arms, seed);
    Ok(best.iter().map(|wins| floor + rest * f64::from(*wins) / f64::from(DRAWS)).collect())
}

/// In how many draws each arm is the best.
fn best(arms: &[Rate], seed: u64) -> Vec<u32> {
    let mut dice = Dice::new(seed);
    let mut wins = vec![0; arms.len()];
    for _ in 0..DRAWS {
        let mut leader = (0, f64::NEG_INFINITY);
        for (place, arm) in arms.iter().enumerate() {
            let failures = arm.people() - arm.successes();
            let draw = dice.beta(arm.successes() as f64 + 1.0, failures as f64 + 1.0);
            if draw > leader.1 {
                leader = (place, draw);
            }
        }
        wins[leader.0] += 1;
    }
    wins
}
