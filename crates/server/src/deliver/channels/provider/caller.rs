//! One call to a provider, and what its failing means for a message. What the provider surely has not seen is refused and
//! may be offered again; everything else without a clear answer is unanswered (invariant L6).

use super::{Fate, Verdict};
use crate::http::client::{Answer, Call, CallError, Client};
use hyper::header::RETRY_AFTER;
use hyper::{HeaderMap, Uri};
use model::Span;
use serde_json::Value;
use std::time::Duration;
use wire::http::Outgoing;

/// The longest pause that a provider can ask for.
const PAUSE_MAX: Span = Span::seconds(300);

/// What makes calls to one provider.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The connections.
    pub client: Client,
    /// Scheme, host, and a path that comes before each request's.
    pub base: Uri,
    /// How long a call may take.
    pub time_max: Duration,
}

impl Caller {
    /// Host and port as they stand in `Host`.
    pub fn host(&self) -> &str {
        self.base.authority().map_or("", |authority| authority.as_str())
    }

    /// Makes one call.
    ///
    /// # Errors
    /// The verdict on a message whose call this was.
    pub async fn call(&self, outgoing: &Outgoing) -> Result<Answer, Verdict> {
        self.call_at(&self.base, outgoing).await
    }

    /// Makes one call to another place than the provider's own, such as where tokens are had.
    ///
    /// # Errors
    /// The verdict on a message whose call this was.
    pub async fn call_at(&self, base: &Uri, outgoing: &Outgoing) -> Result<Answer, Verdict> {
        let failed = |error: CallError| match error {
            CallError::Malformed { .. } => Verdict::refused("malformed", Fate::Fail),
            CallError::Forbidden { .. } => Verdict::refused("forbidden", Fate::Unserved),
            CallError::Unreachable { .. } => Verdict::refused("unreachable", Fate::Unserved),
            error => Verdict::unanswered(error.to_string()),
        };
        let call = Call::of(base, outgoing).map_err(failed)?;
        self.client.call(Call { time_max: self.time_max, ..call }).await.map_err(failed)
    }
}

/// What an HTTP status alone says of a message, where the provider's own code says nothing more. None for success.
///
/// A gateway's 502 and 504, and a bare 500, do not say whether the provider has the message (RFC 9110 §15.6).
pub fn by_status(answer: &Answer, code: Option<String>) -> Option<Verdict> {
    let status = answer.status;
    let code = code.unwrap_or_else(|| status.to_string());
    Some(match status {
        200..=299 => return None,
        401 | 403 | 407 => Verdict::refused(code, Fate::Unserved),
        404 | 410 => Verdict::refused(code, Fate::Elsewhere),
        408 | 425 | 503 => Verdict::refused(code, Fate::Retry),
        429 => Verdict::refused(code, Fate::Throttle(pause(&answer.headers))),
        400..=499 => Verdict::refused(code, Fate::Fail),
        _ => Verdict::unanswered(format!("status {status}")),
    })
}

/// How long the provider asks to wait: `Retry-After` in seconds (RFC 9110 §10.2.3).
pub fn pause(headers: &HeaderMap) -> Option<Span> {
    let seconds: i64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    (seconds >= 0).then(|| Span::seconds(seconds.min(PAUSE_MAX.0 / 1_000)))
}

/// An answer's body as JSON; null for anything else.
pub fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

/// A member as text, at a JSON pointer (RFC 6901); numbers and truth values too.
pub fn text(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A request with a body of JSON.
pub fn post(path: impl Into<String>, headers: Vec<(String, String)>, body: &Value) -> Outgoing {
    let mut all = vec![header("content-type", "application/json")];
    all.extend(headers);
    let (path, raw_query) = split(path.into());
    Outgoing { method: "POST", path, raw_query, headers: all, body: body.to_string().into_bytes() }
}

/// A request without a body.
pub fn get(path: impl Into<String>, headers: Vec<(String, String)>) -> Outgoing {
    let (path, raw_query) = split(path.into());
    Outgoing { method: "GET", path, raw_query, headers, body: Vec::new() }
}

/// A header.
pub fn header(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

fn split(target: String) -> (String, String) {
    match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), query.to_owned()),
        None => (target, String::new()),
    }
}
