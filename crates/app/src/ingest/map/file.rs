//! `[file]`, `[where]` and `[lookup.NAME]`: how files are written, which rows count, which other tables there are.

use super::super::delimited::Dialect;
use super::super::lookup::{Filter, LookupMap};
use super::super::row::Columns;
use super::super::rows::{FileFormat, Layout};
use super::document::{Item, Table};
use std::path::PathBuf;

/// Reads `[file]`; without it the file is CSV with commas and a header.
pub(super) fn read_format(item: Option<Item<'_>>) -> FileFormat {
    let Some(mut table) = item.and_then(Item::table) else { return plain_csv() };
    let format = read_layout(&mut table, &plain_csv());
    table.finish();
    format
}

/// Reads the tables under `[lookup]`. What one does not say about its file is as in `[file]`.
pub(super) fn read_lookups(item: Option<Item<'_>>, format: &FileFormat) -> Vec<LookupMap> {
    let Some(table) = item.and_then(Item::table) else { return Vec::new() };
    table.entries().filter_map(|item| read_lookup(item, format)).collect()
}

/// Reads a table of columns with the texts (one or a list) they must hold.
pub(super) fn read_filter(item: Option<Item<'_>>, columns: &mut Columns) -> Filter {
    let Some(table) = item.and_then(Item::table) else { return Filter::default() };
    let conditions = table.entries().filter_map(|item| {
        let texts = item.texts()?.into_iter().map(|text| text.trim().to_owned()).collect();
        Some((columns.id(item.key(), true), texts))
    });
    Filter(conditions.collect())
}

fn plain_csv() -> FileFormat {
    let dialect = Dialect { delimiter: b',', quote: Some(b'"') };
    FileFormat { layout: Layout::Csv { dialect, names: None }, empty: Vec::new() }
}

fn read_lookup(item: Item<'_>, format: &FileFormat) -> Option<LookupMap> {
    let mut table = item.table()?;
    let format = read_layout(&mut table, format);
    let mut columns = Columns::default();
    let file = table.required("file").and_then(Item::text);
    let key = table.required("key").and_then(Item::text);
    let value = table.required("value").and_then(Item::text);
    let filter = read_filter(table.optional("where"), &mut columns);
    table.finish();
    let (key, value) = (key?, value?);
    let key = (columns.id(key, true), key.to_owned());
    let value = (columns.id(value, true), value.to_owned());
    Some(LookupMap {
        name: item.key().to_owned(),
        file: PathBuf::from(file?),
        format,
        columns,
        key,
        value,
        filter,
    })
}

fn read_layout(table: &mut Table<'_>, otherwise: &FileFormat) -> FileFormat {
    let format = table.optional("format");
    let delimiter = table.optional("delimiter");
    let quote = table.optional("quote");
    let header = table.optional("header");
    let names = table.optional("columns");
    let encoding = table.optional("encoding");
    let empty = table.optional("empty").and_then(Item::texts);
    if let Some(item) = encoding {
        item.parsed(|text| match text.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(()),
            _ => Err(format!("expected utf-8 (the only encoding that is read), found {text:?}")),
        });
    }
    let empty =
        empty.map_or_else(|| otherwise.empty.clone(), |texts| texts.into_iter().map(str::to_owned).collect());
    let kind = format.and_then(Item::text);
    let is_json = match kind {
        None => otherwise.layout == Layout::JsonLines,
        Some(kind) => kind == "jsonl",
    };
    if let (Some(item), Some(kind)) = (format, kind.filter(|kind| !["csv", "jsonl"].contains(kind))) {
        item.report(format!("expected csv or jsonl, found {kind:?}"));
    }
    if is_json {
        for item in [delimiter, quote, header, names].into_iter().flatten() {
            item.report("expected only in a file of the format csv, found it in one of jsonl");
        }
        return FileFormat { layout: Layout::JsonLines, empty };
    }
    let (dialect, _) = match &otherwise.layout {
        Layout::Csv { dialect, names } => (*dialect, names),
        Layout::JsonLines => (Dialect { delimiter: b',', quote: Some(b'"') }, &None),
    };
    let dialect = Dialect {
        delimiter: delimiter.and_then(|item| one_byte(item)).unwrap_or(dialect.delimiter),
        quote: match quote {
            Some(item) if item.is_text() && item.text() == Some("") => None,
            Some(item) => one_byte(item),
            None => dialect.quote,
        },
    };
    if dialect.quote == Some(dialect.delimiter) {
        table.report("expected a delimiter and a quote that differ, found one character for both");
    }
    FileFormat { layout: Layout::Csv { dialect, names: read_names(table, header, names) }, empty }
}

fn read_names(table: &Table<'_>, header: Option<Item<'_>>, names: Option<Item<'_>>) -> Option<Vec<String>> {
    let has_header = header.and_then(Item::flag).unwrap_or(true);
    match (has_header, names) {
        (true, None) => None,
        (true, Some(item)) => {
            item.report(
                "expected only with header = false, found it for a file whose header names the columns",
            );
            None
        }
        (false, Some(item)) => Some(item.texts()?.into_iter().map(str::to_owned).collect()),
        (false, None) => {
            table.report("missing key \"columns\": a file without a header needs the names of its columns");
            None
        }
    }
}

fn one_byte(item: Item<'_>) -> Option<u8> {
    item.parsed(|text| match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(*byte),
        _ => Err(format!("expected one ASCII character, found {text:?}")),
    })
}
