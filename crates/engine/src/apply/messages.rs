//! A message in everything that knows it: the state's table, its timer, its lane, the carrier's ids of its parts.

use crate::deliver::is_untaken;
use crate::entry::{Event, Matter};
use crate::state::{Message, Part, Phase, Shared, State};
use model::{MessageId, Subject, Timestamp};
use std::sync::Arc;

pub(super) fn new_message(
    shared: &mut Shared,
    subject: Subject,
    matter: &Matter,
    phase: Phase,
    since: Timestamp,
    expires: Timestamp,
    event: Option<&Arc<Event>>,
) -> Box<Message> {
    Box::new(Message {
        order: matter.order.as_ref().map(|order| shared.order(order, phase == Phase::Ready)),
        way: None,
        since,
        id: matter.message,
        subject,
        about: shared.about(matter),
        phase,
        event: event.cloned(),
        expires,
        due: None,
        review: None,
        sending: None,
    })
}

pub(super) fn insert(state: &mut State, mut message: Box<Message>, due: Option<Timestamp>) {
    message.due = due;
    if let Some(due) = due {
        state.timers.insert((due, message.id));
    }
    state.phases.came(message.phase);
    if message.phase == Phase::Held && message.review.as_ref().is_some_and(|review| review.approved.is_none())
    {
        state.in_review.insert(message.id);
    }
    if let Some(before) = state.messages.insert(message.id, message) {
        state.phases.went(before.phase);
    }
}

/// Takes a message out of everything that knows it.
pub(super) fn remove(state: &mut State, id: MessageId) -> Option<Box<Message>> {
    let message = state.messages.remove(&id)?;
    state.phases.went(message.phase);
    state.in_review.remove(&id);
    if let Some(due) = message.due {
        state.timers.remove(&(due, id));
    }
    if let Some(sending) = &message.sending {
        state.queues.remove(&sending.route, sending.lane, &message.flow(), id);
    }
    Some(message)
}

/// A message's end. One of which the carrier surely has nothing was never sent, and does not count towards caps, whatever
/// it would have cost. `refused` is a part that the carrier has just refused.
pub(super) fn end(state: &mut State, id: MessageId, refused: Option<u8>) {
    let Some(message) = remove(state, id) else { return };
    forget_parts(state, &message);
    if message.sending.is_some()
        && is_untaken(&message, refused)
        && let Some(customer) = state.customers.get_mut(&message.subject)
    {
        customer.uncount_contact(id);
    }
}

/// The carrier's ids of a message mean nothing any more.
pub(super) fn forget_parts(state: &mut State, message: &Message) {
    let Some(sending) = &message.sending else { return };
    for part in &sending.parts {
        if let Part::Submitted(remote) | Part::Final { remote, .. } = part {
            state.remote.remove(&(sending.route.clone(), remote.clone()));
        }
    }
}

pub(super) fn reschedule(state: &mut State, id: MessageId, at: Timestamp) {
    if let Some(message) = state.messages.get_mut(&id) {
        if let Some(due) = message.due.replace(at) {
            state.timers.remove(&(due, id));
        }
        state.timers.insert((at, id));
    }
}
