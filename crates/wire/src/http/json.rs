//! Reading JSON tolerantly: a number where a text is due and a text where a number is due are what the vendors' own
//! clients send. What is read never exceeds the body it came in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::neutral::{Fault, Params};

/// Reads a body; `name` says in the error what it is.
pub(crate) fn read(body: &[u8], name: &'static str) -> Result<Value, Fault> {
    serde_json::from_slice(body).map_err(|_| Fault::Bad { name, expected: "JSON" })
}

/// A text, or a number or truth value as text. None for what is absent, null, an object or a list.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A member as text, empty ones left out.
pub(crate) fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name).and_then(scalar).filter(|text| !text.is_empty())
}

/// A member as a whole number, written as a number or as text.
pub(crate) fn int(object: &Value, name: &str) -> Option<i64> {
    let value = object.get(name)?;
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A member as a list; empty if it is absent or no list.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A list of texts from a member that must be one.
pub(crate) fn texts(value: &Value, name: &'static str) -> Result<Vec<String>, Fault> {
    let bad = Fault::Bad { name, expected: "a list of texts" };
    let list = value.as_array().ok_or(bad.clone())?;
    list.iter().map(|item| scalar(item).ok_or(bad.clone())).collect()
}

/// Values by name from an object of texts; nested values are refused.
pub(crate) fn named(value: &Value, name: &'static str) -> Result<Params, Fault> {
    let bad = Fault::Bad { name, expected: "an object of texts" };
    let object = value.as_object().ok_or(bad.clone())?;
    let pairs = object.iter().map(|(key, value)| Some((key.clone(), scalar(value)?)));
    let values: BTreeMap<String, String> = pairs.collect::<Option<_>>().ok_or(bad)?;
    Ok(if values.is_empty() { Params::None } else { Params::Named(values) })
}

/// Values by name as an object.
pub(crate) fn from_params(params: &Params) -> Value {
    let text = |value: &String| Value::from(value.as_str());
    match params {
        Params::None => Value::Object(serde_json::Map::new()),
        Params::Named(values) => values.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        Params::Positional(values) => {
            values.iter().enumerate().map(|(at, value)| ((at + 1).to_string(), text(value))).collect()
        }
    }
}
