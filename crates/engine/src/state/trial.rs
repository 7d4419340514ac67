//! How experiments stand: which arms are stopped, by which weights those are divided who are new, who is in which arm.
//!
//! What is counted of an arm stands in the running totals, which are made of leaves alone; here is only what entries about the
//! experiment itself have said. Nothing of it is about a person but [`Assigned`], which a customer takes along.

use crate::entry::{ArmResumed, ArmStopped, SuppressionCause, WeightsMoved};
use crate::measure::Totals;
use crate::world::reference;
use model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The experiments of which entries have said something, by `id@version#experiment`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trials(BTreeMap<Arc<str>, Trial>);

/// How an experiment stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// The arms that are stopped.
    pub stopped: BTreeMap<Arc<str>, Stopped>,
    /// By what those are divided who are new, where that was moved.
    pub weights: BTreeMap<Arc<str>, u32>,
    /// How many messages had come to the gate when it was moved last.
    pub moved_at: u64,
    /// How often it was moved.
    pub moves: u64,
    /// Opt-outs and complaints of each arm up to the last resumption, which guardrails ask about no more.
    settled: BTreeMap<Arc<str>, (u64, u64)>,
}

/// An arm that was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// When.
    pub at: Timestamp,
    /// The position of the entry.
    pub entry: u64,
    /// What it says.
    pub said: ArmStopped,
}

impl Trials {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Trial)> {
        self.0.iter()
    }

    /// One, by `id@version#experiment`.
    pub fn of(&self, trial: &str) -> Option<&Trial> {
        self.0.get(trial)
    }

    /// Why an arm is stopped, `id@version#experiment.arm`, if it is.
    pub fn stopped(&self, arm: &str) -> Option<&Stopped> {
        let (trial, arm) = reference::trial(arm)?;
        self.of(trial)?.stopped.get(arm)
    }

    /// How many arms are stopped.
    pub fn stopped_arms(&self) -> usize {
        self.0.values().map(|trial| trial.stopped.len()).sum()
    }

    /// What people did because of an arm's messages, since its guardrails were set back last.
    pub fn events(&self, totals: &Totals, trial: &str, arm: &str, why: SuppressionCause) -> u64 {
        let counted = totals.journeys.get(&*format!("{trial}.{arm}"));
        let (opt_outs, complaints) = counted.map_or((0, 0), |counted| (counted.opt_outs, counted.complaints));
        let settled = self.of(trial).and_then(|trial| trial.settled.get(arm)).copied().unwrap_or_default();
        match why {
            SuppressionCause::OptOut => opt_outs.saturating_sub(settled.0),
            SuppressionCause::Complaint => complaints.saturating_sub(settled.1),
            SuppressionCause::Staff => 0,
        }
    }

    pub(crate) fn stop(&mut self, said: &ArmStopped, entry: u64, at: Timestamp) {
        let Some((trial, arm)) = reference::trial(&said.journey) else { return };
        let stopped = Stopped { at, entry, said: said.clone() };
        self.0.entry(trial.into()).or_default().stopped.insert(arm.into(), stopped);
    }

    /// Lets an arm go on. What all arms of its experiment have done so far is settled, or it would be stopped by the next event.
    pub(crate) fn resume(&mut self, said: &ArmResumed, totals: &Totals) {
        let Some((trial, arm)) = reference::trial(&said.journey) else { return };
        let Some(known) = self.0.get_mut(trial) else { return };
        known.stopped.remove(arm);
        let behind = format!("{trial}.");
        let arms = totals.journeys.range(Arc::from(&*behind)..);
        known.settled = arms
            .map_while(|(name, counted)| Some((name.strip_prefix(&*behind)?, counted)))
            .map(|(arm, counted)| (Arc::from(arm), (counted.opt_outs, counted.complaints)))
            .collect();
    }

    pub(crate) fn move_weights(&mut self, said: &WeightsMoved) {
        let name = format!("{}#{}", said.journey, said.experiment);
        let trial = self.0.entry(name.into()).or_default();
        trial.weights = said.arms.iter().map(|arm| (Arc::clone(&arm.arm), arm.weight)).collect();
        trial.moved_at = said.arms.iter().map(|arm| arm.messages).sum();
        trial.moves += 1;
    }
}

/// What is remembered of somebody who is in experiments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assigned {
    /// The arms of their messages, as these name them, one of each experiment: the one they were in last.
    pub arms: Vec<Arc<str>>,
    /// The versions of journeys that an opt-out or a complaint of theirs was credited to, each once.
    pub credited: BTreeSet<(u8, Arc<str>)>,
}

impl Assigned {
    /// Remembers the arm that a message was in.
    pub(crate) fn note(&mut self, journey: &Arc<str>) {
        let Some((experiment, _)) = reference::arm(journey) else { return };
        if self.arms.iter().any(|known| **known == **journey) {
            return;
        }
        self.arms.retain(|known| reference::arm(known).is_none_or(|(of, _)| of != experiment));
        self.arms.push(Arc::clone(journey));
    }

    /// The arm of an experiment that they were in last.
    pub fn arm(&self, experiment: &str) -> Option<&str> {
        let mut known = self.arms.iter().filter_map(|known| reference::arm(known));
        known.find(|(of, _)| *of == experiment).map(|(_, arm)| arm)
    }
}
