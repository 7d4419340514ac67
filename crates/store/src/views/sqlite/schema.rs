//! The tables, as a list of migrations. A released migration is never changed; a change is a new one at the end.

use super::database;
use crate::Error;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

/// Migration n (from 1) brings the schema from version n−1 to n.
///
/// The index on `message(subject)` holds the id too, since SQLite appends the row id to every index key.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        subject INTEGER NOT NULL,
        class INTEGER NOT NULL,
        journey TEXT NOT NULL,
        template TEXT NOT NULL,
        route TEXT NOT NULL,
        phase INTEGER NOT NULL,
        rule TEXT NOT NULL,
        decided_ms INTEGER NOT NULL,
        updated_ms INTEGER NOT NULL,
        parts INTEGER NOT NULL,
        cost_millifen INTEGER NOT NULL,
        entries BLOB NOT NULL
    ) STRICT;
    CREATE INDEX message_subject ON message(subject);
    CREATE TABLE customer (
        subject INTEGER PRIMARY KEY,
        lookup BLOB NOT NULL,
        first_entry INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX customer_lookup ON customer(lookup);
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), upto INTEGER NOT NULL) STRICT;
    INSERT INTO position VALUES (1, 0);
",
    "
    ALTER TABLE message ADD COLUMN goals INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN value INTEGER NOT NULL DEFAULT 0;
",
    "
    ALTER TABLE message ADD COLUMN opt_outs INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN complaints INTEGER NOT NULL DEFAULT 0;
",
    "
    ALTER TABLE message ADD COLUMN clicks INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN bots INTEGER NOT NULL DEFAULT 0;
",
];

/// Empties every table and goes back to position 0.
pub(super) const CLEAR: &str =
    "DELETE FROM message; DELETE FROM customer; DELETE FROM counter; UPDATE position SET upto = 0;";

/// Runs the migrations that are missing, each in a transaction with its number.
pub(super) fn migrate(connection: &mut Connection, name: &str) -> Result<(), Error> {
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT")
        .map_err(database("read the schema version"))?;
    let version: Option<u32> = connection
        .query_row("SELECT max(version) FROM schema_version", [], |row| row.get(0))
        .optional()
        .map_err(database("read the schema version"))?
        .flatten();
    let version = version.unwrap_or(0);
    let newest = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if version > newest {
        return Err(Error::NewerFormat { name: name.to_owned(), found: version, newest });
    }
    for (number, migration) in (1u32..).zip(MIGRATIONS).skip(version as usize) {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(database("begin a migration"))?;
        transaction.execute_batch(migration).map_err(database("migrate"))?;
        transaction
            .execute("INSERT INTO schema_version VALUES (?1)", [number])
            .map_err(database("record a migration"))?;
        transaction.commit().map_err(database("commit a migration"))?;
    }
    Ok(())
}
