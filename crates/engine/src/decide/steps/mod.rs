//! The steps of a journey, one file each. A step turns a customer's place in a journey into a candidate for the
//! gate, or into something to wait for.

mod send;

pub(crate) use send::{template, templates};
