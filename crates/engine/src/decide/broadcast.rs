//! Broadcasts: one message to everyone who meets a condition, decided customer by customer.
//!
//! A launch is one entry. The audience is walked in the order of subject numbers, a little at a time, and never
//! far ahead of what the carriers take, so that a decision is fresh when it is acted upon and a code or a fraud
//! alert never waits behind the bulk. After a restart the walk goes on behind the last customer decided about.

use super::{Candidate, ConditionFailure, judge};
use super::{rules, steps};
use crate::entry::{Entry, Fact};
use crate::state::{Broadcast, State};
use crate::world::{Journey, Mistake, Trigger, World, broadcast_from_text};
use model::{Subject, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why a broadcast cannot be launched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BroadcastError {
    /// Its file has mistakes.
    #[error("the broadcast has {} mistakes: {}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mistakes(Vec<Mistake>),
    /// The same file was launched before.
    #[error("broadcast {0} was launched before; change its id to send it again")]
    Again(Arc<str>),
}

/// Where each broadcast's walk stands. Not part of the state: a restart begins behind the last decision.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    running: BTreeMap<Arc<str>, Cursor>,
}

#[derive(Debug)]
struct Cursor {
    journey: Arc<Journey>,
    next: Subject,
}

/// The file name that mistakes of a broadcast carry.
pub(crate) const FILE: &str = "broadcast";

/// The entry that launches a broadcast.
pub(crate) fn launch(
    world: &World,
    state: &State,
    source: &str,
    now: Timestamp,
) -> Result<Entry, BroadcastError> {
    let journey = broadcast_from_text(world, FILE, source).map_err(BroadcastError::Mistakes)?;
    if state.broadcasts.contains_key(&journey.reference) {
        return Err(BroadcastError::Again(journey.reference));
    }
    let up_to = Subject(state.next_subject.saturating_sub(1));
    let fact = Fact::BroadcastLaunched { source: source.into(), reference: journey.reference, up_to };
    Ok(Entry { at: now, subject: Subject::INSTITUTION, fact })
}

impl Cursors {
    /// The compiled broadcast of a reference; compiles it if it is not yet.
    pub(crate) fn journey(&mut self, world: &World, state: &State, reference: &str) -> Option<Arc<Journey>> {
        if !self.running.contains_key(reference) {
            let (key, broadcast) = state.broadcasts.get_key_value(reference)?;
            let journey = Arc::new(broadcast_from_text(world, FILE, &broadcast.source).ok()?);
            self.running.insert(Arc::clone(key), Cursor { journey, next: after(broadcast) });
        }
        self.running.get(reference).map(|cursor| Arc::clone(&cursor.journey))
    }
}

fn after(broadcast: &Broadcast) -> Subject {
    Subject(broadcast.reached.0 + 1)
}

/// The next entry of any running broadcast, looking at no more than `looks` customers; `None` if there is nothing
/// more to do just now. `looks` is counted down.
pub(crate) fn advance(
    world: &World,
    state: &State,
    cursors: &mut Cursors,
    looks: &mut usize,
    failures: &mut Vec<ConditionFailure>,
    now: Timestamp,
) -> Option<Entry> {
    for (reference, broadcast) in state.broadcasts.iter().filter(|(_, b)| !b.ended) {
        let Some(journey) = cursors.journey(world, state, reference) else {
            // The world that could read it is gone: it ends, visibly, where it stands.
            return Some(ended(reference, broadcast, now));
        };
        if !room_ahead(world, state, &journey) {
            continue;
        }
        let cursor = cursors.running.get_mut(reference)?;
        let Trigger::Broadcast { audience } = &journey.trigger else { continue };
        for (subject, customer) in state.customers.range(cursor.next..=broadcast.up_to.max(cursor.next)) {
            if *subject > broadcast.up_to {
                break;
            }
            if *looks == 0 {
                return None;
            }
            *looks -= 1;
            cursor.next = Subject(subject.0 + 1);
            match audience.as_ref().map_or(Ok(true), |c| c.met(&customer.profile.attributes, None)) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => {
                    failures.push(ConditionFailure { journey: Arc::clone(reference), error });
                    continue;
                }
            }
            let template = steps::template(&journey)?;
            let candidate = Candidate::new(world, state, customer, &journey, template, now);
            return Some(Entry { at: now, subject: *subject, fact: judge(&candidate) });
        }
        return Some(ended(reference, broadcast, now));
    }
    None
}

/// How many messages may wait for a route before a broadcast stops deciding ahead.
const AHEAD_MAX: usize = 2_000;

/// Whether a broadcast may decide further ahead of what its carrier takes. One that stands still holds up no other.
fn room_ahead(world: &World, state: &State, journey: &Journey) -> bool {
    rules::route::for_class(world, journey.class)
        .is_none_or(|route| state.queues.waiting(&route.id) < AHEAD_MAX)
}

fn ended(reference: &Arc<str>, broadcast: &Broadcast, now: Timestamp) -> Entry {
    let fact = Fact::BroadcastEnded { reference: Arc::clone(reference), audience: broadcast.audience };
    Entry { at: now, subject: Subject::INSTITUTION, fact }
}
