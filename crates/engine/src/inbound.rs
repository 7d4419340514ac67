//! The engine's part in what customers write: stops before anything else, then words that set journeys off. It belongs to
//! `engine`; what a text means is the business of `converse`.

use crate::converse::{self, Inbound};
use crate::decide;
use crate::engine::{Engine, Output};
use crate::entry::{Fact, SuppressionCause};
use model::Timestamp;
use std::sync::Arc;

impl Engine {
    /// Takes in what somebody wrote.
    pub(crate) fn inbound(&mut self, inbound: &Inbound, now: Timestamp, out: &mut Output) {
        let (mut stopped, mut complained) = (None, None);
        for entry in converse::on_inbound(&self.world, &self.state, inbound, now) {
            match &entry.fact {
                Fact::SuppressionRecorded { phone: None, why: SuppressionCause::OptOut, .. } => {
                    stopped = stopped.or(Some(entry.subject));
                }
                Fact::CaseOpened(_) => complained = Some(entry.subject),
                _ => {}
            }
            self.record(entry, out);
        }
        let writers = self.state.by_phone.get(&inbound.from).cloned().unwrap_or_default();
        let world = Arc::clone(&self.world);
        for journey in decide::on_words(&world, inbound.text.reveal()) {
            let key = decide::entry_key(journey, None, None);
            writers.iter().for_each(|writer| self.enter(journey, *writer, None, key, now, out));
        }
        // A family that shares the phone is told once, when all of it has been stopped.
        let told = [
            (stopped, converse::confirmation(&world)),
            (complained, converse::complaint_confirmation(&world)),
        ];
        for (subject, journey) in told {
            let confirmation = subject.and_then(|s| converse::confirm(&world, &self.state, s, journey, now));
            if let Some(confirmation) = confirmation {
                self.record(confirmation, out);
            }
        }
    }
}
