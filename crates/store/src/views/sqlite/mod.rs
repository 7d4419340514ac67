//! The embedded views engine: one SQLite database in WAL mode.
//!
//! Rows go in by prepared statements in the order of their keys, in one transaction per change. `synchronous=NORMAL`: a
//! power loss can take the last transactions back, whole, and the journal gives them again.
//!
//! It refuses a database of a newer program, and numbers beyond 2⁶³−1.

mod schema;
mod write;
mod read;

use super::{Changes, Views, ViewsReader};
use crate::Error;
use crate::disk::make_directory;
use read::SqliteReader;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The writing end of an SQLite database; see [`Views`].
pub struct SqliteViews {
    connection: Connection,
    path: PathBuf,
}

impl SqliteViews {
    /// Opens a database file, making it and its directory, and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::NewerFormat`], [`Error::Database`], [`Error::Io`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let name = path.display().to_string();
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            make_directory(directory).map_err(Error::io("make the directory of", &name))?;
        }
        // SQLite gives its side files the mode of this one.
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(&path)
            .map_err(Error::io("open", &name))?;
        let mut connection = Connection::open(&path).map_err(database("open"))?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(database("open"))?;
        connection.execute_batch(WRITER_SETTINGS).map_err(database("set up"))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        schema::migrate(&mut connection, &name)?;
        Ok(Self { connection, path })
    }
}

impl Views for SqliteViews {
    fn position(&self) -> Result<u64, Error> {
        read::position(&self.connection)
    }

    fn apply(&mut self, changes: &Changes) -> Result<(), Error> {
        let at = self.position()?;
        if changes.upto < at {
            return Err(Error::PositionWentBack { at, found: changes.upto });
        }
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(database("begin a change"))?;
        write::messages(&transaction, &changes.messages)?;
        write::customers(&transaction, &changes.customers)?;
        write::erasures(&transaction, &changes.erased)?;
        write::counters(&transaction, &changes.counters)?;
        write::position(&transaction, changes.upto)?;
        transaction.commit().map_err(database("commit a change"))
    }

    fn reader(&self) -> Result<Box<dyn ViewsReader>, Error> {
        Ok(Box::new(open_reader(&self.path)?))
    }

    fn clear(&mut self) -> Result<(), Error> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(database("begin clearing"))?;
        transaction.execute_batch(schema::CLEAR).map_err(database("clear"))?;
        transaction.commit().map_err(database("commit clearing"))
    }
}

fn open_reader(path: &Path) -> Result<SqliteReader, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(database("open for reading"))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(database("open for reading"))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(SqliteReader::new(connection))
}

/// Wraps an engine error with what was being done.
fn database(action: &'static str) -> impl FnOnce(rusqlite::Error) -> Error {
    move |source| Error::Database { action, source: Box::new(source) }
}

/// SQLite's integers are signed.
fn signed(what: &'static str, number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(|_| Error::TooBig { what, found: number, limit: i64::MAX as u64 })
}

/// A log of up to 64 MB (16,384 pages) before it is copied back: pages that many changes touch are copied once.
/// 64 MB of cache keep the inner pages of 100,000,000 rows in memory. `secure_delete=FAST` overwrites deleted content where that costs no extra I/O.
const WRITER_SETTINGS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; \
     PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=16384; PRAGMA secure_delete=FAST; PRAGMA foreign_keys=OFF;";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const STATEMENTS_KEPT: usize = 32;
const FILE_MODE: u32 = 0o600;
