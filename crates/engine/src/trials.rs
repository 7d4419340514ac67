//! The engine's part in experiments: arms that are stopped and set going again, weights that are moved. It belongs to `engine`; when
//! that is due is `measure::trial`'s to say.

use crate::decide::steps::Walker;
use crate::engine::{Engine, Output, Reply};
use crate::entry::{ArmResumed, Entry, Fact};
use crate::measure::trial;
use crate::state::Customer;
use crate::world::reference;
use model::{Subject, Timestamp};

/// What became of a wish to let a stopped arm go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed {
    /// It goes on.
    GoesOn,
    /// No such arm is stopped.
    NotStopped,
}

impl Engine {
    /// What follows from an entry for the experiment that it is about.
    pub(crate) fn try_out(&self, entry: &Entry) -> Option<Fact> {
        let world = &self.world;
        match &entry.fact {
            Fact::SuppressionRecorded { why, credited: Some(credited), .. } => {
                let stopped = trial::guarded(world, &self.state, credited, *why)?;
                Some(Fact::ArmStopped(Box::new(stopped)))
            }
            Fact::MessageDecided(_) | Fact::MessageHeld(_) | Fact::MessageBlocked(_) => {
                let matter = match &entry.fact {
                    Fact::MessageDecided(decided) => &decided.matter,
                    Fact::MessageHeld(held) => &held.matter,
                    Fact::MessageBlocked(blocked) => &blocked.matter,
                    _ => return None,
                };
                reference::variant(&matter.journey)?;
                // It came to the gate for the first time: its number is the position of its entry.
                let is_new = matter.message.0 + 1 == self.state.position;
                let moved = is_new.then(|| trial::moved(world, &self.state, &matter.journey))??;
                Some(Fact::WeightsMoved(Box::new(moved)))
            }
            _ => None,
        }
    }

    /// Whether nothing more of the arm that somebody is in goes to them: then they leave the journey.
    pub(crate) fn is_closed(&self, customer: &Customer, walker: &Walker) -> bool {
        if self.state.trials.stopped_arms() == 0 || walker.variant.is_none() {
            return false;
        }
        let arm = walker.journey.in_arm(walker.variant.as_deref());
        trial::closed(&self.world, trial::Standing::of(&self.state), customer, &arm, None).is_some()
    }

    /// A person lets a stopped arm go on.
    pub(crate) fn resume_arm(&mut self, said: &ArmResumed, now: Timestamp, out: &mut Output) -> Reply {
        if self.state.trials.stopped(&said.journey).is_none() {
            return Reply::Resumed(Resumed::NotStopped);
        }
        let fact = Fact::ArmResumed(Box::new(said.clone()));
        self.record(Entry { at: now, subject: Subject::INSTITUTION, fact }, out);
        Reply::Resumed(Resumed::GoesOn)
    }
}
