//! The journal: the one durable write path. Batches of records, in one order, each durable before anything acts on it.
//!
//! It refuses to interpret a leaf or a sealed part, to change a record, and to skip what it cannot read. The node's
//! partition loop appends; replay, certificates and the views' writer read.
//!
//! Engines implement [`Journal`] and [`JournalReader`] and pass [`crate::journal_conformance!`].

pub mod segments;
mod batch;

pub(crate) use batch::decode_record;
pub use batch::{
    BATCH_BYTES_MAX, BATCH_RECORDS_MAX, Batch, LEAF_BYTES_MAX, OwnedRecord, RECORD_HEAD_BYTES, Record,
    SEALED_BYTES_MAX,
};

use crate::Error;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The writing end. One owner, one batch at a time.
pub trait Journal: Send {
    /// Appends a batch as one durable group commit: when this returns, the whole batch survives kill -9 and power
    /// loss; when it fails, the batch may or may not be there after the next open, but never a part of it. Returns
    /// the index of the batch's first entry; an empty batch writes nothing and returns [`Journal::len`].
    ///
    /// # Errors
    /// [`Error::Io`] when the engine could not make it durable; after that [`Error::Poisoned`] for every append, since
    /// what lies on disk is unknown until the journal is opened again.
    fn append(&mut self, batch: &Batch) -> Result<u64, Error>;

    /// The index the next entry will get: the number of entries ever appended.
    fn len(&self) -> u64;

    /// Whether nothing was ever appended.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The smallest index still held.
    fn first(&self) -> u64;

    /// A reading end for other threads, usable while appends go on.
    fn reader(&self) -> Arc<dyn JournalReader>;
}

/// The reading end. Sees only what is durable.
pub trait JournalReader: Send + Sync {
    /// The number of durable entries ever appended. Grows while the journal is written.
    fn len(&self) -> u64;

    /// Whether nothing was ever appended.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The smallest index still held.
    fn first(&self) -> u64;

    /// Visits the entries `from..to` in order, fast, until the visitor breaks. `to` beyond [`JournalReader::len`] means
    /// "to the end as it is now". Every byte read is checked.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] when `from` is below [`JournalReader::first`] or above the length or `to`;
    /// [`Error::Corrupt`]; [`Error::Io`]. Entries before the bad place have been visited by then.
    fn scan(
        &self,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(u64, Record<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error>;

    /// Reads one entry; `None` when it is not held (not yet, or no longer).
    ///
    /// # Errors
    /// [`Error::Corrupt`]; [`Error::Io`].
    fn read(&self, index: u64) -> Result<Option<OwnedRecord>, Error>;
}
