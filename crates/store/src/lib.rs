//! The journal, the key table and the views: durable things, behind traits with one conformance suite each.
//!
//! - [`journal`]: the ledger's entries, in one order, each batch durable before anything acts on it.
//! - [`keys`]: a customer's key, wrapped by the institution's; deleting it erases the person.
//! - [`views`]: tables to ask questions of, derived from the journal and rebuilt from it at will.
//!
//! It refuses to know what an entry means, to read a clock, to retry, and to guess: what it cannot read it reports
//! with file, position, expected and found. The server's workers call it; the simulator calls it over
//! [`disk::SimulatedDisk`]; `app` picks the engines by URI ([`open_journal`], [`open_views`], [`open_keys`]).
//! Everything here blocks; an async caller gives it a thread of its own.

pub mod journal;
pub mod keys;
pub mod views;
pub mod disk;
pub mod wrappers;
pub mod conformance;
mod dice;
mod error;
mod uri;

pub use error::Error;
pub use uri::{OpenedJournal, OpenedKeys, open_journal, open_keys, open_views};
