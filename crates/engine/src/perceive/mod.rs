//! PERCEIVE: what we know. Customers, their will, and what befalls them, as the institution's systems report it.
//!
//! The same report twice changes nothing: a profile that is as it was makes no entry, an event id that was taken
//! in before is a duplicate.

use crate::entry::{Entry, Event, Fact, Profile};
use crate::state::{Customer, State};
use model::{Consent, CustomerId, Subject, Timestamp};
use std::sync::Arc;

/// A customer as a system of the institution reports them.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerReport {
    /// The whole profile.
    pub profile: Profile,
    /// Statements of will that may be new.
    pub consents: Vec<Consent>,
}

/// An event as a system of the institution reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct EventReport {
    /// Whom it befell.
    pub customer: CustomerId,
    /// What happened.
    pub event: Arc<Event>,
}

/// Something that happened to what customers hold, as a system of the institution reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketReport {
    /// What happened; its id makes it one.
    pub event: Arc<Event>,
    /// What it happened to, as customers' holdings name it.
    pub instrument: Arc<str>,
}

/// The entries that a customer report leads to: none if nothing is new.
pub(crate) fn on_customer(state: &State, report: &CustomerReport, now: Timestamp) -> Vec<Entry> {
    let known = state.customer(&report.profile.id);
    let subject = known.map_or(Subject(state.next_subject.max(1)), |c| c.subject);
    let entry = |fact| Entry { at: now, subject, fact };
    let mut entries = Vec::new();
    if known.is_none_or(|c| c.profile != report.profile) {
        entries.push(entry(Fact::CustomerRecorded(Box::new(report.profile.clone()))));
    }
    let said = report.consents.iter().enumerate();
    let is_new = |(place, consent): &(usize, &Consent)| {
        let was_known = known.is_some_and(|customer| customer.consents.contains(consent));
        !was_known && !report.consents.iter().take(*place).any(|earlier| earlier == *consent)
    };
    entries.extend(said.filter(is_new).map(|(_, c)| entry(Fact::ConsentRecorded(c.clone()))));
    entries
}

/// What a reported event is.
#[derive(Debug)]
pub(crate) enum Taken<'s> {
    /// New, about this customer.
    New(&'s Customer),
    /// Taken in before.
    Duplicate,
    /// About somebody who is not known.
    Stranger,
}

/// Whether an event is new.
pub(crate) fn on_event<'s>(state: &'s State, report: &EventReport) -> Taken<'s> {
    match state.customer(&report.customer) {
        None => Taken::Stranger,
        Some(customer) if customer.seen.contains(&report.event.digest()) => Taken::Duplicate,
        Some(customer) => Taken::New(customer),
    }
}

impl Event {
    /// 128 bits of SHA-256 over the event's id: what is remembered of it to recognise a repetition.
    pub(crate) fn digest(&self) -> u128 {
        proof::hash_fields("hongyan/event/v1", [self.id.as_bytes()]).half()
    }
}
