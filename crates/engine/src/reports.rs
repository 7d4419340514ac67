//! The engine's part in what the institution's systems report: customers, events, what happens to what customers hold. It
//! belongs to `engine`; what is new is the business of `perceive`.

use crate::decide;
use crate::engine::{Engine, FAILURES_MAX, Output, Reply};
use crate::entry::{Entry, Event, Fact, MarketEvent};
use crate::measure::click::{self, Click};
use crate::measure::goal;
use crate::perceive::{self, CustomerReport, EventReport, MarketReport, Taken};
use crate::world::Journey;
use model::{Subject, Timestamp};
use std::sync::Arc;

impl Engine {
    /// Takes in what systems know of customers.
    pub(crate) fn customers(
        &mut self,
        reports: &[CustomerReport],
        now: Timestamp,
        out: &mut Output,
    ) -> Reply {
        let (mut accepted, mut unchanged) = (0, 0);
        for report in reports {
            let entries = perceive::on_customer(&self.state, report, now);
            let Some(first) = entries.first() else {
                unchanged += 1;
                continue;
            };
            accepted += 1;
            let is_other = matches!(first.fact, Fact::CustomerRecorded(_));
            let subject = first.subject;
            let before = is_other.then(|| self.segments(subject));
            for entry in entries {
                self.record(entry, out);
            }
            if let Some(before) = before {
                self.reconsider(subject, now, out);
                self.cross(subject, &before, now, out);
            }
        }
        Reply::Taken { accepted, unchanged, strangers: Vec::new() }
    }

    /// Takes in what has befallen customers.
    pub(crate) fn events(&mut self, reports: &[EventReport], now: Timestamp, out: &mut Output) -> Reply {
        let (mut accepted, mut unchanged, mut strangers) = (0, 0, Vec::new());
        for (place, report) in reports.iter().enumerate() {
            let subject = match perceive::on_event(&self.state, report) {
                Taken::New(customer) => customer.subject,
                Taken::Duplicate => {
                    unchanged += 1;
                    continue;
                }
                Taken::Stranger => {
                    strangers.push(place);
                    continue;
                }
            };
            accepted += 1;
            let event = &report.event;
            self.record(Entry { at: now, subject, fact: Fact::EventAccepted(Arc::clone(event)) }, out);
            self.befell(subject, event, now, out);
        }
        out.failures.truncate(FAILURES_MAX);
        Reply::Taken { accepted, unchanged, strangers }
    }

    /// Takes in that somebody followed a tracked link. Returns whether that was recorded.
    pub(crate) fn click(&mut self, click: &Click, now: Timestamp, out: &mut Output) -> bool {
        let Some(entry) = click::on_click(&self.world, &self.state, click, now) else { return false };
        let event = match &entry.fact {
            Fact::LinkClicked(clicked) => click::event(&self.world, clicked, now),
            _ => None,
        };
        self.record(entry, out);
        if let Some(event) = event {
            self.befell(click.subject, &event, now, out);
            out.failures.truncate(FAILURES_MAX);
        }
        true
    }

    /// What has befallen somebody: goals that are reached by it, those inside journeys, and whoever enters one by it.
    fn befell(&mut self, subject: Subject, event: &Arc<Event>, now: Timestamp, out: &mut Output) {
        let world = Arc::clone(&self.world);
        let broadcasts = self.broadcasts_with_goals(subject);
        let Some(customer) = self.state.customers.get(&subject) else { return };
        let journeys = decide::on_event(&world, customer, event, &mut out.failures);
        for fact in goal::reached(&world, customer, &broadcasts, event, &mut out.failures, now) {
            self.record(Entry { at: now, subject, fact }, out);
        }
        self.hear(subject, event, now, out);
        for journey in journeys {
            let key = decide::entry_key(journey, Some(event), None);
            self.enter(journey, subject, Some(event), key, now, out);
        }
    }

    /// The broadcasts with a goal that somebody was met by.
    fn broadcasts_with_goals(&mut self, subject: Subject) -> Vec<Arc<Journey>> {
        let Some(customer) = self.state.customers.get(&subject) else { return Vec::new() };
        let names = goal::broadcasts_of(customer, &self.state);
        let compiled = names.iter().filter_map(|name| self.cursors.journey(&self.world, &self.state, name));
        compiled.filter(|broadcast| broadcast.course.goal.is_some()).collect()
    }

    /// Takes in what happened to what customers hold: one entry each, and none for what was taken in before.
    pub(crate) fn markets(&mut self, reports: &[MarketReport], now: Timestamp, out: &mut Output) -> Reply {
        let (mut accepted, mut unchanged) = (0, 0);
        for MarketReport { event, instrument } in reports {
            let is_known = self.state.markets.values().any(|market| market.happened.event.id == event.id);
            if is_known {
                unchanged += 1;
                continue;
            }
            accepted += 1;
            let up_to = Subject(self.state.next_subject.saturating_sub(1));
            let happened =
                MarketEvent { event: Arc::clone(event), instrument: Arc::clone(instrument), up_to };
            let fact = Fact::MarketEventAccepted(Box::new(happened));
            self.record(Entry { at: now, subject: Subject::INSTITUTION, fact }, out);
        }
        Reply::Taken { accepted, unchanged, strangers: Vec::new() }
    }
}
