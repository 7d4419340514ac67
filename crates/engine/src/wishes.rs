//! The engine's part in what customers want of us: choices, complaints and requests become entries here. It belongs to `engine`; what a choice
//! means to a message is the rule `preference`'s to say.

use crate::converse::{Heard, Wanted, Who, Wish, case};
use crate::decide;
use crate::engine::{Action, Engine, Output, Reply};
use crate::entry::{CaseId, Chosen, Entry, Fact};
use crate::prove;
use crate::state::Customer;
use model::{Consent, ConsentState, CustomerId, EvidenceId, MessageClass, Subject, Timestamp};
use std::sync::Arc;

impl Engine {
    /// Decides about one wish.
    pub(crate) fn wish(&mut self, wish: &Wish, now: Timestamp, out: &mut Output) -> Heard {
        match &wish.what {
            Wanted::Note(noted) => {
                return self.on_case(noted.case, Fact::CaseNoted(Box::new(noted.clone())), now, out);
            }
            Wanted::Close(closed) => {
                return self.on_case(closed.case, Fact::CaseClosed(Box::new(closed.clone())), now, out);
            }
            _ => {}
        }
        let Some(subject) = self.who(&wish.who).map(|customer| customer.subject) else {
            return Heard::Unknown;
        };
        match &wish.what {
            Wanted::Choices { chosen, agreed } => self.choose(subject, chosen, agreed, now, out),
            Wanted::Open { kind, message, text, evidence } => {
                let wish = (*kind, *message, text.clone(), evidence.clone());
                match case::open(&self.world, &self.state, subject, wish, now) {
                    Ok(entries) => self.write(entries, out),
                    Err(heard) => heard,
                }
            }
            Wanted::Exported { by } => {
                let fact = Fact::DataExported(Arc::clone(by));
                self.write(vec![Entry { at: now, subject, fact }], out)
            }
            Wanted::Note(_) | Wanted::Close(_) => Heard::Unchanged,
        }
    }

    /// Records entries; the first of them is what was wanted.
    fn write(&mut self, entries: Vec<Entry>, out: &mut Output) -> Heard {
        let position = self.state.position;
        entries.into_iter().for_each(|entry| self.record(entry, out));
        Heard::Recorded(position)
    }

    /// Records what was done about an open case: under its customer's key, or the institution's once they are erased.
    fn on_case(&mut self, id: CaseId, fact: Fact, now: Timestamp, out: &mut Output) -> Heard {
        let Some(case) = self.state.cases.get(id) else { return Heard::Unknown };
        if case.closed.is_some() {
            return Heard::Unchanged;
        }
        let subject = case.matter.as_ref().map_or(Subject::INSTITUTION, |matter| matter.subject);
        self.write(vec![Entry { at: now, subject, fact }], out)
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
            Who::Case(id) => {
                let matter = self.state.cases.get(*id).and_then(|case| case.matter.as_ref())?;
                self.state.customers.get(&matter.subject)
            }
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
