//! Where a value comes from: a column, a template, a constant, a lookup, a choice, a hash; then a cut, a value map, a default.
//!
//! It yields texts and knows no types: see `value`. What is required and empty is a complaint that names the column.

use super::complaint::{Complaint, NOTHING, shape};
use super::lookup::{LookupId, Lookups};
use super::row::{ColumnId, Row};
use super::stable_hash::StableHash;
use super::template::{Rendered, Template};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Where a value comes from and what is done to it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Where the text comes from.
    pub(crate) origin: Origin,
    /// Keep only so many of its last characters.
    pub(crate) last: Option<usize>,
    /// Texts and what they become.
    pub(crate) values: BTreeMap<String, String>,
    /// What a text becomes that `values` does not name.
    pub(crate) other: Option<String>,
    /// What stands in for nothing.
    pub(crate) default: Option<String>,
    /// Whether nothing is allowed.
    pub(crate) is_optional: bool,
    /// What is expected, for complaints.
    pub(crate) expected: String,
}

/// Where a text comes from.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// The cell of a column.
    Column(ColumnId),
    /// A text made of columns.
    Template(Template),
    /// Always the same.
    Constant(String),
    /// What another table says about a key.
    Lookup(LookupId, Box<Origin>),
    /// One of a list, by the remainder of a whole number: the same row always gets the same one.
    Choose(ColumnId, Vec<String>),
    /// A hash of cells: an id for rows that have none.
    Hash(Vec<ColumnId>),
}

enum Found<'a> {
    Text(Cow<'a, str>),
    /// Nothing: which column is to blame, what was expected instead, and what was there.
    Nothing(Option<ColumnId>, Option<String>, String),
}

impl Found<'_> {
    fn hole(id: ColumnId) -> Self {
        Self::Nothing(Some(id), None, NOTHING.to_owned())
    }
}

impl Source {
    /// The text for a row; `None` when there is none and none is needed.
    ///
    /// # Errors
    /// When there is none and one is needed, or the value map does not name it.
    pub(crate) fn text<'a>(
        &'a self,
        row: &'a Row,
        lookups: &'a Lookups,
    ) -> Result<Option<Cow<'a, str>>, Complaint> {
        let text = match find(&self.origin, row, lookups)? {
            Found::Text(text) => text,
            Found::Nothing(id, expected, found) => {
                return match &self.default {
                    Some(default) => Ok(Some(Cow::Borrowed(default))),
                    None if self.is_optional => Ok(None),
                    None => Err(row.mismatch(id, expected.unwrap_or_else(|| self.expected.clone()), found)),
                };
            }
        };
        let text = match self.last {
            Some(count) => last_chars(text, count),
            None => text,
        };
        if self.values.is_empty() {
            return Ok(Some(text));
        }
        match self.values.get(&*text).or(self.other.as_ref()) {
            Some(value) => Ok(Some(Cow::Borrowed(value))),
            None => Err(row.mismatch(self.column(), self.listed(), shape(&text))),
        }
    }

    /// The column to blame when the value is wrong.
    pub(crate) fn column(&self) -> Option<ColumnId> {
        blamed(&self.origin)
    }

    fn listed(&self) -> String {
        let known: Vec<&str> = self.values.keys().map(String::as_str).take(VALUES_SHOWN_MAX).collect();
        let more = if self.values.len() > VALUES_SHOWN_MAX { ", …" } else { "" };
        format!("one of {}{more}", known.join(", "))
    }
}

fn blamed(origin: &Origin) -> Option<ColumnId> {
    match origin {
        Origin::Column(id) | Origin::Choose(id, _) => Some(*id),
        Origin::Template(template) => template.column(),
        Origin::Lookup(_, key) => blamed(key),
        Origin::Hash(ids) => ids.first().copied(),
        Origin::Constant(_) => None,
    }
}

fn find<'a>(origin: &'a Origin, row: &'a Row, lookups: &'a Lookups) -> Result<Found<'a>, Complaint> {
    match origin {
        Origin::Constant(text) => Ok(Found::Text(Cow::Borrowed(text))),
        Origin::Column(id) => {
            Ok(row.text(*id)?.map_or_else(|| Found::hole(*id), |text| Found::Text(Cow::Borrowed(text))))
        }
        Origin::Template(template) => Ok(match template.render(row)? {
            Rendered::Text(text) => Found::Text(Cow::Owned(text)),
            Rendered::Hole(id) => Found::hole(id),
        }),
        Origin::Lookup(table, key) => {
            let key_text = match find(key, row, lookups)? {
                Found::Text(text) => text,
                nothing => return Ok(nothing),
            };
            Ok(match lookups.value(*table, &key_text) {
                Some(value) => Found::Text(Cow::Borrowed(value)),
                None => {
                    let expected = format!("a key of the lookup {:?}", lookups.name(*table));
                    Found::Nothing(blamed(key), Some(expected), shape(&key_text))
                }
            })
        }
        Origin::Choose(id, values) => {
            let Some(text) = row.text(*id)? else { return Ok(Found::hole(*id)) };
            let number: u64 = text
                .parse()
                .map_err(|_| row.mismatch(Some(*id), "a whole number to choose by", shape(text)))?;
            let at = number.checked_rem(values.len() as u64).unwrap_or(0);
            let chosen = values.get(at as usize).map_or("", String::as_str);
            Ok(Found::Text(Cow::Borrowed(chosen)))
        }
        Origin::Hash(ids) => {
            let mut hash = StableHash::EMPTY;
            for id in ids {
                hash = hash.with(row.text(*id)?);
            }
            Ok(Found::Text(Cow::Owned(hash.to_string())))
        }
    }
}

fn last_chars(text: Cow<'_, str>, count: usize) -> Cow<'_, str> {
    let start = text.char_indices().rev().take(count).last().map_or(text.len(), |(at, _)| at);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(start..).unwrap_or_default().to_owned()),
    }
}

/// How many texts of a value map a complaint repeats. They are the map's, not a customer's.
const VALUES_SHOWN_MAX: usize = 12;
