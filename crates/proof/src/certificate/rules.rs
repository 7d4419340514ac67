//! What the entries of one message may say together, once each is proved to be in the log.
//!
//! Refuses a story in which something happened without what must come before it. Called by the certificate alone.

use super::Error;
use crate::entry::{Kind, Leaf};

/// Checks the leaves of a certificate, given by ascending index.
pub(super) fn check(primary: u64, leaves: &[(u64, Leaf<'_>)]) -> Result<(), Error> {
    let Some((_, first)) = leaves.first() else {
        return Err(story(primary, "at least one entry", "none"));
    };
    let (mut decided, mut claimed) = (false, false);
    let mut before: Option<(u64, i64)> = None;
    for (index, leaf) in leaves {
        same_message(*index, first, leaf)?;
        if let Some((last_index, last_time_ms)) = before {
            if *index <= last_index {
                return Err(story(*index, "a greater index than the entry before", last_index));
            }
            if leaf.time_ms < last_time_ms {
                let found = format!("{} ms earlier", last_time_ms.abs_diff(leaf.time_ms));
                return Err(story(*index, "a time not before that of the entry before", found));
            }
        }
        before = Some((*index, leaf.time_ms));
        match leaf.kind {
            Kind::MessageDecided => decided = true,
            // Whatever was decided before, the gate has taken it back.
            Kind::MessageHeld | Kind::MessageBlocked => (decided, claimed) = (false, false),
            // Another way needs a claim of its own.
            Kind::MessageRerouted => claimed = false,
            Kind::MessageClaimed if !decided => {
                return Err(story(*index, "message_decided before message_claimed (L1)", "none that stands"));
            }
            Kind::MessageClaimed => claimed = true,
            Kind::PartSubmitted | Kind::PartRefused | Kind::PartUnanswered if !claimed => {
                return Err(story(*index, "message_claimed before anything about a part (L1)", leaf.kind));
            }
            _ => {}
        }
    }
    match leaves.iter().find(|(index, _)| *index == primary) {
        Some((_, leaf)) if leaf.kind.decides() => Ok(()),
        Some((_, leaf)) => {
            Err(story(primary, "an entry that decided, held or blocked the message", leaf.kind))
        }
        None => Err(story(primary, "the deciding entry among the entries", "none")),
    }
}

fn same_message(index: u64, first: &Leaf<'_>, leaf: &Leaf<'_>) -> Result<(), Error> {
    match (first.message, leaf.message) {
        (Some(wanted), Some(found)) if wanted == found => Ok(()),
        (Some(_), Some(found)) => {
            Err(story(index, "the same message as the first entry", format!("message {found}")))
        }
        _ => Err(story(index, "an entry about a message", format!("{} about none", leaf.kind))),
    }
}

fn story(index: u64, expected: &'static str, found: impl std::fmt::Display) -> Error {
    Error::Story { index, expected, found: found.to_string() }
}
