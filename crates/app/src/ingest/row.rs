//! One row of a file, holding only the cells that the map asks for, and the columns by number.
//!
//! It does not know whether it came from CSV or JSON Lines. The readers fill it; sources take texts out of it and blame
//! its columns.

use super::complaint::{Column, Complaint, Problem};
use std::sync::Arc;

/// A column that the map names, by its place among the named ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ColumnId(usize);

/// The columns that a map names.
#[derive(Debug, Default, Clone)]
pub(crate) struct Columns {
    list: Vec<NamedColumn>,
}

#[derive(Debug, Clone)]
struct NamedColumn {
    name: Arc<str>,
    /// Whether a file without it cannot be used.
    is_required: bool,
}

impl Columns {
    /// The id of a column; asked for twice, it is required if it was once.
    pub(crate) fn id(&mut self, name: &str, is_required: bool) -> ColumnId {
        let known = self.list.iter().position(|column| &*column.name == name);
        let at = known.unwrap_or_else(|| {
            self.list.push(NamedColumn { name: name.into(), is_required: false });
            self.list.len() - 1
        });
        if let Some(column) = self.list.get_mut(at) {
            column.is_required |= is_required;
        }
        ColumnId(at)
    }

    /// The id of a column that the map names, if it does.
    pub(crate) fn find(&self, name: &str) -> Option<ColumnId> {
        self.list.iter().position(|column| &*column.name == name).map(ColumnId)
    }

    /// Whether a name leads into a nested object: `card` does when the map names `card.number`.
    pub(crate) fn leads_to_one(&self, name: &str) -> bool {
        self.list.iter().any(|c| c.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }

    /// Every column, with whether a file without it cannot be used.
    pub(crate) fn all(&self) -> impl Iterator<Item = (ColumnId, &str, bool)> {
        self.list.iter().enumerate().map(|(at, c)| (ColumnId(at), &*c.name, c.is_required))
    }

    fn name(&self, id: ColumnId) -> &str {
        self.list.get(id.0).map_or("", |column| &column.name)
    }
}

/// One row. Reused for all rows of a file, so that reading allocates next to nothing.
#[derive(Debug)]
pub(crate) struct Row {
    file: Arc<str>,
    columns: Arc<Columns>,
    /// The line on which it begins.
    pub(crate) line: u64,
    /// Its bytes as they stand in the file, without the line end.
    pub(crate) raw: Vec<u8>,
    cells: Vec<Cell>,
    texts: String,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    /// The text, in `texts`.
    start: usize,
    end: usize,
    /// Counted from 1; 0 when the row has no such column.
    number: usize,
    /// How many lines below the first line of the row it begins.
    lines_down: u64,
    /// What it is instead of a text that could be read.
    odd: Option<&'static str>,
}

impl Row {
    /// A row for a file and the columns wanted from it.
    pub(crate) fn new(file: Arc<str>, columns: Arc<Columns>) -> Self {
        let cells = vec![Cell::default(); columns.list.len()];
        Self { file, columns, line: 0, raw: Vec::new(), cells, texts: String::new() }
    }

    /// Forgets the cells of the row before.
    pub(crate) fn clear(&mut self, line: u64) {
        self.line = line;
        self.texts.clear();
        self.cells.fill(Cell::default());
    }

    /// Puts a text into a cell, trimmed.
    pub(crate) fn put(&mut self, id: ColumnId, number: usize, lines_down: u64, text: &str) {
        let start = self.texts.len();
        self.texts.push_str(text.trim());
        self.set(id, Cell { start, end: self.texts.len(), number, lines_down, odd: None });
    }

    /// Notes that a cell holds something that is no text.
    pub(crate) fn put_odd(&mut self, id: ColumnId, number: usize, what: &'static str) {
        self.set(id, Cell { number, odd: Some(what), ..Cell::default() });
    }

    fn set(&mut self, id: ColumnId, cell: Cell) {
        if let Some(slot) = self.cells.get_mut(id.0) {
            *slot = cell;
        }
    }

    /// Whether the row has this column already.
    pub(crate) fn has(&self, id: ColumnId) -> bool {
        self.cells.get(id.0).is_some_and(|cell| cell.number > 0)
    }

    /// Makes a cell empty if it says nothing in one of these words.
    pub(crate) fn blank_out(&mut self, words: &[String]) {
        for cell in &mut self.cells {
            let text = self.texts.get(cell.start..cell.end).unwrap_or_default();
            if words.iter().any(|word| word == text) {
                cell.end = cell.start;
            }
        }
    }

    /// The text of a cell; `None` when it is empty or not there.
    ///
    /// # Errors
    /// When the cell holds something that is no text, such as a list.
    pub(crate) fn text(&self, id: ColumnId) -> Result<Option<&str>, Complaint> {
        let cell = self.cells.get(id.0).copied().unwrap_or_default();
        if let Some(what) = cell.odd {
            return Err(self.mismatch(Some(id), "a text, a number or true or false", what));
        }
        Ok(self.texts.get(cell.start..cell.end).filter(|text| !text.is_empty()))
    }

    /// A complaint about a cell of this row, or about the row as a whole.
    pub(crate) fn mismatch(
        &self,
        id: Option<ColumnId>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Complaint {
        let cell = id.and_then(|id| self.cells.get(id.0)).copied().unwrap_or_default();
        let column = id.map(|id| Column {
            number: (cell.number > 0).then_some(cell.number),
            name: self.columns.name(id).to_owned(),
        });
        let problem = Problem::Mismatch { expected: expected.into(), found: found.into() };
        Complaint { file: self.file.clone(), line: self.line + cell.lines_down, column, problem }
    }

    /// A complaint about a place of this row that may be no column of the map's.
    pub(crate) fn complaint(
        &self,
        lines_down: u64,
        column: Option<Column>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Complaint {
        let problem = Problem::Mismatch { expected: expected.into(), found: found.into() };
        Complaint { file: self.file.clone(), line: self.line + lines_down, column, problem }
    }

    /// A complaint of the server about a row of this file.
    pub(crate) fn refused(&self, line: u64, words: String) -> Complaint {
        Complaint { file: self.file.clone(), line, column: None, problem: Problem::Refused(words) }
    }
}
