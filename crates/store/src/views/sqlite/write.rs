//! Writing rows: prepared statements of many rows each, in the order of the keys, inside the caller's transaction.

use super::super::{CustomerRow, MessageRow, entries};
use super::{database, signed};
use crate::Error;
use rusqlite::{CachedStatement, Connection};

pub(super) fn messages(connection: &Connection, rows: &[MessageRow]) -> Result<(), Error> {
    let mut sorted: Vec<&MessageRow> = rows.iter().collect();
    // Stable, so that of two rows with one id the later still wins.
    sorted.sort_by_key(|row| row.id);
    let (many, rest) = sorted.as_chunks::<ROWS_PER_STATEMENT>();
    let mut blob = Vec::new();
    if !many.is_empty() {
        let mut statement = prepare(connection, &message_sql(ROWS_PER_STATEMENT))?;
        for chunk in many {
            for (number, row) in chunk.iter().enumerate() {
                bind_message(&mut statement, number * MESSAGE_COLUMNS, row, &mut blob)?;
            }
            statement.raw_execute().map_err(database("write messages"))?;
        }
    }
    let mut statement = prepare(connection, &message_sql(1))?;
    for row in rest {
        bind_message(&mut statement, 0, row, &mut blob)?;
        statement.raw_execute().map_err(database("write messages"))?;
    }
    Ok(())
}

fn bind_message(
    statement: &mut CachedStatement<'_>,
    before: usize,
    row: &MessageRow,
    blob: &mut Vec<u8>,
) -> Result<(), Error> {
    blob.clear();
    entries::encode(&row.entries, blob);
    let id = signed("message id", row.id)?;
    let subject = signed("subject", row.subject)?;
    let mut bind = |column: usize, value: &dyn rusqlite::ToSql| {
        statement.raw_bind_parameter(before + column, value).map_err(database("bind a message"))
    };
    bind(1, &id)?;
    bind(2, &subject)?;
    bind(3, &row.class)?;
    bind(4, &row.journey)?;
    bind(5, &row.template)?;
    bind(6, &row.route)?;
    bind(7, &row.phase)?;
    bind(8, &row.rule)?;
    bind(9, &row.decided_ms)?;
    bind(10, &row.updated_ms)?;
    bind(11, &row.parts)?;
    bind(12, &row.cost_millifen)?;
    bind(13, &blob.as_slice())
}

fn message_sql(rows: usize) -> String {
    format!(
        "INSERT INTO message VALUES {} ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, \
         class = excluded.class, journey = excluded.journey, template = excluded.template, \
         route = excluded.route, phase = excluded.phase, rule = excluded.rule, \
         decided_ms = excluded.decided_ms, updated_ms = excluded.updated_ms, parts = excluded.parts, \
         cost_millifen = excluded.cost_millifen, entries = excluded.entries",
        placeholders(rows, MESSAGE_COLUMNS)
    )
}

pub(super) fn customers(connection: &Connection, rows: &[CustomerRow]) -> Result<(), Error> {
    let mut statement = prepare(
        connection,
        "INSERT INTO customer VALUES (?1, ?2, ?3) ON CONFLICT (subject) DO UPDATE SET \
         lookup = excluded.lookup, first_entry = excluded.first_entry",
    )?;
    for row in rows {
        let subject = signed("subject", row.subject)?;
        let first_entry = signed("first entry", row.first_entry)?;
        statement
            .execute((subject, row.lookup.as_slice(), first_entry))
            .map_err(database("write customers"))?;
    }
    Ok(())
}

pub(super) fn erasures(connection: &Connection, subjects: &[u64]) -> Result<(), Error> {
    let mut forget = prepare(connection, "DELETE FROM customer WHERE subject = ?1")?;
    let mut unlink = prepare(connection, "UPDATE message SET subject = 0 WHERE subject = ?1")?;
    for subject in subjects {
        let subject = signed("subject", *subject)?;
        forget.execute([subject]).map_err(database("erase a customer"))?;
        unlink.execute([subject]).map_err(database("erase a customer"))?;
    }
    Ok(())
}

pub(super) fn counters(connection: &Connection, counters: &[(String, i64)]) -> Result<(), Error> {
    let mut statement = prepare(
        connection,
        "INSERT INTO counter VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?;
    for (name, value) in counters {
        statement.execute((name, value)).map_err(database("write counters"))?;
    }
    Ok(())
}

pub(super) fn position(connection: &Connection, upto: u64) -> Result<(), Error> {
    let upto = signed("journal position", upto)?;
    let mut statement = prepare(connection, "UPDATE position SET upto = ?1")?;
    statement.execute([upto]).map(|_| ()).map_err(database("write the position"))
}

fn prepare<'a>(connection: &'a Connection, sql: &str) -> Result<CachedStatement<'a>, Error> {
    connection.prepare_cached(sql).map_err(database("prepare a statement"))
}

/// `(?,?),(?,?)` and so on.
fn placeholders(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    vec![row; rows].join(",")
}

/// 13 columns of 32 rows stay well under SQLite's limit of parameters.
const ROWS_PER_STATEMENT: usize = 32;
const MESSAGE_COLUMNS: usize = 13;
