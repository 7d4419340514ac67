//! Texts made of columns: `+4206{client_id:08}`.
//!
//! `{name}` is a column; `{name:08}` is padded with zeros to eight characters and must be digits; `{name?}` may be empty;
//! `{{` and `}}` are braces. It does nothing else: what needs more belongs in the export of the file.

use super::complaint::{Complaint, shape};
use super::row::{ColumnId, Row};

/// A text with columns in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Column { id: ColumnId, zeros: usize, may_be_empty: bool },
}

/// What a template gave.
pub(crate) enum Rendered {
    /// A text.
    Text(String),
    /// A column that must not be empty is.
    Hole(ColumnId),
}

impl Template {
    /// Reads a template. `column` gives the id of a column by its name and whether it must be there.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub(crate) fn parse(text: &str, column: &mut dyn FnMut(&str, bool) -> ColumnId) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                literal.extend(from.chars().take(1));
                rest = after;
                continue;
            }
            let inner = from.strip_prefix('{').ok_or("expected `}}` for a brace in the text, found `}`")?;
            let (name, after) =
                inner.split_once('}').ok_or("expected `}` after the name of a column, found the end")?;
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(parse_column(name, column)?);
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts })
    }

    /// The first column in it.
    pub(crate) fn column(&self) -> Option<ColumnId> {
        self.parts.iter().find_map(|part| match part {
            Part::Column { id, .. } => Some(*id),
            Part::Text(_) => None,
        })
    }

    /// The text for a row.
    ///
    /// # Errors
    /// When a cell that is to be padded is no number, or a cell cannot be read.
    pub(crate) fn render(&self, row: &Row) -> Result<Rendered, Complaint> {
        let mut out = String::new();
        for part in &self.parts {
            let (id, zeros, may_be_empty) = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Column { id, zeros, may_be_empty } => (*id, *zeros, *may_be_empty),
            };
            match row.text(id)? {
                None if may_be_empty => {}
                None => return Ok(Rendered::Hole(id)),
                Some(text) if zeros > 0 && !text.bytes().all(|byte| byte.is_ascii_digit()) => {
                    return Err(row.mismatch(Some(id), "digits to be padded with zeros", shape(text)));
                }
                Some(text) => {
                    out.extend(std::iter::repeat_n('0', zeros.saturating_sub(text.len())));
                    out.push_str(text);
                }
            }
        }
        Ok(Rendered::Text(out))
    }
}

fn parse_column(inner: &str, column: &mut dyn FnMut(&str, bool) -> ColumnId) -> Result<Part, String> {
    let (name, may_be_empty) = match inner.strip_suffix('?') {
        Some(name) => (name, true),
        None => (inner, false),
    };
    let (name, zeros) = match name.split_once(':') {
        None => (name, 0),
        Some((name, width)) => {
            let zeros = width.strip_prefix('0').and_then(|digits| digits.parse().ok());
            let zeros = zeros.filter(|zeros| (1..=ZEROS_MAX).contains(zeros)).ok_or_else(|| {
                format!("expected a width such as :08 (at most {ZEROS_MAX}) after {name:?}, found {width:?}")
            })?;
            (name, zeros)
        }
    };
    if name.is_empty() || name.contains(['{', '?']) {
        return Err(format!("expected the name of a column in {{}}, found {name:?}"));
    }
    Ok(Part::Column { id: column(name, !may_be_empty), zeros, may_be_empty })
}

/// The longest padding.
const ZEROS_MAX: usize = 32;
