//! Rows of JSON Lines: one object a line (RFC 8259), nested objects named with dots, `card.number`.
//!
//! Only the keys that the map names are kept; the others are passed over without being stored. It refuses a key that
//! comes twice, because two readers would not agree on which one counts, and numbers too large to be exact.

use super::complaint::Complaint;
use super::error::Error;
use super::input::{Input, ROW_BYTES_MAX, Taken};
use super::row::{ColumnId, Columns, Row};
use super::rows::Next;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

/// Reads rows of one file.
pub(crate) struct JsonLines {
    input: Input,
    columns: Arc<Columns>,
}

impl JsonLines {
    /// Starts reading.
    pub(crate) fn start(input: Input, columns: Arc<Columns>) -> Self {
        Self { input, columns }
    }

    /// The next row that is not blank.
    ///
    /// # Errors
    /// When the file cannot be read further. A bad row is no error.
    pub(crate) fn next(&mut self, row: &mut Row) -> Result<Next, Error> {
        loop {
            row.raw.clear();
            let line_at = self.input.offset;
            let taken = self.input.take_line(&mut row.raw)?;
            row.clear(self.input.lines);
            match taken {
                Taken::End => return Ok(Next::End),
                Taken::TooLong => {
                    let expected = format!("a row of at most {ROW_BYTES_MAX} bytes");
                    return Ok(Next::Bad(row.complaint(0, None, expected, "a longer one")));
                }
                Taken::Line if row.raw.trim_ascii().is_empty() => {}
                Taken::Line => {
                    row.raw.truncate(row.raw.trim_ascii_end().len());
                    let line = std::mem::take(&mut row.raw);
                    let misfit = self.fill(row, &line, line_at);
                    row.raw = line;
                    return Ok(misfit.map_or(Next::Row, Next::Bad));
                }
            }
        }
    }

    /// The file that is read.
    pub(crate) fn input(&self) -> &Input {
        &self.input
    }

    fn fill(&self, row: &mut Row, line: &[u8], line_at: u64) -> Option<Complaint> {
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(error) => {
                let at = error.valid_up_to();
                let byte = line.get(at).copied().unwrap_or_default();
                let found = format!("the byte 0x{byte:02X} at byte {} of the text", line_at + at as u64);
                return Some(row.complaint(0, None, "UTF-8", found));
            }
        };
        let twice = Cell::new(None);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let object = Object { columns: &self.columns, row, prefix: "", number: None, twice: &twice };
        let read = object.deserialize(&mut deserializer).and_then(|()| deserializer.end());
        let error = read.err()?;
        if let Some(id) = twice.take() {
            return Some(row.mismatch(Some(id), "each key once", "it a second time"));
        }
        if error.is_data() {
            return Some(row.complaint(0, None, "a JSON object", "another JSON value"));
        }
        // A mistake of grammar is told by the parser without the text: "expected `,` or `}`".
        let told = error.to_string();
        let told = told.split(" at line ").next().unwrap_or_default();
        let found = format!("a mistake at character {}: {told}", error.column());
        Some(row.complaint(0, None, "a JSON object", found))
    }
}

/// An object whose wanted keys go into the row.
struct Object<'a> {
    columns: &'a Columns,
    row: &'a mut Row,
    /// The names of the objects around it, each with its dot.
    prefix: &'a str,
    /// The number of the key of the outermost object in which this one stands.
    number: Option<usize>,
    twice: &'a Cell<Option<ColumnId>>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut keys = 0;
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            keys += 1;
            let number = self.number.unwrap_or(keys);
            let name = match self.prefix {
                "" => key,
                prefix => format!("{prefix}{key}").into(),
            };
            if let Some(id) = self.columns.find(&name) {
                if self.row.has(id) {
                    self.twice.set(Some(id));
                    return Err(A::Error::custom("a key twice"));
                }
                map.next_value_seed(Scalar { row: self.row, id, number })?;
            } else if self.columns.leads_to_one(&name) {
                let prefix = format!("{name}.");
                map.next_value_seed(Nested(Object {
                    columns: self.columns,
                    row: self.row,
                    prefix: &prefix,
                    number: Some(number),
                    twice: self.twice,
                }))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A value that may be an object into which a dotted name leads, or anything else, which is then passed over.
struct Nested<'a>(Object<'a>);

impl<'de> DeserializeSeed<'de> for Nested<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// A value that goes into a cell.
struct Scalar<'a> {
    row: &'a mut Row,
    id: ColumnId,
    number: usize,
}

impl Scalar<'_> {
    fn put(self, text: &str) {
        self.row.put(self.id, self.number, 0, text);
    }
}

impl<'de> DeserializeSeed<'de> for Scalar<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(text);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put("");
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(&value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.put(&value.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        // The shortest text that reads back as the same number: 1234.56 stays 1234.56.
        if value.abs() < EXACT_BELOW {
            self.put(&value.to_string());
        } else {
            self.row.put_odd(self.id, self.number, "a number too large to be exact (write it as a text)");
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.row.put_odd(self.id, self.number, "a list");
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.row.put_odd(self.id, self.number, "an object");
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Below 10^13 a number of 64 bits keeps two decimals exactly; whole numbers of up to 19 digits come another way.
const EXACT_BELOW: f64 = 1e13;
