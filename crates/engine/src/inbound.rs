//! The engine's part in what customers write: stops before anything else, then words that set journeys off. It belongs to
//! `engine`; what a text means is the business of `converse`.

use crate::converse::{self, Inbound};
use crate::decide;
use crate::engine::{Engine, Output};
use crate::entry::Fact;
use model::Timestamp;
use std::sync::Arc;

impl Engine {
    /// Takes in what somebody wrote.
    pub(crate) fn inbound(&mut self, inbound: &Inbound, now: Timestamp, out: &mut Output) {
        let mut stopped = None;
        for entry in converse::on_inbound(&self.world, &self.state, inbound, now) {
            if matches!(&entry.fact, Fact::SuppressionRecorded { phone: None, .. }) {
                stopped = stopped.or(Some(entry.subject));
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
        if let Some(confirmation) = stopped.and_then(|s| converse::confirm(&self.world, &self.state, s, now))
        {
            self.record(confirmation, out);
        }
    }
}
