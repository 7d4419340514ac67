//! The only async crate: HTTP, sockets, timers, workers.
//!
//! One thread owns the node and does nothing but its heartbeat; one thread follows the journal; everything else is
//! tasks that talk to them over bounded channels. No globals: two servers can run in one process. Sockets, the
//! stop signal and the stores are handed in by `app`.

pub mod core;
pub mod follow;
pub mod tiles;
pub mod configuration;
pub mod http;
pub mod perceive;
pub mod decide;
pub mod compose;
pub mod converse;
pub mod deliver;
pub mod measure;
pub mod prove;
mod census;
mod clock;
#[cfg(test)]
mod tls_fixture;
mod service;

pub use clock::now;
pub use service::{Error as ServiceError, Options, Running, start};
