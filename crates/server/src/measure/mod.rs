//! MEASURE for the operator: the status board, its page, the Prometheus metrics.

pub mod status;
pub mod metrics;
pub mod api;
pub mod reports;
pub mod arms;
