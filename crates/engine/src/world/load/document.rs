//! One configuration file as parsed, and the list into which every mistake about it goes.
//!
//! It knows lines and columns; what a file should say is the business of its siblings. The reader's cursors and
//! every sibling of this module call it.

use std::cell::RefCell;
use std::fmt;
use toml::Spanned;
use toml::de::DeTable;

/// One mistake in the configuration, where a person can find it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The path of the file, as it was handed over.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// What was expected and what was found.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// All mistakes found so far, in the order of finding.
#[derive(Debug, Default)]
pub(super) struct Mistakes(RefCell<Vec<Mistake>>);

impl Mistakes {
    /// Adds one mistake.
    pub(super) fn add(&self, mistake: Mistake) {
        self.0.borrow_mut().push(mistake);
    }

    /// Adds a mistake about a file that is not there.
    pub(super) fn missing_file(&self, path: impl Into<String>, message: impl Into<String>) {
        self.add(Mistake { file: path.into(), line: 1, column: 1, message: message.into() });
    }

    /// The mistakes by file, line and column, each once.
    pub(super) fn into_sorted(self) -> Vec<Mistake> {
        let mut list = self.0.into_inner();
        list.sort();
        list.dedup();
        list
    }
}

/// One file, parsed as far as it can be.
pub(super) struct Document<'a> {
    /// Its path, as it was handed over.
    pub(super) path: &'a str,
    text: &'a str,
    root: Spanned<DeTable<'a>>,
    line_starts: Vec<usize>,
    /// Lines (from 1) the parser could not read: whatever else seems wrong there only follows from that.
    unreadable: Vec<usize>,
    mistakes: &'a Mistakes,
}

impl<'a> Document<'a> {
    /// Parses a file; what is not TOML goes to the list, and the rest is kept.
    pub(super) fn parse(path: &'a str, text: &'a str, mistakes: &'a Mistakes) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut document = Self { path, text, root, line_starts, unreadable: Vec::new(), mistakes };
        for error in errors {
            let offset = error.span().map_or(text.len(), |span| span.start);
            let (line, column) = document.line_and_column(offset);
            document.unreadable.push(line);
            let message = format!("not TOML: {}", error.message());
            mistakes.add(Mistake { file: path.to_owned(), line, column, message });
        }
        document
    }

    /// The whole file as a table.
    pub(super) fn root(&'a self) -> &'a DeTable<'a> {
        self.root.get_ref()
    }

    /// Whether all of it could be parsed. In a file that could not, a missing key proves nothing.
    pub(super) fn is_readable(&self) -> bool {
        self.unreadable.is_empty()
    }

    /// The name of the file without folders and ending.
    pub(super) fn stem(&self) -> &'a str {
        let name = self.path.rsplit_once('/').map_or(self.path, |(_, name)| name);
        name.strip_suffix(".toml").unwrap_or(name)
    }

    /// A place in the file, in bytes from its start.
    pub(super) fn place(&'a self, offset: usize) -> Place<'a> {
        Place { document: self, offset }
    }

    /// The line and the character in it, both counted from 1, of a byte.
    pub(super) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(1, |before| before.chars().count() + 1);
        (line, column)
    }
}

/// A place in a file, to which a mistake can be pinned.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    document: &'a Document<'a>,
    offset: usize,
}

impl<'a> Place<'a> {
    /// The byte of the file.
    pub(super) fn offset(self) -> usize {
        self.offset
    }

    /// Pins a mistake here.
    pub(super) fn report(self, message: impl Into<String>) {
        let (line, column) = self.document.line_and_column(self.offset);
        if self.document.unreadable.contains(&line) {
            return;
        }
        self.document.mistakes.add(Mistake {
            file: self.document.path.to_owned(),
            line,
            column,
            message: message.into(),
        });
    }

    /// What would be reported here, kept for whoever decides whether it is a mistake.
    pub(super) fn mistake(self, message: String) -> Mistake {
        let (line, column) = self.document.line_and_column(self.offset);
        Mistake { file: self.document.path.to_owned(), line, column, message }
    }

    /// `file:line`, for mistakes elsewhere that name this place.
    pub(super) fn name(self) -> String {
        format!("{}:{}", self.document.path, self.document.line_and_column(self.offset).0)
    }

    /// The place of a character of a text value that starts here, where the value stands in the file as it reads:
    /// a value with escapes has no such place, and its start is given instead.
    pub(super) fn inside(self, value: &str, offset: usize) -> Self {
        let raw = self.document.text.get(self.offset..).unwrap_or_default();
        let opening = ["\"\"\"\r\n", "'''\r\n", "\"\"\"\n", "'''\n", "\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|quotes| raw.starts_with(quotes));
        let quotes = opening.map_or(0, str::len);
        match raw.get(quotes..) {
            Some(inner) if inner.starts_with(value) => Self { offset: self.offset + quotes + offset, ..self },
            _ => self,
        }
    }
}
