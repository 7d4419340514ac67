//! The engine's part in what comes back to journeys from systems and people: a call's answer, a task that is done. Each leads
//! somebody on once, whatever is said a second time. It belongs to `engine`.

use crate::decide::steps::{self, Walker};
use crate::engine::{Engine, Output, Reply};
use crate::entry::{Entry, Event, Fact, Open, Returned};
use model::{CustomerId, Fields, Subject, Timestamp, Value};
use std::sync::Arc;

/// A call to a system that a journey waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The position of the entry that asks for it: by it the answer is known.
    pub at: u64,
    /// The same as a name, by which the system knows a repetition.
    pub name: String,
    /// Which system, as `hooks/` names it.
    pub hook: Arc<str>,
    /// The journey, `id@version`.
    pub journey: Arc<str>,
    /// The step.
    pub step: Arc<str>,
    /// Whom it is about.
    pub customer: CustomerId,
    /// What the step tells.
    pub values: Fields,
    /// After this moment nobody waits for the answer.
    pub until: Timestamp,
}

/// What came of a call, or of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Return {
    /// The position of the entry that asked for it.
    pub of: u64,
    /// Whether it is what was wanted.
    pub is_done: bool,
    /// What belongs to it.
    pub fields: Fields,
}

impl Engine {
    /// The calls that are waited for, in the order in which they were asked for, from one on.
    pub fn calls(&self, from: u64) -> impl Iterator<Item = Call> + '_ {
        self.state.inside.calls().filter(move |at| *at >= from).filter_map(|at| self.call(at))
    }

    fn call(&self, at: u64) -> Option<Call> {
        let (subject, id) = self.state.inside.asked(at)?;
        let customer = self.state.customers.get(&subject)?;
        let passage = customer.passages.get(&id)?;
        let journey = steps::journey_of(&self.world, passage)?;
        let place = journey.place(&passage.stay.step)?;
        let walker = Walker::resumed(journey, id, passage, place);
        let (hook, values) = steps::told(&walker, customer)?;
        Some(Call {
            at,
            name: steps::call_name(at),
            hook: hook.into(),
            journey: Arc::clone(&passage.journey),
            step: Arc::clone(&passage.stay.step),
            customer: customer.profile.id.clone(),
            values,
            until: passage.stay.due?,
        })
    }

    /// A system has answered, or is given up.
    pub(crate) fn call_returned(&mut self, returned: &Return, now: Timestamp, out: &mut Output) -> Reply {
        let Some(found) = self.who_waits(returned.of, &Open::Call(returned.of)) else {
            return Reply::Returned(false);
        };
        self.go_on(found, returned, "call", |result| Fact::CallAnswered(Box::new(result)), now, out);
        Reply::Returned(true)
    }

    /// People have done something, or could not.
    pub(crate) fn task_returned(&mut self, returned: &Return, now: Timestamp, out: &mut Output) -> Reply {
        let Some(found) = self.who_waits(returned.of, &Open::Task(returned.of)) else {
            return Reply::Returned(false);
        };
        self.go_on(found, returned, "task", |result| Fact::TaskClosed(Box::new(result)), now, out);
        Reply::Returned(true)
    }

    /// Whoever waits for what an entry asked for.
    fn who_waits(&self, at: u64, open: &Open) -> Option<(Subject, u64)> {
        let (subject, id) = self.state.inside.asked(at)?;
        let passage = self.state.customers.get(&subject)?.passages.get(&id)?;
        (passage.stay.open == *open).then_some((subject, id))
    }

    fn go_on(
        &mut self,
        (subject, id): (Subject, u64),
        returned: &Return,
        kind: &str,
        fact: impl FnOnce(Returned) -> Fact,
        now: Timestamp,
        out: &mut Output,
    ) {
        let world = Arc::clone(&self.world);
        let Some(passage) = self.state.customers.get(&subject).and_then(|c| c.passages.get(&id)) else {
            return;
        };
        let Return { of, is_done, fields } = returned;
        let mut fields = fields.clone();
        fields.insert("done".into(), Value::Bool(*is_done));
        let event = Arc::new(Event { id: format!("{kind}/{of}").into(), kind: kind.into(), at: now, fields });
        let journey = Arc::clone(&passage.journey);
        let result = Returned { of: *of, journey, is_done: *is_done, event: Arc::clone(&event) };
        let place = steps::journey_of(&world, passage)
            .and_then(|journey| Some((journey, journey.place(&passage.stay.step)?)));
        let walker = place.map(|(journey, at)| {
            let kind = journey.steps.get(at).map(|step| &step.kind);
            let otherwise = kind.and_then(|kind| kind.otherwise()).unwrap_or(at + 1);
            let to = if *is_done { at + 1 } else { otherwise };
            Walker { got: Some(event), ..Walker::resumed(journey, id, passage, to) }
        });
        self.record(Entry { at: now, subject, fact: fact(result) }, out);
        // Where the journey is not there any more, they stay where they are until their time is over.
        let Some(walker) = walker else { return };
        self.walk(subject, walker, now, out);
    }
}
