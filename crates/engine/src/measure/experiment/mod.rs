//! Experiments: whether what was sent made a difference, how sure that is, and when to stop.
//!
//! One file per method, each with its formula, what it assumes and where it comes from. Everything here is a function
//! of counts and sums: no clock, no state, and chance only from a seed that is an argument. Nothing here decides to send
//! anything; reports call it, and whoever steers an experiment.
//!
//! Two kinds of interval stand side by side. A fixed one (`fixed`, `newcombe`, `wilson`) is right for one look at a
//! moment chosen before the start. An always-valid one ([`sequence`]) is right for every look, at any time, and is
//! wider for it. Whoever may stop early reads the second.

mod special;
mod dice;
pub mod rate;
pub mod mean;
pub mod estimate;
pub mod sequence;
pub mod cuped;
pub mod ratio_mismatch;
pub mod guardrail;
pub mod bandit;
pub mod roi;
pub mod report;

pub use cuped::Paired;
pub use estimate::{Estimate, Interval};
pub use mean::Moments;
pub use rate::Rate;
pub use sequence::Sequence;

/// How often a method may be wrong where there is nothing to find: in (0, 1), 0.05 for one in twenty.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Alpha(f64);

impl Alpha {
    /// One in twenty.
    pub const FIVE_PERCENT: Self = Self(0.05);

    /// Takes a share.
    ///
    /// # Errors
    /// Unless it is above 0 and below 1.
    pub fn new(share: f64) -> Result<Self, Error> {
        if share > 0.0 && share < 1.0 { Ok(Self(share)) } else { Err(Error::Alpha(share)) }
    }

    /// The share.
    pub fn share(self) -> f64 {
        self.0
    }

    /// The part of each of so many questions that are asked together, so that the chance to be wrong in any is still
    /// this one (Bonferroni). No question counts as one.
    #[must_use]
    pub fn split(self, questions: usize) -> Self {
        Self(self.0 / questions.max(1) as f64)
    }

    /// How many standard deviations a two-sided normal interval reaches.
    fn z(self) -> f64 {
        -special::normal_quantile(self.0 / 2.0)
    }
}

/// Figures that no method can work with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Not a share.
    #[error("expected alpha above 0 and below 1, found {0}")]
    Alpha(f64),
    /// More successes than people.
    #[error("expected at most as many successes as people, found {successes} of {people}")]
    Rate {
        /// The successes.
        successes: u64,
        /// The people.
        people: u64,
    },
    /// Too few arms, or weights that are none.
    #[error("expected two arms or more with a weight, found {0}")]
    Arms(usize),
    /// Somebody in an arm to which nobody is sent.
    #[error("expected nobody in arm {arm}, which weighs nothing, found {people}")]
    Weightless {
        /// Its place in the list.
        arm: usize,
        /// How many are in it.
        people: u64,
    },
    /// A floor that cannot be kept.
    #[error("expected a floor from 0 to 1/{arms} for {arms} arms, found {floor}")]
    Floor {
        /// How many arms.
        arms: usize,
        /// The floor.
        floor: f64,
    },
    /// Nothing was spent.
    #[error("expected a cost above 0, found {0}")]
    Cost(f64),
    /// Value and cost in two currencies.
    #[error("expected value and cost in one currency, found {0} and {1}")]
    Currency(String, String),
    /// Not the share of two arms.
    #[error("expected the arm's share of both above 0 and below 1, found {0}")]
    Share(f64),
    /// An experiment without the arm that the others are compared with, or with two.
    #[error("expected one arm that the others are compared with, found {0}")]
    Control(usize),
}

#[cfg(test)]
mod tests;
