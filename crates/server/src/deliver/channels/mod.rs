//! The channels, one file each: how a message that may go reaches a carrier of that kind.

pub mod smpp;
