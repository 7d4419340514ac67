//! The map: how the columns of somebody's file become customers or events.
//!
//! Read whole before the first row, all mistakes at once; unknown keys are mistakes, because a mistyped `optional` would
//! otherwise cost rows. The keys are documented in `docs/perceive.md`, "Bring your own data".

mod document;
mod file;
mod source;
mod value;
mod record;

pub(crate) use document::Mistake;

use super::Kind;
use super::lookup::{Filter, LookupMap};
use super::record::Target;
use super::row::{ColumnId, Columns};
use super::rows::FileFormat;
use document::{Document, Table};
use model::{Currency, Zone};

/// A map as read.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    /// How the file is written.
    pub(crate) format: FileFormat,
    /// The columns it needs.
    pub(crate) columns: Columns,
    /// Which rows count.
    pub(crate) filter: Filter,
    /// The other tables it looks things up in.
    pub(crate) lookups: Vec<LookupMap>,
    /// What rows become.
    pub(crate) target: Target,
}

/// What the readers of the map's parts share.
struct Reading {
    columns: Columns,
    /// The names of the lookup tables, by id.
    lookups: Vec<String>,
    zone: Zone,
    currency: Currency,
    country: String,
}

impl Reading {
    fn column(&mut self, name: &str, is_required: bool) -> ColumnId {
        self.columns.id(name, is_required)
    }
}

impl Map {
    /// Reads a map. `file` is what mistakes call it.
    ///
    /// # Errors
    /// All mistakes, sorted by line; never an empty list.
    pub(crate) fn read(file: &str, text: &str, kind: Kind) -> Result<Self, Vec<Mistake>> {
        let document = Document::parse(file, text);
        let mut root = document.root();
        let map = read_root(&mut root, kind);
        root.finish();
        let mistakes = document.into_mistakes();
        match map {
            Some(map) if mistakes.is_empty() => Ok(map),
            // Whoever answers `None` has reported why. Should one forget, the caller must still be told something.
            _ if mistakes.is_empty() => {
                let message = "expected a complete map, found one that is not".to_owned();
                Err(vec![Mistake { file: file.to_owned(), line: 1, column: 1, message }])
            }
            _ => Err(mistakes),
        }
    }
}

fn read_root(root: &mut Table<'_>, kind: Kind) -> Option<Map> {
    let mut reading = read_defaults(root);
    let format = file::read_format(root.optional("file"));
    let lookups = file::read_lookups(root.optional("lookup"), &format);
    reading.lookups = lookups.iter().map(|lookup| lookup.name.clone()).collect();
    let filter = file::read_filter(root.optional("where"), &mut reading.columns);
    let customer = root.optional("customer");
    let event = root.optional("event");
    let target = match (kind, customer, event) {
        (Kind::Customers, Some(item), None) => record::read_customer(item, &mut reading)?,
        (Kind::Events, None, Some(item)) => record::read_event(item, &mut reading)?,
        (Kind::Customers, _, other) => {
            let found = if other.is_some() { "one that makes events" } else { "none" };
            root.report(format!("expected a table [customer] in a map of customers, found {found}"));
            return None;
        }
        (Kind::Events, other, _) => {
            let found = if other.is_some() { "one that makes customers" } else { "none" };
            root.report(format!("expected a table [event] in a map of events, found {found}"));
            return None;
        }
    };
    Some(Map { format, columns: reading.columns, filter, lookups, target })
}

fn read_defaults(root: &mut Table<'_>) -> Reading {
    let zone = root.optional("zone").and_then(|item| item.parsed(Zone::parse));
    let currency = root.optional("currency").and_then(value::read_currency);
    let country = root.optional("country").and_then(|item| {
        item.parsed(|text| {
            let is_code = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            is_code
                .then(|| text.to_owned())
                .ok_or(format!("expected a country code such as 86, found {text:?}"))
        })
    });
    Reading {
        columns: Columns::default(),
        lookups: Vec::new(),
        zone: zone.unwrap_or(Zone::SHANGHAI),
        currency: currency.unwrap_or(Currency::CNY),
        country: country.unwrap_or_else(|| "86".to_owned()),
    }
}
