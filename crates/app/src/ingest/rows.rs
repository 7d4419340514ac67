//! Rows of a file in whichever format the map says, one interface for both.
//!
//! It decides nothing about what a row means. The run and the lookup tables call it.

use super::complaint::Complaint;
use super::delimited::{Delimited, Dialect};
use super::error::Error;
use super::input::Input;
use super::jsonl::JsonLines;
use super::row::{Columns, Row};
use std::path::Path;
use std::sync::Arc;

/// How a file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileFormat {
    /// How rows and cells are told apart.
    pub(crate) layout: Layout,
    /// Texts that stand for an empty cell, besides the empty text.
    pub(crate) empty: Vec<String>,
}

/// How rows and cells are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    /// CSV and its relatives.
    Csv {
        /// Delimiter and quote.
        dialect: Dialect,
        /// The names of the columns where the file has no header.
        names: Option<Vec<String>>,
    },
    /// One JSON object a line.
    JsonLines,
}

/// What became of asking for a row.
#[derive(Debug)]
pub(crate) enum Next {
    /// The row is filled.
    Row,
    /// There is a row, and it cannot be used. Its bytes are in the row.
    Bad(Complaint),
    /// There is nothing more.
    End,
}

/// A file being read by rows.
pub(crate) struct Rows {
    reader: Reader,
    empty: Vec<String>,
}

enum Reader {
    Csv(Delimited),
    JsonLines(JsonLines),
}

impl Rows {
    /// Opens a file; also gives the row to be filled again and again. `name` is how complaints call the file.
    ///
    /// # Errors
    /// When the file cannot be read, or its header lacks what the map needs.
    pub(crate) fn open(
        file: &Path,
        name: &str,
        format: &FileFormat,
        columns: &Columns,
    ) -> Result<(Self, Row), Error> {
        let input = Input::open(file)?;
        let columns = Arc::new(columns.clone());
        let mut row = Row::new(name.into(), columns.clone());
        let reader = match &format.layout {
            Layout::Csv { dialect, names } => {
                Reader::Csv(Delimited::start(input, *dialect, names.as_deref(), &columns, &mut row)?)
            }
            Layout::JsonLines => Reader::JsonLines(JsonLines::start(input, columns)),
        };
        Ok((Self { reader, empty: format.empty.clone() }, row))
    }

    /// Fills the row with the next one of the file.
    ///
    /// # Errors
    /// When the file cannot be read further. A bad row is no error.
    pub(crate) fn next(&mut self, row: &mut Row) -> Result<Next, Error> {
        let next = match &mut self.reader {
            Reader::Csv(reader) => reader.next(row)?,
            Reader::JsonLines(reader) => reader.next(row)?,
        };
        if !self.empty.is_empty() {
            row.blank_out(&self.empty);
        }
        Ok(next)
    }

    /// How many bytes of the file (compressed, if it is) have been read.
    pub(crate) fn consumed(&self) -> u64 {
        match &self.reader {
            Reader::Csv(reader) => reader.input().consumed(),
            Reader::JsonLines(reader) => reader.input().consumed(),
        }
    }
}

/// Complains about every column that a file must have and has not.
///
/// # Errors
/// When there is one.
pub(crate) fn missing_columns(file: &Path, names: &[String], columns: &Columns) -> Result<(), Error> {
    let is_there = |wanted: &str| names.iter().any(|name| name == wanted);
    let missing: Vec<String> = columns
        .all()
        .filter(|(_, name, is_required)| *is_required && !is_there(name))
        .map(|(_, name, _)| match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("column {name:?} (the nearest is {near:?})"),
            None => format!("column {name:?}"),
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = names.iter().map(String::as_str).take(NAMES_SHOWN_MAX).collect();
    let more = if names.len() > NAMES_SHOWN_MAX { ", …" } else { "" };
    Err(Error::Columns { file: file.to_owned(), missing, found: format!("{}{more}", shown.join(", ")) })
}

/// The name that differs least from a mistyped one, if any is close.
pub(crate) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wrong.chars().count() / 3).clamp(1, 3);
    names
        .map(|name| (edits(&wrong.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many characters must be put in, taken out or changed (Levenshtein's distance).
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut costs: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.chars().enumerate() {
        let mut diagonal = row;
        let mut left = row + 1;
        for (cost, b) in costs.iter_mut().skip(1).zip(&other) {
            let above = *cost;
            left = (diagonal + usize::from(a != *b)).min(above + 1).min(left + 1);
            *cost = left;
            diagonal = above;
        }
        if let Some(first) = costs.first_mut() {
            *first = row + 1;
        }
    }
    costs.last().copied().unwrap_or(0)
}

const NAMES_SHOWN_MAX: usize = 40;
