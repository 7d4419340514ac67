//! The engine's part in what customers want of us: choices become entries here. It belongs to `engine`; what a choice
//! means to a message is the rule `preference`'s to say.

use crate::converse::{Heard, Wanted, Who, Wish};
use crate::decide;
use crate::engine::{Action, Engine, Output, Reply};
use crate::entry::{Chosen, Entry, Fact};
use crate::prove;
use crate::state::Customer;
use model::{Consent, ConsentState, CustomerId, EvidenceId, MessageClass, Subject, Timestamp};
use std::sync::Arc;

impl Engine {
    /// Decides about one wish.
    pub(crate) fn wish(&mut self, wish: &Wish, now: Timestamp, out: &mut Output) -> Heard {
        let Some(subject) = self.who(&wish.who).map(|customer| customer.subject) else {
            return Heard::Unknown;
        };
        match &wish.what {
            Wanted::Choices { chosen, agreed } => self.choose(subject, chosen, agreed, now, out),
        }
    }

    /// Ends what is under way for a customer and has their key destroyed.
    pub(crate) fn erase(&mut self, id: &CustomerId, basis: &str, now: Timestamp, out: &mut Output) -> Reply {
        let Some(subject) = self.state.customer(id).map(|c| c.subject) else { return Reply::Erased(false) };
        for entry in prove::erase(&self.world, &self.state, subject, basis, now) {
            self.record(entry, out);
        }
        out.actions.push(Action::DestroyKey(subject));
        Reply::Erased(true)
    }

    fn who(&self, who: &Who) -> Option<&Customer> {
        match who {
            Who::Customer(id) => self.state.customer(id),
            Who::Subject(subject) => self.state.customers.get(subject),
        }
    }

    /// Records choices, the consents that were given with them, and what they stop of what still waits.
    fn choose(
        &mut self,
        subject: Subject,
        chosen: &Chosen,
        agreed: &[MessageClass],
        now: Timestamp,
        out: &mut Output,
    ) -> Heard {
        let chosen = Chosen { choices: chosen.choices.clone().tidied(), evidence: chosen.evidence.clone() };
        let before = self.state.customers.get(&subject).and_then(|customer| customer.chosen.as_ref());
        let is_same = match before {
            Some(before) => before.choices == chosen.choices,
            None => chosen.choices == Default::default(),
        };
        if is_same && agreed.is_empty() {
            return Heard::Unchanged;
        }
        let position = self.state.position;
        let entry = |fact| Entry { at: now, subject, fact };
        self.record(entry(Fact::PreferenceChanged(Box::new(chosen))), out);
        for class in agreed {
            let evidence = EvidenceId::new(format!("preference:{position}"));
            let consent =
                Consent { class: *class, state: ConsentState::Granted, at: now, until: None, evidence };
            self.record(entry(Fact::ConsentRecorded(consent)), out);
        }
        self.stop_unwanted(subject, now, out);
        Heard::Recorded(position)
    }

    /// Stops or holds, at once, what waits for a carrier and is not wanted any more. What a carrier has cannot be called
    /// back.
    fn stop_unwanted(&mut self, subject: Subject, now: Timestamp, out: &mut Output) {
        let contacts = self.state.customers.get(&subject).into_iter().flat_map(|customer| &customer.contacts);
        let passed: Vec<_> = contacts.map(|contact| contact.message).collect();
        let world = Arc::clone(&self.world);
        for id in passed {
            let Some(message) = self.state.messages.get(&id) else { continue };
            let entry = decide::unwanted(&world, &self.state, &mut self.cursors, message, now);
            if let Some(entry) = entry {
                self.record(entry, out);
            }
        }
    }
}
