//! Means: count, mean and spread of a figure per person, and two arms compared.
//!
//! The sums are kept as Welford (Note on a method for calculating corrected sums of squares, 1962) does, and put together
//! as Chan, Golub and LeVeque (1979) do, so that large amounts lose no digits. The difference of two arms has Welch's
//! variance, `s1²/n1 + s0²/n0`: the arms need not spread alike. Everybody who was assigned counts, with 0 if nothing came.

use super::estimate::{Estimate, Side};

/// Count, mean and spread of one figure per person, in the figure's own unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// People.
    pub people: u64,
    /// Their mean; 0 without people.
    pub mean: f64,
    /// The sum of squares of what each is away from the mean.
    pub squares: f64,
}

impl Moments {
    /// Counts one person.
    pub fn add(&mut self, value: f64) {
        self.people += 1;
        let away = value - self.mean;
        self.mean += away / self.people as f64;
        self.squares += away * (value - self.mean);
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let people = self.people + other.people;
        if people == 0 {
            return Self::default();
        }
        let (n, m) = (self.people as f64, other.people as f64);
        let away = other.mean - self.mean;
        Self {
            people,
            mean: self.mean + away * m / (n + m),
            squares: self.squares + other.squares + away * away * n * m / (n + m),
        }
    }

    /// The variance of one person (by n - 1); NaN below two people.
    pub fn variance(&self) -> f64 {
        if self.people < 2 { f64::NAN } else { self.squares / (self.people - 1) as f64 }
    }

    fn side(&self) -> Side {
        Side { mean: self.mean, variance: self.variance() / self.people as f64, people: self.people }
    }

    /// This arm less the control.
    pub fn difference(&self, control: &Self) -> Estimate {
        Estimate::difference(self.side(), control.side())
    }

    /// This arm over the control, less 1; none if the control's mean is zero.
    pub fn relative(&self, control: &Self) -> Option<Estimate> {
        Estimate::relative(self.side(), control.side())
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|value| moments.add(value));
        moments
    }
}
