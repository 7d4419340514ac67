//! A map file as parsed, with cursors that pin every mistake to its line and remember which keys are known.
//!
//! They never stop at a mistake: what cannot be read is `None`, and the caller goes on to the next. What the keys mean is the
//! business of the siblings of this file.

use super::super::rows::nearest;
use std::cell::RefCell;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One mistake in a map, where a person can find it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mistake {
    /// The map, as it was named.
    pub(crate) file: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The character in the line, counted from 1.
    pub(crate) column: usize,
    /// What was expected and what was found.
    pub(crate) message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// A map file, parsed as far as it can be.
pub(super) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    root: Spanned<DeTable<'a>>,
    is_readable: bool,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'a> Document<'a> {
    /// Parses a file; what is not TOML is noted, and the rest is kept.
    pub(super) fn parse(file: &'a str, text: &'a str) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        let is_readable = errors.is_empty();
        let document = Self { file, text, root, is_readable, mistakes: RefCell::default() };
        for error in errors {
            let offset = error.span().map_or(text.len(), |span| span.start);
            document.note(offset, format!("not TOML: {}", error.message()));
        }
        document
    }

    /// The whole file as a table.
    pub(super) fn root(&'a self) -> Table<'a> {
        Table { document: self, table: self.root.get_ref(), key: "", start: 0, asked: Vec::new() }
    }

    /// All mistakes found, sorted by line, each once.
    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        let mut list = self.mistakes.into_inner();
        // In a file that is not TOML, whatever else seems wrong may follow from that.
        if !self.is_readable {
            list.retain(|mistake| mistake.message.starts_with("not TOML"));
        }
        list.sort();
        list.dedup();
        list
    }

    fn note(&self, offset: usize, message: String) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) + 1;
        self.mistakes.borrow_mut().push(Mistake { file: self.file.to_owned(), line, column, message });
    }
}

/// A table being read.
pub(super) struct Table<'a> {
    document: &'a Document<'a>,
    table: &'a DeTable<'a>,
    key: &'a str,
    start: usize,
    asked: Vec<&'static str>,
}

impl<'a> Table<'a> {
    /// The value of a key that may be there.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.asked.push(key);
        let (key, value) = self.table.get_key_value(key)?;
        Some(Item { document: self.document, key: key.get_ref(), value })
    }

    /// The value of a key that must be there.
    pub(super) fn required(&mut self, key: &'static str) -> Option<Item<'a>> {
        let item = self.optional(key);
        if item.is_none() {
            self.report(format!("missing key {key:?}"));
        }
        item
    }

    /// Every key and value, for a table whose keys are names of the map's author.
    pub(super) fn entries(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let document = self.document;
        // In the order of the file, so that members are sent and blamed in that order.
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries.into_iter().map(move |(key, value)| Item { document, key: key.get_ref(), value })
    }

    /// Pins a mistake to the beginning of the table.
    pub(super) fn report(&self, message: impl fmt::Display) {
        let prefix = if self.key.is_empty() { String::new() } else { format!("{}: ", self.key) };
        self.document.note(self.start, format!("{prefix}{message}"));
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(self) {
        for (key, _) in self.table.iter().filter(|(key, _)| !self.asked.contains(&&**key.get_ref())) {
            let name = key.get_ref();
            let hint = match nearest(name, self.asked.iter().copied()) {
                Some(known) => format!("the nearest known key is {known:?}"),
                None => format!("known keys are {}", self.asked.join(", ")),
            };
            self.document.note(key.span().start, format!("unknown key {name:?}, {hint}"));
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
    /// The key it stands at.
    pub(super) fn key(self) -> &'a str {
        self.key
    }

    /// Pins a mistake to the value; the key is put before the message.
    pub(super) fn report(self, message: impl fmt::Display) {
        self.document.note(self.value.span().start, format!("{}: {message}", self.key));
    }

    /// Whether it is a text.
    pub(super) fn is_text(self) -> bool {
        self.value.get_ref().is_str()
    }

    /// A text, which may be empty.
    pub(super) fn text(self) -> Option<&'a str> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => self.wrong_type("a text"),
        }
    }

    /// A text read by a function; its error is the message.
    pub(super) fn parsed<T, E: fmt::Display>(self, read: impl FnOnce(&'a str) -> Result<T, E>) -> Option<T> {
        read(self.text()?).map_err(|error| self.report(error)).ok()
    }

    /// Yes or no.
    pub(super) fn flag(self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type("true or false"),
        }
    }

    /// A whole number from 1 to a limit.
    pub(super) fn count(self, max: usize) -> Option<usize> {
        let DeValue::Integer(number) = self.value.get_ref() else {
            return self.wrong_type("a whole number");
        };
        let count =
            usize::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| (1..=max).contains(n));
        if count.is_none() {
            self.report(format!("expected a whole number from 1 to {max}, found {}", number.as_str()));
        }
        count
    }

    /// One text or a list of texts, at least one.
    pub(super) fn texts(self) -> Option<Vec<&'a str>> {
        let DeValue::Array(array) = self.value.get_ref() else {
            return Some(vec![self.text()?]);
        };
        if array.is_empty() {
            self.report("expected a list with something in it, found an empty one");
            return None;
        }
        array.iter().map(|value| Item { value, ..self }.text()).collect()
    }

    /// A table.
    pub(super) fn table(self) -> Option<Table<'a>> {
        match self.value.get_ref() {
            DeValue::Table(table) => {
                let start = self.value.span().start;
                Some(Table { document: self.document, table, key: self.key, start, asked: Vec::new() })
            }
            _ => self.wrong_type("a table"),
        }
    }

    /// A list of tables.
    pub(super) fn tables(self) -> Option<Vec<Table<'a>>> {
        match self.value.get_ref() {
            DeValue::Array(array) => array.iter().map(|value| Item { value, ..self }.table()).collect(),
            _ => self.wrong_type("a list of tables"),
        }
    }

    fn wrong_type<T>(self, expected: &str) -> Option<T> {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.report(format!("expected {expected}, found {found}"));
        None
    }
}
