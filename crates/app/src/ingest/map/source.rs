//! Reads where a value comes from: a text is the name of a column, a table says more.

use super::super::lookup::LookupId;
use super::super::row::ColumnId;
use super::super::rows::nearest;
use super::super::source::{Origin, Source};
use super::super::template::Template;
use super::Reading;
use super::document::{Item, Table};
use std::collections::BTreeMap;

/// A value's description: the name of a column, or a table of which the caller may ask more.
pub(super) struct Spec<'a> {
    item: Item<'a>,
    table: Option<Table<'a>>,
}

/// Checks a text of the map itself; the error is what was expected.
pub(super) type Check<'c> = &'c dyn Fn(&str) -> Result<(), String>;

/// Any text will do.
pub(super) fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

impl<'a> Spec<'a> {
    /// Opens a description.
    pub(super) fn open(item: Item<'a>) -> Option<Self> {
        let table = if item.is_text() { None } else { Some(item.table()?) };
        Some(Self { item, table })
    }

    /// The value of a further key, if the description is a table and has it.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.table.as_mut()?.optional(key)
    }

    /// Reads the source and reports keys that nobody asked for. `expected` is what its complaints expect.
    pub(super) fn source(self, reading: &mut Reading, expected: String, check: Check<'_>) -> Option<Source> {
        let Some(mut table) = self.table else {
            let name = self.item.text()?;
            let origin = Origin::Column(reading.column(name, true));
            return Some(plain(origin, expected));
        };
        let is_optional = table.optional("optional").and_then(Item::flag).unwrap_or(false);
        let default = table.optional("default").and_then(|item| checked(item, check));
        let is_required = !is_optional && default.is_none();
        let last = table.optional("last").and_then(|item| item.count(LAST_MAX));
        let values = table.optional("values").map(|item| read_values(item, check)).unwrap_or_default();
        let other = table.optional("other").and_then(|item| checked(item, check));
        // Before a value map, the constant is any text; without one it is the value itself.
        let check_here: Check<'_> = if values.is_empty() { check } else { &anything };
        let origin = read_origin(&mut table, reading, is_required, check_here);
        if other.is_some() && values.is_empty() {
            table.report("expected values beside other, found none");
        }
        if is_optional && default.is_some() {
            table.report("expected either optional or default, found both");
        }
        table.finish();
        Some(Source { origin: origin?, last, values, other, default, is_optional, expected })
    }
}

fn plain(origin: Origin, expected: String) -> Source {
    let (last, values, other, default) = (None, BTreeMap::new(), None, None);
    Source { origin, last, values, other, default, is_optional: false, expected }
}

fn checked(item: Item<'_>, check: Check<'_>) -> Option<String> {
    let text = item.text()?;
    if let Err(expected) = check(text) {
        item.report(format!("expected {expected}, found {text:?}"));
        return None;
    }
    Some(text.to_owned())
}

fn read_values(item: Item<'_>, check: Check<'_>) -> BTreeMap<String, String> {
    let Some(table) = item.table() else { return BTreeMap::new() };
    table.entries().filter_map(|entry| Some((entry.key().to_owned(), checked(entry, check)?))).collect()
}

fn read_origin(
    table: &mut Table<'_>,
    reading: &mut Reading,
    is_required: bool,
    check: Check<'_>,
) -> Option<Origin> {
    let lookup = table.optional("lookup");
    let column = table.optional("column");
    let template = table.optional("template");
    let constant = table.optional("constant");
    let choose = table.optional("choose");
    let hash = table.optional("hash");
    let said = [column, template, constant, choose, hash].into_iter().flatten().count();
    if said != 1 {
        let found = if said == 0 { "none of them" } else { "more" };
        table.report(format!("expected one of column, template, constant, choose or hash, found {found}"));
        return None;
    }
    let origin = if let Some(item) = column {
        Origin::Column(reading.column(item.text()?, is_required))
    } else if let Some(item) = template {
        let mut column = |name: &str, must| reading.column(name, must && is_required);
        Origin::Template(item.parsed(|text| Template::parse(text, &mut column))?)
    } else if let Some(item) = constant {
        Origin::Constant(checked(item, check)?)
    } else if let Some(item) = choose {
        read_choose(item, reading, is_required, check)?
    } else {
        let columns = hash?.texts()?;
        Origin::Hash(columns.into_iter().map(|name| reading.column(name, true)).collect())
    };
    match lookup {
        None => Some(origin),
        Some(item) => {
            let name = item.text()?;
            let Some(at) = reading.lookups.iter().position(|known| known == name) else {
                let near = nearest(name, reading.lookups.iter().map(String::as_str));
                let hint = near.map(|near| format!(" (the nearest is {near:?})")).unwrap_or_default();
                item.report(format!("expected the name of a table under [lookup], found {name:?}{hint}"));
                return None;
            };
            Some(Origin::Lookup(LookupId(at), Box::new(origin)))
        }
    }
}

fn read_choose(item: Item<'_>, reading: &mut Reading, is_required: bool, check: Check<'_>) -> Option<Origin> {
    let mut table = item.table()?;
    let column = table.required("column").and_then(Item::text);
    let values_item = table.required("values");
    let values = values_item.and_then(Item::texts);
    let modulo = table.optional("modulo");
    let count = modulo.and_then(|item| item.count(CHOICES_MAX));
    table.finish();
    let (column, values): (ColumnId, _) = (reading.column(column?, is_required), values?);
    if let (Some(item), Some(count)) = (modulo, count.filter(|count| *count != values.len())) {
        item.report(format!("expected the number of values, {}, found {count}", values.len()));
    }
    for text in &values {
        if let (Some(item), Err(expected)) = (values_item, check(text)) {
            item.report(format!("expected {expected}, found {text:?}"));
        }
    }
    Some(Origin::Choose(column, values.into_iter().map(str::to_owned).collect()))
}

/// The longest cut.
const LAST_MAX: usize = 1_000;
/// The most values to choose from.
const CHOICES_MAX: usize = 10_000;
