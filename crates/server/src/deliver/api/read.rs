//! From JSON to what is wanted, every mistake with its place.

use crate::deliver::portal::{Say, To, Wanted, notice};
use crate::http::body::{Mistakes, Object, parse};
use crate::http::problem::Problem;
use crate::perceive::read::{ID_BYTES_MAX, fields};
use axum::http::HeaderValue;
use engine::entry::Tell;
use engine::world::Institution;
use model::{CustomerId, MessageClass, Private, Span, Timestamp};
use serde_json::Value;

/// How many messages one call may bring.
pub(super) const BATCH_MAX: usize = 1_000;
/// The longest text, in bytes: more than any carrier takes.
pub(super) const TEXT_BYTES_MAX: usize = 8_000;
/// The longest reference, in bytes.
pub(super) const REFERENCE_BYTES_MAX: usize = 512;

/// The positions of notices that an account has.
pub(super) struct Acknowledged(pub(super) Vec<u64>);

/// Every field of a message, for the description of the API.
#[cfg(test)]
pub(super) const FIELDS: [&str; 16] = [
    "id",
    "to",
    "customer",
    "text",
    "template",
    "values",
    "class",
    "subtype",
    "signature",
    "extension",
    "reference",
    "at",
    "validity",
    "tell",
    "plan",
    "messages",
];

/// Reads the header `Idempotency-Key`.
///
/// # Errors
/// What is no key.
pub(super) fn idempotency_key(value: Option<&HeaderValue>) -> Result<Option<String>, Problem> {
    let Some(value) = value else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text.is_empty() || text.len() > ID_BYTES_MAX {
        let expected = format!("Idempotency-Key: expected 1 to {ID_BYTES_MAX} visible ASCII characters");
        return Err(Problem::bad_request(expected));
    }
    Ok(Some(text.to_owned()))
}

/// Reads one message, or `{"messages": [...]}`: each with the caller's id for it.
///
/// # Errors
/// Every mistake with its place.
pub(super) fn messages(
    body: &[u8],
    key: Option<&str>,
    institution: &Institution,
) -> Result<Vec<(Option<String>, Wanted)>, Problem> {
    let json = parse(body)?;
    let mut mistakes = Mistakes::default();
    let mut batch = Vec::new();
    let mut take = |object: &mut Object<'_>, mistakes: &mut Mistakes| {
        let (id, mut wanted) = message(object, institution, mistakes);
        let repeated = || key.map(|key| format!("{key}#{}", batch.len()));
        wanted.key = id.clone().map(|id| format!("id:{id}")).or_else(repeated);
        batch.push((id, wanted));
    };
    let Some(mut root) = Object::at(&json, String::new(), &mut mistakes) else {
        mistakes.finish()?;
        return Ok(Vec::new());
    };
    if json.get("messages").is_some() {
        let members = root.list("messages", &mut mistakes);
        if members.is_empty() || members.len() > BATCH_MAX {
            mistakes
                .note("/messages", format!("expected 1 to {BATCH_MAX} messages, found {}", members.len()));
        }
        for (place, member) in members.into_iter().take(BATCH_MAX) {
            let Some(mut object) = Object::at(member, place, &mut mistakes) else { continue };
            take(&mut object, &mut mistakes);
            object.finish(&mut mistakes);
        }
    } else {
        take(&mut root, &mut mistakes);
    }
    root.finish(&mut mistakes);
    mistakes.finish()?;
    Ok(batch)
}

fn message(
    object: &mut Object<'_>,
    institution: &Institution,
    mistakes: &mut Mistakes,
) -> (Option<String>, Wanted) {
    let id = short(object, "id", ID_BYTES_MAX, mistakes);
    let wanted = Wanted {
        to: to(object, mistakes),
        say: say(object, institution, mistakes),
        signature: short(object, "signature", ID_BYTES_MAX, mistakes),
        extend: object.parsed("extension", mistakes, digits),
        reference: short(object, "reference", REFERENCE_BYTES_MAX, mistakes),
        key: None,
        tell: object.parsed("tell", mistakes, tell).unwrap_or(Tell::End),
        class: object.parsed("class", mistakes, str::parse::<MessageClass>),
        subtype: short(object, "subtype", ID_BYTES_MAX, mistakes),
        at: object.parsed("at", mistakes, Timestamp::parse_rfc3339),
        validity: object.parsed("validity", mistakes, Span::parse),
        plan: short(object, "plan", ID_BYTES_MAX, mistakes),
        replays: None,
    };
    (id, wanted)
}

fn to(object: &mut Object<'_>, mistakes: &mut Mistakes) -> To {
    let number = short(object, "to", ID_BYTES_MAX, mistakes);
    let customer = short(object, "customer", ID_BYTES_MAX, mistakes);
    match (number, customer) {
        (Some(number), None) => To::Number(number),
        (None, Some(customer)) => To::Customer(CustomerId::new(customer)),
        (None, None) => {
            mistakes.note(
                &object.place("to"),
                "expected a number here, or a customer's id in customer; found neither",
            );
            To::default()
        }
        (Some(_), Some(_)) => {
            mistakes.note(
                &object.place("customer"),
                "expected a number in to or a customer's id here, found both",
            );
            To::default()
        }
    }
}

fn say(object: &mut Object<'_>, institution: &Institution, mistakes: &mut Mistakes) -> Say {
    let text = short(object, "text", TEXT_BYTES_MAX, mistakes);
    let template = short(object, "template", ID_BYTES_MAX, mistakes);
    let listed = match object.optional("values") {
        Some(Value::Array(_)) => Some(list(object, mistakes)),
        _ => None,
    };
    match (text, template) {
        (Some(text), None) => {
            if object.optional("values").is_some() {
                mistakes.note(&object.place("values"), "expected no values for a text");
            }
            Say::Text(Private::new(text))
        }
        (None, Some(template)) => match listed {
            Some(values) => Say::Listed(template, values),
            None => Say::Named(template, fields(object, "values", institution, mistakes)),
        },
        (None, None) => {
            mistakes.note(
                &object.place("text"),
                "expected a text here, or a template in template; found neither",
            );
            Say::default()
        }
        (Some(_), Some(_)) => {
            mistakes.note(&object.place("template"), "expected a text or a template, found both");
            Say::default()
        }
    }
}

fn list(object: &mut Object<'_>, mistakes: &mut Mistakes) -> Vec<Private> {
    let mut values = Vec::new();
    for (place, value) in object.list("values", mistakes) {
        match value {
            Value::String(text) if text.len() <= TEXT_BYTES_MAX => values.push(Private::new(text.as_str())),
            _ => mistakes.note(&place, format!("expected a text of at most {TEXT_BYTES_MAX} bytes")),
        }
    }
    values
}

/// A text that may be absent, of at most so many bytes and without control characters other than line breaks.
fn short(
    object: &mut Object<'_>,
    name: &'static str,
    bytes_max: usize,
    mistakes: &mut Mistakes,
) -> Option<String> {
    object.parsed(name, mistakes, |text| {
        if text.is_empty() || text.len() > bytes_max {
            return Err(format!("expected 1 to {bytes_max} bytes, found {}", text.len()));
        }
        match text.chars().find(|c| c.is_control() && *c != '\n' && *c != '\r') {
            Some(odd) => Err(format!("expected no control characters, found U+{:04X}", u32::from(odd))),
            None => Ok(text.to_owned()),
        }
    })
}

fn digits(text: &str) -> Result<String, String> {
    let is_extension = (1..=12).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    if is_extension { Ok(text.to_owned()) } else { Err("expected 1 to 12 digits".to_owned()) }
}

/// The words of `tell`, in the order of what is told.
pub(super) const TELLS: [(&str, Tell); 4] = [
    ("nothing", Tell::Nothing),
    ("failure", Tell::Failure),
    ("end", Tell::End),
    ("progress", Tell::Progress),
];

fn tell(text: &str) -> Result<Tell, String> {
    let found = TELLS.iter().find(|(word, _)| *word == text).map(|(_, tell)| *tell);
    found.ok_or_else(|| "expected nothing, failure, end or progress".to_owned())
}

/// Reads `{"notices": ["n-12", …]}`.
///
/// # Errors
/// Every mistake with its place.
pub(super) fn acknowledged(body: &[u8]) -> Result<Acknowledged, Problem> {
    let json = parse(body)?;
    let mut mistakes = Mistakes::default();
    let mut positions = Vec::new();
    if let Some(mut root) = Object::at(&json, String::new(), &mut mistakes) {
        let members = root.list("notices", &mut mistakes);
        if members.len() > super::NOTICES_MAX {
            let expected =
                format!("expected at most {} notices, found {}", super::NOTICES_MAX, members.len());
            mistakes.note("/notices", expected);
        }
        for (place, member) in members.into_iter().take(super::NOTICES_MAX) {
            match member.as_str().and_then(notice::position) {
                Some(position) => positions.push(position),
                None => mistakes.note(&place, "expected the id of a notice such as n-12"),
            }
        }
        root.finish(&mut mistakes);
    }
    mistakes.finish()?;
    positions.sort_unstable();
    positions.dedup();
    Ok(Acknowledged(positions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn institution() -> Institution {
        let files: Vec<(String, String)> =
            library::files().map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
        engine::world::load(&files).unwrap().institution
    }

    fn places(body: &Value) -> Vec<String> {
        let problem = messages(body.to_string().as_bytes(), None, &institution()).unwrap_err();
        problem.errors.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn one_or_many_are_read() {
        let one =
            json!({ "to": "13800138000", "text": "您好", "id": "a", "at": "2026-11-23T09:00:00+08:00" });
        let read = |body: Value, key| messages(body.to_string().as_bytes(), key, &institution()).unwrap();
        let found = read(one.clone(), None);
        assert_eq!((found.len(), found[0].1.key.as_deref(), found[0].1.tell), (1, Some("id:a"), Tell::End));
        let other =
            json!({ "customer": "c-1", "template": "t", "values": { "code": "1" }, "tell": "nothing" });
        let found = read(json!({ "messages": [one, other] }), Some("k"));
        let keys: Vec<_> = found.iter().map(|(_, wanted)| wanted.key.as_deref()).collect();
        assert_eq!(keys, [Some("id:a"), Some("k#1")]);
        assert!(!format!("{found:?}").contains("138001"), "what prints has no number");
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        assert_eq!(places(&json!({ "text": "x" })), ["/to"]);
        assert_eq!(
            places(&json!({ "to": "1", "customer": "c", "text": "x", "template": "t" })),
            ["/customer", "/template"]
        );
        let bad = json!({ "messages": [
            { "to": "1", "text": "x", "class": "gossip", "at": "tomorrow", "validity": "long", "tell": "all" },
            { "to": "1", "text": "x", "extension": "12a", "more": 1, "reference": "a\u{1f}b" },
            { "to": "1", "template": "t", "values": [1] },
        ]});
        let expected = [
            "/messages/0/tell",
            "/messages/0/class",
            "/messages/0/at",
            "/messages/0/validity",
            "/messages/1/extension",
            "/messages/1/reference",
            "/messages/1/more",
            "/messages/2/values/0",
        ];
        assert_eq!(places(&bad), expected);
        assert_eq!(places(&json!({ "messages": [] })), ["/messages"]);
        let many = vec![json!({ "to": "1", "text": "x" }); BATCH_MAX + 1];
        assert_eq!(places(&json!({ "messages": many })), ["/messages"]);
        assert_eq!(places(&json!([])), [""]);
    }

    #[test]
    fn acknowledgements_are_read() {
        let read = |body: Value| acknowledged(body.to_string().as_bytes()).map(|Acknowledged(it)| it);
        assert_eq!(read(json!({ "notices": ["n-7", "n-3", "n-7"] })), Ok(vec![3, 7]));
        assert!(read(json!({ "notices": [7] })).is_err() && read(json!({ "notes": [] })).is_err());
    }
}
