//! What every engine must do, as tests that each engine runs: one macro per trait.
//!
//! This is test code that other crates' tests reuse, so it lives in the library and panics where a promise is broken.
//! Nothing in the product calls it. An engine's test file says
//! `store::journal_conformance!(MyHarness::new);` where the harness implements [`journal::Harness`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod journal;
pub mod views;
