//! SMPP against captured PDUs, another implementation, arbitrary octets, and itself under virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod pool;
mod fixtures;
mod round_trip;
mod oracle;
mod streams;
mod link;
mod sending;
mod receiving;
mod binding;
mod version;
mod outbind;
mod serving;
mod strangers;
mod documentation;
