//! Cursors over a parsed file: they hand out typed values, pin what is wrong to its place, and report at the end
//! every key that nobody asked for.
//!
//! They never stop at a mistake: a value that cannot be read is `None`, and the caller goes on to the next one.

use super::document::{Document, Place};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table being read.
pub(super) struct Table<'a> {
    document: &'a Document<'a>,
    table: &'a DeTable<'a>,
    offset: usize,
    /// The keys that somebody asked for: the known ones.
    asked: Vec<&'static str>,
}

/// Reads a whole file as one table. Keys that `read` does not ask for are mistakes.
pub(super) fn read_file<'a, R>(document: &'a Document<'a>, read: impl FnOnce(&mut Table<'a>) -> R) -> R {
    let mut table = Table { document, table: document.root(), offset: 0, asked: Vec::new() };
    let result = read(&mut table);
    table.finish();
    result
}

impl<'a> Table<'a> {
    /// The value of a key that must be there.
    pub(super) fn required(&mut self, key: &'static str) -> Option<Item<'a>> {
        let item = self.optional(key);
        if item.is_none() && self.document.is_readable() {
            self.place().report(format!("missing key {key:?}"));
        }
        item
    }

    /// Reports something missing; a file that cannot be read at all is not blamed for it.
    pub(super) fn report_missing(&self, message: impl Into<String>) {
        if self.document.is_readable() {
            self.place().report(message);
        }
    }

    /// The value of a key that may be there.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.asked.push(key);
        let (_, value) = self.table.get_key_value(key)?;
        Some(Item { document: self.document, key, value })
    }

    /// The one key of some that is there, with its value; none of them, or several, are a mistake.
    pub(super) fn one_key(&mut self, keys: &[&'static str]) -> Option<(&'static str, Item<'a>)> {
        let found: Vec<_> = keys.iter().filter_map(|key| Some((*key, self.optional(key)?))).collect();
        let [only] = found[..] else {
            let found: Vec<&str> = found.iter().map(|(key, _)| *key).collect();
            let found = if found.is_empty() { "none".to_owned() } else { found.join(" and ") };
            self.place().report(format!("expected one of {}, found {found}", keys.join(", ")));
            return None;
        };
        Some(only)
    }

    /// A text that must be there and not be empty.
    pub(super) fn text(&mut self, key: &'static str) -> Option<&'a str> {
        self.required(key)?.text()
    }

    /// Where the table begins.
    pub(super) fn place(&self) -> Place<'a> {
        self.document.place(self.offset)
    }

    fn finish(self) {
        for key in self.table.keys().filter(|key| !self.asked.contains(&&**key.get_ref())) {
            let name = key.get_ref();
            let hint = match nearest(name, self.asked.iter().copied()) {
                Some(known) => format!("the nearest known key is {known:?}"),
                None => format!("known keys are {}", self.asked.join(", ")),
            };
            self.document.place(key.span().start).report(format!("unknown key {name:?}, {hint}"));
        }
    }
}

/// One value, with its key for the messages.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    document: &'a Document<'a>,
    key: &'a str,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Item<'a> {
    /// Where the value begins.
    pub(super) fn place(self) -> Place<'a> {
        self.document.place(self.value.span().start)
    }

    /// Which bytes of the file the value takes.
    pub(super) fn span(self) -> std::ops::Range<usize> {
        self.value.span()
    }

    /// The key it stands at.
    pub(super) fn key(self) -> &'a str {
        self.key
    }

    /// Pins a mistake to the value; the key is put before the message.
    pub(super) fn report(self, message: impl Display) {
        self.place().report(format!("{}: {message}", self.key));
    }

    /// Whether it is a table.
    pub(super) fn is_table(self) -> bool {
        matches!(self.value.get_ref(), DeValue::Table(_))
    }

    /// Whether it is a text.
    pub(super) fn is_text(self) -> bool {
        matches!(self.value.get_ref(), DeValue::String(_))
    }

    /// A value in a table, before the table is read.
    pub(super) fn peek(self, key: &str) -> Option<Self> {
        let DeValue::Table(table) = self.value.get_ref() else { return None };
        let (key, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(Self { document: self.document, key: key.get_ref(), value })
    }

    /// A text, a number, or yes or no.
    pub(super) fn value(self) -> Option<model::Value> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(model::Value::Text(Arc::from(&**text))),
            DeValue::Boolean(flag) => Some(model::Value::Bool(*flag)),
            DeValue::Integer(_) => self.number(i64::MIN..=i64::MAX).map(model::Value::Int),
            DeValue::Float(float) => match float.as_str().parse() {
                Ok(float) => Some(model::Value::Float(float)),
                Err(_) => self.wrong_type("a number"),
            },
            _ => self.wrong_type("a text, a number, true or false"),
        }
    }

    /// A text, which may be empty.
    pub(super) fn any_text(self) -> Option<&'a str> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => self.wrong_type("text"),
        }
    }

    /// A text with something in it.
    pub(super) fn text(self) -> Option<&'a str> {
        let text = self.any_text()?;
        if text.trim().is_empty() {
            self.report("expected a text, found an empty one");
            return None;
        }
        Some(text)
    }

    /// A text read by a function; its error is the message.
    pub(super) fn parsed<T, E: Display>(self, read: impl FnOnce(&'a str) -> Result<T, E>) -> Option<T> {
        read(self.any_text()?).map_err(|error| self.report(error)).ok()
    }

    /// One of several words.
    pub(super) fn one_of<T: Copy>(self, words: &[(&str, T)]) -> Option<T> {
        let text = self.any_text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.report(format!("expected one of {}, found {text:?}", known.join(", ")));
        }
        found
    }

    /// Yes or no.
    pub(super) fn flag(self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type("true or false"),
        }
    }

    /// A whole number within limits.
    pub(super) fn number<T: TryFrom<i64> + PartialOrd + Display>(
        self,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let DeValue::Integer(integer) = self.value.get_ref() else {
            return self.wrong_type("a whole number");
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let within = number.and_then(|n| T::try_from(n).ok()).filter(|n| range.contains(n));
        if within.is_none() {
            self.report(format!("expected {} to {}, found {integer}", range.start(), range.end()));
        }
        within
    }

    /// The values of a list.
    pub(super) fn list(self) -> Option<Vec<Self>> {
        match self.value.get_ref() {
            DeValue::Array(array) => Some(array.iter().map(|value| Self { value, ..self }).collect()),
            _ => self.wrong_type("a list"),
        }
    }

    /// The values of a list, each read by a function; those it cannot read are left out.
    pub(super) fn each<T>(self, read: impl FnMut(Self) -> Option<T>) -> Option<Vec<T>> {
        Some(self.list()?.into_iter().filter_map(read).collect())
    }

    /// A table. Keys that `read` does not ask for are mistakes.
    pub(super) fn table<R>(self, read: impl FnOnce(&mut Table<'a>) -> R) -> Option<R> {
        let DeValue::Table(table) = self.value.get_ref() else {
            return self.wrong_type("a table");
        };
        let mut table =
            Table { document: self.document, table, offset: self.value.span().start, asked: Vec::new() };
        let result = read(&mut table);
        table.finish();
        Some(result)
    }

    /// A table whose keys are names of the file's own making.
    pub(super) fn named(self) -> Option<Vec<(Place<'a>, Self)>> {
        let DeValue::Table(table) = self.value.get_ref() else {
            return self.wrong_type("a table");
        };
        let entry = |(key, value): (&'a Spanned<toml::de::DeString<'a>>, _)| {
            let place = self.document.place(key.span().start);
            (place, Self { document: self.document, key: key.get_ref(), value })
        };
        Some(table.iter().map(entry).collect())
    }

    fn wrong_type<T>(self, expected: &str) -> Option<T> {
        self.report(format!("expected {expected}, found {}", type_word(self.value.get_ref())));
        None
    }
}

fn type_word(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date without quotes",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The name most like the one that was written, if one is like it at all.
pub(crate) fn nearest<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|name| (edits(written, name), name))
        .filter(|(edits, name)| *edits <= name.chars().count().div_ceil(3))
        .min()
        .map(|(_, name)| name)
}

/// How many characters must be put in, left out or changed to make one text of the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for ((b, above), diagonal) in to.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or(0);
            next.push((above + 1).min(left + 1).min(diagonal + usize::from(a != *b)));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_strangers_have_none() {
        let known = ["classes", "subtypes", "citation", "id"];
        let check = |written, expect| assert_eq!(nearest(written, known.into_iter()), expect, "{written}");
        check("clases", Some("classes"));
        check("subtype", Some("subtypes"));
        check("citaton", Some("citation"));
        check("ID", None);
        check("colour", None);
    }

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("退订", "退定", 1)]
        {
            assert_eq!(edits(from, to), count, "{from} {to}");
            assert_eq!(edits(to, from), count, "{to} {from}");
        }
    }
}
