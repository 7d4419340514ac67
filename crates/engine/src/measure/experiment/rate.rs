//! Rates: clicks per message (CTR), conversions per person (CVR), with Wilson's interval, and two arms compared.
//!
//! One rate: Wilson (Probable inference, the law of succession, and statistical inference, 1927); it stays inside 0 to 1
//! and is honest for 0 of 10. The difference of two: Newcombe's hybrid of two Wilson intervals (Interval estimation for the
//! difference between independent proportions, 1998, method 10). Both are for one look. Each person counts at most once;
//! clicks are of people, not of taps, or the variance is wrong.

use super::estimate::{Estimate, Interval, Side};
use super::{Alpha, Error};

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    successes: u64,
    people: u64,
}

impl Rate {
    /// Takes the counts.
    ///
    /// # Errors
    /// When there are more successes than people.
    pub fn new(successes: u64, people: u64) -> Result<Self, Error> {
        if successes > people {
            Err(Error::Rate { successes, people })
        } else {
            Ok(Self { successes, people })
        }
    }

    /// Who did it.
    pub fn successes(&self) -> u64 {
        self.successes
    }

    /// Of how many.
    pub fn people(&self) -> u64 {
        self.people
    }

    /// The share; NaN of nobody.
    pub fn share(&self) -> f64 {
        self.successes as f64 / self.people as f64
    }

    /// Wilson's interval, for one look; 0 to 1 of nobody.
    pub fn wilson(&self, alpha: Alpha) -> Interval {
        if self.people == 0 {
            return Interval { low: 0.0, high: 1.0 };
        }
        let (n, p, z) = (self.people as f64, self.share(), alpha.z());
        let scale = 1.0 + z * z / n;
        let middle = (p + z * z / (2.0 * n)) / scale;
        let half = z / scale * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        // Rounding must not take the ends of none and of all off 0 and 1.
        let low = if self.successes == 0 { 0.0 } else { (middle - half).max(0.0) };
        let high = if self.successes == self.people { 1.0 } else { (middle + half).min(1.0) };
        Interval { low, high }
    }

    /// Newcombe's interval of this arm less the control, for one look.
    pub fn newcombe(&self, control: &Self, alpha: Alpha) -> Interval {
        if self.people == 0 || control.people == 0 {
            return Interval { low: -1.0, high: 1.0 };
        }
        let (ours, theirs) = (self.wilson(alpha), control.wilson(alpha));
        let (p, q) = (self.share(), control.share());
        let low = (p - ours.low).hypot(theirs.high - q);
        let high = (ours.high - p).hypot(q - theirs.low);
        Interval { low: p - q - low, high: p - q + high }
    }

    fn side(&self) -> Side {
        let (p, n) = (self.share(), self.people as f64);
        Side { mean: p, variance: p * (1.0 - p) / n, people: self.people }
    }

    /// This arm less the control.
    pub fn difference(&self, control: &Self) -> Estimate {
        Estimate::difference(self.side(), control.side())
    }

    /// This arm over the control, less 1; none if the control has no success.
    pub fn relative(&self, control: &Self) -> Option<Estimate> {
        Estimate::relative(self.side(), control.side())
    }
}
