//! The report of an experiment: sizes, rates, differences to the control, guardrails, and what follows from them.
//!
//! It takes counts per arm and uses every method of this folder. Several arms share the chance to be wrong (Bonferroni), so
//! that one in twenty holds for the experiment and not for each arm. Where the sizes do not fit the weights it says so, and
//! nothing is called different. [`exposures`] reads the sizes from the running totals.

use super::ratio_mismatch::{self, RatioMismatch};
use super::{Error, Estimate, Interval, Rate, Sequence, guardrail};
use crate::entry::Left;
use crate::measure::{JourneyTotals, Totals};
use crate::world::reference;
use std::collections::BTreeMap;

/// The counts of one arm. Each person counts once in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its weight.
    pub weight: u32,
    /// Whether the others are compared with it.
    pub control: bool,
    /// Who was assigned to it and reached the point where arms differ.
    pub exposures: u64,
    /// Who reached the goal.
    pub conversions: u64,
    /// Who opted out; none where the control is sent nothing and a guardrail has no meaning.
    pub opt_outs: Option<u64>,
    /// Who complained; the same.
    pub complaints: Option<u64>,
}

/// What is said of the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Whether the sizes fit the weights.
    pub ratio_mismatch: RatioMismatch,
    /// The arms' rates of conversion with Wilson's interval, in the arms' order.
    pub rates: Vec<(String, f64, Interval)>,
    /// The arms but the control.
    pub comparisons: Vec<Comparison>,
}

/// An arm beside the control.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The arm.
    pub arm: String,
    /// Its rate less the control's.
    pub difference: Estimate,
    /// Of the difference, for one look (Newcombe).
    pub fixed: Interval,
    /// Of the difference, for every look.
    pub always: Interval,
    /// Over the control, less 1, with the interval for every look; none if nobody of the control converted.
    pub uplift: Option<(f64, Interval)>,
    /// Whether it differs from the control, at whatever look this is.
    pub differs: bool,
    /// Whether it must stop.
    pub guardrail: guardrail::Verdict,
}

/// Makes the report.
///
/// # Errors
/// Unless there is one control and an arm beside it, all weigh something, and no count is above its exposures.
pub fn report(arms: &[Arm], sequence: Sequence) -> Result<Report, Error> {
    let sizes: Vec<_> = arms.iter().map(|arm| (arm.exposures, arm.weight)).collect();
    let ratio_mismatch = ratio_mismatch::test(&sizes)?;
    let controls: Vec<_> = arms.iter().filter(|arm| arm.control).collect();
    let [control] = controls[..] else { return Err(Error::Control(controls.len())) };
    let sequence = Sequence { alpha: sequence.alpha.split(arms.len() - 1), ..sequence };
    let mut rates = Vec::new();
    let mut comparisons = Vec::new();
    for arm in arms {
        let rate = Rate::new(arm.conversions, arm.exposures)?;
        rates.push((arm.name.clone(), rate.share(), rate.wilson(sequence.alpha)));
        if !arm.control {
            let mut compared = compare(arm, control, sequence)?;
            compared.differs &= !ratio_mismatch.alarm();
            comparisons.push(compared);
        }
    }
    Ok(Report { ratio_mismatch, rates, comparisons })
}

fn compare(arm: &Arm, control: &Arm, sequence: Sequence) -> Result<Comparison, Error> {
    let ours = Rate::new(arm.conversions, arm.exposures)?;
    let theirs = Rate::new(control.conversions, control.exposures)?;
    let difference = ours.difference(&theirs);
    let uplift = ours.relative(&theirs).map(|uplift| (uplift.value, sequence.interval(&uplift)));
    Ok(Comparison {
        arm: arm.name.clone(),
        difference,
        fixed: ours.newcombe(&theirs, sequence.alpha),
        always: sequence.interval(&difference),
        uplift,
        differs: sequence.differs(&difference),
        guardrail: guard(arm, control, sequence)?,
    })
}

/// Both guardrails; each has half of the chance to be wrong.
fn guard(arm: &Arm, control: &Arm, sequence: Sequence) -> Result<guardrail::Verdict, Error> {
    let share = f64::from(arm.weight) / (f64::from(arm.weight) + f64::from(control.weight));
    let alpha = sequence.alpha.split(2);
    for pair in [(arm.opt_outs, control.opt_outs), (arm.complaints, control.complaints)] {
        let (Some(ours), Some(theirs)) = pair else { continue };
        for (events, side) in [(ours, arm), (theirs, control)] {
            Rate::new(events, side.exposures)?;
        }
        if guardrail::judge(ours, theirs, share, alpha)? == guardrail::Verdict::Stop {
            return Ok(guardrail::Verdict::Stop);
        }
    }
    Ok(guardrail::Verdict::Continue)
}

/// Messages that came to the gate for each arm of an experiment, over all journeys and versions that have it: the
/// references that end in `#experiment.arm`. They are people where an arm sends one message to each; with more, or with
/// arms that send different numbers, the sizes of arms must be counted otherwise.
///
/// A control's messages are blocked at the gate and count as well: both sides are counted before any rule is asked.
pub fn exposures(totals: &Totals, experiment: &str) -> BTreeMap<String, u64> {
    by_arm(totals, experiment, |journey| journey.candidates)
}

/// People who left a journey by its goal, by the arm they were in. Whoever reaches the goal after they have left is not
/// among them.
pub fn goals(totals: &Totals, experiment: &str) -> BTreeMap<String, u64> {
    by_arm(totals, experiment, |journey| journey.left.get(Left::Goal.name()).copied().unwrap_or(0))
}

fn by_arm(totals: &Totals, experiment: &str, count: impl Fn(&JourneyTotals) -> u64) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (name, journey) in &totals.journeys {
        if let Some((_, arm)) = reference::arm(name).filter(|(of, _)| *of == experiment) {
            *counts.entry(arm.to_owned()).or_default() += count(journey);
        }
    }
    counts
}
