//! # branch
//!
//! The step that divides people by what is known of them: the first condition that is met says where to go. One that has
//! no answer counts as not met, and is reported.

use super::{Next, Scene, Walker};
use crate::decide::triggers;
use crate::world::Condition;

pub(super) fn take(
    scene: &mut Scene<'_>,
    walker: &Walker,
    arms: &[(Condition, usize)],
    otherwise: usize,
) -> Next {
    let facts = walker.facts(scene.customer);
    let reference = &walker.journey.reference;
    let met = arms.iter().find(|(when, _)| triggers::is_met(Some(when), facts, reference, scene.failures));
    Next::Go(met.map_or(otherwise, |(_, to)| *to))
}
