//! From JSON to reports, every mistake with its place.

use crate::http::body::{Mistakes, Object, kind, parse};
use crate::http::problem::Problem;
use engine::entry::{Event, Profile, Standing};
use engine::perceive::{CustomerReport, EventReport, MarketReport};
use engine::world::Institution;
use model::{
    Consent, ConsentState, Currency, CustomerId, Date, EvidenceId, Fields, MessageClass, Money, Phone,
    Timestamp, Value, Zone,
};
use std::sync::Arc;

/// How many customers or events one call may bring.
const BATCH_MAX: usize = 10_000;
/// How long an id may be, in bytes.
pub(crate) const ID_BYTES_MAX: usize = 128;

/// How many attributes a customer, or fields an event, may have.
const FIELDS_MAX: usize = 200;
/// How long a text among them may be, in bytes. With [`FIELDS_MAX`] it keeps every report well under what one entry of
/// the ledger can hold (`proof::seal::DETAIL_BYTES_MAX`).
const TEXT_BYTES_MAX: usize = 4_000;
/// How many statements of will one report may bring.
const CONSENTS_MAX: usize = 1_000;

/// Reads `{"customers": [...]}`.
///
/// # Errors
/// Every mistake with its place.
pub fn customers(body: &[u8], institution: &Institution) -> Result<Vec<CustomerReport>, Problem> {
    batch(body, "customers", |object, mistakes| customer(object, institution, mistakes))
}

/// Reads `{"events": [...]}`.
///
/// # Errors
/// Every mistake with its place.
pub fn events(body: &[u8], institution: &Institution) -> Result<Vec<EventReport>, Problem> {
    batch(body, "events", |object, mistakes| event(object, institution, mistakes))
}

/// Reads `{"events": [...]}` about what customers hold.
///
/// # Errors
/// Every mistake with its place.
pub fn market_events(body: &[u8], institution: &Institution) -> Result<Vec<MarketReport>, Problem> {
    batch(body, "events", |object, mistakes| market_event(object, institution, mistakes))
}

/// Reads a call for a journey: `{"customer", "key", "fields"}`. The same key for the same journey is the same call.
///
/// # Errors
/// Every mistake with its place.
pub fn call(
    body: &[u8],
    journey: &str,
    now: Timestamp,
    institution: &Institution,
) -> Result<EventReport, Problem> {
    let json = parse(body)?;
    let mut mistakes = Mistakes::default();
    let report = Object::at(&json, String::new(), &mut mistakes).and_then(|mut object| {
        let customer = id(&mut object, "customer", &mut mistakes);
        let key = id(&mut object, "key", &mut mistakes);
        let mut fields = fields(&mut object, "fields", institution, &mut mistakes);
        fields.entry("at".into()).or_insert(Value::Time(now));
        object.finish(&mut mistakes);
        let event_id = format!("journey/{journey}/{}", key?).into();
        let event = Event { id: event_id, kind: format!("journey/{journey}").into(), at: now, fields };
        Some(EventReport { customer: CustomerId::new(customer?), event: Arc::new(event) })
    });
    mistakes.finish()?;
    report.ok_or_else(|| Problem::bad_request("expected a customer and a key"))
}

fn batch<T>(
    body: &[u8],
    name: &'static str,
    mut read: impl FnMut(&mut Object<'_>, &mut Mistakes) -> Option<T>,
) -> Result<Vec<T>, Problem> {
    let json = parse(body)?;
    let mut mistakes = Mistakes::default();
    let mut reports = Vec::new();
    if let Some(mut root) = Object::at(&json, String::new(), &mut mistakes) {
        let members = root.list(name, &mut mistakes);
        if members.len() > BATCH_MAX {
            return Err(Problem::bad_request(format!(
                "expected at most {BATCH_MAX} {name}, found {}",
                members.len()
            )));
        }
        for (place, member) in members {
            let Some(mut object) = Object::at(member, place, &mut mistakes) else { continue };
            reports.extend(read(&mut object, &mut mistakes));
            object.finish(&mut mistakes);
        }
        root.finish(&mut mistakes);
    }
    mistakes.finish()?;
    Ok(reports)
}

fn id<'a>(object: &mut Object<'a>, name: &'static str, mistakes: &mut Mistakes) -> Option<&'a str> {
    let text = object.text(name, mistakes)?;
    if text.len() > ID_BYTES_MAX {
        mistakes.note(
            &object.place(name),
            format!("expected at most {ID_BYTES_MAX} bytes, found {}", text.len()),
        );
        return None;
    }
    Some(text)
}

fn customer(
    object: &mut Object<'_>,
    institution: &Institution,
    mistakes: &mut Mistakes,
) -> Option<CustomerReport> {
    let id = id(object, "id", mistakes).map(CustomerId::new);
    let phone = object.parsed("phone", mistakes, |text| Phone::parse(text, &institution.country));
    let zone = object.parsed("zone", mistakes, Zone::parse);
    let standing = object.parsed("standing", mistakes, |text| match text {
        "normal" => Ok(Standing::Normal),
        "deceased" => Ok(Standing::Deceased),
        "do_not_contact" => Ok(Standing::DoNotContact),
        _ => Err("expected normal, deceased or do_not_contact"),
    });
    let attributes = fields(object, "attributes", institution, mistakes);
    let mut consents = Vec::new();
    let said = object.list("consents", mistakes);
    if said.len() > CONSENTS_MAX {
        mistakes.note(
            &object.place("consents"),
            format!("expected at most {CONSENTS_MAX}, found {}", said.len()),
        );
    }
    for (place, member) in said.into_iter().take(CONSENTS_MAX) {
        let Some(mut object) = Object::at(member, place, mistakes) else { continue };
        consents.extend(consent(&mut object, mistakes));
        object.finish(mistakes);
    }
    let standing = standing.unwrap_or(Standing::Normal);
    Some(CustomerReport { profile: Profile { id: id?, phone, zone, standing, attributes }, consents })
}

fn consent(object: &mut Object<'_>, mistakes: &mut Mistakes) -> Option<Consent> {
    let class = required(object, "class", mistakes, str::parse::<MessageClass>);
    let state = required(object, "state", mistakes, |text| match text {
        "granted" => Ok(ConsentState::Granted),
        "withdrawn" => Ok(ConsentState::Withdrawn),
        _ => Err("expected granted or withdrawn"),
    });
    let at = required(object, "at", mistakes, Timestamp::parse_rfc3339);
    let until = object.parsed("until", mistakes, Timestamp::parse_rfc3339);
    let evidence = id(object, "evidence", mistakes).map(EvidenceId::from);
    Some(Consent { class: class?, state: state?, at: at?, until, evidence: evidence? })
}

fn event(object: &mut Object<'_>, institution: &Institution, mistakes: &mut Mistakes) -> Option<EventReport> {
    let event_id = id(object, "id", mistakes);
    let customer = id(object, "customer", mistakes);
    let kind = id(object, "type", mistakes);
    let at = required(object, "at", mistakes, Timestamp::parse_rfc3339);
    let mut fields = fields(object, "fields", institution, mistakes);
    let at = at?;
    // What every template may say: when it happened.
    fields.entry("at".into()).or_insert(Value::Time(at));
    let event = Event { id: event_id?.into(), kind: kind?.into(), at, fields };
    Some(EventReport { customer: CustomerId::new(customer?), event: Arc::new(event) })
}

fn market_event(
    object: &mut Object<'_>,
    institution: &Institution,
    mistakes: &mut Mistakes,
) -> Option<MarketReport> {
    let event_id = id(object, "id", mistakes);
    let kind = id(object, "type", mistakes);
    let instrument = id(object, "instrument", mistakes);
    let at = required(object, "at", mistakes, Timestamp::parse_rfc3339);
    let mut fields = fields(object, "fields", institution, mistakes);
    let at = at?;
    fields.entry("at".into()).or_insert(Value::Time(at));
    let instrument: Arc<str> = instrument?.into();
    fields.entry("instrument".into()).or_insert(Value::Text(Arc::clone(&instrument)));
    let event = Event { id: event_id?.into(), kind: kind?.into(), at, fields };
    Some(MarketReport { event: Arc::new(event), instrument })
}

fn required<T, E: std::fmt::Display>(
    object: &mut Object<'_>,
    name: &'static str,
    mistakes: &mut Mistakes,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    let text = object.text(name, mistakes)?;
    parse(text).map_err(|error| mistakes.note(&object.place(name), error.to_string())).ok()
}

/// The named values of a field that may be absent.
pub(crate) fn fields(
    object: &mut Object<'_>,
    name: &'static str,
    institution: &Institution,
    mistakes: &mut Mistakes,
) -> Fields {
    let place = object.place(name);
    let members = match object.optional(name) {
        None => return Fields::new(),
        Some(serde_json::Value::Object(members)) => members,
        Some(other) => {
            mistakes.note(&place, format!("expected an object, found {}", kind(other)));
            return Fields::new();
        }
    };
    if members.len() > FIELDS_MAX {
        mistakes.note(&place, format!("expected at most {FIELDS_MAX} values, found {}", members.len()));
        return Fields::new();
    }
    let mut fields = Fields::new();
    for (field, json) in members {
        if field.is_empty() || field.len() > ID_BYTES_MAX {
            mistakes.note(
                &place,
                format!("expected names of 1 to {ID_BYTES_MAX} bytes, found one of {}", field.len()),
            );
            continue;
        }
        match value(json, institution.currency) {
            Ok(value) => {
                fields.insert(field.as_str().into(), value);
            }
            Err(detail) => mistakes.note(&format!("{place}/{field}"), detail),
        }
    }
    fields
}

/// A JSON string is text, a whole number an int, another number a float; money, times and days are objects with one
/// key that says so. A list of strings is one text, with commas between them: what somebody holds.
fn value(json: &serde_json::Value, home: Currency) -> Result<Value, String> {
    match json {
        serde_json::Value::String(text) if text.len() > TEXT_BYTES_MAX => {
            Err(format!("expected a text of at most {TEXT_BYTES_MAX} bytes, found {}", text.len()))
        }
        serde_json::Value::String(text) => Ok(Value::Text(text.as_str().into())),
        serde_json::Value::Bool(b) => Ok(Value::Bool(*b)),
        serde_json::Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(n), _) => Ok(Value::Int(n)),
            (None, Some(x)) => Ok(Value::Float(x)),
            (None, None) => Err("expected a number of 64 bits".to_owned()),
        },
        serde_json::Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(serde_json::Value::as_str);
            if let Some(amount) = text("money") {
                let currency = match text("currency") {
                    None => home,
                    Some(code) => Currency::new(code).ok_or("expected a currency code such as CNY")?,
                };
                return Money::parse(amount, currency)
                    .map(Value::Money)
                    .map_err(|_| "expected an amount such as 1234.56".to_owned());
            }
            if let Some(at) = text("time") {
                return Timestamp::parse_rfc3339(at).map(Value::Time).map_err(|e| e.to_string());
            }
            if let Some(day) = text("date") {
                return Date::parse(day).map(Value::Date).map_err(|e| e.to_string());
            }
            Err("expected an object with money, time or date".to_owned())
        }
        serde_json::Value::Array(names) => {
            let is_name = |name: &&str| !(name.is_empty() || name.contains(','));
            let names: Option<Vec<&str>> = names.iter().map(|name| name.as_str().filter(is_name)).collect();
            let list = names.ok_or("expected a list of texts without commas")?.join(",");
            if list.len() > TEXT_BYTES_MAX {
                return Err(format!(
                    "expected a list of at most {TEXT_BYTES_MAX} bytes, found {}",
                    list.len()
                ));
            }
            Ok(Value::Text(list.into()))
        }
        other => Err(format!("expected a value, found {}", kind(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn institution() -> Institution {
        let files: Vec<(String, String)> =
            library::files().map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
        engine::world::load(&files).unwrap().institution
    }

    #[test]
    fn the_largest_report_that_is_taken_fits_into_one_entry() {
        let value = "x".repeat(TEXT_BYTES_MAX);
        let attributes: serde_json::Map<String, serde_json::Value> =
            (0..FIELDS_MAX).map(|i| (format!("{i:0>ID_BYTES_MAX$}"), value.as_str().into())).collect();
        let body = serde_json::json!({ "customers": [{ "id": "C1", "attributes": attributes }] });
        let reports = customers(body.to_string().as_bytes(), &institution()).unwrap();
        let mut detail = Vec::new();
        let fact = engine::entry::Fact::CustomerRecorded(Box::new(reports[0].profile.clone()));
        assert!(engine::prove::encode_detail(&fact, &mut detail));
        assert!(detail.len() < proof::seal::DETAIL_BYTES_MAX, "{} bytes", detail.len());
    }

    #[test]
    fn what_is_too_large_is_refused_with_its_place() {
        let check = |fields: serde_json::Value, pointer: &str, words: &str| {
            let body = serde_json::json!({ "events": [
                { "id": "E1", "customer": "C1", "type": "t", "at": "2026-05-01T08:00:00+08:00", "fields": fields }
            ] });
            let problem = events(body.to_string().as_bytes(), &institution()).unwrap_err();
            assert_eq!(problem.errors.len(), 1, "{problem:?}");
            assert_eq!(problem.errors[0].pointer, pointer);
            assert!(problem.errors[0].detail.contains(words), "{}", problem.errors[0].detail);
        };
        let many: serde_json::Map<String, serde_json::Value> =
            (0..=FIELDS_MAX).map(|i| (i.to_string(), 1.into())).collect();
        check(many.into(), "/events/0/fields", "at most 200");
        check(serde_json::json!({ "a": "x".repeat(TEXT_BYTES_MAX + 1) }), "/events/0/fields/a", "4001");
        check(serde_json::json!({ "a": { "money": "1.234" } }), "/events/0/fields/a", "1234.56");
    }
}
