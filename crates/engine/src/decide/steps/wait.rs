//! # wait
//!
//! The step that lets time pass: so long, until the customer's clock shows a time, or until a day that is one of their
//! attributes. What has passed already is not waited for. Somebody of whom the day is not known is stuck there, visibly,
//! until it is.

use super::{Next, Scene};
use crate::decide::until;
use crate::world::Until;

pub(super) fn take(scene: &Scene<'_>, until: &Until, behind: usize) -> Next {
    match until::due(scene.world, scene.customer, until, scene.now) {
        Ok(due) if due <= scene.now => Next::Go(behind),
        Ok(due) => Next::Wait(due),
        Err(missing) => Next::Stuck(missing),
    }
}
