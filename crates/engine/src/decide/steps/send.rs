//! # send
//!
//! The step that sends a message: it names a template, and the gate does the rest.

use crate::compose::Template;
use crate::world::{Journey, Step};
use std::sync::Arc;

/// The texts a journey sends, in the order of its `send` steps: each is a message of its own.
pub(crate) fn templates(journey: &Journey) -> impl Iterator<Item = &Arc<Template>> {
    journey.steps.iter().map(|Step::Send { template }| template)
}

/// The text of a broadcast, which has one step.
pub(crate) fn template(journey: &Journey) -> Option<&Arc<Template>> {
    templates(journey).next()
}
