//! SGIP against the lengths of its tables, arbitrary octets, and itself under virtual time, over both of its connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod layout;
mod round_trip;
mod link;
mod session;
mod inlet;
mod streams;
