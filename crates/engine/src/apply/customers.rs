//! What is known of people: recorded, refused, erased.

use super::journeys::withdraw;
use super::messages::end;
use crate::entry::Profile;
use crate::state::{Customer, State, Suppression};
use model::{MessageId, Phone, Span, Subject, Timestamp};
use std::collections::btree_map;

pub(super) fn record_customer(state: &mut State, subject: Subject, profile: &Profile) {
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

fn forget_phone(state: &mut State, phone: Phone, subject: Subject) {
    if let Some(owners) = state.by_phone.get_mut(&phone) {
        owners.remove(&subject);
        if owners.is_empty() {
            state.by_phone.remove(&phone);
        }
    }
}

/// Adds a stranger's stop and forgets those it says again: whoever writes often must not fill the memory.
pub(super) fn refuse(stops: &mut Vec<Suppression>, stop: Suppression) {
    let says_again = |old: &Suppression| {
        old.why == stop.why && old.classes.iter().all(|class| stop.classes.contains(class))
    };
    stops.retain(|old| !says_again(old));
    stops.push(stop);
}

/// Keeps the keys of orders beyond their customer, and forgets those that nobody can still be repeating.
pub(super) fn spend(state: &mut State, at: Timestamp, keys: &[u128]) {
    let horizon = at.before(SPENT_KEPT);
    state.spent_orders.retain(|_, since| *since >= horizon);
    state.spent_orders.extend(keys.iter().map(|key| (*key, at)));
}

/// How long the key of an order is known after its customer was erased: beyond any caller's retries.
const SPENT_KEPT: Span = Span::seconds(30 * 86_400);

pub(super) fn erase(state: &mut State, subject: Subject) {
    let Some(customer) = state.customers.remove(&subject) else { return };
    state.by_id.remove(&customer.profile.id);
    if let Some(phone) = customer.profile.phone {
        forget_phone(state, phone, subject);
    }
    let ids: Vec<MessageId> =
        state.messages.values().filter(|m| m.subject == subject).map(|m| m.id).collect();
    for id in ids {
        end(state, id, None);
    }
    for (id, passage) in &customer.passages {
        state.inside.went(subject, *id, passage);
        withdraw(&mut state.tasks, &passage.stay.open);
    }
    state.outboxes.forget(subject);
    state.cases.forget(subject);
}
