//! What becomes of the parts of a message: claimed, taken, refused, in doubt, reported; and receipts that came too early.

use super::messages::{end, reschedule};
use super::told::{tell, tell_end};
use crate::deliver::PARKED_WAIT;
use crate::entry::{AfterRefusal, AfterSilence, Fact, NoticeKind, Tell};
use crate::state::{Parked, Part, Phase, State};
use model::{MessageId, RemoteId, RouteId, Timestamp};

/// What the carrier's side of a part changes.
pub(super) fn apply_part(state: &mut State, at: Timestamp, fact: &Fact) {
    match fact {
        Fact::PartSubmitted { message, part, remote, completes } => {
            submitted(state, *message, *part, remote, *completes);
            if completes.is_some() {
                tell(state, at, *message, Tell::Progress, |told| NoticeKind::Submitted(Box::new(told)));
            }
        }
        Fact::PartRefused { message, part, then, status, word } => match then {
            AfterRefusal::Requeue => set_part(state, *message, *part, Part::Waiting),
            AfterRefusal::Fail(ending) => {
                let error = word.clone().unwrap_or_else(|| status.to_string().into());
                tell_end(state, at, *message, Some(ending.outcome), None, Some(error));
                end(state, *message, Some(*part));
            }
            AfterRefusal::Await => set_part(state, *message, *part, Part::Refused),
        },
        Fact::PartUnanswered { message, part, then } => unanswered(state, *message, *part, *then),
        Fact::CarrierAsked { message, until, .. } => {
            if let Some(sending) = state.messages.get_mut(message).and_then(|m| m.sending.as_mut()) {
                sending.asked = true;
                reschedule(state, *message, *until);
            }
        }
        Fact::ReceiptReceived { message, part, state: reported, error, ends } => {
            if reported.is_final() {
                received(state, *message, *part, reported.is_delivered());
            }
            if let Some(ending) = ends {
                tell_end(state, at, *message, Some(ending.outcome), Some(*reported), error.clone());
                end(state, *message, None);
            }
        }
        _ => {}
    }
}

pub(super) fn claim(state: &mut State, id: MessageId, attempt: u8) {
    let Some(message) = state.messages.get_mut(&id) else { return };
    state.phases.moved(&mut message.phase, Phase::Claimed);
    if let Some(due) = message.due.take() {
        state.timers.remove(&(due, id));
    }
    let flow = message.flow();
    let Some(sending) = &mut message.sending else { return };
    sending.attempt = attempt;
    state.queues.remove(&sending.route, sending.lane, &flow, id);
    for part in sending.parts.iter_mut().filter(|p| **p == Part::Waiting) {
        *part = Part::Sent;
    }
}

fn submitted(state: &mut State, id: MessageId, part: u8, remote: &RemoteId, completes: Option<Timestamp>) {
    let Some(route) = state.messages.get(&id).and_then(|m| m.sending.as_ref()).map(|s| s.route.clone())
    else {
        return;
    };
    state.remote.insert((route, remote.clone()), (id, part));
    set_part(state, id, part, Part::Submitted(remote.clone()));
    if let Some(until) = completes
        && let Some(message) = state.messages.get_mut(&id)
    {
        state.phases.moved(&mut message.phase, Phase::Submitted);
        // A late answer finds it in its lane again.
        if let Some(sending) = &message.sending {
            state.queues.remove(&sending.route, sending.lane, &message.flow(), id);
        }
        reschedule(state, id, until);
    }
}

/// A part's end. The carrier's id stays known until the message ends, so that a repetition is recognised.
fn received(state: &mut State, id: MessageId, part: u8, delivered: bool) {
    let Some(sending) = state.messages.get(&id).and_then(|m| m.sending.as_ref()) else { return };
    let remote = match sending.parts.get(usize::from(part)) {
        Some(Part::Submitted(remote) | Part::Final { remote, .. }) => remote.clone(),
        _ => return,
    };
    set_part(state, id, part, Part::Final { remote, delivered });
}

fn unanswered(state: &mut State, id: MessageId, part: u8, then: AfterSilence) {
    if let Some(sending) = state.messages.get_mut(&id).and_then(|message| message.sending.as_mut()) {
        sending.doubted.get_or_insert_default().insert(part);
    }
    match then {
        AfterSilence::Resend => set_part(state, id, part, Part::Waiting),
        AfterSilence::Wait { until } => {
            // First the doubt, then the part: a message in doubt must not go back to its lane.
            if let Some(message) = state.messages.get_mut(&id) {
                state.phases.moved(&mut message.phase, Phase::Uncertain);
                reschedule(state, id, until);
            }
            set_part(state, id, part, Part::Unanswered);
        }
    }
}

/// Notes where a part stands; a message that owes no more answers and has parts to offer again goes back to its lane.
fn set_part(state: &mut State, id: MessageId, part: u8, now_is: Part) {
    let Some(message) = state.messages.get_mut(&id) else { return };
    let flow = message.flow();
    let Some(sending) = &mut message.sending else { return };
    let Some(slot) = sending.parts.get_mut(usize::from(part)) else { return };
    *slot = now_is;
    let answers_due = sending.parts.contains(&Part::Sent);
    let goes_on = !answers_due && !sending.has_failed();
    if message.phase == Phase::Claimed && goes_on && sending.parts.contains(&Part::Waiting) {
        state.phases.moved(&mut message.phase, Phase::Ready);
        state.queues.insert(&sending.route, sending.lane, &flow, id);
        let expires = message.expires;
        reschedule(state, id, expires);
    }
}

pub(super) fn park(state: &mut State, route: &RouteId, remote: &RemoteId, parked: Parked) {
    let now = parked.at;
    while let Some((at, ..)) = state.parked_order.first()
        && at.after(PARKED_WAIT) < now
        && let Some((_, route, remote)) = state.parked_order.pop_first()
    {
        state.parked.remove(&(route, remote));
    }
    let key = (route.clone(), remote.clone());
    state.parked_order.insert((now, route.clone(), remote.clone()));
    if let Some(old) = state.parked.insert(key, parked) {
        state.parked_order.remove(&(old.at, route.clone(), remote.clone()));
        state.parked_order.insert((now, route.clone(), remote.clone()));
    }
}
