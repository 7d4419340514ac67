//! What the measuring programs share: starting the product and the carrier in processes of their own, calling the
//! product over HTTP, reading the machine's counters, and ending with one line of figures.
//!
//! It asserts nothing and measures nothing itself. Called by the binaries of this package, which `cargo xtask bench` and
//! `cargo xtask interop` start.

pub mod carrier;
pub mod compose;
pub mod engine;
pub mod esme;
pub mod figures;
pub mod gateway;
pub mod http;
pub mod machine;
pub mod peers;
pub mod process;
pub mod smsc;
pub mod replay;

/// Why a measuring program broke off.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
