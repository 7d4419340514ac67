//! CONVERSE: what customers answer. For now its first grain: an inbound message is laid to its customer, and
//! opt-out words stop the classes they name at once, are confirmed once, and stay until a new consent.

mod wish;

pub use wish::{Heard, Wanted, Who, Wish};

use crate::decide::rules::{account, suppression};
use crate::decide::{Candidate, judge};
use crate::entry::{Entry, Fact, SuppressionCause};
use crate::state::{Customer, State};
use crate::world::{Basis, Course, Journey, Step, StepKind, Trigger, World};
use model::{AccountId, JourneyId, MessageClass, Phone, Private, RouteId, Subject, Timestamp};
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
    let received = Fact::InboundReceived {
        from: inbound.from,
        to: Arc::clone(&inbound.to),
        text: inbound.text.clone(),
        route: inbound.route.clone(),
        keyword: recognised.as_ref().map(|m| Arc::from(m.word)),
        account: account_of(world, &inbound.route, &inbound.to),
    };
    let writer = writers.first().copied().unwrap_or(Subject::INSTITUTION);
    let mut entries = vec![Entry { at: now, subject: writer, fact: received }];
    let Some(recognised) = recognised else { return entries };
    let stop = |subject, phone| Entry {
        at: now,
        subject,
        fact: Fact::SuppressionRecorded {
            classes: recognised.tag.clone(),
            why: SuppressionCause::OptOut,
            phone,
        },
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

/// The account that customers write to under this number: the one with the longest extension that the number ends
/// with, behind the route's own number.
fn account_of(world: &World, route: &RouteId, to: &str) -> Option<AccountId> {
    let extension = match world.routes.get(route) {
        Some(route) => to.strip_prefix(&*route.source)?,
        None => return None,
    };
    account::owner(world, extension).map(|account| account.id.clone())
}

fn any_allowed(state: &State, customer: &Customer, classes: &[MessageClass], now: Timestamp) -> bool {
    classes.iter().any(|class| suppression::allowed(customer, &state.refused_numbers, *class, now).is_ok())
}

/// The message that confirms an opt-out, once the stop has been recorded. It goes through the gate like any other.
pub(crate) fn confirm(world: &World, state: &State, subject: Subject, now: Timestamp) -> Option<Entry> {
    let journey = confirmation(world)?;
    let template = world.opt_out.confirmation.as_ref()?;
    let customer = state.customers.get(&subject)?;
    let candidate = Candidate::new(world, state, customer, &journey, template, now);
    Some(Entry { at: now, subject, fact: judge(&candidate) })
}

/// The journey by which opt-outs are confirmed, if the configuration names a template for it.
pub(crate) fn confirmation(world: &World) -> Option<Journey> {
    let template = world.opt_out.confirmation.as_ref()?;
    Some(Journey {
        id: JourneyId::new("opt-out-confirmation"),
        version: 1,
        reference: "opt-out-confirmation@1".into(),
        class: template.class,
        subtype: template.subtype.clone(),
        trigger: Trigger::Broadcast { audience: None },
        steps: vec![Step { name: "1".into(), kind: StepKind::Send { template: Arc::clone(template) } }],
        course: Course::default(),
        basis: Basis::default(),
        budget: None,
        validity: None,
        plan: None,
        over: None,
    })
}
