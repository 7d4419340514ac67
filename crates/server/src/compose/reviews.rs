//! `/v1/reviews`: texts that a person should look at before they are sent: the list, one of them, what somebody says of it, and
//! what was said of all of them, to learn from.

use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::{Mistakes, Object, parse};
use crate::http::problem::Problem;
use crate::now;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use engine::entry::{Fact, ModelTrained, ReviewVerdict};
use engine::state::{Message, TextReview};
use engine::{Input, Reply, ReviewRequest, Reviewed};
use model::{MessageId, Timestamp};
use node::inquiry;
use proof::{Hash, Kind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use text::classify::CLASSES;

/// How many one answer lists.
const LISTED_MAX: usize = 1_000;
/// How many bytes a remark may have.
const REMARK_BYTES_MAX: usize = 500;

/// A text that waits for a person.
#[derive(Debug, Serialize)]
pub struct Waiting {
    message: String,
    class: &'static str,
    journey: String,
    template: String,
    rule: &'static str,
    why: String,
    since: String,
    /// When it is blocked if nobody has approved it.
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// What it says; only of one that is asked for by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Of the text: what an approval names.
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
}

impl Waiting {
    fn of(message: &Message, review: &TextReview) -> Self {
        Self {
            message: message.id.to_string(),
            class: message.class.name(),
            journey: message.journey.to_string(),
            template: message.template.to_string(),
            rule: review.rule.id(),
            why: review.why.to_string(),
            since: review.since.to_string(),
            until: message.due.map(|due: Timestamp| due.to_string()),
            label: review.label.as_deref().map(str::to_owned),
            text: None,
            hash: None,
        }
    }
}

/// Those that wait, oldest first.
#[derive(Debug, Serialize)]
pub struct Listed {
    reviews: Vec<Waiting>,
    /// How many there are in all.
    waiting: usize,
}

/// Lists what waits.
pub async fn list(State(site): State<Site>) -> Result<Json<Listed>, Problem> {
    let listed = site.core.ask(|node| {
        let engine = node.engine();
        let all = engine.in_review().map(|(message, review)| Waiting::of(message, review));
        Listed { reviews: all.take(LISTED_MAX).collect(), waiting: engine.state().in_review.len() }
    });
    Ok(Json(listed.await?))
}

fn number(message: &str) -> Result<MessageId, Problem> {
    message.parse().map_err(|e: model::ParseIdError| Problem::bad_request(e.to_string()))
}

/// Shows one with its text.
pub async fn one(State(site): State<Site>, Path(message): Path<String>) -> Result<Json<Waiting>, Problem> {
    let id = number(&message)?;
    let at = now();
    let found = site.core.ask(move |node| {
        let engine = node.engine();
        let mut all = engine.in_review();
        let (message, review) = all.find(|(message, _)| message.id == id)?;
        let mut waiting = Waiting::of(message, review);
        if let Ok((text, hash)) = engine.text_in_review(message, at) {
            (waiting.text, waiting.hash) = (Some(text.reveal().to_owned()), Some(hash.to_hex()));
        }
        Some(waiting)
    });
    found
        .await?
        .map(Json)
        .ok_or_else(|| Problem::not_found(format!("no message {message} waits for a person")))
}

/// Takes what a person says: `{"hash": …, "remark": …}`, for a label also `"class"`. `deed` is `approve`, `reject` or `label`.
pub async fn act(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    Path((message, deed)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<serde_json::Value>, Problem> {
    let id = number(&message)?;
    let json = parse(&body)?;
    let mut mistakes = Mistakes::default();
    let mut read = None;
    if let Some(mut root) = Object::at(&json, String::new(), &mut mistakes) {
        let hash = root.text("hash", &mut mistakes).and_then(|text| hash_of(text, &root, &mut mistakes));
        let remark = root.parsed("remark", &mut mistakes, |text| match text.len() {
            0..=REMARK_BYTES_MAX => Ok(text.to_owned()),
            found => Err(format!("expected at most {REMARK_BYTES_MAX} bytes, found {found}")),
        });
        let class = root.parsed("class", &mut mistakes, |text| {
            let known = CLASSES.contains(&text).then(|| Arc::<str>::from(text));
            known.ok_or_else(|| format!("expected one of {}, found {text:?}", CLASSES.join(", ")))
        });
        root.finish(&mut mistakes);
        read = hash.map(|hash| (hash, remark.unwrap_or_default(), class));
    }
    mistakes.finish()?;
    let Some((hash, remark, class)) = read else { return Err(Problem::bad_request("expected a hash")) };
    let verdict = match (deed.as_str(), class) {
        ("approve", None) => ReviewVerdict::Approved,
        ("reject", None) => ReviewVerdict::Rejected,
        ("label", Some(class)) => ReviewVerdict::Labelled(class),
        ("label", None) => return Err(Problem::bad_request("expected a class")),
        _ => return Err(Problem::not_found("expected approve, reject, or label with a class")),
    };
    let said = ReviewRequest { message: id, verdict, by: caller.name.into(), remark: remark.into(), hash };
    match site.core.decide(Input::Review(said)).await? {
        Reply::Reviewed(Reviewed::Recorded) => Ok(Json(json!({ "message": id.to_string() }))),
        Reply::Reviewed(Reviewed::NotThere) => {
            Err(Problem::not_found(format!("no message {message} waits for a person")))
        }
        Reply::Reviewed(Reviewed::Own) => {
            Err(Problem::forbidden("whoever has handed a message in does not approve it"))
        }
        Reply::Reviewed(Reviewed::Changed) => {
            Err(Problem::conflict("its text is another by now: look at it again"))
        }
        Reply::Reviewed(Reviewed::NoText(why)) => Err(Problem::conflict(format!("it has no text: {why}"))),
        _ => Err(Problem::internal(&"the engine answered something else")),
    }
}

fn hash_of(text: &str, root: &Object<'_>, mistakes: &mut Mistakes) -> Option<Hash> {
    let bytes = proof::hash::hex_decode(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    if bytes.is_none() {
        mistakes.note(&root.place("hash"), format!("expected 64 hex digits, found {text:?}"));
    }
    bytes.map(Hash)
}

/// `GET /v1/reviews/labels`: the texts that people have labelled, one JSON object a line, with every digit and every name of their
/// customer masked. The journal is walked; of somebody who was erased nothing is left to tell.
pub async fn labels(State(site): State<Site>) -> Result<impl IntoResponse, Problem> {
    let lines =
        site.blocking(|site| inquiry::of_kind(&*site.journal, &site.keys, Kind::ReviewDecided)).await?;
    let mut told = Vec::new();
    for line in lines {
        let Fact::ReviewDecided(said) = &line.entry.fact else { continue };
        let ReviewVerdict::Labelled(class) = &said.verdict else { continue };
        told.push((line.entry.subject, said.text.reveal().to_owned(), class.to_string()));
    }
    let masked = site.core.ask(move |node| {
        let state = node.engine().state();
        let line = |(subject, text, class): (_, String, String)| {
            let own = state.customers.get(&subject).map(|customer| &customer.profile.attributes);
            json!({ "text": masked(&text, own), "class": class }).to_string() + "\n"
        };
        told.into_iter().map(line).collect::<String>()
    });
    Ok(([(header::CONTENT_TYPE, "application/jsonl; charset=utf-8")], masked.await?))
}

/// A text without what is personal of it: every digit is 0, as the model reads them all alike, and each text that is known of its
/// customer, their name first of all, is X.
fn masked(text: &str, own: Option<&model::Fields>) -> String {
    let mut text = text.to_owned();
    for value in own.into_iter().flat_map(|fields| fields.values()) {
        if let model::Value::Text(known) = value
            && known.chars().count() >= KNOWN_CHARACTERS
        {
            text = text.replace(&**known, "X");
        }
    }
    text.chars().map(|c| if c.is_numeric() { '0' } else { c }).collect()
}

/// A shorter text than this is no name, and would be found everywhere.
const KNOWN_CHARACTERS: usize = 2;

/// `POST /v1/trainings`: records that a model was made: `{"model", "data", "texts", "held_out", "right"}`, hashes as 64 hex digits.
pub async fn trained(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<serde_json::Value>, Problem> {
    let made = serde_json::from_slice(&body);
    let Trained { model, data, texts, held_out, right } =
        made.map_err(|e| Problem::bad_request(format!("expected a model that was made: {e}")))?;
    let hash = |name: &str, text: &str| {
        let bytes = proof::hash::hex_decode(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let wrong = || Problem::bad_request(format!("{name}: expected 64 hex digits, found {text:?}"));
        bytes.map(Hash).ok_or_else(wrong)
    };
    let data = data.map(|text| hash("data", &text)).transpose()?;
    if right > held_out {
        let detail = format!("expected at most as many right as were held out, found {right} of {held_out}");
        return Err(Problem::bad_request(detail));
    }
    let (model, by) = (hash("model", &model)?, caller.name.into());
    let made = ModelTrained { by, model, data, texts, held_out, right };
    site.core.decide(Input::Trained(made)).await?;
    Ok(Json(json!({ "model": model.to_hex() })))
}

/// A model that was made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trained {
    model: String,
    data: Option<String>,
    texts: u64,
    held_out: u64,
    right: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Fields, Value};

    #[test]
    fn what_is_personal_is_masked() {
        let own: Fields =
            [("name".into(), Value::Text("王小明".into())), ("x".into(), Value::Text("您".into()))].into();
        let text = "王小明您好，尾号1234的账户收到88.00元";
        assert_eq!(masked(text, Some(&own)), "X您好，尾号0000的账户收到00.00元");
        assert_eq!(masked(text, None), "王小明您好，尾号0000的账户收到00.00元");
    }
}
