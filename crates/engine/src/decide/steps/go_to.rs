//! # go_to
//!
//! The step that sends people elsewhere, mostly back: so many times at most for each of them, then on behind it. So no
//! journey goes round for ever.

use super::{Next, Walker};
use std::sync::Arc;

pub(super) fn take(walker: &mut Walker, step: &Arc<str>, to: usize, at_most: u16, behind: usize) -> Next {
    match walker.jumps.iter_mut().find(|(name, _)| name == step) {
        Some((_, count)) if *count >= at_most => return Next::Go(behind),
        Some((_, count)) => *count += 1,
        None => walker.jumps.push((Arc::clone(step), 1)),
    }
    Next::Go(to)
}
