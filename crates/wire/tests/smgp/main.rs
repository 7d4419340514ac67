//! SMGP against the lengths of its tables, arbitrary octets, and itself under virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod layout;
mod round_trip;
mod link;
mod binding;
mod sending;
mod receiving;
mod streams;
