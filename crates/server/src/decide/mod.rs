//! DECIDE over HTTP: broadcasts, launched or only previewed.

pub mod api;
pub mod journeys;
