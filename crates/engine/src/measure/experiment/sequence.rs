//! Always-valid intervals: right at every look, however often somebody looks and whenever they stop.
//!
//! The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Time-uniform central limit
//! theory and asymptotic confidence sequences, 2021, theorem 2.2), for the difference of two arms. With V the variance of
//! the estimate after n people and s² = nV that of one person's contribution:
//!
//! `half = sqrt( 2 s² (nρ² + 1) / (n²ρ²) · ln( sqrt(nρ² + 1) / alpha ) )`
//!
//! ρ decides where the sequence is narrow and is fixed before the start: `ρ² = (-2 ln alpha + ln(1 - 2 ln alpha)) / n*`
//! makes it about the narrowest after n* people, the size that was planned.
//!
//! Why this one: the mSPRT of Johari, Koomen, Pekelis and Walsh (Peeking at A/B tests, 2017) with a normal mixture is the
//! same boundary where the figures are normal; this theorem needs only that they have a little more than a variance, so
//! that it holds for conversions and for skewed amounts of money alike. Its price: it is asymptotic (before some tens
//! of successes an interval is a promise and not a theorem; choosing n* in the thousands keeps it wide there), and it is
//! about one and a half times as wide as the fixed interval at n*.

use super::Alpha;
use super::estimate::{Estimate, Interval};
use std::num::NonZeroU64;

/// Before so many people in both arms nothing is said: the variance itself is not known yet.
pub const PEOPLE_MIN: u64 = 100;

/// How a sequence of looks is judged. Chosen before the start and then left alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sequence {
    /// How often all looks together may be wrong.
    pub alpha: Alpha,
    /// People in both arms that are planned, n*.
    pub planned: NonZeroU64,
}

impl Sequence {
    /// The interval at this look; everything before [`PEOPLE_MIN`] people.
    pub fn interval(&self, estimate: &Estimate) -> Interval {
        if estimate.people < PEOPLE_MIN {
            return Interval::EVERYTHING;
        }
        Interval::around(estimate.value, self.reach(estimate.people) * estimate.variance.sqrt())
    }

    /// Whether this look alone may end the experiment: zero is outside.
    pub fn differs(&self, estimate: &Estimate) -> bool {
        !self.interval(estimate).contains(0.0)
    }

    /// How many standard deviations of the estimate it reaches after so many people.
    fn reach(&self, people: u64) -> f64 {
        let logarithm = self.alpha.share().ln();
        let density = (-2.0 * logarithm + (1.0 - 2.0 * logarithm).ln()) / self.planned.get() as f64;
        let grown = people as f64 * density;
        (2.0 * (grown + 1.0) / grown * (0.5 * grown.ln_1p() - logarithm)).sqrt()
    }
}
