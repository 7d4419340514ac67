//! PERCEIVE over HTTP: customers and events as the institution's systems report them.

pub mod api;
pub mod read;
