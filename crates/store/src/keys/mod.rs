//! Customers' keys: each sealed part of the ledger is encrypted under its subject's key, which lies here, wrapped.
//!
//! - [`KeyProvider`] holds the institution's key-encryption keys (KEKs): [`FileKeyProvider`] in files, later a hardware
//!   module behind the same trait; [`MemoryKeyProvider`] for the simulator.
//! - [`KeyTable`] holds one wrapped key per subject in one file, written before a key is first used, and truly
//!   deletes: erasing a key makes everything sealed under it unreadable for ever, while proofs stay valid.
//!
//! It refuses to give out a KEK, to overwrite a key with another, and to forget that a key was erased. The node calls it: it
//! creates keys before it decides about new customers and erases them when a customer has that right (PIPL art. 47).

mod ring;
mod file;
mod memory;
mod slot;
mod cache;
mod table;

pub use file::FileKeyProvider;
pub use memory::MemoryKeyProvider;
pub use ring::keyed_hash;
pub use slot::{SlotState, WRAPPED_BYTES_MAX};
pub use table::{KeyReader, KeyTable, Rewrapped, SUBJECT_MAX};

use crate::Error;
use std::fmt;

/// The number of a key-encryption key: from 1, each rotation adds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KekId(pub u32);

impl fmt::Display for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A key encrypted under a KEK. What the bytes mean is the provider's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The KEK it opens under.
    pub kek: KekId,
    /// At most [`WRAPPED_BYTES_MAX`].
    pub bytes: Vec<u8>,
}

/// Who holds the key-encryption keys.
pub trait KeyProvider: Send + Sync {
    /// The KEK that wraps from now on.
    fn current(&self) -> KekId;

    /// Encrypts a key under the current KEK; `aad` must be presented again to open it.
    ///
    /// # Errors
    /// [`Error::Randomness`], [`Error::Unwrap`] when the cipher refuses.
    fn wrap(&self, aad: &[u8], key: &[u8; 32]) -> Result<Wrapped, Error>;

    /// Opens a wrapped key.
    ///
    /// # Errors
    /// [`Error::UnknownKek`]; [`Error::Unwrap`] when bytes, `aad` or KEK are not those of the wrapping.
    fn unwrap(&self, aad: &[u8], wrapped: &Wrapped) -> Result<[u8; 32], Error>;

    /// Makes a new KEK the current one. Old ones still open what they wrapped.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Randomness`].
    fn rotate(&self) -> Result<KekId, Error>;

    /// Destroys a KEK that is not the current one: whatever is still wrapped under it, in whatever copy or backup, is
    /// lost. Call it after [`KeyTable::rewrap_all`].
    ///
    /// # Errors
    /// [`Error::KekInUse`], [`Error::UnknownKek`], [`Error::Io`].
    fn retire(&self, kek: KekId) -> Result<(), Error>;

    /// The key for keyed-hash columns (looking a customer up without storing who they are). Not touched by rotation.
    fn index_key(&self) -> [u8; 32];
}
