//! Messages that wait here for their turn: strict lanes, in each lane first what was refused as too fast, then the rest of
//! what has begun to go, then the others as they came.

use super::cut::Cut;
use engine::decide::Sendable;
use model::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A message that the engine has handed over.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) sendable: Sendable,
    pub(super) cut: Cut,
    /// What the customer sees as the sender.
    pub(super) source: Option<String>,
    /// Since when it is here.
    pub(super) since: Timestamp,
    /// Whether all its parts go in one submit, which the carrier cuts.
    pub(super) whole: bool,
}

impl Job {
    /// How many submits its pending parts take.
    pub(super) fn submits(&self) -> usize {
        if self.whole { 1 } else { self.sendable.parts().len() }
    }
}

/// Some of a message's submits, to go in order.
#[derive(Debug)]
pub(super) struct Going {
    pub(super) job: Arc<Job>,
    /// The next one.
    pub(super) from: usize,
    /// Behind the last one.
    pub(super) to: usize,
    /// Over which connection, once one has gone: parts of a message stay together.
    pub(super) bind: Option<usize>,
    /// Whether it was refused as too fast.
    pub(super) again: bool,
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Queue {
    lanes: BTreeMap<u8, VecDeque<Going>>,
    submits: usize,
}

impl Queue {
    /// How many submits wait.
    pub(super) fn submits(&self) -> usize {
        self.submits
    }

    /// Puts a message behind the others of its lane.
    pub(super) fn push(&mut self, going: Going) {
        self.submits += going.to.saturating_sub(going.from);
        self.lanes.entry(going.job.sendable.lane()).or_default().push_back(going);
    }

    /// Puts a message before the others of its lane, behind those that stand there for the same reason.
    pub(super) fn push_ahead(&mut self, going: Going) {
        self.submits += going.to.saturating_sub(going.from);
        let lane = self.lanes.entry(going.job.sendable.lane()).or_default();
        let place = lane.iter().take_while(|other| going.again && other.again).count();
        lane.insert(place, going);
    }

    /// The most urgent that may go now.
    pub(super) fn pop(&mut self, may_go: impl Fn(&Going) -> bool) -> Option<Going> {
        for lane in self.lanes.values_mut() {
            let Some(place) = lane.iter().position(&may_go) else { continue };
            let going = lane.remove(place)?;
            self.submits -= going.to.saturating_sub(going.from);
            return Some(going);
        }
        None
    }

    /// Takes out everything that is told.
    pub(super) fn take(&mut self, told: impl Fn(&Going) -> bool) -> Vec<Going> {
        let mut taken = Vec::new();
        for lane in self.lanes.values_mut() {
            if lane.iter().any(&told) {
                for going in std::mem::take(lane) {
                    if told(&going) {
                        self.submits -= going.to.saturating_sub(going.from);
                        taken.push(going);
                    } else {
                        lane.push_back(going);
                    }
                }
            }
        }
        taken
    }
}
