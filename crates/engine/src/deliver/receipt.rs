//! Receipts: what a carrier reports of a part after it has taken it.
//!
//! A receipt is found by (route, the carrier's id). One that comes before its submit's answer, or after the
//! message's end, is parked: recorded, and matched when the answer comes.

use crate::decide::has_next_leg;
use crate::entry::{Entry, Fact, Outcome, ReceiptState};
use crate::state::{Message, Part, State};
use crate::world::World;
use model::{RemoteId, RouteId, Span, Subject, Timestamp};
use std::sync::Arc;

/// What a carrier reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Over which route it came.
    pub route: RouteId,
    /// The carrier's id of the part.
    pub remote: RemoteId,
    /// What became of it.
    pub state: ReceiptState,
    /// The carrier's error code, if any.
    pub error: Option<Arc<str>>,
}

/// How long a receipt without a message is remembered.
pub(crate) const PARKED_WAIT: Span = Span::hours(72);

/// What a report means: an entry about its message, or a parked receipt; nothing for a repetition of one that is
/// parked already.
pub(crate) fn on_report(world: &World, state: &State, report: &Report, now: Timestamp) -> Option<Entry> {
    let key = (report.route.clone(), report.remote.clone());
    let known = state.remote.get(&key).and_then(|(id, part)| Some((state.messages.get(id)?, *part)));
    let Some((message, part)) = known else {
        if state.parked.get(&key).is_some_and(|parked| parked.state == report.state) {
            return None;
        }
        let (route, remote) = key;
        let fact = Fact::ReceiptParked { route, remote, state: report.state, error: report.error.clone() };
        return Some(Entry { at: now, subject: Subject::INSTITUTION, fact });
    };
    Some(received(world, message, part, report.state, report.error.clone(), now))
}

/// The receipt that was parked for a part which has just been submitted. One that is older than the message is about
/// an earlier part to which the carrier gave the same id.
pub(super) fn parked(
    world: &World,
    state: &State,
    message: &Message,
    part: u8,
    remote: &RemoteId,
    now: Timestamp,
) -> Option<Entry> {
    let route = message.sending.as_ref()?.route.clone();
    let parked = state.parked.get(&(route, remote.clone())).filter(|p| p.position > message.id.0)?;
    Some(received(world, message, part, parked.state, parked.error.clone(), now))
}

fn received(
    world: &World,
    message: &Message,
    part: u8,
    state: ReceiptState,
    error: Option<Arc<str>>,
    now: Timestamp,
) -> Entry {
    let parts = message.sending.as_ref().map_or(&[][..], |s| &s.parts);
    let already = matches!(parts.get(usize::from(part)), Some(Part::Final { .. }));
    let mut arrived = state.is_delivered();
    let mut all_final = state.is_final() && !already;
    for (_, other) in parts.iter().enumerate().filter(|(i, _)| *i != usize::from(part)) {
        match other {
            Part::Final { delivered, .. } => arrived &= delivered,
            _ => all_final = false,
        }
    }
    let outcome = if arrived { Outcome::Delivered } else { Outcome::Undelivered };
    // On a plan with another leg a failure is not the end: the engine takes the next leg.
    let goes_on = !arrived && has_next_leg(world, message);
    let ends = (all_final && !goes_on).then(|| super::ending(message, outcome));
    Entry {
        at: now,
        subject: message.subject,
        fact: Fact::ReceiptReceived { message: message.id, part, state, error, ends },
    }
}
