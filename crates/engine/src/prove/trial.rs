//! Experiments in details. Which arm it is about stands in the leaf, and why it was stopped.

use super::public::of_journey;
use super::values::{Writer, Written, read_length, read_text};
use crate::entry::{ArmResumed, ArmStopped, Credited, Fact, Public, SuppressionCause, Weighed, WeightsMoved};
use minicbor::Decoder;
use minicbor::decode::Error;
use proof::entry::Kind;
use std::sync::Arc;

/// How many fields the detail of a stopped arm has.
pub(super) const STOPPED_FIELDS: u64 = 4;
/// How many fields the detail of a resumed arm has.
pub(super) const RESUMED_FIELDS: u64 = 2;
/// How many fields stand behind an arm whose weight was moved.
const WEIGHED_FIELDS: u64 = 4;

/// What its leaf shows.
pub(super) fn of_trial(fact: &Fact) -> Public {
    match fact {
        Fact::ArmStopped(stopped) => Public {
            rule: Some(stopped.why.name().into()),
            count: Some(stopped.events),
            ..of_journey(&stopped.journey)
        },
        Fact::ArmResumed(resumed) => of_journey(&resumed.journey),
        Fact::WeightsMoved(moved) => Public {
            rule: Some(Arc::clone(&moved.experiment)),
            count: Some(moved.arms.iter().map(|arm| arm.messages).sum()),
            ..of_journey(&moved.journey)
        },
        _ => Public::default(),
    }
}

/// What the leaf of a stop says of the message that it is credited to.
pub(super) fn of_credited(why: SuppressionCause, credited: Option<&Credited>) -> Public {
    let rule = Some(why.name().into());
    let message = credited.map(|credited| credited.message);
    let journey = credited.map(|credited| Arc::clone(&credited.journey));
    Public { rule, message, journey, ..Public::default() }
}

/// The message that a stop is credited to, from its leaf.
pub(super) fn credited(p: &Public) -> Option<Credited> {
    Some(Credited { message: p.message?, journey: p.journey.clone()? })
}

/// The fields behind the version.
pub(super) fn write_trial(w: &mut Writer<'_>, fact: &Fact) -> Written {
    match fact {
        Fact::ArmStopped(stopped) => {
            let ArmStopped { compared, weight, weights, bound, .. } = **stopped;
            w.u64(compared)?.u64(weight)?.u64(weights)?.u32(bound).map(|_| ())
        }
        Fact::ArmResumed(resumed) => w.str(&resumed.by)?.str(&resumed.why).map(|_| ()),
        Fact::WeightsMoved(moved) => {
            w.array(moved.arms.len() as u64)?;
            for Weighed { arm, messages, goals, weight } in &moved.arms {
                w.array(WEIGHED_FIELDS)?.str(arm)?.u64(*messages)?.u64(*goals)?.u32(*weight)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

pub(super) fn read_trial(kind: Kind, p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let journey = p.journey.clone().ok_or_else(|| Error::message("its leaf has no journey"))?;
    Ok(match kind {
        Kind::ArmStopped => {
            let why = p.rule.as_deref().and_then(SuppressionCause::parse);
            let why = why.ok_or_else(|| Error::message("its leaf does not say why the arm was stopped"))?;
            let events = p.count.ok_or_else(|| Error::message("its leaf has no count"))?;
            let (compared, weight, weights, bound) = (d.u64()?, d.u64()?, d.u64()?, d.u32()?);
            Fact::ArmStopped(Box::new(ArmStopped { journey, why, events, compared, weight, weights, bound }))
        }
        Kind::ArmResumed => {
            Fact::ArmResumed(Box::new(ArmResumed { journey, by: read_text(d)?, why: read_text(d)? }))
        }
        _ => {
            let experiment = p.rule.clone().ok_or_else(|| Error::message("its leaf has no experiment"))?;
            let mut arms = Vec::new();
            for _ in 0..read_length(d)? {
                let fields = read_length(d)?;
                if fields != WEIGHED_FIELDS {
                    return Err(Error::message(format!("expected {WEIGHED_FIELDS} fields, found {fields}")));
                }
                let arm = read_text(d)?;
                arms.push(Weighed { arm, messages: d.u64()?, goals: d.u64()?, weight: d.u32()? });
            }
            Fact::WeightsMoved(Box::new(WeightsMoved { journey, experiment, arms }))
        }
    })
}
