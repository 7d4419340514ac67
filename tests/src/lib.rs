//! What the system tests share: the real command, a folder of its own for each test, a running server, a small HTTP
//! client, a carrier that writes down what it is given, and a bank's customers and events as JSON.
//!
//! It knows the product from outside only: its command line, its HTTP, its files, its SMPP. It ends no process that it
//! has not started, and waits for nothing without a limit.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call it: a premise that does not hold ends the test"
)]

pub mod accounts;
pub mod bank;
pub mod bench;
pub mod carrier_sim;
pub mod command;
pub mod esme;
pub mod folder;
pub mod http;
pub mod interop;
pub mod packages;
pub mod search;
pub mod server;
pub mod smsc;
pub mod sp;
pub mod tls;

use std::time::{Duration, Instant};

/// How long anything may take before a test gives it up. Generous: the machine may be busy with something else.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often a wait looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits until something holds.
///
/// # Panics
/// When it does not within [`PATIENCE`].
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    wait_for(what, || holds().then_some(()));
}

/// Waits until there is something, and returns it.
///
/// # Panics
/// When there is nothing within [`PATIENCE`].
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain: {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A small generator for moments and choices: the same seed, the same ones (xorshift64, Marsaglia 2003).
pub fn dice(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
