//! # send
//!
//! The step that sends a message: it names a template, and the gate does the rest.

use crate::compose::Template;
use crate::world::{Journey, Step};

/// The text a journey sends: its first `send` step.
pub(crate) fn template(journey: &Journey) -> Option<&Template> {
    journey.steps.iter().map(|Step::Send { template }| &**template).next()
}
