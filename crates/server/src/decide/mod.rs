//! DECIDE over HTTP: broadcasts, launched or only previewed; changes of the configuration; calls for journeys; journeys
//! walked through without anything coming of it; what journeys hand over to people.

pub mod api;
pub(crate) mod changes;
pub mod journeys;
pub mod rehearsal;
pub mod tasks;
