//! Rehearsals: a journey walked through by customers as they are known now, on a stage, and nothing of it recorded.
//!
//! A piece of the audience is copied out of the state ([`Rehearsal::cut`], the one thing the owner of the state does) and played
//! elsewhere by the engine itself: the same entering, steps, gate, caps and composing as in earnest, with a clock that jumps from
//! one moment to the next. Carriers take and deliver everything; nobody answers, no system and no person; so what waits for an
//! answer goes on as without one. Other journeys stand still meanwhile. Called for `hongyan journey dry-run`.

mod figures;
mod load;
mod seen;

pub use figures::{Fates, Figures, Holds, Volume};
pub use load::Load;
pub use seen::{Asked, Line, Stood};

use super::stage::Stage;
use super::{agenda, entry_key, holds, is_met, may_enter, rota};
use crate::Engine;
use crate::entry::{Entry, Event, Fact};
use crate::state::{Broadcast, Customer, State};
use crate::world::{Facts, Journey, Trigger, World};
use model::{Cost, Date, Span, Subject, Timestamp};
use std::sync::Arc;

/// What a rehearsal supposes.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The moment from which on.
    pub now: Timestamp,
    /// How long it is watched.
    pub within: Span,
    /// What sets the journey off, where an event or a call does.
    pub event: Option<Arc<Event>>,
    /// What something happened to, where what people hold sets it off.
    pub instrument: Option<Arc<str>>,
}

/// Why there can be no rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RehearsalError {
    /// Nothing sets it off.
    #[error("expected an event: {0} is set off by {1:?}")]
    Event(Arc<str>, Arc<str>),
    /// Nobody can hold it.
    #[error("expected an instrument with the event: {0} is for whoever holds it")]
    Instrument(Arc<str>),
}

/// A journey, and what is supposed.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    world: Arc<World>,
    journey: Arc<Journey>,
    wish: Wish,
    /// The next day of a journey with a schedule.
    scheduled: Option<(Timestamp, Date)>,
}

/// A piece of the audience with everything that decisions about it look at.
#[derive(Debug)]
pub struct Cut(State);

/// What became of somebody at the door of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// They are inside.
    Entered,
    /// It is not for them.
    NotMet,
    /// They may not enter so soon again.
    NotAgain,
    /// Their day does not come in that time.
    NoDay,
}

impl Rehearsal {
    /// Prepares one.
    ///
    /// # Errors
    /// What sets it off is missing.
    pub fn new(world: &Arc<World>, journey: &Arc<Journey>, wish: Wish) -> Result<Self, RehearsalError> {
        let reference = || Arc::clone(&journey.reference);
        match &journey.trigger {
            Trigger::Event { kind, .. } | Trigger::Market { kind, .. } if wish.event.is_none() => {
                return Err(RehearsalError::Event(reference(), Arc::clone(kind)));
            }
            Trigger::Market { .. } if wish.instrument.is_none() => {
                return Err(RehearsalError::Instrument(reference()));
            }
            _ => {}
        }
        let scheduled = rota::next(world, journey, wish.now);
        Ok(Self { world: Arc::clone(world), journey: Arc::clone(journey), wish, scheduled })
    }

    /// Copies up to `limit` customers from `from` on. Returns where to go on, or `None` when there are no more.
    pub fn cut(state: &State, from: Subject, limit: usize) -> (Cut, Option<Subject>) {
        let mut customers = state.customers.range(from..);
        let cut = cut(state, customers.by_ref().take(limit).map(|(_, customer)| customer));
        (cut, customers.next().map(|(subject, _)| *subject))
    }

    /// Copies one customer.
    pub fn cut_one(state: &State, customer: &Customer) -> Cut {
        cut(state, std::iter::once(customer))
    }

    /// Whether customers take something from each other: a budget. Then pieces are played one after the other, each with what
    /// the ones before it have reserved.
    pub fn is_shared(&self) -> bool {
        self.journey.budget.is_some()
    }

    /// Plays a piece. `spent`: what the journey has reserved so far, where it is not what the state says.
    pub fn play(&self, cut: Cut, spent: Option<Cost>) -> Figures {
        let Cut(mut state) = cut;
        if let Some(spent) = spent {
            state.spent.insert(self.journey.id.as_str().into(), spent);
        }
        let first = state.position;
        let mut figures = Figures { customers: state.customers.len() as u64, ..Figures::default() };
        let mut stage = Stage::new(Engine::with(Arc::clone(&self.world), state), self.wish.now);
        self.perform(&mut stage, |door| figures.at_the_door(door));
        let (entries, failures) = stage.take();
        figures.watch(&self.world, &self.journey, &entries, failures);
        figures.end(&self.journey, &stage.engine, first, stage.lost());
        figures
    }

    /// Plays one customer's way, and tells every step of it. The moments are the customer's clock's business; these are UTC.
    pub fn follow(&self, cut: Cut) -> Vec<Line> {
        let Cut(state) = cut;
        let Some(customer) = state.customers.values().next().cloned() else { return Vec::new() };
        let position = state.position;
        let mut engine = Engine::with(Arc::clone(&self.world), state);
        engine.stood = Some(Vec::new());
        let mut stage = Stage::new(engine, self.wish.now);
        let mut door = None;
        self.perform(&mut stage, |found| door = Some(found));
        let stood = stage.engine.stood.take().unwrap_or_default();
        let (entries, _) = stage.take();
        let came = self.came(&customer, door.unwrap_or(Door::NoDay));
        seen::lines(came, position, stood, entries)
    }

    /// Lets everybody on the stage enter, each at their moment, and go as far as they come in the time.
    fn perform(&self, stage: &mut Stage, mut at_the_door: impl FnMut(Door)) {
        let end = self.wish.now.after(self.wish.within);
        let mut moments: Vec<(Timestamp, Subject, Option<u128>)> = Vec::new();
        for customer in stage.engine.state().customers.values() {
            match self.moment(customer).filter(|(at, _)| *at <= end) {
                Some((at, key)) => moments.push((at, customer.subject, key)),
                None => at_the_door(Door::NoDay),
            }
        }
        moments.sort_unstable();
        for (at, subject, key) in moments {
            if at > stage.now {
                stage.play_until(at);
            }
            at_the_door(self.enter(stage, subject, key));
        }
        stage.play_until(end);
    }

    /// When somebody comes to the journey's door, and what they enter it for.
    fn moment(&self, customer: &Customer) -> Option<(Timestamp, Option<u128>)> {
        let (journey, now) = (&self.journey, self.wish.now);
        let of_day = |(at, day): (Timestamp, Date)| (at.max(now), entry_key(journey, None, Some(day)));
        match &journey.trigger {
            Trigger::Date { .. } => agenda::next(&self.world, customer, journey, now).map(of_day),
            Trigger::Schedule { .. } => self.scheduled.map(of_day),
            _ => Some((now, entry_key(journey, self.wish.event.as_deref(), None))),
        }
    }

    /// Lets somebody enter, if the journey is for them.
    fn enter(&self, stage: &mut Stage, subject: Subject, key: Option<u128>) -> Door {
        let mut door = Door::NotMet;
        stage.step(|engine, now, out| {
            let Some(customer) = engine.state().customers.get(&subject) else { return };
            if !self.is_for(customer) || !self.conditions_met(customer, &mut out.failures) {
                return;
            }
            if !may_enter(customer, &self.journey, key, now) {
                door = Door::NotAgain;
                return;
            }
            door = Door::Entered;
            if let Some(event) = &self.wish.event {
                engine.record(Entry { at: now, subject, fact: Fact::EventAccepted(Arc::clone(event)) }, out);
            }
            engine.enter(&self.journey, subject, self.wish.event.as_ref(), key, now, out);
        });
        door
    }

    fn conditions_met(&self, customer: &Customer, failures: &mut Vec<super::ConditionFailure>) -> bool {
        is_met(self.journey.trigger.condition(), self.facts(customer), &self.journey.reference, failures)
    }

    /// Whether somebody holds what something happened to, where that matters.
    fn is_for(&self, customer: &Customer) -> bool {
        match (&self.journey.trigger, &self.wish.instrument) {
            (Trigger::Market { holds: attribute, .. }, Some(instrument)) => {
                holds(customer.profile.attributes.get(attribute), instrument)
            }
            _ => true,
        }
    }

    fn facts<'a>(&'a self, customer: &'a Customer) -> Facts<'a> {
        Facts { event: self.wish.event.as_ref().map(|event| &event.fields), ..Facts::of(customer) }
    }

    /// How somebody came to the journey's door, in words.
    fn came(&self, customer: &Customer, door: Door) -> Line {
        let asked = self.journey.trigger.condition().map(|when| Asked::of(when, &self.facts(customer)));
        let said = match door {
            Door::Entered => "enters",
            Door::NotMet if !self.is_for(customer) => "does not enter: does not hold it",
            Door::NotMet => "does not enter: the condition is not met",
            Door::NotAgain => "does not enter: inside already, or entered before and not yet again",
            Door::NoDay => "does not enter: no day of theirs comes in the time that is looked at",
        };
        let at = self.moment(customer).map_or(self.wish.now, |(at, _)| at);
        Line::Came { at, asked: asked.into_iter().collect(), said, entered: door == Door::Entered }
    }
}

/// What decisions about these customers look at. Their messages under way stay where they are: what counts of them, counts in
/// the customers' own records.
fn cut<'a>(state: &State, customers: impl Iterator<Item = &'a Customer>) -> Cut {
    let customers: std::collections::BTreeMap<Subject, Customer> =
        customers.map(|customer| (customer.subject, customer.clone())).collect();
    let refused_numbers = customers
        .values()
        .filter_map(|customer| customer.profile.phone)
        .filter_map(|phone| Some((phone, state.refused_numbers.get(&phone)?.clone())))
        .collect();
    // Broadcasts that run do not go on here.
    let broadcasts = state.broadcasts.iter().map(|(reference, broadcast)| {
        (Arc::clone(reference), Broadcast { ended: true, ..broadcast.clone() })
    });
    Cut(State {
        position: state.position,
        world: state.world,
        next_subject: state.next_subject,
        customers,
        spent: state.spent.clone(),
        broadcasts: broadcasts.collect(),
        refused_numbers,
        switches: state.switches.clone(),
        handed: state.handed.clone(),
        approvals: state.approvals.clone(),
        trials: state.trials.clone(),
        ..State::default()
    })
}

#[cfg(test)]
mod tests;
