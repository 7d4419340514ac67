//! `POST /v1/classify`: what kind of message a text is, how sure that is, and which characters say so.
//!
//! Nothing is kept and nothing becomes an entry: the text is the caller's. The command `classify` reads and writes the
//! same lines by [`read`] and [`write`].

use crate::http::Site;
use crate::http::body::{self, Mistakes, Object};
use crate::http::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Map, Value, json};
use text::classify::{Classifier, Message};

/// Classifies one message, or every member of a list.
pub async fn classify(State(site): State<Site>, bytes: Bytes) -> Result<Json<Value>, Problem> {
    let value = body::parse(&bytes)?;
    let mut mistakes = Mistakes::default();
    let (members, listed) = match &value {
        Value::Array(members) => (members.as_slice(), true),
        one => (std::slice::from_ref(one), false),
    };
    let mut answers = Vec::with_capacity(members.len());
    for (at, member) in members.iter().enumerate() {
        let place = if listed { format!("/{at}") } else { String::new() };
        if let Some(message) = read(member, place, &mut mistakes) {
            answers.push(write(&site.classifier, &message));
        }
    }
    mistakes.finish()?;
    if listed {
        return Ok(Json(Value::Array(answers)));
    }
    answers.pop().map(Json).ok_or_else(|| Problem::bad_request("expected an object or a list of objects"))
}

/// Reads a message from `{"text", "sender", "signature", "template"}`; all but the text may be absent. Other fields are
/// mistakes.
pub fn read<'a>(value: &'a Value, place: String, mistakes: &mut Mistakes) -> Option<Message<'a>> {
    let mut object = Object::at(value, place, mistakes)?;
    let text = match object.optional("text") {
        Some(Value::String(text)) => Some(text.as_str()),
        other => {
            let found = body::kind(other.unwrap_or(&Value::Null));
            mistakes.note(&object.place("text"), format!("expected a text, found {found}"));
            None
        }
    };
    let mut field = |name: &'static str| match object.optional(name) {
        None => "",
        Some(Value::String(text)) => text.as_str(),
        Some(other) => {
            mistakes.note(&object.place(name), format!("expected a text, found {}", body::kind(other)));
            ""
        }
    };
    let (sender, signature, template) = (field("sender"), field("signature"), field("template"));
    object.finish(mistakes);
    text.map(|text| Message { text, sender, signature, template })
}

/// What a message is, as JSON. Places of evidence count characters (code points) of the text.
pub fn write(classifier: &Classifier, message: &Message<'_>) -> Value {
    let verdict = classifier.of(message);
    let characters: Vec<char> = message.text.chars().collect();
    let evidence: Vec<Value> = verdict
        .evidence
        .iter()
        .map(|piece| {
            let text: String =
                characters.get(piece.start as usize..piece.end as usize).unwrap_or(&[]).iter().collect();
            json!({ "start": piece.start, "end": piece.end, "text": text, "cue": piece.cue,
                    "weight": hundredth(piece.weight) })
        })
        .collect();
    let mut answer = Map::new();
    answer.insert("class".to_owned(), json!(verdict.class));
    answer.insert("subtype".to_owned(), json!(verdict.subtype));
    answer.insert("confidence".to_owned(), json!(hundredth(verdict.confidence)));
    answer.insert("language".to_owned(), json!(verdict.language));
    answer.insert("review".to_owned(), json!(verdict.review));
    answer.insert("evidence".to_owned(), Value::Array(evidence));
    Value::Object(answer)
}

/// A share of one with four digits: what is behind them is noise.
fn hundredth(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_or_its_mistakes_are_told() {
        let read = |text: &str| {
            let value: Value = serde_json::from_str(text).unwrap();
            let mut mistakes = Mistakes::default();
            let found = super::read(&value, String::new(), &mut mistakes).map(|m| m.text.to_owned());
            (found, mistakes.finish().is_ok())
        };
        assert_eq!(read(r#"{"text":"a","sender":"95588","signature":null}"#), (Some("a".to_owned()), true));
        assert_eq!(read(r#"{"text":""}"#), (Some(String::new()), true));
        assert_eq!(read(r#"{"text":1}"#), (None, false));
        assert!(!read(r#"{"text":"a","class":"scam"}"#).1);
        assert_eq!(read(r#"["a"]"#), (None, false));
    }
}
