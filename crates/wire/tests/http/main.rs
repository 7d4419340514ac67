//! HTTP dialects against requests recorded from the vendors' own clients, published vectors, themselves, and arbitrary
//! octets. `recorded/` holds what the official clients sent on loopback with the key `testAK` or the account `AC` and 32
//! zeros, and the secret `testSecret`; `crates/wire/examples/dialects.rs` is a server to record more with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod recording;
mod recorded;
mod traps;
mod negative;
mod laws;
mod twilio_signature;
mod answers;
mod callbacks;
mod clients;
mod webhooks;
mod words;
