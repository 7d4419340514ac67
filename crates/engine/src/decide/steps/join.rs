//! # wait_for_all, wait_for_any
//!
//! The step that waits for several events: all of them, in whatever order, or the first of them. Somebody in a journey is in one
//! place at a time, so there are no branches to come together again; what comes together here is what happens to them. Only
//! events that come while somebody stands there count, each once. `got` is the one that came last.

use super::{Next, Scene};
use crate::decide::until;
use crate::entry::Open;
use crate::world::Until;

pub(super) fn take(scene: &Scene<'_>, timeout: &Until, otherwise: usize) -> Next {
    match until::due(scene.world, scene.customer, timeout, scene.now) {
        Ok(due) if due <= scene.now => Next::Go(otherwise),
        Ok(due) => Next::Open(due, Open::Heard(Vec::new())),
        Err(missing) => Next::Stuck(missing),
    }
}
