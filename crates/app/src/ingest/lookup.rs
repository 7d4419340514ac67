//! Lookup tables: another file of the same export that says whose an account is.
//!
//! Held in memory whole, two columns of it. A bad row in one stops the ingest, because every row that needed it would be
//! rejected for a reason that is not its own.

use super::error::Error;
use super::row::{ColumnId, Columns, Row};
use super::rows::{FileFormat, Next, Rows};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A lookup table, by its place in the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LookupId(pub(crate) usize);

/// What the map says about a lookup table.
#[derive(Debug, Clone)]
pub(crate) struct LookupMap {
    /// Its name.
    pub(crate) name: String,
    /// Its file; a relative path begins where the file with the rows lies.
    pub(crate) file: PathBuf,
    /// How the file is written.
    pub(crate) format: FileFormat,
    /// The columns it needs.
    pub(crate) columns: Columns,
    /// Its key and its value.
    pub(crate) key: (ColumnId, String),
    pub(crate) value: (ColumnId, String),
    /// Which rows count.
    pub(crate) filter: Filter,
}

/// Rows count when each of these columns holds one of its texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter(pub(crate) Vec<(ColumnId, Vec<String>)>);

impl Filter {
    /// Whether a row counts. An empty cell equals the empty text.
    pub(crate) fn lets_in(&self, row: &Row) -> bool {
        self.0.iter().all(|(id, texts)| {
            let text = row.text(*id).ok().flatten().unwrap_or_default();
            texts.iter().any(|allowed| allowed == text)
        })
    }
}

/// The tables as read.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    /// By id: the name of a table, and the table.
    tables: Vec<(String, Table)>,
}

type Table = HashMap<Box<str>, Box<str>>;

impl Lookups {
    /// Reads every table of a map.
    ///
    /// # Errors
    /// When a file cannot be read, has a bad row, is too large, or gives two values for one key.
    pub(crate) fn read(maps: &[LookupMap], beside: &Path) -> Result<Self, Error> {
        let folder = beside.parent().unwrap_or(Path::new(""));
        let mut tables = Vec::new();
        for map in maps {
            tables.push((map.name.clone(), read_table(map, &folder.join(&map.file))?));
        }
        Ok(Self { tables })
    }

    /// What a table says about a key.
    pub(crate) fn value(&self, id: LookupId, key: &str) -> Option<&str> {
        self.tables.get(id.0)?.1.get(key).map(|value| &**value)
    }

    /// The name of a table.
    pub(crate) fn name(&self, id: LookupId) -> &str {
        self.tables.get(id.0).map_or("", |(name, _)| name)
    }
}

fn read_table(map: &LookupMap, file: &Path) -> Result<Table, Error> {
    let mut table = Table::new();
    let (mut rows, mut row) = Rows::open(file, &file.display().to_string(), &map.format, &map.columns)?;
    loop {
        match rows.next(&mut row)? {
            Next::Row => {}
            Next::Bad(complaint) => return Err(Error::Table(complaint)),
            Next::End => return Ok(table),
        }
        if !map.filter.lets_in(&row) {
            continue;
        }
        let key = needed(&row, map.key.0, "a key")?;
        let value = needed(&row, map.value.0, "a value")?;
        if table.len() >= LOOKUP_ROWS_MAX {
            return Err(Error::LookupSize { file: file.to_owned(), max: LOOKUP_ROWS_MAX });
        }
        let before = table.insert(key.into(), value.into());
        if before.is_some_and(|before| &*before != value) {
            return Err(Error::LookupTwice {
                lookup: map.name.clone(),
                file: file.to_owned(),
                line: row.line,
                key: map.key.1.clone(),
                value: map.value.1.clone(),
            });
        }
    }
}

fn needed<'a>(row: &'a Row, id: ColumnId, expected: &str) -> Result<&'a str, Error> {
    let text = row.text(id).map_err(Error::Table)?;
    text.ok_or_else(|| Error::Table(row.mismatch(Some(id), expected, super::complaint::NOTHING)))
}

/// Rows of a lookup table; at 100 bytes each this is a gigabyte.
const LOOKUP_ROWS_MAX: usize = 10_000_000;
