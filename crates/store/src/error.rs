//! What can go wrong with durable things, in the caller's terms.
//!
//! The caller's choices differ by kind: [`Error::Io`] and [`Error::Poisoned`] end the process's ownership of the
//! store (open it again), [`Error::Corrupt`] needs a person, the rest are refusals that changed nothing.

use std::io;

/// Why a store did not do what it was asked. Positions are bytes from the start of the named file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {name}: {source}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The file or directory.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes on disk are not what was written.
    #[error("{name} is corrupt at byte {offset}: expected {expected}, found {found}")]
    Corrupt {
        /// The file.
        name: String,
        /// Where in it, in bytes from its start.
        offset: u64,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The file was written by a newer program.
    #[error("{name} has format version {found}, this program reads up to {newest}")]
    NewerFormat {
        /// The file or database.
        name: String,
        /// Its version.
        found: u32,
        /// The newest version known here.
        newest: u32,
    },
    /// Another process has the directory.
    #[error("{name} is in use by another process ({holder}); one process at a time may write to it")]
    Locked {
        /// The directory.
        name: String,
        /// What the lock file says about the holder.
        holder: String,
    },
    /// An earlier append failed, so what is on disk after it is unknown.
    #[error(
        "the journal refuses appends since an earlier one failed; open it again to learn what is durable"
    )]
    Poisoned,
    /// Something is larger than the store accepts.
    #[error("{what} of {found} is over the limit of {limit}")]
    OverLimit {
        /// What it is, with its unit.
        what: &'static str,
        /// What came.
        found: u64,
        /// The most that is accepted.
        limit: u64,
    },
    /// The range is not wholly held.
    #[error("entries {from}..{to} were asked for, {first}..{len} are held")]
    OutOfRange {
        /// First index asked for.
        from: u64,
        /// One past the last asked for.
        to: u64,
        /// First index held.
        first: u64,
        /// One past the last held.
        len: u64,
    },
    /// A key cannot be made because the slot is not empty.
    #[error("subject {subject} cannot be given a key: its slot is {state}")]
    KeySlotTaken {
        /// The subject.
        subject: u64,
        /// What the slot holds.
        state: &'static str,
    },
    /// A key was never made.
    #[error("subject {subject} has no key to erase")]
    NoKey {
        /// The subject.
        subject: u64,
    },
    /// A key-encryption key is not known.
    #[error("key-encryption key {kek} is not in {name}")]
    UnknownKek {
        /// Its id.
        kek: u32,
        /// Where it was looked for.
        name: String,
    },
    /// A key-encryption key is still the current one.
    #[error("key-encryption key {kek} is the current one and cannot be retired; rotate first")]
    KekInUse {
        /// Its id.
        kek: u32,
    },
    /// A wrapped key does not open: a wrong key-encryption key, a wrong subject, or changed bytes.
    #[error("the wrapped key does not open under key-encryption key {kek}")]
    Unwrap {
        /// The key-encryption key's id.
        kek: u32,
    },
    /// A secret file can be read by others.
    #[error(
        "{name} has mode {found:o}, expected {expected:o} or narrower: others on this machine could read it"
    )]
    WideMode {
        /// The file or directory.
        name: String,
        /// Its permission bits.
        found: u32,
        /// The widest accepted.
        expected: u32,
    },
    /// The views were asked to go back.
    #[error("the views stand at journal position {at} and cannot go back to {found}")]
    PositionWentBack {
        /// Where they stand.
        at: u64,
        /// What was asked for.
        found: u64,
    },
    /// A number does not fit the column it is for.
    #[error("{what} is {found}, expected at most {limit}")]
    TooBig {
        /// Which value.
        what: &'static str,
        /// What came.
        found: u64,
        /// The largest accepted.
        limit: u64,
    },
    /// The database engine refused.
    #[error("cannot {action} in the views database: {source}")]
    Database {
        /// What was being done.
        action: &'static str,
        /// What the engine said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A URI names no engine.
    #[error("{uri:?} names no {kind} engine, expected one of: {known}")]
    UnknownEngine {
        /// `journal`, `views` or `keys`.
        kind: &'static str,
        /// The URI as it came.
        uri: String,
        /// The known forms.
        known: &'static str,
    },
    /// The system has no randomness to give.
    #[error("the system gave no random bytes: {0}")]
    Randomness(getrandom::Error),
}

impl Error {
    /// Wraps a system error with what was being done to what.
    pub(crate) fn io(action: &'static str, name: &str) -> impl FnOnce(io::Error) -> Self {
        let name = name.to_owned();
        move |source| Self::Io { action, name, source }
    }

    /// A corruption report.
    pub(crate) fn corrupt(
        name: &str,
        offset: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::Corrupt { name: name.to_owned(), offset, expected: expected.into(), found: found.into() }
    }
}
