//! DECIDE over HTTP: broadcasts, launched or only previewed; changes of the configuration.

pub mod api;
pub(crate) mod changes;
pub mod journeys;
