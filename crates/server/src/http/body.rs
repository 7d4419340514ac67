//! Reading JSON bodies: by hand where every mistake must be found at once, with its place.

use super::problem::{FieldError, Problem};
use serde_json::{Map, Value};

/// Collects what is wrong with a body, each mistake with its place.
#[derive(Debug, Default)]
pub struct Mistakes {
    found: Vec<FieldError>,
}

/// How many mistakes one answer lists.
const MISTAKES_MAX: usize = 100;

impl Mistakes {
    /// Notes one.
    pub fn note(&mut self, pointer: &str, detail: impl Into<String>) {
        if self.found.len() < MISTAKES_MAX {
            self.found.push(FieldError { pointer: pointer.to_owned(), detail: detail.into() });
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// All mistakes, if there were any.
    pub fn finish(self) -> Result<(), Problem> {
        if self.found.is_empty() { Ok(()) } else { Err(Problem::fields(self.found)) }
    }
}

/// The JSON of a body.
///
/// # Errors
/// What the parser found, with line and column.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|e| Problem::bad_request(format!("expected JSON: {e}")))
}

/// An object of a body, whose fields are asked for one by one.
pub struct Object<'a> {
    fields: &'a Map<String, Value>,
    pointer: String,
    known: Vec<&'static str>,
}

impl<'a> Object<'a> {
    /// The object at a place; notes a mistake if it is none.
    pub fn at(value: &'a Value, pointer: String, mistakes: &mut Mistakes) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self { fields, pointer, known: Vec::new() }),
            other => {
                mistakes.note(&pointer, format!("expected an object, found {}", kind(other)));
                None
            }
        }
    }

    /// The place of a field.
    pub fn place(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }

    /// A field that may be absent or null.
    pub fn optional(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.fields.get(name).filter(|v| !v.is_null())
    }

    /// A text that must be there and not be empty.
    pub fn text(&mut self, name: &'static str, mistakes: &mut Mistakes) -> Option<&'a str> {
        match self.optional(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            Some(other) => {
                mistakes.note(&self.place(name), format!("expected a text, found {}", kind(other)));
                None
            }
            None => {
                mistakes.note(&self.place(name), "expected a text, found nothing");
                None
            }
        }
    }

    /// A text that may be absent, read by `parse`.
    pub fn parsed<T, E: std::fmt::Display>(
        &mut self,
        name: &'static str,
        mistakes: &mut Mistakes,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match self.optional(name)? {
            Value::String(text) => match parse(text) {
                Ok(value) => Some(value),
                Err(error) => {
                    mistakes.note(&self.place(name), error.to_string());
                    None
                }
            },
            other => {
                mistakes.note(&self.place(name), format!("expected a text, found {}", kind(other)));
                None
            }
        }
    }

    /// A list that may be absent: its members with their places.
    pub fn list(&mut self, name: &'static str, mistakes: &mut Mistakes) -> Vec<(String, &'a Value)> {
        let place = self.place(name);
        match self.optional(name) {
            None => Vec::new(),
            Some(Value::Array(members)) => {
                members.iter().enumerate().map(|(i, v)| (format!("{place}/{i}"), v)).collect()
            }
            Some(other) => {
                mistakes.note(&place, format!("expected a list, found {}", kind(other)));
                Vec::new()
            }
        }
    }

    /// Notes every field that nobody asked for.
    pub fn finish(self, mistakes: &mut Mistakes) {
        for name in self.fields.keys().filter(|name| !self.known.contains(&name.as_str())) {
            mistakes.note(&self.place(name), format!("expected one of {}", self.known.join(", ")));
        }
    }
}

/// The word for a value's type. Never the value: it may be personal.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
