//! Journals around journals: behaviour that every engine can be given, and the one that fails on purpose.

mod counting;
mod faulty;

pub use counting::{Clock, Counting, Counts, Tally};
pub use faulty::Faulty;
