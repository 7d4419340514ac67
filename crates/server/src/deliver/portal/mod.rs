//! Accounts over HTTP: who hands in messages through our own API or a vendor's dialect, what becomes of an order, and how
//! an account asks what became of it. The dialects and the API read and write; what they have in common is here.
//!
//! It answers for a message only when that is durable, and shows an account nothing but its own messages.

mod accounts;
mod desk;
mod lookup;
pub(crate) mod notice;
mod record;

pub(crate) use accounts::Refused;
pub use accounts::{Accounts, Holder};
pub(crate) use desk::{Say, To, Unmade, Wanted, hand_in, order};
pub(crate) use lookup::{Answerable, latest, own, rows_to, tally};
pub(crate) use record::{Fate, Record};
