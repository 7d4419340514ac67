//! # hand_over
//!
//! The step that hands something over to people: an entry that says what and whose work it is, a line in their list, and what they
//! say of it comes back as `got`. Whoever leaves the step otherwise (its time is over, an exit, a stop) takes the line with them.

use super::{Next, Scene, Walker};
use crate::decide::until;
use crate::entry::{Fact, Open, TaskOpened};
use crate::world::Until;
use std::sync::Arc;

pub(super) fn take(
    scene: &Scene<'_>,
    walker: &Walker,
    queue: &Arc<str>,
    what: &Arc<str>,
    timeout: &Until,
    otherwise: usize,
) -> Next {
    match until::due(scene.world, scene.customer, timeout, scene.now) {
        Ok(due) if due <= scene.now => Next::Go(otherwise),
        Ok(due) => {
            let (queue, what) = (Arc::clone(queue), Arc::clone(what));
            let task = TaskOpened { journey: Arc::clone(&walker.journey.reference), queue, what, due };
            // The task's number is the position of the entry that is made of it.
            let open = Open::Task(scene.state.position);
            Next::RecordAndOpen(Box::new(Fact::TaskOpened(Box::new(task))), due, open)
        }
        Err(missing) => Next::Stuck(missing),
    }
}
