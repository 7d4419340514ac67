//! The engine's part in walks through everybody: days that come again, and what happens to what customers hold. A walk
//! records nobody whom it passes over; after a restart it goes on behind the last who entered. It belongs to `engine`.

use crate::decide;
use crate::engine::{Engine, Output};
use crate::entry::{Entry, Fact, MarketEvent, Scope, SwitchState};
use crate::state::{Market, State};
use crate::world::{Facts, Journey, Trigger};
use model::{Subject, Timestamp};
use std::sync::Arc;

/// How many customers are looked at in one piece of background work.
const LOOKS: usize = 2_000;

impl Engine {
    /// Goes on with walks; returns whether there is more to do right away.
    pub(crate) fn walk_on(&mut self, now: Timestamp, entries_max: usize, out: &mut Output) -> bool {
        let mut looks = LOOKS;
        let world = Arc::clone(&self.world);
        while out.entries.len() < entries_max
            && let Some(day) = self.rota.take(&world, &self.state, &mut looks, now)
        {
            let Trigger::Schedule { when, .. } = &day.journey.trigger else { continue };
            let Some(customer) = self.state.customers.get(&day.subject) else { continue };
            let (journey, failures) = (&day.journey, &mut out.failures);
            if decide::general_way(customer, journey).is_some()
                || decide::is_true(when.as_ref(), customer, &journey.reference, failures)
            {
                self.enter(&day.journey, day.subject, None, day.key, now, out);
            }
        }
        let running = self.state.markets.iter().filter(|(_, market)| !market.ended).map(|(id, _)| *id);
        for id in running.collect::<Vec<_>>() {
            self.walk_market(id, &mut looks, now, entries_max, out);
        }
        looks == 0
    }

    fn walk_market(
        &mut self,
        id: u64,
        looks: &mut usize,
        now: Timestamp,
        entries_max: usize,
        out: &mut Output,
    ) {
        let world = Arc::clone(&self.world);
        let Some(market) = self.state.markets.get(&id) else { return };
        let (happened, after) = (market.happened.clone(), Subject(market.reached.0 + 1));
        let journeys = world.journeys.on_market(&happened.event.kind);
        let mut next = self.markets_at.get(&id).copied().unwrap_or(after);
        while out.entries.len() < entries_max {
            if journeys.iter().any(|journey| must_wait(&self.state, journey)) {
                return;
            }
            let found =
                self.state.customers.range(next..).next().filter(|(subject, _)| **subject <= happened.up_to);
            let Some((subject, _)) = found.filter(|_| !journeys.is_empty()) else {
                self.markets_at.remove(&id);
                let met = self.state.markets.get(&id).map_or(0, |market| market.met);
                let fact = Fact::MarketEventEnded { market: id, met };
                return self.record(Entry { at: now, subject: Subject::INSTITUTION, fact }, out);
            };
            if *looks == 0 {
                return;
            }
            *looks -= 1;
            let subject = *subject;
            next = Subject(subject.0 + 1);
            self.markets_at.insert(id, next);
            for journey in journeys {
                if self.is_concerned(subject, journey, &happened, out) {
                    self.enter_by_market(journey, subject, (id, &happened.event), now, out);
                }
            }
        }
    }

    /// Whether somebody holds what something happened to, and a journey is for them.
    fn is_concerned(
        &self,
        subject: Subject,
        journey: &Journey,
        happened: &MarketEvent,
        out: &mut Output,
    ) -> bool {
        let Trigger::Market { holds, when, .. } = &journey.trigger else { return false };
        let Some(customer) = self.state.customers.get(&subject) else { return false };
        let held = customer.profile.attributes.get(holds);
        let is_on = decide::is_on(&self.state, journey.id.as_str());
        is_on && decide::holds(held, &happened.instrument) && {
            let facts = Facts { event: Some(&happened.event.fields), ..Facts::of(customer) };
            decide::is_met(when.as_ref(), facts, &journey.reference, &mut out.failures)
        }
    }

    /// Whether a walk could go on at once.
    pub(crate) fn next_market(&self) -> Option<Timestamp> {
        let can_go_on = |market: &&Market| {
            let journeys = self.world.journeys.on_market(&market.happened.event.kind);
            !market.ended && !journeys.iter().any(|journey| must_wait(&self.state, journey))
        };
        self.state.markets.values().find(can_go_on).map(|market| market.at)
    }
}

/// Whether a walk waits for one of its journeys: it is paused, or carriers do not take as fast. What is stopped for good is
/// passed over.
fn must_wait(state: &State, journey: &Journey) -> bool {
    let is = |scope: Scope, wanted: SwitchState| state.switches.get(&scope) == Some(&wanted);
    let of = || Scope::Journey(journey.id.as_str().into());
    let is_stopped = is(of(), SwitchState::Killed) || is(Scope::All, SwitchState::Killed);
    let is_paused = is(of(), SwitchState::Paused) || is(Scope::All, SwitchState::Paused);
    !is_stopped && (is_paused || !decide::has_room_ahead(state, journey))
}
