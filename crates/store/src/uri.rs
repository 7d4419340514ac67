//! Picks engines by URI, once, at start: `segments:./data/journal`, `sqlite:./data/views.db`, `file:./data/keys?kek=./data/kek`.
//!
//! Called by `app` with what the configuration says. Later engines (`postgres://…`, `nats://…`) are added here.

use crate::Error;
use crate::disk::RealDisk;
use crate::journal::Journal;
use crate::journal::segments::{self, Opened, Options};
use crate::keys::{FileKeyProvider, KeyProvider, KeyTable};
use crate::views::{SqliteViews, Views};
use std::sync::Arc;

/// A journal and what opening it found.
pub struct OpenedJournal {
    /// The writing end.
    pub journal: Box<dyn Journal>,
    /// What was found.
    pub opened: Opened,
}

/// A key table and its provider.
pub struct OpenedKeys {
    /// The customers' keys.
    pub table: KeyTable,
    /// The institution's keys.
    pub provider: Arc<dyn KeyProvider>,
}

/// Opens (or begins) the journal that a URI names: `segments:DIRECTORY`.
///
/// # Errors
/// [`Error::UnknownEngine`] lists the known forms; otherwise as [`segments::open`].
pub fn open_journal(uri: &str, options: Options) -> Result<OpenedJournal, Error> {
    let directory =
        path_after(uri, "segments:").ok_or_else(|| unknown("journal", uri, "segments:DIRECTORY"))?;
    let (journal, opened) = segments::open(Arc::new(RealDisk::create(directory)?), options)?;
    Ok(OpenedJournal { journal: Box::new(journal), opened })
}

/// Opens (or begins) the views that a URI names: `sqlite:FILE`.
///
/// # Errors
/// [`Error::UnknownEngine`] lists the known forms; otherwise as [`SqliteViews::open`].
pub fn open_views(uri: &str) -> Result<Box<dyn Views>, Error> {
    let path = path_after(uri, "sqlite:").ok_or_else(|| unknown("views", uri, "sqlite:FILE"))?;
    Ok(Box::new(SqliteViews::open(path)?))
}

/// Opens (or begins) the key table and key-encryption keys that a URI names: `file:DIRECTORY?kek=DIRECTORY`.
///
/// # Errors
/// [`Error::UnknownEngine`] lists the known forms; otherwise as [`FileKeyProvider::open`] and [`KeyTable::open`].
pub fn open_keys(uri: &str) -> Result<OpenedKeys, Error> {
    let known = "file:DIRECTORY?kek=DIRECTORY";
    let (table, kek) = path_after(uri, "file:")
        .and_then(|rest| rest.split_once("?kek="))
        .filter(|(table, kek)| !table.is_empty() && !kek.is_empty())
        .ok_or_else(|| unknown("keys", uri, known))?;
    let provider: Arc<dyn KeyProvider> = Arc::new(FileKeyProvider::open(kek)?);
    let table = KeyTable::open(Arc::new(RealDisk::create(table)?), Arc::clone(&provider))?;
    Ok(OpenedKeys { table, provider })
}

fn path_after<'a>(uri: &'a str, scheme: &str) -> Option<&'a str> {
    uri.strip_prefix(scheme).filter(|path| !path.is_empty())
}

fn unknown(kind: &'static str, uri: &str, known: &'static str) -> Error {
    Error::UnknownEngine { kind, uri: uri.to_owned(), known }
}
