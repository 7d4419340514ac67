//! # webhook
//!
//! The step that calls a system of the institution and waits for what it answers, which conditions and texts then read as
//! `got`. The entry by which somebody begins to wait authorises the call, so it is made after that entry is durable, and made
//! again after a crash under the same name. The first answer is recorded and counts; any other is dropped.

use super::{Next, Scene, Walker};
use crate::decide::until;
use crate::entry::Open;
use crate::state::Customer;
use crate::world::{StepKind, Until};
use model::{Fields, MessageId};

pub(super) fn take(scene: &Scene<'_>, timeout: &Until) -> Next {
    match until::due(scene.world, scene.customer, timeout, scene.now) {
        // The entry that is made of this is the next.
        Ok(due) => Next::Open(due, Open::Call(scene.state.position)),
        Err(missing) => Next::Stuck(missing),
    }
}

/// What a system is told at the step somebody waits at: its name and the values that are there.
pub(crate) fn told<'a>(walker: &'a Walker, customer: &Customer) -> Option<(&'a str, Fields)> {
    let StepKind::Webhook { hook, with, .. } = &walker.journey.steps.get(walker.at)?.kind else {
        return None;
    };
    let facts = walker.facts(customer);
    let values = with.iter().filter_map(|(name, from)| Some((name.clone(), from.of(&facts)?.clone())));
    Some((hook, values.collect()))
}

/// The name under which a call is made, and made again: by which a system knows a repetition.
pub(crate) fn name(at: u64) -> String {
    format!("call{}", MessageId(at))
}
