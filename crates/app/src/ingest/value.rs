//! Typed values: a text of the file becomes a JSON value of the server's contract, or a complaint.
//!
//! Text is a JSON string, a whole number an integer, a number with a fraction a number with a point, and money, times and
//! dates are objects that name what they are. It refuses to round, to guess and to repeat a personal value.

use super::amount::{Notation, whole_number};
use super::complaint::{Complaint, shape};
use super::moment::{DatePattern, TimeFormat, expected_date, put_date, put_instant};
use super::row::{ColumnId, Row};
use model::Currency;
use std::io::Write as _;

/// What a text means.
#[derive(Debug, Clone)]
pub(crate) enum ValueType {
    /// Itself.
    Text,
    /// A whole number of 64 bits.
    Int,
    /// A number with a fraction that is not money.
    Float(Notation),
    /// An amount of money.
    Money(Notation, CurrencyFrom),
    /// Yes or no, by these words.
    Bool {
        /// Words for true.
        yes: Vec<String>,
        /// Words for false.
        no: Vec<String>,
    },
    /// A day.
    Date(Vec<DatePattern>),
    /// An instant.
    Time(TimeFormat),
}

/// Where the currency of an amount is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CurrencyFrom {
    /// In the map.
    Map(Currency),
    /// In a column of the row.
    Column(ColumnId),
}

impl ValueType {
    /// What to expect, for complaints.
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Int => "a whole number such as 42".to_owned(),
            Self::Float(Notation::Comma) => "a number such as 3,5".to_owned(),
            Self::Float(_) => "a number such as 3.5".to_owned(),
            Self::Money(notation, _) => notation.expected().to_owned(),
            Self::Bool { yes, no } => format!("one of {} or {}", yes.join(", "), no.join(", ")),
            Self::Date(patterns) => expected_date(patterns),
            Self::Time(format) => format.expected(),
        }
    }

    /// Whether a text that stands in the map itself can be such a value.
    ///
    /// # Errors
    /// What was expected.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        let fits = match self {
            Self::Text => true,
            Self::Int => whole_number(text).is_some(),
            Self::Float(notation) => notation.read_float(text).is_some(),
            Self::Money(notation, _) => notation.read(text, Currency::CNY).is_some(),
            Self::Bool { yes, no } => is_one_of(text, yes) || is_one_of(text, no),
            Self::Date(patterns) => patterns.iter().any(|pattern| pattern.read(text).is_some()),
            Self::Time(format) => format.read(text, None).is_some(),
        };
        fits.then_some(()).ok_or_else(|| self.expected())
    }

    /// Appends the JSON value of a text.
    ///
    /// # Errors
    /// When the text is no such value; `blamed` is the column it came from.
    pub(crate) fn write(
        &self,
        text: &str,
        row: &Row,
        blamed: Option<ColumnId>,
        out: &mut Vec<u8>,
    ) -> Result<(), Complaint> {
        let misfit = || row.mismatch(blamed, self.expected(), shape(text));
        match self {
            Self::Text => put_text(out, text),
            Self::Int => put(out, format_args!("{}", whole_number(text).ok_or_else(misfit)?)),
            // Debug always writes a point or an exponent, so that the number stays one with a fraction.
            Self::Float(notation) => {
                put(out, format_args!("{:?}", notation.read_float(text).ok_or_else(misfit)?));
            }
            Self::Money(notation, from) => {
                let currency = currency(*from, row)?;
                let money = notation.read(text, currency).ok_or_else(misfit)?;
                let sign = if money.minor < 0 { "-" } else { "" };
                let (whole, cents) = (money.minor.unsigned_abs() / 100, money.minor.unsigned_abs() % 100);
                let code = currency.code();
                put(out, format_args!(r#"{{"money":"{sign}{whole}.{cents:02}","currency":"{code}"}}"#));
            }
            Self::Bool { yes, no } => match (is_one_of(text, yes), is_one_of(text, no)) {
                (true, _) => out.extend(b"true"),
                (_, true) => out.extend(b"false"),
                _ => return Err(misfit()),
            },
            Self::Date(patterns) => {
                let date = patterns.iter().find_map(|pattern| pattern.read(text)).ok_or_else(misfit)?;
                out.extend(br#"{"date":""#);
                put_date(out, date);
                out.extend(br#""}"#);
            }
            Self::Time(format) => {
                let at = format.read(text, Some(row)).ok_or_else(misfit)?;
                out.extend(br#"{"time":""#);
                put_instant(out, at);
                out.extend(br#""}"#);
            }
        }
        Ok(())
    }
}

fn currency(from: CurrencyFrom, row: &Row) -> Result<Currency, Complaint> {
    let id = match from {
        CurrencyFrom::Map(currency) => return Ok(currency),
        CurrencyFrom::Column(id) => id,
    };
    let text = row.text(id)?.unwrap_or_default();
    Currency::new(text).ok_or_else(|| row.mismatch(Some(id), "a currency code such as CNY", shape(text)))
}

/// Whether a text is one of some words; Latin letters may be large or small.
fn is_one_of(text: &str, words: &[String]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Appends formatted text.
pub(crate) fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing into a vector cannot fail.
    let _ = out.write_fmt(text);
}

/// Appends a JSON string (RFC 8259 §7).
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        let (plain, from) = rest.split_at(at);
        out.extend_from_slice(plain);
        if let Some((special, after)) = from.split_first() {
            match special {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', *special]),
                _ => put(out, format_args!("\\u{special:04x}")),
            }
            rest = after;
        }
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_read_back(text in ".*") {
            let mut out = Vec::new();
            put_text(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
