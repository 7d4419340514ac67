//! Answers to submits: taken, refused, none.
//!
//! An answer that never came leaves a doubt, and the class settles it: codes and alerts are sent again (late is
//! worse than twice), marketing waits for a receipt and then gives up (twice is worse; invariant L6).

use super::receipt;
use crate::decide::has_next_leg;
use crate::entry::{AfterRefusal, AfterSilence, Ending, Entry, Fact, Outcome};
use crate::state::{Message, Part, Phase, State};
use crate::world::World;
use model::{Cost, MessageId, RemoteId, Span, Timestamp};

/// What a carrier's connection has to say about a part that was handed to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The carrier took it.
    Submitted {
        /// Of which message.
        message: MessageId,
        /// Which part.
        part: u8,
        /// The carrier's id for it.
        remote: RemoteId,
    },
    /// The carrier refused it.
    Refused {
        /// Of which message.
        message: MessageId,
        /// Which part.
        part: u8,
        /// The protocol's status code.
        status: u32,
        /// Whether it may be offered again.
        again: Again,
    },
    /// It was handed over and no answer came.
    Unanswered {
        /// Of which message.
        message: MessageId,
        /// Which part.
        part: u8,
    },
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

/// What an answer means. None if the message or part is not waiting for one any more.
pub(crate) fn on_answer(world: &World, state: &State, answer: &Answer, now: Timestamp) -> Vec<Entry> {
    let (Answer::Submitted { message: id, part, .. }
    | Answer::Refused { message: id, part, .. }
    | Answer::Unanswered { message: id, part }) = answer;
    let Some(message) = state.messages.get(id) else { return Vec::new() };
    let Some(was) = message.sending.as_ref().and_then(|s| s.parts.get(usize::from(*part))) else {
        return Vec::new();
    };
    let entry = |fact| Entry { at: now, subject: message.subject, fact };
    match (answer, was) {
        (Answer::Submitted { remote, .. }, part_is) if may_be_taken(message, part_is) => {
            let completes = completes(world, message, *part, now);
            let mut entries = vec![entry(Fact::PartSubmitted {
                message: *id,
                part: *part,
                remote: remote.clone(),
                completes,
            })];
            entries.extend(receipt::parked(world, state, message, *part, remote, now));
            entries
        }
        (Answer::Refused { status, again, .. }, Part::Sent) => {
            let then = match again {
                again if !is_final(message, *again) => AfterRefusal::Requeue,
                // Not its end: the engine takes the next leg, or ends it.
                _ if has_next_leg(world, message) => AfterRefusal::Requeue,
                _ => AfterRefusal::Fail(Ending {
                    refund: given_back(message, Some(*part)),
                    ..ending(message, Outcome::Refused)
                }),
            };
            vec![entry(Fact::PartRefused { message: *id, part: *part, status: *status, then })]
        }
        (Answer::Unanswered { .. }, Part::Sent) => {
            vec![entry(Fact::PartUnanswered { message: *id, part: *part, then: doubt(message, now) })]
        }
        _ => Vec::new(),
    }
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

/// Whether the carrier can be saying that it took a part. One that waits can only have been taken when its submit was
/// once unanswered; after another way was found, what the old one says of it is no answer any more.
fn may_be_taken(message: &Message, part: &Part) -> bool {
    match part {
        Part::Sent | Part::Unanswered => true,
        Part::Waiting => message.sending.as_ref().is_some_and(|sending| sending.in_doubt),
        Part::Submitted(_) | Part::Final { .. } => false,
    }
}

/// Whether a message may be offered to this route again after a refusal.
pub(crate) fn is_final(message: &Message, again: Again) -> bool {
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
    let resend = message.sending.as_ref().is_some_and(|s| s.resend);
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

/// What is given back when a message is stopped or refused: the whole reservation if the carrier surely has no part
/// of it, otherwise nothing. `refused` is a part that the carrier has just refused.
pub(crate) fn given_back(message: &Message, refused: Option<u8>) -> Cost {
    match &message.sending {
        Some(sending) if is_untaken(message, refused) => sending.cost,
        _ => Cost::ZERO,
    }
}

/// Whether the carrier surely has no part of a message.
pub(crate) fn is_untaken(message: &Message, refused: Option<u8>) -> bool {
    let Some(sending) = &message.sending else { return true };
    let is_refused = |place: usize| refused.is_some_and(|part| usize::from(part) == place);
    let was_never_taken = |(place, part): (usize, &Part)| match part {
        Part::Waiting => true,
        Part::Sent => is_refused(place),
        Part::Unanswered | Part::Submitted(_) | Part::Final { .. } => false,
    };
    !sending.in_doubt && sending.parts.iter().enumerate().all(was_never_taken)
}
