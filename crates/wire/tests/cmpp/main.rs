//! CMPP against the vectors of another implementation, arbitrary octets, and itself under virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod link;
mod layout;
mod fixtures;
mod round_trip;
mod login;
mod sending;
mod receiving;
mod serving;
mod keeping_alive;
mod garbage;
mod streams;
