//! What it was worth: return on what was spent, and what the sent got beyond a holdout that was sent nothing.
//!
//! `ROI = (value - cost) / cost`. Of all value after a message, only what the holdout did not bring as well is the message's
//! doing (Gordon, Zettelmeyer, Bhargava, Chapsky: A comparison of approaches to advertising measurement, 2019), so that
//! the uplift is `(mean of the sent - mean of the holdout) · sent` with the interval of that difference. Everybody who was
//! assigned counts, reached or not. Cost is taken as known exactly.

use super::{Error, Interval, Moments, Sequence};
use model::Money;

/// The return of a value on a cost: 0.5 is half as much again as was spent.
///
/// # Errors
/// When nothing was spent, or the two are in different currencies.
pub fn returned(value: Money, cost: Money) -> Result<f64, Error> {
    if value.currency != cost.currency {
        return Err(Error::Currency(value.currency.code().to_owned(), cost.currency.code().to_owned()));
    }
    // Exact up to 2^53 fen.
    ratio(value.minor as f64, cost.minor as f64)
}

fn ratio(value: f64, cost: f64) -> Result<f64, Error> {
    if cost > 0.0 { Ok((value - cost) / cost) } else { Err(Error::Cost(cost)) }
}

/// What a campaign brought beyond its holdout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uplift {
    /// Fen that the sent brought more than as many of the holdout would have.
    pub value_fen: f64,
    /// For one look.
    pub fixed_fen: Interval,
    /// For every look.
    pub always_fen: Interval,
    /// The return of that on the cost.
    pub roi: f64,
    /// For one look.
    pub roi_fixed: Interval,
    /// For every look.
    pub roi_always: Interval,
}

/// Compares the sent with the holdout. Their figures are fen per person; the cost is that of all of the sent.
///
/// # Errors
/// When nothing was spent.
pub fn uplift(sent: &Moments, holdout: &Moments, cost: Money, sequence: Sequence) -> Result<Uplift, Error> {
    let estimate = sent.difference(holdout);
    let (people, cost_fen) = (sent.people as f64, cost.minor as f64);
    let fixed_fen = estimate.fixed(sequence.alpha).times(people);
    let always_fen = sequence.interval(&estimate).times(people);
    let value_fen = estimate.value * people;
    let of = |interval: Interval| -> Result<Interval, Error> {
        Ok(Interval { low: ratio(interval.low, cost_fen)?, high: ratio(interval.high, cost_fen)? })
    };
    Ok(Uplift {
        value_fen,
        fixed_fen,
        always_fen,
        roi: ratio(value_fen, cost_fen)?,
        roi_fixed: of(fixed_fen)?,
        roi_always: of(always_fen)?,
    })
}
