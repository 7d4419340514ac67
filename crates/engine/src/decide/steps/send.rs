//! # send
//!
//! The step that sends a message: it names a template, and the gate does the rest. Whoever is in the control group of an
//! experiment goes through the gate too, which stops the message there and says so: so both groups are counted by the
//! same rules.

use super::{Next, Scene, Walker};
use crate::compose::Template;
use crate::decide::{Candidate, judge, plan};
use crate::world::Journey;
use std::sync::Arc;

pub(super) fn take(scene: &Scene<'_>, walker: &Walker, template: &Template, behind: usize) -> Next {
    let event = walker.speaks_of(template);
    let candidate = Candidate {
        event: event.as_ref(),
        variant: walker.variant.as_deref(),
        ..Candidate::new(scene.world, scene.state, scene.customer, &walker.journey, template, scene.now)
    };
    Next::Record(Box::new(plan::judge_by_plan(&candidate, judge)), behind)
}

/// The texts a journey sends or asks by, in the order of its steps: each is a message of its own.
pub(crate) fn templates(journey: &Journey) -> impl Iterator<Item = &Arc<Template>> {
    journey.steps.iter().flat_map(|step| step.kind.texts())
}

/// The text of a broadcast, which has one step.
pub(crate) fn template(journey: &Journey) -> Option<&Arc<Template>> {
    templates(journey).next()
}
