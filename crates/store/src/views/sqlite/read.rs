//! Reading rows. A connection of its own that cannot write; each call sees one committed state.

use super::super::{CustomerRow, MessageRow, PAGE_ROWS_MAX, Totals, ViewsReader, entries};
use super::{database, signed};
use crate::Error;
use crate::dice::Dice;
use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

pub(super) struct SqliteReader {
    connection: Connection,
}

impl SqliteReader {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    fn page(&self, sql: &str, parameters: &[&dyn ToSql]) -> Result<Vec<MessageRow>, Error> {
        let mut rows = Vec::new();
        self.each_message(sql, parameters, &mut |row| rows.push(row))?;
        Ok(rows)
    }

    fn each_message(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        visit: &mut dyn FnMut(MessageRow),
    ) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(database("prepare a query"))?;
        let mut rows = statement.query(parameters).map_err(database("read messages"))?;
        while let Some(row) = rows.next().map_err(database("read messages"))? {
            visit(message(row)?);
        }
        Ok(())
    }

    fn each_customer(&self, visit: &mut dyn FnMut(CustomerRow)) -> Result<(), Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT subject, lookup, first_entry FROM customer ORDER BY subject")
            .map_err(database("prepare a query"))?;
        let mut rows = statement.query([]).map_err(database("read customers"))?;
        while let Some(row) = rows.next().map_err(database("read customers"))? {
            visit(customer(row).map_err(database("read customers"))?);
        }
        Ok(())
    }

    fn one_customer(&self, sql: &str, key: &dyn ToSql) -> Result<Option<CustomerRow>, Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(database("prepare a query"))?;
        statement.query_row([key], customer).optional().map_err(database("read a customer"))
    }
}

impl ViewsReader for SqliteReader {
    fn position(&self) -> Result<u64, Error> {
        position(&self.connection)
    }

    fn message(&self, id: u64) -> Result<Option<MessageRow>, Error> {
        let Ok(id) = signed("message id", id) else { return Ok(None) };
        Ok(self.page("SELECT * FROM message WHERE id = ?1", &[&id])?.pop())
    }

    fn messages_of(&self, subject: u64, limit: usize, before: Option<u64>) -> Result<Vec<MessageRow>, Error> {
        let Ok(subject) = signed("subject", subject) else { return Ok(Vec::new()) };
        self.page(
            "SELECT * FROM message WHERE subject = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
            &[&subject, &below(before), &page_rows(limit)],
        )
    }

    fn messages_by_phase(
        &self,
        phase: u8,
        limit: usize,
        before: Option<u64>,
    ) -> Result<Vec<MessageRow>, Error> {
        self.page(
            "SELECT * FROM message WHERE phase = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
            &[&phase, &below(before), &page_rows(limit)],
        )
    }

    fn messages(
        &self,
        journey: Option<&str>,
        limit: usize,
        before: Option<u64>,
    ) -> Result<Vec<MessageRow>, Error> {
        let (before, limit) = (below(before), page_rows(limit));
        match journey {
            Some(journey) => self.page(
                "SELECT * FROM message WHERE journey = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
                &[&journey, &before, &limit],
            ),
            None => {
                self.page("SELECT * FROM message WHERE id < ?1 ORDER BY id DESC LIMIT ?2", &[&before, &limit])
            }
        }
    }

    fn each_of_journey(&self, name: &str, visit: &mut dyn FnMut(MessageRow)) -> Result<(), Error> {
        // Versions follow behind `@`, and `A` is the character behind that one.
        let (from, to) = (format!("{name}@"), format!("{name}A"));
        self.each_message(
            "SELECT * FROM message WHERE journey >= ?1 AND journey < ?2 ORDER BY id",
            &[&from, &to],
            visit,
        )
    }

    fn customer(&self, subject: u64) -> Result<Option<CustomerRow>, Error> {
        let Ok(subject) = signed("subject", subject) else { return Ok(None) };
        self.one_customer("SELECT subject, lookup, first_entry FROM customer WHERE subject = ?1", &subject)
    }

    fn customer_by_lookup(&self, lookup: &[u8; 32]) -> Result<Option<CustomerRow>, Error> {
        self.one_customer(
            "SELECT subject, lookup, first_entry FROM customer WHERE lookup = ?1 \
             ORDER BY subject DESC LIMIT 1",
            &lookup.as_slice(),
        )
    }

    fn counters(&self) -> Result<Vec<(String, i64)>, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, value FROM counter ORDER BY name")
            .map_err(database("prepare a query"))?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(database("read counters"))?;
        rows.collect::<Result<_, _>>().map_err(database("read counters"))
    }

    fn totals(&self) -> Result<Totals, Error> {
        self.connection
            .query_row("SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM customer)", [], |row| {
                Ok(Totals { messages: unsigned(row.get(0)?), customers: unsigned(row.get(1)?) })
            })
            .map_err(database("count rows"))
    }

    fn sample_messages(&self, seed: u64, count: usize) -> Result<Vec<u64>, Error> {
        let bounds: (Option<i64>, Option<i64>) = self
            .connection
            .query_row("SELECT min(id), max(id) FROM message", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(database("sample messages"))?;
        let (Some(lowest), Some(highest)) = bounds else { return Ok(Vec::new()) };
        let span = highest.abs_diff(lowest).saturating_add(1);
        let mut statement = self
            .connection
            .prepare_cached("SELECT id FROM message WHERE id >= ?1 ORDER BY id LIMIT 1")
            .map_err(database("prepare a query"))?;
        let mut ids = BTreeSet::new();
        // Ids have gaps, so a draw takes the next id; draws that meet the same one are tried again, not for ever.
        let mut dice = Dice(seed);
        for _ in 0..count.saturating_mul(DRAWS_PER_SAMPLE) {
            if ids.len() >= count {
                break;
            }
            let place = lowest.saturating_add_unsigned(dice.below(span));
            let id: i64 =
                statement.query_row([place], |row| row.get(0)).map_err(database("sample messages"))?;
            ids.insert(unsigned(id));
        }
        Ok(ids.into_iter().collect())
    }

    fn digest(&self) -> Result<[u8; 32], Error> {
        // One transaction, so that all tables are read as of the same change.
        let transaction = self.connection.unchecked_transaction().map_err(database("begin a digest"))?;
        let mut hash = Sha256::new();
        hash.update(b"messages");
        self.each_message("SELECT * FROM message ORDER BY id", &[], &mut |row| {
            hash_message(&mut hash, &row)
        })?;
        hash.update(b"customers");
        self.each_customer(&mut |row| {
            hash.update(row.subject.to_le_bytes());
            hash.update(row.lookup);
            hash.update(row.first_entry.to_le_bytes());
        })?;
        hash.update(b"counters");
        for (name, value) in self.counters()? {
            hash_text(&mut hash, &name);
            hash.update(value.to_le_bytes());
        }
        transaction.finish().map_err(database("end a digest"))?;
        Ok(hash.finalize().into())
    }
}

pub(super) fn position(connection: &Connection) -> Result<u64, Error> {
    connection
        .query_row("SELECT upto FROM position", [], |row| row.get(0))
        .map(unsigned)
        .map_err(database("read the position"))
}

fn message(row: &Row<'_>) -> Result<MessageRow, Error> {
    let read = || -> rusqlite::Result<(MessageRow, Vec<u8>)> {
        let message = MessageRow {
            id: unsigned(row.get(0)?),
            subject: unsigned(row.get(1)?),
            class: row.get(2)?,
            journey: row.get(3)?,
            template: row.get(4)?,
            route: row.get(5)?,
            phase: row.get(6)?,
            rule: row.get(7)?,
            decided_ms: row.get(8)?,
            updated_ms: row.get(9)?,
            parts: row.get(10)?,
            cost_millifen: row.get(11)?,
            entries: Vec::new(),
            goals: unsigned(row.get(13)?),
            value: unsigned(row.get(14)?),
            opt_outs: unsigned(row.get(15)?),
            complaints: unsigned(row.get(16)?),
            clicks: unsigned(row.get(17)?),
            repeats: unsigned(row.get(18)?),
            bots: unsigned(row.get(19)?),
        };
        Ok((message, row.get(12)?))
    };
    let (mut message, blob) = read().map_err(database("read a message"))?;
    message.entries = entries::decode(&blob).ok_or_else(|| {
        Error::corrupt(
            "the views database",
            0,
            "a list of entries",
            format!("other bytes in message {}", message.id),
        )
    })?;
    Ok(message)
}

fn customer(row: &Row<'_>) -> rusqlite::Result<CustomerRow> {
    Ok(CustomerRow {
        subject: unsigned(row.get(0)?),
        lookup: row.get(1)?,
        first_entry: unsigned(row.get(2)?),
    })
}

fn hash_message(hash: &mut Sha256, row: &MessageRow) {
    hash.update(row.id.to_le_bytes());
    hash.update(row.subject.to_le_bytes());
    hash.update([row.class, row.phase, row.parts]);
    for text in [&row.journey, &row.template, &row.route, &row.rule] {
        hash_text(hash, text);
    }
    hash.update(row.decided_ms.to_le_bytes());
    hash.update(row.updated_ms.to_le_bytes());
    hash.update(row.cost_millifen.to_le_bytes());
    hash.update(row.goals.to_le_bytes());
    hash.update(row.value.to_le_bytes());
    hash.update(row.opt_outs.to_le_bytes());
    hash.update(row.complaints.to_le_bytes());
    for count in [row.clicks, row.repeats, row.bots] {
        hash.update(count.to_le_bytes());
    }
    hash.update((row.entries.len() as u64).to_le_bytes());
    for entry in &row.entries {
        hash.update(entry.to_le_bytes());
    }
}

/// The length goes first, so that no two lists of texts hash alike.
fn hash_text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

/// Only [`signed`] numbers were written.
fn unsigned(number: i64) -> u64 {
    number.unsigned_abs()
}

fn below(before: Option<u64>) -> i64 {
    before.and_then(|id| i64::try_from(id).ok()).unwrap_or(i64::MAX)
}

fn page_rows(limit: usize) -> i64 {
    limit.min(PAGE_ROWS_MAX) as i64
}

const DRAWS_PER_SAMPLE: usize = 8;
