//! Guardrails: stop an arm that drives more people away, or makes more of them complain, than the control does.
//!
//! Events here are rare and the harm is at once, so that this test is exact from the first one, and may be asked after every
//! event. If the arms are alike, the next person who opts out is from the arm with probability w, the arm's share of the
//! people in both. With x events in the arm and y in the control, evidence is the likelihood of a greater share θ, averaged
//! over all θ in (w, 1), against w:
//!
//! `E = 1 / (1 - w) · ∫ from w to 1 of (θ/w)^x ((1-θ)/(1-w))^y dθ`
//!
//! which is an incomplete beta function. Under "no worse than the control" its expectation never exceeds 1, so that by
//! Ville's inequality it ever reaches 1/alpha with probability alpha at most. Source: the multinomial mixture of Lindon and
//! Malek (Anytime-valid inference for multinomial count data, NeurIPS 2022), made one-sided. Assumes that each person counts
//! once, and that the weights held (see [`super::ratio_mismatch`]). A control that is sent nothing has no reason to opt out:
//! compare with one that is sent the usual message.

use super::special::{beta_lower, ln_beta};
use super::{Alpha, Error};

/// What to do with an arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing shows that it is worse.
    Continue,
    /// It is worse than the control: send nothing of it any more.
    Stop,
}

/// Judges by the events of an arm and of the control; `share` is the arm's part of the people in both, by weight.
///
/// # Errors
/// Unless `share` is above 0 and below 1.
pub fn judge(arm: u64, control: u64, share: f64, alpha: Alpha) -> Result<Verdict, Error> {
    let stop = ln_evidence(arm, control, share)? >= -alpha.share().ln();
    Ok(if stop { Verdict::Stop } else { Verdict::Continue })
}

/// The logarithm of E; minus infinity where the arm is better beyond what an `f64` can say.
///
/// # Errors
/// Unless `share` is above 0 and below 1.
pub fn ln_evidence(arm: u64, control: u64, share: f64) -> Result<f64, Error> {
    if !(share > 0.0 && share < 1.0) {
        return Err(Error::Share(share));
    }
    let (x, y) = (arm as f64, control as f64);
    // 1 - I(share; x+1, y+1) by its mirror, which keeps its digits when it is small.
    let above = beta_lower(1.0 - share, y + 1.0, x + 1.0).ln();
    let apart = (-share).ln_1p();
    Ok(ln_beta(x + 1.0, y + 1.0) + above - apart - x * share.ln() - y * apart)
}
