//! Commit, then act: one ledger's engine bound to its journal and its keys. Synchronous and single-owner.
//!
//! [`Node::step`] is the loop's heartbeat: inputs are decided, their entries are sealed and appended in one durable
//! group commit, and only then are replies and actions handed out. [`Follower`] walks the same journal behind it and
//! grows what is derived: the Merkle tree with its tiles and signed checkpoints, and the views. [`inquiry`] answers
//! questions from the journal: why, certificate, opened details.
//!
//! It is a crate of its own because the server and the simulator must run the very same lines here: the simulator
//! gives a faulty disk and a virtual clock, the server real ones. It opens no socket and reads no clock; time and
//! entropy are arguments.

mod error;
mod keyring;
mod commit;
mod replay;
mod follow;
pub mod inquiry;
pub mod link;

pub use commit::{Committed, Entropy, Node, Remembered};
pub use error::Error;
pub use follow::{Figures, Follower, Latency, Publication, RouteFigures, TileStore, phase_name, stage};
pub use replay::{Replayed, replay};
