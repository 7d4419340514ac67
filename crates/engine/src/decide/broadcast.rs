//! Broadcasts: one message to everyone who meets a condition, decided customer by customer.
//!
//! A launch is one entry. The audience is walked in the order of subject numbers, a little at a time, and never
//! far ahead of what the carriers take, so that a decision is fresh when it is acted upon and a code or a fraud
//! alert never waits behind the bulk. One that names a time to be spread over goes no faster than that time passes. After
//! a restart the walk goes on behind the last customer decided about.

use super::rules::approval;
use super::{Candidate, ConditionFailure, judge};
use super::{plan, steps};
use crate::changes::lacking;
use crate::entry::How;
use crate::entry::{Entry, Fact};
use crate::state::{Broadcast, Flow, Standing, State};
use crate::world::{Facts, Journey, Mistake, Touch, Trigger, World, broadcast_from_text};
use model::{Cost, Span, Subject, Timestamp};
use proof::Hash;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Nobody approved this very file.
    #[error(
        "no approved broadcast has the hash {0}: propose the file as broadcasts/NAME.toml and have it approved and published"
    )]
    NotApproved(Hash),
    /// It was approved by too few for the people it goes to or the money it takes.
    #[error("{file} was approved in change {change}, but as things are now it lacks approvals: {}", .lacks.join("; "))]
    TooFew {
        /// Which file.
        file: Arc<str>,
        /// By which change it is in force.
        change: u64,
        /// What is lacking.
        lacks: Vec<String>,
    },
    /// Approvals are asked for, and nobody has counted whom it goes to.
    #[error("expected a launch that has counted its audience: approvals are asked for")]
    Uncounted,
}

/// Whom a broadcast goes to and what it takes, counted just before its launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// How many people meet its condition.
    pub people: u64,
    /// What its messages cost.
    pub cost: Cost,
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
    reach: Option<Reach>,
    now: Timestamp,
) -> Result<Entry, BroadcastError> {
    let journey = broadcast_from_text(world, FILE, source).map_err(BroadcastError::Mistakes)?;
    if state.broadcasts.contains_key(&journey.reference) {
        return Err(BroadcastError::Again(journey.reference));
    }
    approved(world, state, &journey, Hash::of(source.as_bytes()), reach)?;
    let up_to = Subject(state.next_subject.saturating_sub(1));
    let fact = Fact::BroadcastLaunched { source: source.into(), reference: journey.reference, up_to };
    Ok(Entry { at: now, subject: Subject::INSTITUTION, fact })
}

/// Whether a broadcast may be launched: this very file is in force, and enough people approved it for what it comes to now.
fn approved(
    world: &World,
    state: &State,
    journey: &Journey,
    hash: Hash,
    reach: Option<Reach>,
) -> Result<(), BroadcastError> {
    let Some(policy) = world.approvals.as_ref().filter(|_| state.approvals.is_asked_for()) else {
        return Ok(());
    };
    let found = approval::approved_broadcast(&state.approvals, hash);
    let (file, number) = found.ok_or(BroadcastError::NotApproved(hash))?;
    let reach = reach.ok_or(BroadcastError::Uncounted)?;
    let Some(change) = state.approvals.changes().get(&number) else {
        return Err(BroadcastError::NotApproved(hash));
    };
    let Standing::Published { at, how: How::Approved, .. } = &change.standing else {
        // An emergency has said so loudly.
        return Ok(());
    };
    let touch = Touch {
        paths: vec![Arc::clone(file)],
        classes: [journey.class].into(),
        people: reach.people,
        cost: reach.cost.max(journey.budget.unwrap_or(Cost::ZERO)),
    };
    match lacking(change, &policy.needs(&touch), *at) {
        Some(lacks) => Err(BroadcastError::TooFew { file: Arc::clone(file), change: number, lacks }),
        None => Ok(()),
    }
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
        if !has_room_ahead(state, &journey) {
            continue;
        }
        let cursor = cursors.running.get_mut(reference)?;
        let up_to = reach(broadcast, journey.over, now);
        let Trigger::Broadcast { audience } = &journey.trigger else { continue };
        for (subject, customer) in state.customers.range(cursor.next..=up_to.max(cursor.next)) {
            if *subject > up_to {
                break;
            }
            if *looks == 0 {
                return None;
            }
            *looks -= 1;
            cursor.next = Subject(subject.0 + 1);
            match audience.as_ref().map_or(Ok(true), |c| c.met(Facts::of(customer))) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => {
                    failures.push(ConditionFailure { journey: Arc::clone(reference), error });
                    continue;
                }
            }
            let template = steps::template(&journey)?;
            let candidate = Candidate::new(world, state, customer, &journey, template, now);
            return Some(Entry { at: now, subject: *subject, fact: plan::judge_by_plan(&candidate, judge) });
        }
        if up_to < broadcast.up_to {
            cursor.next = cursor.next.max(Subject(up_to.0 + 1));
            continue;
        }
        return Some(ended(reference, broadcast, now));
    }
    None
}

/// The last customer that a broadcast may have come to by now: all of them, or as many as of its time has passed.
fn reach(broadcast: &Broadcast, over: Option<Span>, now: Timestamp) -> Subject {
    let passed = now.since(broadcast.at).0.max(0);
    match over {
        Some(over) if passed < over.0 => {
            let share = u128::from(broadcast.up_to.0) * passed as u128 / over.0 as u128;
            Subject(u64::try_from(share).unwrap_or(u64::MAX).min(broadcast.up_to.0))
        }
        _ => broadcast.up_to,
    }
}

/// When a broadcast that is spread over a time may go on, if only time is in its way.
pub(crate) fn next_advance(state: &State, cursors: &Cursors) -> Option<Timestamp> {
    let running = state.broadcasts.iter().filter(|(_, broadcast)| !broadcast.ended);
    let dues = running.filter_map(|(reference, broadcast)| {
        let cursor = cursors.running.get(reference)?;
        let over = cursor.journey.over.filter(|_| has_room_ahead(state, &cursor.journey))?;
        let share = u128::from(cursor.next.0.min(broadcast.up_to.0)) * over.0 as u128;
        let passed = share.div_ceil(u128::from(broadcast.up_to.0.max(1)));
        Some(broadcast.at.after(Span(i64::try_from(passed).unwrap_or(over.0))))
    });
    dues.min()
}

/// How many messages of a broadcast may wait for carriers before it stops deciding ahead.
const AHEAD_MAX: usize = 2_000;

/// Whether a broadcast may decide further ahead of what its carriers take. It is measured by its own messages alone: one
/// that stands still holds up no other, and neither does what others have waiting.
pub(crate) fn has_room_ahead(state: &State, journey: &Journey) -> bool {
    let flow = Flow { journey: Arc::clone(&journey.reference), class: journey.class };
    let lanes = state.queues.iter().flat_map(|(_, lanes)| lanes);
    lanes.filter_map(|lane| lane.get(&flow)).map(BTreeSet::len).sum::<usize>() < AHEAD_MAX
}

fn ended(reference: &Arc<str>, broadcast: &Broadcast, now: Timestamp) -> Entry {
    let fact = Fact::BroadcastEnded { reference: Arc::clone(reference), audience: broadcast.audience };
    Entry { at: now, subject: Subject::INSTITUTION, fact }
}
