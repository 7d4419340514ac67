//! The engine's part in what customers write: stops before anything else, then the answer to an open question, then what
//! sets journeys off. It belongs to `engine`; what a text means is the business of `converse` and of the steps.

use crate::converse::{self, Inbound};
use crate::decide;
use crate::decide::steps::{self, Asked, Walker};
use crate::engine::{Engine, Output};
use crate::entry::{Entry, Event, Fact, Open, SuppressionCause};
use crate::state::Passage;
use crate::world::{Owner, StepKind, reference};
use model::{MessageId, Subject, Timestamp, Value};
use std::sync::Arc;

impl Engine {
    /// Takes in what somebody wrote.
    pub(crate) fn inbound(&mut self, inbound: &Inbound, now: Timestamp, out: &mut Output) {
        let (mut stopped, mut complained) = (None, None);
        let mut is_refusal = false;
        for entry in converse::on_inbound(&self.world, &self.state, inbound, now) {
            match &entry.fact {
                Fact::InboundReceived { keyword: Some(_), .. } => is_refusal = true,
                Fact::SuppressionRecorded { phone: None, why: SuppressionCause::OptOut, .. } => {
                    stopped = stopped.or(Some(entry.subject));
                }
                Fact::CaseOpened(_) => {
                    complained = Some(entry.subject);
                    is_refusal = true;
                }
                _ => {}
            }
            self.record(entry, out);
        }
        let words = inbound.text.reveal();
        let writers = self.state.by_phone.get(&inbound.from).cloned().unwrap_or_default();
        let world = Arc::clone(&self.world);
        let to = converse::owner_of(&world, inbound);
        let journeys = decide::on_words(&world, words, to);
        let questions = writers.iter().filter_map(|writer| self.open_question(*writer, to));
        let question = questions.max_by_key(|(message, ..)| *message);
        let is_answer = question.is_some_and(|(message, subject, passage)| {
            !is_refusal && self.take_answer((message, subject, passage), words, journeys.is_empty(), now, out)
        });
        let written = Arc::new(written(inbound, self.state.position, now));
        for journey in journeys.into_iter().filter(|_| !is_answer) {
            let key = decide::entry_key(journey, None, None);
            writers.iter().for_each(|writer| self.enter(journey, *writer, Some(&written), key, now, out));
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

    /// The newest question to somebody that is open, and that an answer written to this place may be meant for: a
    /// journey's extension hears answers to its own questions, an account's to none, and the bare number to all, since
    /// carriers may lose what followed it.
    fn open_question(&self, subject: Subject, to: Option<Owner<'_>>) -> Option<(MessageId, Subject, u64)> {
        let passages = self.state.customers.get(&subject)?.passages.iter();
        let is_heard = |passage: &Passage| match to {
            Some(Owner::Journey(to)) => reference::name(&passage.journey) == to.id.as_str(),
            Some(Owner::Account(_)) => false,
            None => true,
        };
        let open =
            passages.filter(|(_, passage)| is_heard(passage)).filter_map(|(id, passage)| {
                match passage.stay.open {
                    Open::Question(message) => Some((message, subject, *id)),
                    _ => None,
                }
            });
        open.max_by_key(|(message, ..)| *message)
    }

    /// Lays what somebody wrote to their question; returns whether it was meant for it. What is no answer is asked about once
    /// more, unless it is a word that sets a journey off (`is_free`: it is none).
    fn take_answer(
        &mut self,
        (question, subject, id): (MessageId, Subject, u64),
        words: &str,
        is_free: bool,
        now: Timestamp,
        out: &mut Output,
    ) -> bool {
        let world = Arc::clone(&self.world);
        let Some(customer) = self.state.customers.get(&subject) else { return false };
        let Some(passage) = customer.passages.get(&id) else { return false };
        let Some(journey) = steps::journey_of(&world, passage) else { return false };
        let Some(at) = journey.place(&passage.stay.step) else { return false };
        let Some(StepKind::Ask(ask)) = journey.steps.get(at).map(|step| &step.kind) else { return false };
        let (mut walker, due) = (Walker::resumed(journey, id, passage, at), passage.stay.due);
        let value = steps::read_answer(&ask.answer, words);
        walker.got = Some(steps::answered(question, value.clone(), words, now));
        match value {
            Some(value) => {
                if let Some(tag) = &ask.save {
                    let fact = Fact::CustomerTagged { values: vec![(Arc::clone(tag), Some(value))] };
                    self.record(Entry { at: now, subject, fact }, out);
                }
                walker.at += 1;
                self.walk(subject, walker, now, out);
            }
            None if !is_free => return false,
            None => match steps::ask_again(&world, &self.state, customer, &mut walker, ask, now) {
                Asked::Again(fact, message) => {
                    self.record(Entry { at: now, subject, fact: *fact }, out);
                    self.stop_at(subject, &walker, walker.stay(due, None, Open::Question(message)), now, out);
                }
                Asked::NoAnswer => {
                    walker.at = ask.otherwise;
                    self.walk(subject, walker, now, out);
                }
            },
        }
        true
    }
}

/// What somebody wrote, as the event that set a journey off: its conditions and steps read `event.text` and `event.to`.
fn written(inbound: &Inbound, position: u64, now: Timestamp) -> Event {
    let fields = [("text", inbound.text.reveal()), ("to", &*inbound.to)];
    Event {
        id: format!("inbound-{position}").into(),
        kind: "inbound".into(),
        at: now,
        fields: fields.into_iter().map(|(name, said)| (name.into(), Value::Text(said.into()))).collect(),
    }
}
