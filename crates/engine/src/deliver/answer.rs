//! Answers to submits: taken, refused, none.
//!
//! An answer that never came leaves a doubt, and the class settles it: codes and alerts are sent again (late is
//! worse than twice), marketing waits for a receipt and then gives up (twice is worse; invariant L6).
//!
//! An answer is believed of the way by which the message goes now. What another way says, or what is said after the end,
//! is recorded as late and changes nothing.

use super::receipt;
use crate::decide::has_next_leg;
use crate::entry::{AfterRefusal, AfterSilence, Ending, Entry, Fact, Late, Outcome};
use crate::state::{Message, Part, Phase, Sending, State};
use crate::world::World;
use model::{Cost, MessageId, RemoteId, RouteId, Span, Subject, Timestamp};
use std::sync::Arc;

/// What a carrier's connection has to say about a part that was handed to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The carrier took it.
    Submitted {
        /// Over which route.
        route: RouteId,
        /// Of which message.
        message: MessageId,
        /// Which part.
        part: u8,
        /// The carrier's id for it.
        remote: RemoteId,
    },
    /// The carrier refused it.
    Refused {
        /// Over which route.
        route: RouteId,
        /// Of which message.
        message: MessageId,
        /// Which part.
        part: u8,
        /// The protocol's status code.
        status: u32,
        /// The carrier's own word for it, where it has words and no numbers.
        word: Option<Arc<str>>,
        /// Whether it may be offered again.
        again: Again,
    },
    /// It was handed over and no answer came.
    Unanswered {
        /// Over which route.
        route: RouteId,
        /// Of which message.
        message: MessageId,
        /// Which part.
        part: u8,
    },
}

impl Answer {
    /// Over which route it was said.
    pub fn route(&self) -> &RouteId {
        let (Self::Submitted { route, .. } | Self::Refused { route, .. } | Self::Unanswered { route, .. }) =
            self;
        route
    }

    /// Of which message, and of which of its parts.
    pub fn part(&self) -> (MessageId, u8) {
        let (Self::Submitted { message, part, .. }
        | Self::Refused { message, part, .. }
        | Self::Unanswered { message, part, .. }) = self;
        (*message, *part)
    }
}

/// Whether a refused part may be offered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The carrier is busy, or the part never left: as long as the message is worth sending.
    WhileValid,
    /// A fault that may pass: a few times.
    AFewTimes,
    /// Not over this route; over another, or by the next leg of its plan, if there is one.
    Elsewhere,
    /// Never.
    No,
}

/// How often a part is offered again after a fault that may pass.
const ATTEMPTS_MAX: u8 = 5;

/// How long after the last doubt a receipt is waited for before a message is given up as uncertain.
const DOUBT_WAIT: Span = Span::hours(72);

/// What an answer means. Nothing if the message or part is not waiting for one any more.
pub(crate) fn on_answer(world: &World, state: &State, answer: &Answer, now: Timestamp) -> Vec<Entry> {
    let (id, part) = answer.part();
    let Some(message) = state.messages.get(&id) else {
        return late_for(state, Subject::INSTITUTION, answer, now).into_iter().collect();
    };
    let Some(sending) = message.sending.as_ref().filter(|sending| sending.route == *answer.route()) else {
        return late(message.subject, answer, now).into_iter().collect();
    };
    let Some(was) = sending.parts.get(usize::from(part)) else { return Vec::new() };
    let entry = |fact| Entry { at: now, subject: message.subject, fact };
    match (answer, was) {
        (Answer::Submitted { remote, .. }, was) if may_be_taken(sending, part, was) => {
            let completes = completes(world, message, part, now);
            let remote_id = remote.clone();
            let mut entries =
                vec![entry(Fact::PartSubmitted { message: id, part, remote: remote_id, completes })];
            entries.extend(receipt::parked(world, state, message, part, remote, now));
            entries
        }
        (Answer::Refused { status, word, again, .. }, Part::Sent) => {
            let then = after_refusal(world, message, sending, part, *again);
            let (status, word) = (*status, word.clone());
            vec![entry(Fact::PartRefused { message: id, part, status, word, then })]
        }
        (Answer::Unanswered { .. }, Part::Sent) => {
            vec![entry(Fact::PartUnanswered { message: id, part, then: doubt(message, now) })]
        }
        _ => Vec::new(),
    }
}

fn after_refusal(
    world: &World,
    message: &Message,
    sending: &Sending,
    part: u8,
    again: Again,
) -> AfterRefusal {
    // What is left of a message that has failed is not worth its price.
    if !is_final(message, again) && !sending.has_failed() {
        return AfterRefusal::Requeue;
    }
    let mut others = sending.parts.iter().enumerate().filter(|(place, _)| *place != usize::from(part));
    // On a plan with another leg it is not the end: the engine takes that leg, or ends it.
    if others.any(|(_, other)| *other == Part::Sent) || has_next_leg(world, message) {
        return AfterRefusal::Await;
    }
    let refund = given_back(message, Some(part));
    AfterRefusal::Fail(Ending { refund, ..ending(message, Outcome::Refused) })
}

/// What is said of a message by a way that it does not go any more: recorded, and not believed.
fn late(subject: Subject, answer: &Answer, now: Timestamp) -> Option<Entry> {
    let said = match answer {
        Answer::Submitted { remote, .. } => Late::Taken(remote.clone()),
        Answer::Refused { status, word, .. } => Late::Refused { status: *status, word: word.clone() },
        Answer::Unanswered { .. } => return None,
    };
    let (message, part) = answer.part();
    let fact = Fact::AnswerLate { message, part, route: answer.route().clone(), said };
    Some(Entry { at: now, subject, fact })
}

/// What is said of a message that has ended. That a carrier has it all the same is worth knowing; whose it was is not
/// remembered, and nothing of them is in the entry.
fn late_for(state: &State, subject: Subject, answer: &Answer, now: Timestamp) -> Option<Entry> {
    let (MessageId(id), _) = answer.part();
    let taken = matches!(answer, Answer::Submitted { .. });
    (taken && id < state.position).then(|| late(subject, answer, now)).flatten()
}

/// Whether a part of a message was refused for good, and no answer is due about the others.
pub(crate) fn has_failed(message: &Message) -> bool {
    let sending = message.sending.as_ref();
    sending.is_some_and(|sending| sending.has_failed() && !sending.parts.contains(&Part::Sent))
}

/// How a message ends that has failed: what the carrier surely does not have is given back.
pub(crate) fn failed(message: &Message) -> Fact {
    let ending = Ending { refund: given_back(message, None), ..ending(message, Outcome::Refused) };
    Fact::MessageEnded { message: message.id, ending }
}

/// After a start: every part that was handed over without an answer is in doubt.
pub(crate) fn recover(state: &State, now: Timestamp) -> Vec<Entry> {
    let mut claimed: Vec<&Message> =
        state.messages.values().map(|m| &**m).filter(|m| m.phase == Phase::Claimed).collect();
    claimed.sort_by_key(|m| m.id);
    let mut entries = Vec::new();
    for message in claimed {
        let parts = message.sending.iter().flat_map(|s| s.parts.iter().enumerate());
        for (part, _) in parts.filter(|(_, p)| **p == Part::Sent) {
            let fact =
                Fact::PartUnanswered { message: message.id, part: part as u8, then: doubt(message, now) };
            entries.push(Entry { at: now, subject: message.subject, fact });
        }
    }
    entries
}

/// Whether the carrier can be saying that it took a part. One that waits, or was refused, can only have been taken when a
/// submit of it was once unanswered.
fn may_be_taken(sending: &Sending, part: u8, was: &Part) -> bool {
    match was {
        Part::Sent | Part::Unanswered => true,
        Part::Waiting | Part::Refused => sending.is_doubted(usize::from(part)),
        Part::Submitted(_) | Part::Final { .. } => false,
    }
}

/// Whether a message may be offered to this route again after a refusal.
fn is_final(message: &Message, again: Again) -> bool {
    match again {
        Again::WhileValid => false,
        Again::AFewTimes | Again::Elsewhere => attempts(message) >= ATTEMPTS_MAX,
        Again::No => true,
    }
}

fn attempts(message: &Message) -> u8 {
    message.sending.as_ref().map_or(0, |s| s.attempt)
}

fn doubt(message: &Message, now: Timestamp) -> AfterSilence {
    let sending = message.sending.as_ref();
    if sending.is_some_and(Sending::has_failed) {
        // It has failed already: nothing can come of waiting.
        return AfterSilence::Wait { until: now };
    }
    let resend = sending.is_some_and(|s| s.resend);
    if resend && now < message.expires && attempts(message) < ATTEMPTS_MAX {
        AfterSilence::Resend
    } else {
        // On a plan doubt waits no longer for a receipt than certainty does.
        let wait = message.way.as_ref().and_then(|way| way.wait).unwrap_or(DOUBT_WAIT);
        AfterSilence::Wait { until: now.after(wait) }
    }
}

/// Until when receipts are waited for, if this part is the last that the carrier did not have.
fn completes(world: &World, message: &Message, part: u8, now: Timestamp) -> Option<Timestamp> {
    let sending = message.sending.as_ref()?;
    let others_done = sending
        .parts
        .iter()
        .enumerate()
        .all(|(i, p)| i == usize::from(part) || matches!(p, Part::Submitted(_) | Part::Final { .. }));
    if let Some(wait) = message.way.as_ref().and_then(|way| way.wait) {
        return others_done.then(|| now.after(wait));
    }
    let wait = world.routes.get(&sending.route).map_or(DOUBT_WAIT, |r| r.receipt_wait);
    others_done.then(|| now.after(wait))
}

/// How a message ends that was sent, or may have been: nothing is given back.
pub(crate) fn ending(message: &Message, outcome: Outcome) -> Ending {
    Ending { outcome, class: message.class, journey: message.journey.clone(), refund: Cost::ZERO }
}

/// What is given back when a message is stopped or refused: what was reserved for the parts that the carrier surely does
/// not have. `refused` is a part that the carrier has just refused.
pub(crate) fn given_back(message: &Message, refused: Option<u8>) -> Cost {
    let Some(sending) = &message.sending else { return Cost::ZERO };
    let parts = sending.parts.len();
    let untaken = (0..parts).filter(|place| surely_lacks(sending, *place, refused)).count();
    match (i64::try_from(untaken), i64::try_from(parts)) {
        // Every part costs the same; the whole reservation without a division, whatever was reserved by older rules.
        (Ok(untaken), Ok(parts)) if untaken < parts => {
            Cost { millifen: sending.cost.millifen / parts.max(1) * untaken }
        }
        _ => sending.cost,
    }
}

/// Whether the carrier surely has no part of a message.
pub(crate) fn is_untaken(message: &Message, refused: Option<u8>) -> bool {
    let Some(sending) = &message.sending else { return true };
    (0..sending.parts.len()).all(|place| surely_lacks(sending, place, refused))
}

/// Whether the carrier surely does not have a part.
fn surely_lacks(sending: &Sending, place: usize, refused: Option<u8>) -> bool {
    let was_never_taken = match sending.parts.get(place) {
        Some(Part::Waiting | Part::Refused) | None => true,
        Some(Part::Sent) => refused.is_some_and(|part| usize::from(part) == place),
        Some(Part::Unanswered | Part::Submitted(_) | Part::Final { .. }) => false,
    };
    was_never_taken && !sending.is_doubted(place)
}
