//! The engine's part in journeys: who enters, goes on and leaves becomes entries here. It belongs to `engine`; what a step
//! means is decided in `decide::steps`.

use crate::decide::rehearsal::Stood;
use crate::decide::steps::{self, Heard, Next, Walker};
use crate::decide::{self, Agenda, Rota};
use crate::engine::{Engine, Output};
use crate::entry::{Entered, Entry, Event, Fact, Left, Moved, Open, Scope, Stay, SwitchState};
use crate::perceive::{self, EventReport, Taken};
use crate::state::{Customer, Passage};
use crate::world::{Facts, Journey, Trigger, Until, reference};
use model::{JourneyId, Subject, Timestamp};
use std::sync::Arc;

/// How many steps somebody takes at once. Whoever takes more goes round without waiting, which no journey is made for.
const STEPS_MAX: usize = 64;
/// How many of those inside a journey are looked at in one step when it has been published anew or stopped.
const CROWD_MAX: usize = 1_000;

/// What became of a call for a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entering {
    /// The customer has entered.
    Entered,
    /// The same call was taken before.
    Again,
    /// The journey is not for them now: its condition, how often it may be entered, or a pause is in the way.
    NotNow,
    /// Nobody is known by that id.
    Stranger,
    /// There is no such journey that is called for.
    Unknown,
}

impl Engine {
    /// Lets somebody enter a journey, if they may, and walks them as far as they go.
    pub(crate) fn enter(
        &mut self,
        journey: &Arc<Journey>,
        subject: Subject,
        event: Option<&Arc<Event>>,
        key: Option<u128>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(customer) = self.state.customers.get(&subject) else { return };
        if decide::may_enter(customer, journey, key, now) {
            let at = decide::general_way(customer, journey).map_or(0, |general| general.at);
            let walker = Walker { at, ..Walker::new(journey, event, key) };
            self.walk(subject, walker, now, out);
        }
    }

    /// The same, because of something that happened to what they hold.
    pub(crate) fn enter_by_market(
        &mut self,
        journey: &Arc<Journey>,
        subject: Subject,
        (market, event): (u64, &Arc<Event>),
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(customer) = self.state.customers.get(&subject) else { return };
        let key = decide::entry_key(journey, Some(event), None);
        if decide::may_enter(customer, journey, key, now) {
            let walker = Walker { market: Some(market), ..Walker::new(journey, Some(event), key) };
            self.walk(subject, walker, now, out);
        }
    }

    /// A system calls for a journey for one customer.
    pub(crate) fn enter_by_call(
        &mut self,
        id: &JourneyId,
        report: &EventReport,
        now: Timestamp,
        out: &mut Output,
    ) -> Entering {
        let world = Arc::clone(&self.world);
        let Some(journey) = world.journeys.get(id.as_str()) else { return Entering::Unknown };
        let Trigger::Call { when } = &journey.trigger else { return Entering::Unknown };
        let customer = match perceive::on_event(&self.state, report) {
            Taken::New(customer) => customer,
            Taken::Duplicate => return Entering::Again,
            Taken::Stranger => return Entering::Stranger,
        };
        let (subject, event) = (customer.subject, &report.event);
        let key = decide::entry_key(journey, Some(event), None);
        let facts = Facts { event: Some(&event.fields), ..Facts::of(customer) };
        let may_enter = decide::is_on(&self.state, id.as_str())
            && decide::may_enter(customer, journey, key, now)
            && decide::is_met(when.as_ref(), facts, &journey.reference, &mut out.failures);
        if !may_enter {
            return Entering::NotNow;
        }
        self.record(Entry { at: now, subject, fact: Fact::EventAccepted(Arc::clone(event)) }, out);
        self.enter(journey, subject, Some(event), key, now, out);
        Entering::Entered
    }

    /// What an event means to those journeys that somebody is inside of.
    pub(crate) fn hear(&mut self, subject: Subject, event: &Arc<Event>, now: Timestamp, out: &mut Output) {
        if !self.world.journeys.watches(&event.kind) {
            return;
        }
        let inside =
            self.state.customers.get(&subject).map(|c| c.passages.keys().copied().collect::<Vec<_>>());
        for id in inside.into_iter().flatten() {
            let Some(customer) = self.state.customers.get(&subject) else { return };
            let Some(passage) = customer.passages.get(&id) else { continue };
            let Some(journey) = steps::journey_of(&self.world, passage) else { continue };
            let at = journey.place(&passage.stay.step).unwrap_or(journey.steps.len());
            let (stay, mut walker) = (&passage.stay, Walker::resumed(journey, id, passage, at));
            let course = &walker.journey.course;
            let exits = course.exits.iter().map(|watch| (watch, Left::Withdrawn));
            let goal = course.goal.iter().map(|goal| (&goal.watch, Left::Goal));
            let left = exits
                .chain(goal)
                .find(|(watch, _)| steps::is_watched(watch, &walker, customer, event, &mut out.failures));
            let left = left.map(|(_, how)| how);
            if let Some(how) = left {
                self.leave(subject, &walker, how, now, out);
                continue;
            }
            match steps::hear(&mut walker, customer, event, &stay.open, &mut out.failures) {
                Heard::Nothing => {}
                Heard::Some(numbers) => {
                    let stay = walker.stay(stay.due, None, Open::Heard(numbers));
                    self.stop_at(subject, &walker, stay, now, out);
                }
                Heard::All => self.walk(subject, walker, now, out),
            }
        }
    }

    /// Those whose waiting is over, those whose day has come, and whoever a new version or a stop is about.
    pub(crate) fn wake(&mut self, now: Timestamp, entries_max: usize, out: &mut Output) {
        self.move_crowds(now, entries_max, out);
        while out.entries.len() < entries_max
            && let Some((subject, id)) = self.retried.pop()
        {
            // A newer version may have moved them on already.
            if self.passage(subject, id).is_some_and(|passage| passage.stay.stuck.is_some()) {
                self.resume(subject, id, now, out);
            }
        }
        while out.entries.len() < entries_max {
            let due = self.state.inside.iter().filter(|(name, _)| decide::is_on(&self.state, name));
            let due = due.filter_map(|(_, crowd)| crowd.first()).filter(|(at, ..)| *at <= now).min();
            let Some((_, subject, id)) = due else { break };
            self.resume(subject, id, now, out);
        }
        let world = Arc::clone(&self.world);
        while out.entries.len() < entries_max {
            let Some(day) = self.agenda.take(&world, &self.state, now) else { return };
            let Trigger::Date { when, .. } = &day.journey.trigger else { continue };
            let Some(customer) = self.state.customers.get(&day.subject) else { continue };
            if decide::is_true(when.as_ref(), customer, &day.journey.reference, &mut out.failures) {
                self.enter(&day.journey, day.subject, None, day.key, now, out);
            }
        }
    }

    /// Which segments somebody is in.
    pub(crate) fn segments(&self, subject: Subject) -> Vec<bool> {
        decide::segments(&self.world, self.state.customers.get(&subject))
    }

    /// What is known of somebody has changed: journeys for those who have come into a segment, or gone out of one.
    pub(crate) fn cross(&mut self, subject: Subject, before: &[bool], now: Timestamp, out: &mut Output) {
        let world = Arc::clone(&self.world);
        for journey in decide::on_segments(&world, before, &self.segments(subject)) {
            let key = decide::entry_key(journey, None, None);
            self.enter(journey, subject, None, key, now, out);
        }
    }

    /// When somebody's waiting is over next, or their day comes.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        let running = self.state.inside.iter().filter(|(name, _)| decide::is_on(&self.state, name));
        let due = running.filter_map(|(_, crowd)| crowd.first()).map(|(at, ..)| at).min();
        let days = self.agenda.next(&self.state).into_iter().chain(self.rota.next(&self.world, &self.state));
        due.into_iter().chain(days).min()
    }

    /// Makes the agenda anew: after a start, and under another configuration.
    pub(crate) fn look_ahead(&mut self, now: Timestamp) {
        self.agenda = Agenda::of(&self.world, &self.state, now);
        self.rota = Rota::of(&self.world, now);
    }

    /// What is known of somebody has changed: their days, and waits for one of their days.
    pub(crate) fn reconsider(&mut self, subject: Subject, now: Timestamp, out: &mut Output) {
        let world = Arc::clone(&self.world);
        let Some(customer) = self.state.customers.get(&subject) else { return };
        self.agenda.note(&world, customer, now);
        let days = customer.passages.iter().map(|(id, passage)| (*id, passage));
        let moved = days.filter_map(|(id, passage)| {
            Some((id, Arc::clone(&passage.journey), self.moved_day(customer, passage, now)?))
        });
        for (id, journey, stay) in moved.collect::<Vec<_>>() {
            self.stay(subject, id, &journey, stay, now, out);
        }
    }

    /// How somebody stands now who waits for a day that may have moved; none if it has not.
    fn moved_day(&self, customer: &Customer, passage: &Passage, now: Timestamp) -> Option<Stay> {
        let journey = steps::journey_of(&self.world, passage)?;
        let step = journey.steps.get(journey.place(&passage.stay.step)?)?;
        let until = step.kind.until().filter(|until| matches!(until, Until::Date { .. }))?;
        let due = decide::until::due(&self.world, customer, until, now);
        let (due, stuck) = match due {
            Ok(due) => (Some(due), None),
            Err(missing) => (None, Some(Arc::from(missing))),
        };
        let stay = Stay { due, stuck, ..passage.stay.clone() };
        (stay != passage.stay).then_some(stay)
    }

    fn passage(&self, subject: Subject, id: u64) -> Option<&Passage> {
        self.state.customers.get(&subject)?.passages.get(&id)
    }

    fn resume(&mut self, subject: Subject, id: u64, now: Timestamp, out: &mut Output) {
        let Some(passage) = self.passage(subject, id) else { return };
        let known = steps::journey_of(&self.world, passage);
        let at = known.and_then(|journey| Some((journey, steps::resume(journey, &passage.stay)?)));
        match at {
            Some((journey, at)) => {
                let walker = Walker::resumed(journey, id, passage, at);
                self.walk(subject, walker, now, out);
            }
            None => {
                let journey = Arc::clone(&passage.journey);
                let why = format!("{journey} has no step {:?} any more", passage.stay.step);
                let stay = stuck(&passage.stay, why);
                self.stay(subject, id, &journey, stay, now, out);
            }
        }
    }

    /// Walks somebody until they wait, leave or are stuck.
    pub(crate) fn walk(&mut self, subject: Subject, mut walker: Walker, now: Timestamp, out: &mut Output) {
        let world = Arc::clone(&self.world);
        for _ in 0..STEPS_MAX {
            let Some(customer) = self.state.customers.get(&subject) else { return };
            if self.is_closed(customer, &walker) {
                return self.leave(subject, &walker, Left::Killed, now, out);
            }
            if let Some(stood) = &mut self.stood {
                stood.push(Stood::before(&walker, customer, self.state.position, now));
            }
            match steps::next(&world, &self.state, customer, &mut walker, &mut out.failures, now) {
                Next::Go(to) => walker.at = to,
                Next::Record(fact, to) => {
                    self.record(Entry { at: now, subject, fact: *fact }, out);
                    walker.at = to;
                }
                Next::Wait(due) => {
                    return self.stop_at(
                        subject,
                        &walker,
                        walker.stay(Some(due), None, Open::Nothing),
                        now,
                        out,
                    );
                }
                Next::Open(due, open) => {
                    return self.stop_at(subject, &walker, walker.stay(Some(due), None, open), now, out);
                }
                Next::RecordAndOpen(fact, due, open) => {
                    self.record(Entry { at: now, subject, fact: *fact }, out);
                    return self.stop_at(subject, &walker, walker.stay(Some(due), None, open), now, out);
                }
                Next::Stuck(why) => {
                    return self.stop_at(
                        subject,
                        &walker,
                        walker.stay(None, Some(why), Open::Nothing),
                        now,
                        out,
                    );
                }
                Next::Leave(how) => return self.leave(subject, &walker, how, now, out),
            }
        }
        let why = format!("more than {STEPS_MAX} steps without waiting");
        self.stop_at(subject, &walker, walker.stay(None, Some(why), Open::Nothing), now, out);
    }

    /// Somebody who is inside stands otherwise than before.
    fn stay(
        &mut self,
        subject: Subject,
        passage: u64,
        journey: &Arc<str>,
        stay: Stay,
        now: Timestamp,
        out: &mut Output,
    ) {
        let moved = Moved { passage, journey: Arc::clone(journey), stay };
        self.record(Entry { at: now, subject, fact: Fact::JourneyMoved(Box::new(moved)) }, out);
    }

    /// Somebody waits, or is stuck.
    pub(crate) fn stop_at(
        &mut self,
        subject: Subject,
        walker: &Walker,
        stay: Stay,
        now: Timestamp,
        out: &mut Output,
    ) {
        match walker.passage {
            Some(id) => self.stay(subject, id, &walker.journey.reference, stay, now, out),
            None => self.record(Entry { at: now, subject, fact: entered(walker, Some(stay)) }, out),
        }
    }

    /// Somebody leaves. Whoever has not waited has left no trace but their messages, unless it counts that they came.
    fn leave(&mut self, subject: Subject, walker: &Walker, how: Left, now: Timestamp, out: &mut Output) {
        let fact = match walker.passage {
            // Goals are counted by the arm that reached them.
            Some(passage) => {
                let journey = walker.journey.in_arm(walker.variant.as_deref());
                Fact::JourneyLeft { passage, journey, how }
            }
            None if walker.key.is_some() || walker.market.is_some() => entered(walker, None),
            None => return,
        };
        self.record(Entry { at: now, subject, fact }, out);
    }

    /// Takes those out whose journey was stopped, and moves those inside an older version to where the newest says.
    fn move_crowds(&mut self, now: Timestamp, entries_max: usize, out: &mut Output) {
        let world = Arc::clone(&self.world);
        let mut leaving: Vec<(Subject, u64, Arc<str>)> = Vec::new();
        let mut moving: Vec<(Subject, u64, Arc<Journey>, u32)> = Vec::new();
        for (name, crowd) in self.state.inside.iter() {
            let room = CROWD_MAX.saturating_sub(leaving.len() + moving.len());
            let killed = self.state.switches.get(&Scope::Journey(Arc::clone(name)));
            for (reference, inside) in crowd.versions() {
                if killed == Some(&SwitchState::Killed) {
                    let all = inside.iter().take(room);
                    leaving.extend(all.map(|(subject, id)| (*subject, *id, Arc::clone(reference))));
                    continue;
                }
                let newest = world.journeys.get(name).filter(|newest| newest.reference != *reference);
                let version = reference::version(reference);
                let (Some(newest), Some(version)) = (newest, version) else { continue };
                if newest.course.moves.contains_key(&version) {
                    let all = inside.iter().take(room);
                    moving.extend(all.map(|(subject, id)| (*subject, *id, Arc::clone(newest), version)));
                }
            }
        }
        for (subject, passage, journey) in leaving {
            if out.entries.len() >= entries_max {
                return;
            }
            let fact = Fact::JourneyLeft { passage, journey, how: Left::Killed };
            self.record(Entry { at: now, subject, fact }, out);
        }
        for (subject, id, newest, version) in moving {
            if out.entries.len() >= entries_max {
                return;
            }
            self.move_over(subject, id, &newest, version, now, out);
        }
    }

    /// Moves somebody to the newest version: to the step that is said for theirs, where they wait anew; out of the journey if
    /// that is its end.
    fn move_over(
        &mut self,
        subject: Subject,
        id: u64,
        newest: &Arc<Journey>,
        version: u32,
        now: Timestamp,
        out: &mut Output,
    ) {
        let (Some(passage), Some(moves)) = (self.passage(subject, id), newest.course.moves.get(&version))
        else {
            return;
        };
        // A step that is not named keeps its name.
        let step = moves.get(&passage.stay.step).unwrap_or(&passage.stay.step);
        let at = if **step == *steps::END { Some(newest.steps.len()) } else { newest.place(step) };
        let step_there = at.and_then(|at| newest.steps.get(at));
        let waits = step_there.is_some_and(|step| step.kind.until().is_some());
        match at {
            // Whoever waits goes on waiting until the same moment.
            Some(_) if waits && passage.stay.due.is_some() => {
                let stay = Stay { step: Arc::clone(step), ..passage.stay.clone() };
                self.stay(subject, id, &newest.reference, stay, now, out);
            }
            Some(at) => {
                let walker = Walker::resumed(newest, id, passage, at);
                self.walk(subject, walker, now, out);
            }
            None => {
                let why = format!("{} has no step {step:?}", newest.reference);
                let stay = stuck(&passage.stay, why);
                self.stay(subject, id, &newest.reference, stay, now, out);
            }
        }
    }
}

/// Where somebody stood, who cannot go on: what was open there is not waited for any more.
fn stuck(stay: &Stay, why: String) -> Stay {
    Stay { due: None, stuck: Some(why.into()), open: Open::Nothing, ..stay.clone() }
}

fn entered(walker: &Walker, stay: Option<Stay>) -> Fact {
    Fact::JourneyEntered(Box::new(Entered {
        journey: Arc::clone(&walker.journey.reference),
        key: walker.key,
        event: walker.event.clone(),
        stay,
        market: walker.market,
    }))
}
