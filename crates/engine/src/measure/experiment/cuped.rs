//! CUPED: the same experiment with less noise, by what people did before it.
//!
//! Deng, Xu, Kohavi, Walker (Improving the sensitivity of online controlled experiments by utilizing pre-experiment data,
//! WSDM 2013). With x the same person's figure of a period before they were assigned:
//!
//! `adjusted mean = ȳ - θ (x̄ - x̄ of all)`, `θ = cov(x, y) / var(x)` within the arms, pooled over them
//!
//! and per person `var(y) - 2 θ cov(x, y) + θ² var(x)`: less by the square of their correlation. The difference of two
//! adjusted means is the arm's coefficient in a linear regression of y on arm and x. Assumes that x was fixed before the
//! assignment; a figure that the experiment can move takes the effect away. Who has no earlier figure has x = 0 in every
//! arm alike.

use super::estimate::{Estimate, Side};

/// Sums over people of a figure and of its value before the experiment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Paired {
    people: u64,
    mean: f64,
    mean_before: f64,
    squares: f64,
    squares_before: f64,
    products: f64,
}

impl Paired {
    /// Counts one person: the figure, and the same before they were assigned.
    pub fn add(&mut self, value: f64, before: f64) {
        self.people += 1;
        let n = self.people as f64;
        let (away, away_before) = (value - self.mean, before - self.mean_before);
        self.mean += away / n;
        self.mean_before += away_before / n;
        self.squares += away * (value - self.mean);
        self.squares_before += away_before * (before - self.mean_before);
        self.products += away * (before - self.mean_before);
    }

    /// People.
    pub fn people(&self) -> u64 {
        self.people
    }

    /// θ of these arms together; 0 if nothing varied before.
    pub fn slope(arms: &[Self]) -> f64 {
        let products: f64 = arms.iter().map(|arm| arm.products).sum();
        let squares: f64 = arms.iter().map(|arm| arm.squares_before).sum();
        if squares > 0.0 { products / squares } else { 0.0 }
    }

    /// The adjusted mean of each arm, in the arms' order; θ and the mean before are those of all of them.
    pub fn adjusted_means(arms: &[Self]) -> Vec<f64> {
        let slope = Self::slope(arms);
        let people: u64 = arms.iter().map(|arm| arm.people).sum();
        let sum: f64 = arms.iter().map(|arm| arm.mean_before * arm.people as f64).sum();
        let before = if people == 0 { 0.0 } else { sum / people as f64 };
        arms.iter().map(|arm| arm.mean - slope * (arm.mean_before - before)).collect()
    }

    /// This arm less the control, adjusted.
    pub fn difference(&self, control: &Self) -> Estimate {
        let slope = Self::slope(&[*self, *control]);
        Estimate::difference(self.side(slope), control.side(slope))
    }

    fn side(&self, slope: f64) -> Side {
        let squares = self.squares - 2.0 * slope * self.products + slope * slope * self.squares_before;
        let n = self.people as f64;
        let variance = if self.people < 2 { f64::NAN } else { squares.max(0.0) / (n - 1.0) / n };
        Side { mean: self.mean - slope * self.mean_before, variance, people: self.people }
    }
}
