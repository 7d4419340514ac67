//! MEASURE: the status board, its page, the Prometheus metrics, reports; and short addresses, which people follow.

pub(crate) mod links;
pub mod status;
pub mod metrics;
pub mod api;
pub mod reports;
pub mod arms;
