//! What is wrong with one row, and where, in words that can be printed.
//!
//! It never holds a value of a customer: a value is described by its length and its shape. The readers and the
//! writers of rows make complaints; the reject file and the progress print them.

use std::fmt;
use std::sync::Arc;

/// One row that was not taken, and why. Prints as `file:line:column(name): expected …, found …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// The file, as it was named.
    pub(crate) file: Arc<str>,
    /// The line on which the value (or else the row) begins, counted from 1.
    pub(crate) line: u64,
    /// The column, if one is to blame.
    pub(crate) column: Option<Column>,
    /// What is wrong.
    pub(crate) problem: Problem,
}

/// A column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Counted from 1; in JSON Lines the keys count in the order in which they stand. `None`: the row has no such column.
    pub(crate) number: Option<usize>,
    /// The name in the header or the key.
    pub(crate) name: String,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Something else was expected.
    Mismatch {
        /// What was expected.
        expected: String,
        /// What came, described without being repeated.
        found: String,
    },
    /// The server did not take the row. Its words.
    Refused(String),
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        match &self.column {
            Some(Column { number: Some(number), name }) => write!(f, ":{number}({name})")?,
            Some(Column { number: None, name }) => write!(f, ":({name})")?,
            None => {}
        }
        write!(f, ": {}", self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mismatch { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Refused(words) => write!(f, "refused by the server: {words}"),
        }
    }
}

/// Describes a value without repeating it: its length, and its shape with `9` for a digit, `A` and `a` for Latin
/// letters and `文` for any other letter. `1380000123x` is `11 characters shaped 9999999999a`.
pub(crate) fn shape(text: &str) -> String {
    if text.is_empty() {
        return NOTHING.to_owned();
    }
    let count = text.chars().count();
    let mask: String = text.chars().take(SHAPE_CHARS_MAX).map(shape_of).collect();
    let more = if count > SHAPE_CHARS_MAX { "…" } else { "" };
    let noun = if count == 1 { "character" } else { "characters" };
    format!("{count} {noun} shaped {mask}{more}")
}

fn shape_of(c: char) -> char {
    match c {
        '0'..='9' => '9',
        'a'..='z' => 'a',
        'A'..='Z' => 'A',
        c if c.is_control() => '·',
        c if c.is_alphabetic() => '文',
        c if c.is_numeric() => '9',
        c => c,
    }
}

/// How an empty cell is described.
pub(crate) const NOTHING: &str = "nothing";

/// Longer shapes are cut: a shape is a hint, not a text.
const SHAPE_CHARS_MAX: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_shape_says_enough_to_find_the_mistake() {
        assert_eq!(shape("1380000123x"), "11 characters shaped 9999999999a");
        assert_eq!(shape("张三"), "2 characters shaped 文文");
        assert_eq!(shape("31/12/2026"), "10 characters shaped 99/99/9999");
        assert_eq!(shape("X"), "1 character shaped A");
        assert_eq!(shape("٣"), "1 character shaped 9");
        assert_eq!(shape(""), "nothing");
    }

    proptest! {
        /// Neither a letter nor a digit of the value survives, save those that stand for all of them.
        #[test]
        fn a_shape_tells_nothing_of_the_value(text in "\\PC{1,60}") {
            let shape = shape(&text);
            let (_, mask) = shape.split_once("shaped ").unwrap();
            prop_assert!(mask.chars().all(|c| !c.is_alphanumeric() || matches!(c, '9' | 'a' | 'A' | '文')), "{}", mask);
        }
    }
}
