//! Sample ratio mismatch: whether the arms have the sizes their weights promise. If not, no other figure counts.
//!
//! Pearson's chi-square test (On the criterion that a given system of deviations …, 1900) of the people in each arm against
//! the weights, arms - 1 degrees of freedom; the tail is the upper incomplete gamma function. Alarm below
//! [`ALARM_BELOW`], as Fabijan et al. (Diagnosing sample ratio mismatch in online controlled experiments, KDD 2019)
//! advise: an assignment by hash is never off by so much, so that something lost or doubled people. Assumes that everybody
//! counts once and at least some five are expected in each arm. The test is for one look: by
//! looking often a false alarm becomes likelier than [`ALARM_BELOW`], which is small so that this is bearable.

use super::Error;
use super::special::gamma_upper;

/// Below this p the alarm sounds.
pub const ALARM_BELOW: f64 = 0.0005;

/// What the test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioMismatch {
    /// Chi-square.
    pub statistic: f64,
    /// How often chance alone gives so much or more.
    pub p_value: f64,
}

impl RatioMismatch {
    /// Whether the experiment must not be read.
    pub fn alarm(&self) -> bool {
        self.p_value < ALARM_BELOW
    }
}

/// Tests arms, each `(people, weight)`.
///
/// # Errors
/// When fewer than two arms weigh anything, or somebody is in one that weighs nothing.
pub fn test(arms: &[(u64, u32)]) -> Result<RatioMismatch, Error> {
    if let Some(arm) = arms.iter().position(|(people, weight)| *weight == 0 && *people > 0) {
        return Err(Error::Weightless { arm, people: arms[arm].0 });
    }
    let weighing: Vec<_> = arms.iter().filter(|(_, weight)| *weight > 0).collect();
    if weighing.len() < 2 {
        return Err(Error::Arms(weighing.len()));
    }
    let people: f64 = weighing.iter().map(|(people, _)| *people as f64).sum();
    if people == 0.0 {
        return Ok(RatioMismatch { statistic: 0.0, p_value: 1.0 });
    }
    let weights: f64 = weighing.iter().map(|(_, weight)| f64::from(*weight)).sum();
    let statistic = weighing
        .iter()
        .map(|(found, weight)| {
            let expected = people * f64::from(*weight) / weights;
            (*found as f64 - expected).powi(2) / expected
        })
        .sum();
    let freedom = (weighing.len() - 1) as f64;
    Ok(RatioMismatch { statistic, p_value: gamma_upper(freedom / 2.0, statistic / 2.0) })
}
