//! An engine of its own, on a clock of its own, behind carriers that take and deliver everything: what stories are played on, and
//! rehearsals.
//!
//! It decides nothing and keeps nothing but what has happened and was not taken yet. `story` and `rehearsal` call it.

use super::ConditionFailure;
use crate::deliver::{Answer, Report};
use crate::entry::{Entry, ReceiptState};
use crate::{Action, Engine, Input, Output};
use model::{RemoteId, RouteId, Timestamp};

/// More rounds than any play needs: beyond it, the engine is going round in circles.
const ROUNDS_MAX: usize = 100_000;
/// How many entries one round of background work may write.
const ROUND_ENTRIES: usize = 500;
/// Room that each connection is given before each round: no play fills it.
const ROOM: u32 = 100;

/// An engine and its clock.
pub(super) struct Stage {
    pub(super) engine: Engine,
    pub(super) now: Timestamp,
    entries: Vec<Entry>,
    failures: Vec<ConditionFailure>,
    rounds: usize,
}

impl Stage {
    /// A stage at a moment.
    pub(super) fn new(engine: Engine, now: Timestamp) -> Self {
        Self { engine, now, entries: Vec::new(), failures: Vec::new(), rounds: 0 }
    }

    /// What has happened since it was last taken, and which conditions had no answer.
    pub(super) fn take(&mut self) -> (Vec<Entry>, Vec<ConditionFailure>) {
        (std::mem::take(&mut self.entries), std::mem::take(&mut self.failures))
    }

    /// Says that it went on without an end, if it did.
    pub(super) fn lost(&self) -> Option<String> {
        self.is_lost().then(|| format!("expected an end within {ROUNDS_MAX} rounds of work, found none"))
    }

    /// Lets everything happen that is due before and at a moment, each at its own time.
    pub(super) fn play_until(&mut self, end: Timestamp) {
        self.settle();
        while let Some(due) = self.engine.next_due().filter(|due| *due <= end) {
            if self.is_lost() {
                return;
            }
            self.now = self.now.max(due);
            self.settle();
        }
        self.now = self.now.max(end);
        self.settle();
    }

    /// Works until there is nothing more to do at this moment.
    pub(super) fn settle(&mut self) {
        while !self.is_lost() {
            self.rounds += 1;
            let routes: Vec<RouteId> = self.engine.world().routes.keys().cloned().collect();
            for route in routes {
                let room = Input::Credit { route, parts: ROOM };
                self.step(|engine, now, out| {
                    engine.handle(&room, now, out);
                });
            }
            let mut more = false;
            let submitted = self.step(|engine, now, out| more = engine.work(now, ROUND_ENTRIES, out));
            if !more && !submitted {
                return;
            }
        }
    }

    fn is_lost(&self) -> bool {
        self.rounds >= ROUNDS_MAX
    }

    /// Does one thing with the engine; the carrier takes and delivers what was handed to it. Returns whether it got any.
    pub(super) fn step(&mut self, act: impl FnOnce(&mut Engine, Timestamp, &mut Output)) -> bool {
        let mut out = Output::default();
        act(&mut self.engine, self.now, &mut out);
        let (mut answers, mut reports) = (Vec::new(), Vec::new());
        for action in &out.actions {
            let Action::Submit(sendable) = action else { continue };
            let (route, message) = (sendable.route(), sendable.message());
            for part in sendable.parts() {
                let remote = RemoteId::new(format!("{}.{part}", message.0));
                let (route, part) = (route.clone(), *part);
                reports.push(Report {
                    route: route.clone(),
                    remote: remote.clone(),
                    state: ReceiptState::Delivered,
                    error: None,
                });
                answers.push(Answer::Submitted { route, message, part, remote });
            }
        }
        let has_submitted = !answers.is_empty();
        self.keep(out);
        for input in [Input::Answers(answers), Input::Reports(reports)].into_iter().filter(|_| has_submitted)
        {
            let mut out = Output::default();
            self.engine.handle(&input, self.now, &mut out);
            self.keep(out);
        }
        has_submitted
    }

    fn keep(&mut self, mut out: Output) {
        self.entries.append(&mut out.entries);
        self.failures.append(&mut out.failures);
    }
}
