//! PROVE: how a fact becomes a line of the ledger, and a line a fact.
//!
//! A fact is split in two: what its leaf shows to everybody, and the detail, which the caller seals under the
//! customer's key. What the leaf shows is not repeated in the detail. Reading needs both; without the detail (its
//! key was destroyed) a line reads as [`Fact::Redacted`], unless it never had one.

mod change;
mod late;
mod public;
mod case;
mod detail;
mod order;
mod preference;
mod read;
mod values;
mod digest;
mod erase;
mod journey;
mod review;
mod trial;

pub use detail::encode_detail;
pub use public::leaf;
pub use read::{ReadError, public_of, read};

pub(crate) use erase::erase;

#[cfg(doc)]
use crate::entry::Fact;
