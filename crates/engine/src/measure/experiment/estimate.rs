//! An estimate with its variance, and the interval for one look at a time that was chosen before.
//!
//! `value ± z · sqrt(variance)`, z the normal quantile. Assumes that people are independent of each other, that the arms
//! were divided by chance, and that both are large enough for the central limit theorem (some hundred people, and ten
//! successes and failures each, or more where the figures are skewed). Looking again and again and stopping when zero is
//! outside breaks its promise: that is what [`super::sequence`] is for.
//!
//! The relative uplift uses the delta method (Deng, Knoblich, Lu: Applying the delta method in metric analytics, KDD 2018).

use super::Alpha;

/// Between which two numbers the truth is, as sure as the method says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end; minus infinity if nothing is known.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Knows nothing.
    pub const EVERYTHING: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

    /// Around a value.
    pub fn around(value: f64, half: f64) -> Self {
        if value.is_nan() || half.is_nan() {
            return Self::EVERYTHING;
        }
        Self { low: value - half, high: value + half }
    }

    /// Whether a value is inside, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// So many times wider and further from zero; for what every one of so many people brought.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        let (a, b) = (self.low * factor, self.high * factor);
        Self { low: a.min(b), high: a.max(b) }
    }
}

/// An estimate from two arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Its value: arm less control, or arm over control less 1.
    pub value: f64,
    /// The variance of the value itself, not of one person.
    pub variance: f64,
    /// People in both arms.
    pub people: u64,
}

/// What an arm brings to an estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Side {
    pub(super) mean: f64,
    /// Of the mean.
    pub(super) variance: f64,
    pub(super) people: u64,
}

impl Estimate {
    /// `arm - control`: the variances add up.
    pub(super) fn difference(arm: Side, control: Side) -> Self {
        Self {
            value: arm.mean - control.mean,
            variance: arm.variance + control.variance,
            people: arm.people + control.people,
        }
    }

    /// `arm / control - 1`: variance `v1 / m0² + m1² v0 / m0⁴`. None if the control's mean is zero.
    pub(super) fn relative(arm: Side, control: Side) -> Option<Self> {
        let square = control.mean * control.mean;
        let ratio = arm.mean / control.mean;
        (square > 0.0).then(|| Self {
            value: ratio - 1.0,
            variance: (arm.variance + ratio * ratio * control.variance) / square,
            people: arm.people + control.people,
        })
    }

    /// The interval for one look.
    pub fn fixed(&self, alpha: Alpha) -> Interval {
        Interval::around(self.value, alpha.z() * self.variance.sqrt())
    }

    /// How often chance alone is so far from zero, for one look; 1 if nothing varies.
    pub fn p_value(&self) -> f64 {
        let z = self.value.abs() / self.variance.sqrt();
        if z.is_nan() { 1.0 } else { 2.0 * super::special::normal(-z) }
    }
}
