//! # split
//!
//! The step that divides people by chance, for an experiment. The same person always falls to the same arm of the same
//! experiment, whatever journey asks: by a hash of the experiment's name and their number in this ledger, salted with the
//! name of the institution's ledger only through that number, so that two experiments divide independently of each other
//! (Kohavi, Tang, Xu: Trustworthy Online Controlled Experiments, ch. 14: hash-based assignment). What is different where an arm was stopped
//! or weights have moved is `measure::trial`'s.

use super::{Next, Scene, Walker};
use crate::measure::trial;
use crate::world::Split;

pub(super) fn take(scene: &Scene<'_>, walker: &mut Walker, split: &Split, behind: usize) -> Next {
    let Some(arm) = trial::assign(scene.state, &walker.journey.reference, split, scene.customer) else {
        return Next::Go(behind);
    };
    walker.variant = Some(format!("{}.{}", split.experiment, arm.name).into());
    Next::Go(arm.to)
}
