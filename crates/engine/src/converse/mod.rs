//! CONVERSE: what customers answer and what they want. An inbound message is laid to its customer; opt-out words stop the
//! classes they name at once, are confirmed once, and stay until a new consent; complaints open a case. What customers
//! choose and ask for comes as a [`Wish`], from their own page too, which a [`LinkKey`] opens. It opens short addresses as well,
//! by which customers follow what a message names.

pub(crate) mod case;
mod link;
mod short;
mod wish;

pub use link::{LINK_PATH, Link, LinkKey, TOKEN_CHARACTERS};
pub use short::{MESSAGE_MAX, SHORT_CHARACTERS, SHORT_PATH, Short, TARGET_MAX};
pub use wish::{Heard, Wanted, Who, Wish};

use crate::compose::Template;
use crate::decide::rules::suppression;
use crate::decide::steps;
use crate::decide::{Candidate, judge};
use crate::entry::{CaseKind, Entry, Evidence, Fact, SuppressionCause, Through};
use crate::measure::trial;
use crate::state::{Customer, State};
use crate::world::{Basis, Course, Journey, Owner, Step, StepKind, Trigger, World};
use model::{JourneyId, MessageClass, Phone, Private, RouteId, Subject, Timestamp};
use std::sync::Arc;

/// A message from a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Over which route it came.
    pub route: RouteId,
    /// Who wrote.
    pub from: Phone,
    /// The number they wrote to.
    pub to: Arc<str>,
    /// What they wrote.
    pub text: Private,
}

/// What an inbound message means: its record, then a stop for every customer of that number (a family may share
/// one) and every class that its opt-out word names.
pub(crate) fn on_inbound(world: &World, state: &State, inbound: &Inbound, now: Timestamp) -> Vec<Entry> {
    let recognised = world.opt_out.words.matches(inbound.text.reveal());
    let writers: Vec<Subject> = state.by_phone.get(&inbound.from).into_iter().flatten().copied().collect();
    let (account, journey) = match owner_of(world, inbound) {
        Some(Owner::Account(account)) => (Some(account.id.clone()), None),
        Some(Owner::Journey(journey)) => (None, Some(Arc::clone(&journey.reference))),
        None => (None, None),
    };
    let received = Fact::InboundReceived {
        from: inbound.from,
        to: Arc::clone(&inbound.to),
        text: inbound.text.clone(),
        route: inbound.route.clone(),
        keyword: recognised.as_ref().map(|m| Arc::from(m.word)),
        account,
        journey,
    };
    let writer = writers.first().copied().unwrap_or(Subject::INSTITUTION);
    let mut entries = vec![Entry { at: now, subject: writer, fact: received }];
    entries.extend(complaint(world, state, inbound, &writers, now));
    let Some(recognised) = recognised else { return entries };
    let stop = |subject, phone| {
        let (classes, why) = (recognised.tag.clone(), SuppressionCause::OptOut);
        let credited = trial::credited(world, state, subject, (why, &classes, None), now);
        Entry { at: now, subject, fact: Fact::SuppressionRecorded { classes, why, phone, credited } }
    };
    if writers.is_empty() {
        entries.push(stop(Subject::INSTITUTION, Some(inbound.from)));
    }
    let fresh = writers
        .iter()
        .filter_map(|s| state.customers.get(s))
        .filter(|c| any_allowed(state, c, recognised.tag, now));
    entries.extend(fresh.map(|customer| stop(customer.subject, None)));
    entries
}

/// What follows where somebody complains: a case of the first who is known by the number, and the stop of every complaint for
/// whoever else has it.
fn complaint(
    world: &World,
    state: &State,
    inbound: &Inbound,
    writers: &[Subject],
    now: Timestamp,
) -> Vec<Entry> {
    let words = world.complaints.as_ref().map(|complaints| &complaints.words);
    let Some(recognised) = words.and_then(|words| words.matches(inbound.text.reveal())) else {
        return Vec::new();
    };
    let stop = |subject, phone| {
        let (classes, why) = (recognised.tag.clone(), SuppressionCause::Complaint);
        let credited = trial::credited(world, state, subject, (why, &classes, None), now);
        Entry { at: now, subject, fact: Fact::SuppressionRecorded { classes, why, phone, credited } }
    };
    let Some((first, others)) = writers.split_first() else {
        return vec![stop(Subject::INSTITUTION, Some(inbound.from))];
    };
    let evidence = Evidence { through: Through::Text, at: now, reference: Arc::clone(&inbound.to) };
    let wish = (CaseKind::Complaint, None, inbound.text.clone(), evidence);
    // One more of theirs than may be open says nothing new, and is in the ledger as what it is: a message.
    let mut entries = case::open(world, state, *first, wish, now).unwrap_or_default();
    let is_free = |other: &&Subject| {
        let customer = state.customers.get(other);
        customer.is_some_and(|customer| any_allowed(state, customer, recognised.tag, now))
    };
    entries.extend(others.iter().filter(is_free).map(|other| stop(*other, None)));
    entries
}

/// To whom somebody writes: whose the digits are that follow the route's own number.
pub(crate) fn owner_of<'w>(world: &'w World, inbound: &Inbound) -> Option<Owner<'w>> {
    let route = world.routes.get(&inbound.route)?;
    world.owner(inbound.to.strip_prefix(&*route.source)?)
}

fn any_allowed(state: &State, customer: &Customer, classes: &[MessageClass], now: Timestamp) -> bool {
    classes.iter().any(|class| suppression::allowed(customer, &state.refused_numbers, *class, now).is_ok())
}

/// The message that confirms an opt-out or a complaint, once it has been recorded. It goes through the gate like any other.
pub(crate) fn confirm(
    world: &World,
    state: &State,
    subject: Subject,
    journey: Option<Journey>,
    now: Timestamp,
) -> Option<Entry> {
    let journey = journey?;
    let template = steps::template(&journey)?;
    let customer = state.customers.get(&subject)?;
    let candidate = Candidate::new(world, state, customer, &journey, template, now);
    Some(Entry { at: now, subject, fact: judge(&candidate) })
}

/// The journey by which opt-outs are confirmed, if the configuration names a template for it.
pub(crate) fn confirmation(world: &World) -> Option<Journey> {
    world.opt_out.confirmation.as_ref().map(|template| saying("opt-out-confirmation", template))
}

/// The journey by which complaints are confirmed, if the configuration names a template for it.
pub(crate) fn complaint_confirmation(world: &World) -> Option<Journey> {
    let template = world.complaints.as_ref()?.confirmation.as_ref()?;
    Some(saying("complaint-confirmation", template))
}

/// A journey that says one thing.
fn saying(name: &str, template: &Arc<Template>) -> Journey {
    Journey {
        id: JourneyId::new(name),
        version: 1,
        reference: format!("{name}@1").into(),
        class: template.class,
        subtype: template.subtype.clone(),
        trigger: Trigger::Broadcast { audience: None },
        steps: vec![Step { name: "1".into(), kind: StepKind::Send { template: Arc::clone(template) } }],
        course: Course::default(),
        basis: Basis::default(),
        general: None,
        budget: None,
        validity: None,
        plan: None,
        over: None,
        extension: None,
    }
}
