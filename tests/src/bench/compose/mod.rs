//! How right and how fast the reading of messages is: labelled messages from a folder, scores, and the two halves of the
//! programs `eval_compose` and `bench_compose`.
//!
//! The labelled messages are not ours and do not ship; a half whose file is not there is skipped, by name. One file
//! for each half: `classify` is what kind of message it is.

pub mod classify;
pub mod data;
pub mod score;
