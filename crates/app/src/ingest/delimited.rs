//! Rows of CSV (RFC 4180) and its relatives: another delimiter, another quote, no header, LF or CRLF.
//!
//! Written here because of what a bank's files need and common readers do not give: the right line for every cell (after
//! blank lines, CRLF and line ends inside quotes too), the row as it stands in the file, and a forgotten quote that costs
//! one line and not the rest of the file. It refuses to guess: a row with a cell too many is a bad row.

use super::complaint::{Column, Complaint};
use super::error::Error;
use super::input::{Input, ROW_BYTES_MAX, Taken};
use super::row::{ColumnId, Columns, Row};
use super::rows::{Next, missing_columns};

/// How the cells of a row are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// One ASCII character between cells.
    pub(crate) delimiter: u8,
    /// One ASCII character around cells that hold delimiters or line ends, doubled inside; `None`: there is none.
    pub(crate) quote: Option<u8>,
}

/// Reads rows of one file.
pub(crate) struct Delimited {
    input: Input,
    dialect: Dialect,
    /// By field: the column of the map, if it asks for this one, and its name.
    fields: Vec<(Option<ColumnId>, String)>,
    /// Where the record began, in bytes of text.
    record_at: u64,
    spans: Vec<Span>,
    unquoted: String,
}

impl Delimited {
    /// Starts reading: takes the header from the file, or the names from the map when there is none.
    ///
    /// # Errors
    /// When the header cannot be read, or a column that the map needs is not in it or is in it twice.
    pub(crate) fn start(
        input: Input,
        dialect: Dialect,
        names: Option<&[String]>,
        columns: &Columns,
        row: &mut Row,
    ) -> Result<Self, Error> {
        let (fields, spans, unquoted) = (Vec::new(), Vec::new(), String::new());
        let mut rows = Self { input, dialect, fields, record_at: 0, spans, unquoted };
        let names = match names {
            Some(names) => names.to_vec(),
            None => rows.take_header(row)?,
        };
        missing_columns(rows.input.file(), &names, columns)?;
        for (at, name) in names.iter().enumerate() {
            let id = columns.find(name);
            let is_twice = id.is_some() && names.iter().take(at).any(|other| other == name);
            if is_twice {
                let column = Column { number: Some(at + 1), name: name.clone() };
                let expected = "each column that the map names once in the header";
                return Err(Error::Table(row.complaint(0, Some(column), expected, "it a second time")));
            }
            rows.fields.push((id, name.clone()));
        }
        Ok(rows)
    }

    /// The next row that is not blank.
    ///
    /// # Errors
    /// When the file cannot be read further. A bad row is no error.
    pub(crate) fn next(&mut self, row: &mut Row) -> Result<Next, Error> {
        match self.take_record(row)? {
            Next::Row => {}
            other => return Ok(other),
        }
        // The cells are filled from the row's own bytes: these step aside meanwhile.
        match String::from_utf8(std::mem::take(&mut row.raw)) {
            Ok(text) => {
                let misfit = self.fill(row, &text);
                row.raw = text.into_bytes();
                Ok(misfit.map_or(Next::Row, Next::Bad))
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                row.raw = error.into_bytes();
                Ok(Next::Bad(self.not_utf8(row, at)))
            }
        }
    }

    fn fill(&mut self, row: &mut Row, text: &str) -> Option<Complaint> {
        if self.spans.len() != self.fields.len() {
            let (expected, found) = (count(self.fields.len()), count(self.spans.len()));
            return Some(row.complaint(0, None, expected, found));
        }
        let is_one_line = !text.contains('\n');
        for (at, (span, (id, _))) in self.spans.iter().zip(&self.fields).enumerate() {
            let Some(id) = id else { continue };
            let lines_down = if is_one_line { 0 } else { lines_in(text.as_bytes(), span.start) };
            row.put(*id, at + 1, lines_down, content(text, *span, self.dialect.quote, &mut self.unquoted));
        }
        None
    }

    /// The file that is read.
    pub(crate) fn input(&self) -> &Input {
        &self.input
    }

    fn take_header(&mut self, row: &mut Row) -> Result<Vec<String>, Error> {
        let bad = |expected: &str, found: &str, row: &Row| {
            Error::Table(row.complaint(0, None, expected.to_owned(), found.to_owned()))
        };
        match self.take_record(row)? {
            Next::Row => {}
            Next::Bad(complaint) => return Err(Error::Table(complaint)),
            Next::End => return Err(bad("a header with the names of the columns", "an empty file", row)),
        }
        let text = match std::str::from_utf8(&row.raw) {
            Ok(text) => text,
            Err(error) => return Err(Error::Table(self.not_utf8(row, error.valid_up_to()))),
        };
        if text.contains('\r') {
            return Err(bad("lines that end with LF or CRLF", "a carriage return alone", row));
        }
        let quote = self.dialect.quote;
        let unquoted = &mut self.unquoted;
        Ok(self.spans.iter().map(|span| content(text, *span, quote, unquoted).trim().to_owned()).collect())
    }

    /// Takes the lines of one record into `row.raw` and tells its cells apart.
    fn take_record(&mut self, row: &mut Row) -> Result<Next, Error> {
        loop {
            row.raw.clear();
            self.record_at = self.input.offset;
            let taken = self.input.take_line(&mut row.raw)?;
            row.clear(self.input.lines);
            match taken {
                Taken::End => return Ok(Next::End),
                Taken::TooLong => return Ok(Next::Bad(too_long(row))),
                Taken::Line if row.raw.trim_ascii().is_empty() => {}
                Taken::Line => return self.take_rest_of_record(row),
            }
        }
    }

    fn take_rest_of_record(&mut self, row: &mut Row) -> Result<Next, Error> {
        let first_line = row.raw.len();
        for _ in 0..ROW_LINES_MAX {
            let misfit = match split(without_line_end(&row.raw), self.dialect, &mut self.spans) {
                Split::Whole => {
                    row.raw.truncate(without_line_end(&row.raw).len());
                    return Ok(Next::Row);
                }
                Split::Open if row.raw.len() < ROW_BYTES_MAX => match self.input.take_line(&mut row.raw)? {
                    Taken::Line => continue,
                    Taken::TooLong => return Ok(Next::Bad(too_long(row))),
                    Taken::End => Misfit::OPEN,
                },
                Split::Open => Misfit::OPEN,
                Split::AfterQuote => Misfit::AFTER_QUOTE,
            };
            return Ok(Next::Bad(self.give_up_record(row, first_line, misfit)));
        }
        Ok(Next::Bad(self.give_up_record(row, first_line, Misfit::OPEN)))
    }

    /// Only the first line is bad: whatever the quote swallowed after it is read again as rows.
    fn give_up_record(&mut self, row: &mut Row, first_line: usize, misfit: Misfit) -> Complaint {
        self.input.give_back(row.raw.get(first_line..).unwrap_or_default());
        row.raw.truncate(first_line);
        row.raw.truncate(without_line_end(&row.raw).len());
        // The cell that swallowed the rest is the last that begins on the first line.
        let at = self.spans.iter().rposition(|span| span.start <= row.raw.len()).unwrap_or(0);
        let column = Column { number: Some(at + 1), name: self.name(at) };
        row.complaint(0, Some(column), misfit.expected, misfit.found)
    }

    fn name(&self, at: usize) -> String {
        self.fields.get(at).map(|(_, name)| name.clone()).unwrap_or_default()
    }

    fn not_utf8(&self, row: &Row, at: usize) -> Complaint {
        let byte = row.raw.get(at).copied().unwrap_or_default();
        let offset = self.record_at + at as u64;
        let field = self.spans.iter().rposition(|span| span.start <= at).unwrap_or(0);
        let column = Column { number: Some(field + 1), name: self.name(field) };
        let found = format!("the byte 0x{byte:02X} at byte {offset} of the text");
        row.complaint(lines_in(&row.raw, at), Some(column), "UTF-8", found)
    }
}

/// Where a cell's content stands in the row, without the quotes around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
    /// Whether quotes inside are doubled.
    has_doubled: bool,
}

/// How telling the cells apart ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Split {
    Whole,
    /// A quote is open at the end: the row may go on.
    Open,
    /// Something stands between a closing quote and the next delimiter.
    AfterQuote,
}

struct Misfit {
    expected: &'static str,
    found: &'static str,
}

impl Misfit {
    const OPEN: Self = Self { expected: "a closing quote", found: "none in the rows that follow" };
    const AFTER_QUOTE: Self =
        Self { expected: "a delimiter or the line end after a closing quote", found: "something else" };
}

/// Tells the cells of a record apart. A quote that does not begin a cell is a character like any other.
fn split(record: &[u8], dialect: Dialect, spans: &mut Vec<Span>) -> Split {
    spans.clear();
    let mut start = 0;
    loop {
        let rest = record.get(start..).unwrap_or_default();
        if dialect.quote.is_some() && rest.first().copied() == dialect.quote {
            let (inside, has_doubled) = quoted_length(rest, rest.first().copied().unwrap_or_default());
            let end = start + 1 + inside.unwrap_or(rest.len() - 1);
            spans.push(Span { start: start + 1, end, has_doubled });
            if inside.is_none() {
                return Split::Open;
            }
            match record.get(end + 1) {
                None => return Split::Whole,
                Some(byte) if *byte == dialect.delimiter => start = end + 2,
                Some(_) => return Split::AfterQuote,
            }
        } else {
            let length = rest.iter().position(|byte| *byte == dialect.delimiter);
            let end = start + length.unwrap_or(rest.len());
            spans.push(Span { start, end, has_doubled: false });
            if length.is_none() {
                return Split::Whole;
            }
            start = end + 1;
        }
    }
}

/// The length of what stands between the opening quote, with which `rest` begins, and the closing one.
fn quoted_length(rest: &[u8], quote: u8) -> (Option<usize>, bool) {
    let mut has_doubled = false;
    let mut at = 1;
    loop {
        let more = rest.get(at..).unwrap_or_default();
        let Some(found) = more.iter().position(|byte| *byte == quote) else {
            return (None, has_doubled);
        };
        if more.get(found + 1) != Some(&quote) {
            return (Some(at + found - 1), has_doubled);
        }
        has_doubled = true;
        at += found + 2;
    }
}

fn content<'a>(text: &'a str, span: Span, quote: Option<u8>, unquoted: &'a mut String) -> &'a str {
    let content = text.get(span.start..span.end).unwrap_or_default();
    match quote.filter(|_| span.has_doubled) {
        None => content,
        Some(quote) => {
            undouble(content, quote, unquoted);
            unquoted
        }
    }
}

fn undouble(content: &str, quote: u8, into: &mut String) {
    into.clear();
    let quote = char::from(quote);
    let mut is_second = false;
    for c in content.chars() {
        is_second = c == quote && !is_second;
        if !is_second {
            into.push(c);
        }
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn lines_in(raw: &[u8], end: usize) -> u64 {
    raw.iter().take(end).filter(|byte| **byte == b'\n').count() as u64
}

fn count(cells: usize) -> String {
    format!("{cells} cell{}", if cells == 1 { "" } else { "s" })
}

fn too_long(row: &Row) -> Complaint {
    row.complaint(0, None, format!("a row of at most {ROW_BYTES_MAX} bytes"), "a longer one")
}

/// Lines of one row: a quote that is open for longer was forgotten.
const ROW_LINES_MAX: usize = 200;
