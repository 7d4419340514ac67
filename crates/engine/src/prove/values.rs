//! The small vocabulary of details: how values, times and options are written in CBOR, and read back.
//!
//! A detail is an array that begins with [`DETAIL_VERSION`]; everything in it stands at a fixed place. All lengths
//! are definite and all numbers shortest, so one fact has one encoding (RFC 8949 §4.2.1).

use crate::entry::Event;
use minicbor::data::Type;
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use model::{Currency, Date, Fields, Money, Timestamp, Value};
use std::convert::Infallible;
use std::sync::Arc;

/// The version of every detail written by this release.
pub(super) const DETAIL_VERSION: u8 = 1;

/// Writing into a vector cannot fail.
pub(super) type Written = Result<(), minicbor::encode::Error<Infallible>>;
/// Writes details.
pub(super) type Writer<'a> = Encoder<&'a mut Vec<u8>>;

pub(super) fn write_time(w: &mut Writer<'_>, at: Timestamp) -> Written {
    w.i64(at.0)?;
    Ok(())
}

pub(super) fn write_option<T>(
    w: &mut Writer<'_>,
    value: Option<T>,
    write: impl FnOnce(&mut Writer<'_>, T) -> Written,
) -> Written {
    match value {
        Some(value) => write(w, value),
        None => {
            w.null()?;
            Ok(())
        }
    }
}

pub(super) fn write_fields(w: &mut Writer<'_>, fields: &Fields) -> Written {
    w.array(fields.len() as u64 * 2)?;
    for (name, value) in fields {
        w.str(name)?;
        write_value(w, value)?;
    }
    Ok(())
}

pub(super) fn write_value(w: &mut Writer<'_>, value: &Value) -> Written {
    match value {
        Value::Text(text) => w.array(2)?.u8(0)?.str(text)?,
        Value::Int(n) => w.array(2)?.u8(1)?.i64(*n)?,
        Value::Float(x) => w.array(2)?.u8(2)?.f64(*x)?,
        Value::Money(m) => w.array(3)?.u8(3)?.i64(m.minor)?.str(m.currency.code())?,
        Value::Bool(b) => w.array(2)?.u8(4)?.bool(*b)?,
        Value::Time(t) => w.array(2)?.u8(5)?.i64(t.0)?,
        Value::Date(d) => w.array(2)?.u8(6)?.i32(d.to_days())?,
    };
    Ok(())
}

pub(super) fn write_event(w: &mut Writer<'_>, event: &Event) -> Written {
    w.array(4)?.str(&event.id)?.str(&event.kind)?.i64(event.at.0)?;
    write_fields(w, &event.fields)
}

pub(super) fn read_time(d: &mut Decoder<'_>) -> Result<Timestamp, Error> {
    d.i64().map(Timestamp)
}

pub(super) fn read_text(d: &mut Decoder<'_>) -> Result<Arc<str>, Error> {
    d.str().map(Arc::from)
}

pub(super) fn read_option<'b, T>(
    d: &mut Decoder<'b>,
    read: impl FnOnce(&mut Decoder<'b>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    if d.datatype()? == Type::Null {
        d.null()?;
        return Ok(None);
    }
    read(d).map(Some)
}

/// An array whose length is known from the format.
pub(super) fn read_array(d: &mut Decoder<'_>, expected: u64) -> Result<(), Error> {
    match d.array()? {
        Some(found) if found == expected => Ok(()),
        found => Err(Error::message(format!("expected an array of {expected}, found {found:?}"))),
    }
}

/// An array of any length.
pub(super) fn read_length(d: &mut Decoder<'_>) -> Result<u64, Error> {
    d.array()?.ok_or_else(|| Error::message("expected an array of definite length"))
}

pub(super) fn read_fields(d: &mut Decoder<'_>) -> Result<Fields, Error> {
    let pairs = read_length(d)? / 2;
    let mut fields = Fields::new();
    for _ in 0..pairs {
        let name = read_text(d)?;
        fields.insert(name, read_value(d)?);
    }
    Ok(fields)
}

pub(super) fn read_value(d: &mut Decoder<'_>) -> Result<Value, Error> {
    read_length(d)?;
    Ok(match d.u8()? {
        0 => Value::Text(read_text(d)?),
        1 => Value::Int(d.i64()?),
        2 => Value::Float(d.f64()?),
        3 => {
            let minor = d.i64()?;
            let code = d.str()?;
            let currency = Currency::new(code)
                .ok_or_else(|| Error::message(format!("expected a currency code, found {code:?}")))?;
            Value::Money(Money { minor, currency })
        }
        4 => Value::Bool(d.bool()?),
        5 => Value::Time(read_time(d)?),
        6 => {
            let days = d.i32()?;
            Value::Date(Date::from_days(days).ok_or_else(|| Error::message(format!("no day {days}")))?)
        }
        tag => return Err(Error::message(format!("expected a value tag 0 to 6, found {tag}"))),
    })
}

pub(super) fn read_event(d: &mut Decoder<'_>) -> Result<Event, Error> {
    read_array(d, 4)?;
    Ok(Event { id: read_text(d)?, kind: read_text(d)?, at: read_time(d)?, fields: read_fields(d)? })
}
