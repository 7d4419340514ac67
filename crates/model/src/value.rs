//! Typed values of attributes and event fields, and the wrapper that keeps personal text out of logs.

use crate::{Date, Money, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value of an attribute of a customer or a field of an event.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Text; personal until proven otherwise, so it prints masked.
    Text(Arc<str>),
    /// A whole number.
    Int(i64),
    /// A number with a fraction that is not money (a rate, a score).
    Float(f64),
    /// An amount of money.
    Money(Money),
    /// Yes or no.
    Bool(bool),
    /// An instant.
    Time(Timestamp),
    /// A calendar day.
    Date(Date),
}

impl Value {
    /// The word for the value's type in messages and files.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Money(_) => "money",
            Self::Bool(_) => "bool",
            Self::Time(_) => "time",
            Self::Date(_) => "date",
        }
    }
}

impl fmt::Debug for Value {
    /// Only the type: values of customers do not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.kind())
    }
}

/// Named values, in the order of their names.
pub type Fields = BTreeMap<Arc<str>, Value>;

/// Personal text: prints as its length only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Private(Arc<str>);

impl Private {
    /// Wraps a personal text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text in clear: for the carrier and for sealed storage, never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} characters>", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_values_print_without_their_content() {
        let printed = format!("{:?} {:?}", Private::new("张三丰"), Value::Text("张三丰".into()));
        assert_eq!(printed, "<3 characters> <text>");
    }
}
