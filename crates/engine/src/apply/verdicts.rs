//! What the gate's verdicts change: a message is let pass, held, stopped, or given another way.

use super::messages::{end, forget_parts, insert, new_message, remove};
use super::review;
use super::told::{tell_end, tell_of_pieces};
use crate::decide::rules;
use crate::deliver::is_untaken;
use crate::entry::{Blocked, Decided, Held, Matter, Rerouted};
use crate::state::{Contact, Customer, Part, Phase, Sending, State};
use model::{Subject, Timestamp};
use smallvec::smallvec;
use std::sync::Arc;

pub(super) fn decide(state: &mut State, subject: Subject, at: Timestamp, decided: &Decided) {
    let matter = &decided.matter;
    let earlier = remove(state, matter.message);
    let since = earlier.as_ref().map_or(at, |earlier| earlier.since);
    let event = decided.event.as_ref();
    let mut message =
        new_message(&mut state.shared, subject, matter, Phase::Ready, since, decided.expires, event);
    message.way = decided.way.clone().map(Box::new);
    message.review = earlier.and_then(|mut earlier| earlier.review.take());
    message.sending = Some(Sending {
        route: decided.route.clone(),
        to: decided.to.clone(),
        text: decided.text.clone(),
        cost: decided.cost,
        lane: decided.lane,
        extension: decided.extension.clone(),
        resend: decided.resend,
        attempt: 0,
        doubted: None,
        asked: false,
        parts: smallvec![Part::Waiting; usize::from(decided.parts)],
    });
    state.queues.insert(&decided.route, decided.lane, &message.flow(), matter.message);
    if let Some(customer) = state.customers.get_mut(&subject) {
        remember_order(customer, matter);
        let about = Arc::clone(&message.about);
        customer.note_arm(&about.journey);
        customer.count_contact(Contact { at, message: matter.message, about, reached: false });
    }
    insert(state, message, Some(decided.expires));
}

pub(super) fn hold(state: &mut State, subject: Subject, at: Timestamp, held: &Held) {
    let earlier = state.messages.get(&held.matter.message);
    let since = earlier.map_or(at, |earlier| earlier.since);
    // It goes on from the leg that it had come to.
    let way = earlier.and_then(|earlier| earlier.way.clone());
    let review = earlier.and_then(|earlier| earlier.review.clone());
    end(state, held.matter.message, None);
    let mut message = new_message(
        &mut state.shared,
        subject,
        &held.matter,
        Phase::Held,
        since,
        held.expires,
        held.event.as_ref(),
    );
    message.way = way;
    message.review = review::asked(review, &held.matter, at).map(Box::new);
    if let Some(customer) = state.customers.get_mut(&subject) {
        remember_order(customer, &held.matter);
        customer.note_arm(&message.about.journey);
    }
    insert(state, message, Some(held.until));
}

pub(super) fn block(state: &mut State, subject: Subject, at: Timestamp, blocked: &Blocked) {
    let matter = &blocked.matter;
    let rule: Option<Arc<str>> = matter.findings.last().map(|finding| finding.rule.id().into());
    // Whoever came as far as this rule differs from those who got the message by no more than chance and room.
    if matter.findings.iter().any(|finding| finding.rule == rules::holdout::RULE.code)
        && let Some(customer) = state.customers.get_mut(&subject)
    {
        let about = state.shared.about(matter);
        customer.note_arm(&about.journey);
        customer.withhold(Contact { at, message: matter.message, about, reached: false });
    }
    if !state.messages.contains_key(&matter.message) {
        // The first pieces were taken before it was known that the whole would be stopped.
        return tell_of_pieces(state, subject, at, blocked, rule);
    }
    tell_end(state, at, matter.message, None, None, rule);
    end(state, matter.message, None);
}

/// Gives a message another way. What the old one may still report is not waited for any more.
pub(super) fn reroute(state: &mut State, rerouted: &Rerouted) {
    let id = rerouted.message;
    let Some(mut message) = remove(state, id) else { return };
    forget_parts(state, &message);
    if !is_untaken(&message, None)
        && let Some(customer) = state.customers.get_mut(&message.subject)
    {
        customer.keep_contact(id);
    }
    let flow = message.flow();
    if let Some(sending) = &mut message.sending {
        sending.route = rerouted.route.clone();
        sending.to = rerouted.to.clone();
        sending.text = rerouted.text.clone();
        sending.cost = rerouted.cost;
        sending.doubted = None;
        sending.asked = false;
        // Another leg has tries of its own.
        let is_same_leg = message.way.as_ref().map(|way| way.leg) == rerouted.way.as_ref().map(|way| way.leg);
        sending.attempt = if is_same_leg { sending.attempt.max(1) } else { 1 };
        sending.parts = smallvec![Part::Waiting; usize::from(rerouted.parts)];
        state.queues.insert(&rerouted.route, sending.lane, &flow, id);
    }
    message.way = rerouted.way.clone().map(Box::new);
    message.phase = Phase::Ready;
    let expires = message.expires;
    insert(state, message, Some(expires));
}

/// How many keys of orders are remembered of one customer.
const ORDERS_MAX: usize = 256;

/// Remembers by which key an account ordered a message, so that it is recognised when it comes again, and forgets the
/// pieces it came in.
fn remember_order(customer: &mut Customer, matter: &Matter) {
    if let Some(order) = &matter.order
        && !order.pieces.is_empty()
    {
        customer.forget_pieces(&order.pieces);
    }
    if let Some(key) = matter.order.as_ref().and_then(|order| order.key) {
        customer.orders.insert(key, matter.message);
        if customer.orders.len() > ORDERS_MAX
            && let Some(oldest) = customer.orders.iter().min_by_key(|(_, id)| **id).map(|(key, _)| *key)
        {
            customer.orders.remove(&oldest);
        }
    }
}
