//! Ways through journeys: begun, gone on, ended; and what journeys note about people.

use crate::entry::{Entered, MarketEvent, Moved, Open, TaskOpened};
use crate::state::{Market, Passage, State, Task};
use model::{Fields, Subject, Timestamp, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many of the things that somebody has entered journeys for are remembered.
const ENTERED_MAX: usize = 1_024;
/// How many tags somebody may have.
pub(crate) const TAGS_MAX: usize = 256;

/// How many market events that are over are remembered, to recognise a repetition.
const MARKETS_MAX: usize = 1_000;

pub(super) fn begin_market(state: &mut State, at: Timestamp, happened: &MarketEvent) {
    let over = state.markets.iter().filter(|(_, market)| market.ended).map(|(id, _)| *id);
    let over: Vec<u64> = over.collect();
    for id in over.iter().take((over.len() + 1).saturating_sub(MARKETS_MAX)) {
        state.markets.remove(id);
    }
    let happened = Box::new(happened.clone());
    let market = Market { happened, at, reached: Subject(0), met: 0, ended: false };
    state.markets.insert(state.position, market);
}

pub(super) fn enter(state: &mut State, subject: Subject, at: Timestamp, entered: &Entered) {
    let id = state.position;
    let Some(customer) = state.customers.get_mut(&subject) else { return };
    if let Some(key) = entered.key {
        customer.entered.insert(key, at);
        if customer.entered.len() > ENTERED_MAX
            && let Some(oldest) =
                customer.entered.iter().min_by_key(|(key, at)| (**at, **key)).map(|(k, _)| *k)
        {
            customer.entered.remove(&oldest);
        }
    }
    let Some(stay) = &entered.stay else { return };
    let passage = Passage::begin(entered, stay, at);
    state.inside.came(subject, id, &passage);
    customer.passages.insert(id, passage);
}

pub(super) fn go_on(state: &mut State, subject: Subject, moved: &Moved) {
    let Some(customer) = state.customers.get_mut(&subject) else { return };
    let Some(passage) = customer.passages.get_mut(&moved.passage) else { return };
    state.inside.went(subject, moved.passage, passage);
    if passage.stay.open != moved.stay.open {
        withdraw(&mut state.tasks, &passage.stay.open);
    }
    passage.journey = Arc::clone(&moved.journey);
    passage.stay = moved.stay.clone();
    state.inside.came(subject, moved.passage, passage);
}

pub(super) fn leave(state: &mut State, subject: Subject, id: u64) {
    let Some(customer) = state.customers.get_mut(&subject) else { return };
    if let Some(passage) = customer.passages.remove(&id) {
        state.inside.went(subject, id, &passage);
        withdraw(&mut state.tasks, &passage.stay.open);
    }
}

/// Whoever has gone on waits for no people any more.
pub(super) fn withdraw(tasks: &mut BTreeMap<u64, Task>, open: &Open) {
    if let Open::Task(at) = open {
        tasks.remove(at);
    }
}

pub(super) fn open_task(state: &mut State, subject: Subject, at: Timestamp, opened: &TaskOpened) {
    if state.customers.contains_key(&subject) {
        let task = Task { subject, opened: opened.clone(), since: at };
        state.tasks.insert(state.position, task);
    }
}

pub(super) fn tag(tags: &mut Fields, values: &[(Arc<str>, Option<Value>)]) {
    for (name, value) in values {
        match value {
            Some(value) if tags.len() < TAGS_MAX || tags.contains_key(name) => {
                tags.insert(Arc::clone(name), value.clone());
            }
            Some(_) => {}
            None => {
                tags.remove(name);
            }
        }
    }
}
