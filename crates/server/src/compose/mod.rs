//! Reading texts for whoever asks: what kind of message something is.
//!
//! It decides about no message of ours; that is the engine's. The router in `http` and the command line call it.

pub mod classify;
pub mod reviews;
