//! Carrier protocols: codecs and session state machines. Bytes in, events and bytes out; no sockets, no clock.
//!
//! A session is told what happened (`connected`, `receive`, `tick`) and when (`now`), and answers with bytes to
//! write, events to act on, and the instant at which it wants to be called again. The server owns the sockets; the
//! simulator runs the same sessions under virtual time. Nothing here decides whom to write to, or remembers a
//! message longer than its answer takes.

mod link;
pub mod clock;
mod fixed;
mod concat;
pub mod msg_fmt;
mod inbox;
mod flight;
mod late;
mod backoff;
pub mod smpp;
pub mod cmpp;
pub mod smgp;
pub mod sgip;
pub mod http;

pub use concat::{Concat, Width};
pub use link::{Class, Octets, Payload, Why};
