//! The only thing that changes state: what each fact does to it.
//!
//! Total and silent: an entry that fits nothing (its customer was erased, its message has ended) changes nothing.
//! Totals, budgets and the progress of broadcasts move by the public part alone, so that the state after an
//! erasure is the same whether it was lived through or replayed from what is left.

use crate::deliver::PARKED_WAIT;
use crate::entry::{
    AfterRefusal, AfterSilence, Blocked, Decided, Entry, Event, Fact, Held, Matter, Profile, Public,
};
use crate::state::{Broadcast, Contact, Customer, Message, Parked, Part, Phase, Sending, State, Suppression};
use model::{Cost, MessageId, RemoteId, RouteId, Subject, Timestamp};
use proof::entry::Kind;
use std::collections::btree_map;
use std::sync::Arc;

/// Applies one entry. Entries must come in the order of the ledger, none left out.
pub fn apply(state: &mut State, entry: &Entry) {
    let public = entry.fact.public();
    apply_public(state, entry.subject, entry.fact.kind(), &public);
    apply_private(state, entry);
    state.position += 1;
}

/// What the leaf alone says.
fn apply_public(state: &mut State, subject: Subject, kind: Kind, public: &Public) {
    state.totals.count(state.position, kind, public);
    let Some(journey) = &public.journey else { return };
    if let Some(cost) = public.cost {
        let name = journey.split('@').next().unwrap_or(journey);
        match state.spent.get_mut(name) {
            Some(spent) => *spent = spent.plus(cost),
            None => {
                state.spent.insert(name.into(), cost);
            }
        }
    }
    let first = public.message == Some(MessageId(state.position));
    if first && let Some(broadcast) = state.broadcasts.get_mut(journey) {
        broadcast.reached = subject;
        broadcast.audience += 1;
    }
}

/// What only the sealed part says.
fn apply_private(state: &mut State, entry: &Entry) {
    let (at, subject) = (entry.at, entry.subject);
    match &entry.fact {
        Fact::WorldPublished { world, .. } => state.world = Some(*world),
        Fact::CustomerRecorded(profile) => record_customer(state, subject, profile),
        Fact::ConsentRecorded(consent) => {
            if let Some(customer) = state.customers.get_mut(&subject) {
                customer.consents.push(consent.clone());
            }
        }
        Fact::EventAccepted(event) => {
            if let Some(customer) = state.customers.get_mut(&subject) {
                customer.seen.insert(event.digest());
            }
        }
        Fact::MessageDecided(decided) => decide(state, subject, at, decided),
        Fact::MessageHeld(held) => hold(state, subject, held),
        Fact::MessageBlocked(blocked) => block(state, blocked),
        Fact::MessageClaimed { message, attempt, .. } => claim(state, *message, *attempt),
        Fact::PartSubmitted { .. }
        | Fact::PartRefused { .. }
        | Fact::PartUnanswered { .. }
        | Fact::ReceiptReceived { .. } => apply_part(state, &entry.fact),
        Fact::ReceiptParked { route, remote, state: reported, error } => {
            let position = state.position;
            park(state, route, remote, Parked { position, at, state: *reported, error: error.clone() });
        }
        Fact::MessageEnded { message, ending } => end(state, *message, ending.refund),
        Fact::SuppressionRecorded { classes, why, phone } => {
            let stop = Suppression { classes: classes.clone(), at, why: *why };
            match (phone, state.customers.get_mut(&subject)) {
                (Some(phone), _) => refuse(state.refused_numbers.entry(*phone).or_default(), stop),
                (None, Some(customer)) => customer.suppressions.push(stop),
                (None, None) => {}
            }
        }
        Fact::BroadcastLaunched { source, reference, up_to } => {
            let broadcast = Broadcast {
                source: Arc::clone(source),
                at,
                up_to: *up_to,
                reached: Subject(0),
                audience: 0,
                ended: false,
            };
            state.broadcasts.insert(Arc::clone(reference), broadcast);
        }
        Fact::BroadcastEnded { reference, .. } => {
            if let Some(broadcast) = state.broadcasts.get_mut(reference) {
                broadcast.ended = true;
            }
        }
        Fact::CustomerErased { .. } => erase(state, subject),
        Fact::Redacted(redacted) if redacted.kind == Kind::CustomerRecorded => {
            state.next_subject = state.next_subject.max(subject.0 + 1);
        }
        Fact::InboundReceived { .. } | Fact::AdminActed { .. } | Fact::Redacted(_) => {}
    }
}

/// What the carrier's side of a part changes.
fn apply_part(state: &mut State, fact: &Fact) {
    match fact {
        Fact::PartSubmitted { message, part, remote, completes } => {
            submitted(state, *message, *part, remote, *completes);
        }
        Fact::PartRefused { message, part, then, .. } => match then {
            AfterRefusal::Requeue => set_part(state, *message, *part, Part::Waiting),
            AfterRefusal::Fail(ending) => end(state, *message, ending.refund),
        },
        Fact::PartUnanswered { message, part, then } => unanswered(state, *message, *part, *then),
        Fact::ReceiptReceived { message, part, state: reported, ends, .. } => {
            if reported.is_final() {
                received(state, *message, *part, reported.is_delivered());
            }
            if let Some(ending) = ends {
                end(state, *message, ending.refund);
            }
        }
        _ => {}
    }
}

/// Adds a stranger's stop and forgets those it says again: whoever writes often must not fill the memory.
fn refuse(stops: &mut Vec<Suppression>, stop: Suppression) {
    let says_again = |old: &Suppression| {
        old.why == stop.why && old.classes.iter().all(|class| stop.classes.contains(class))
    };
    stops.retain(|old| !says_again(old));
    stops.push(stop);
}

fn record_customer(state: &mut State, subject: Subject, profile: &Profile) {
    state.next_subject = state.next_subject.max(subject.0 + 1);
    state.by_id.insert(profile.id.clone(), subject);
    let old_phone = match state.customers.entry(subject) {
        btree_map::Entry::Occupied(mut known) => {
            std::mem::replace(&mut known.get_mut().profile, profile.clone()).phone
        }
        btree_map::Entry::Vacant(new) => {
            new.insert(Customer::new(subject, profile.clone()));
            None
        }
    };
    if old_phone != profile.phone {
        if let Some(phone) = old_phone {
            forget_phone(state, phone, subject);
        }
        if let Some(phone) = profile.phone {
            state.by_phone.entry(phone).or_default().insert(subject);
        }
    }
}

fn forget_phone(state: &mut State, phone: model::Phone, subject: Subject) {
    if let Some(owners) = state.by_phone.get_mut(&phone) {
        owners.remove(&subject);
        if owners.is_empty() {
            state.by_phone.remove(&phone);
        }
    }
}

fn new_message(
    subject: Subject,
    matter: &Matter,
    phase: Phase,
    expires: Timestamp,
    event: Option<&Arc<Event>>,
) -> Message {
    Message {
        id: matter.message,
        subject,
        journey: Arc::clone(&matter.journey),
        class: matter.class,
        subtype: matter.subtype.clone(),
        template: matter.template.clone(),
        template_hash: matter.template_hash,
        phase,
        event: event.cloned(),
        expires,
        due: None,
        sending: None,
    }
}

fn decide(state: &mut State, subject: Subject, at: Timestamp, decided: &Decided) {
    let matter = &decided.matter;
    remove(state, matter.message);
    let mut message = new_message(subject, matter, Phase::Ready, decided.expires, decided.event.as_ref());
    message.sending = Some(Sending {
        route: decided.route.clone(),
        to: decided.to,
        text: decided.text.clone(),
        cost: decided.cost,
        lane: decided.lane,
        resend: decided.resend,
        attempt: 0,
        in_doubt: false,
        parts: vec![Part::Waiting; usize::from(decided.parts)],
    });
    state.queues.insert(&decided.route, decided.lane, matter.message);
    if let Some(customer) = state.customers.get_mut(&subject) {
        let journey = Arc::clone(&matter.journey);
        customer.count_contact(Contact { at, message: matter.message, class: matter.class, journey });
    }
    insert(state, message, Some(decided.expires));
}

fn hold(state: &mut State, subject: Subject, held: &Held) {
    end(state, held.matter.message, held.refund.unwrap_or(Cost::ZERO));
    let message = new_message(subject, &held.matter, Phase::Held, held.expires, held.event.as_ref());
    insert(state, message, Some(held.until));
}

fn block(state: &mut State, blocked: &Blocked) {
    end(state, blocked.matter.message, blocked.refund.unwrap_or(Cost::ZERO));
}

fn claim(state: &mut State, id: MessageId, attempt: u8) {
    let Some(message) = state.messages.get_mut(&id) else { return };
    message.phase = Phase::Claimed;
    if let Some(due) = message.due.take() {
        state.timers.remove(&(due, id));
    }
    let Some(sending) = &mut message.sending else { return };
    sending.attempt = attempt;
    state.queues.remove(&sending.route, sending.lane, id);
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
        message.phase = Phase::Submitted;
        // A late answer finds it in its lane again.
        if let Some(sending) = &message.sending {
            state.queues.remove(&sending.route, sending.lane, id);
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
        sending.in_doubt = true;
    }
    match then {
        AfterSilence::Resend => set_part(state, id, part, Part::Waiting),
        AfterSilence::Wait { until } => {
            // First the doubt, then the part: a message in doubt must not go back to its lane.
            if let Some(message) = state.messages.get_mut(&id) {
                message.phase = Phase::Uncertain;
                reschedule(state, id, until);
            }
            set_part(state, id, part, Part::Unanswered);
        }
    }
}

/// Notes where a part stands; a message that owes no more answers and has parts to offer again goes back to its lane.
fn set_part(state: &mut State, id: MessageId, part: u8, now_is: Part) {
    let Some(message) = state.messages.get_mut(&id) else { return };
    let Some(sending) = &mut message.sending else { return };
    let Some(slot) = sending.parts.get_mut(usize::from(part)) else { return };
    *slot = now_is;
    let answers_due = sending.parts.contains(&Part::Sent);
    if message.phase == Phase::Claimed && !answers_due && sending.parts.contains(&Part::Waiting) {
        message.phase = Phase::Ready;
        state.queues.insert(&sending.route, sending.lane, id);
        let expires = message.expires;
        reschedule(state, id, expires);
    }
}

fn reschedule(state: &mut State, id: MessageId, at: Timestamp) {
    if let Some(message) = state.messages.get_mut(&id) {
        if let Some(due) = message.due.replace(at) {
            state.timers.remove(&(due, id));
        }
        state.timers.insert((at, id));
    }
}

fn insert(state: &mut State, mut message: Message, due: Option<Timestamp>) {
    message.due = due;
    if let Some(due) = due {
        state.timers.insert((due, message.id));
    }
    state.messages.insert(message.id, message);
}

/// Takes a message out of everything that knows it.
fn remove(state: &mut State, id: MessageId) -> Option<Message> {
    let message = state.messages.remove(&id)?;
    if let Some(due) = message.due {
        state.timers.remove(&(due, id));
    }
    if let Some(sending) = &message.sending {
        state.queues.remove(&sending.route, sending.lane, id);
    }
    Some(message)
}

/// A message's end. Where money is given back the message was never sent, and does not count towards caps.
fn end(state: &mut State, id: MessageId, refund: Cost) {
    let Some(message) = remove(state, id) else { return };
    let Some(sending) = message.sending else { return };
    for part in &sending.parts {
        if let Part::Submitted(remote) | Part::Final { remote, .. } = part {
            state.remote.remove(&(sending.route.clone(), remote.clone()));
        }
    }
    if refund > Cost::ZERO
        && let Some(customer) = state.customers.get_mut(&message.subject)
    {
        customer.uncount_contact(id);
    }
}

fn park(state: &mut State, route: &RouteId, remote: &RemoteId, parked: Parked) {
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

fn erase(state: &mut State, subject: Subject) {
    let Some(customer) = state.customers.remove(&subject) else { return };
    state.by_id.remove(&customer.profile.id);
    if let Some(phone) = customer.profile.phone {
        forget_phone(state, phone, subject);
    }
    let ids: Vec<MessageId> =
        state.messages.values().filter(|m| m.subject == subject).map(|m| m.id).collect();
    for id in ids {
        end(state, id, Cost::ZERO);
    }
}
