//! Errors as RFC 9457 `application/problem+json`, with a pointer to every field at fault.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The content type of a problem.
const PROBLEM: &str = "application/problem+json";
/// How much of a framework's own words a problem takes over.
const WORDS_BYTES_MAX: usize = 1_024;

/// What went wrong, for the caller.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The kind of problem, in a few words.
    pub title: &'static str,
    /// This problem.
    pub detail: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One field at fault.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct FieldError {
    /// Where: an RFC 6901 pointer such as `/events/3/at`.
    pub pointer: String,
    /// What was expected and what came.
    pub detail: String,
}

impl Problem {
    /// The request is not what it should be.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self { status: 400, title: "bad request", detail: detail.into(), errors: Vec::new() }
    }

    /// These fields are not what they should be.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = format!("{} fields are not as expected", errors.len());
        Self { status: 400, title: "bad request", detail, errors }
    }

    /// What it says, in lines.
    pub fn lines(&self) -> Vec<String> {
        let fields = self.errors.iter().map(|field| format!("{}: {}", field.pointer, field.detail));
        if self.errors.is_empty() { vec![self.detail.clone()] } else { fields.collect() }
    }

    /// No key, or a wrong one.
    pub fn unauthorized() -> Self {
        let detail = "expected an API key in the header Authorization: Bearer hy_…".to_owned();
        Self { status: 401, title: "unauthorized", detail, errors: Vec::new() }
    }

    /// No token of an account, or a wrong one.
    pub fn unauthorized_account() -> Self {
        let detail = "expected the token of an account in the header Authorization: Bearer …".to_owned();
        Self { status: 401, title: "unauthorized", detail, errors: Vec::new() }
    }

    /// It is known who asks, and they may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self { status: 403, title: "forbidden", detail: detail.into(), errors: Vec::new() }
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self { status: 404, title: "not found", detail: detail.into(), errors: Vec::new() }
    }

    /// It contradicts what is there.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self { status: 409, title: "conflict", detail: detail.into(), errors: Vec::new() }
    }

    /// There was such a thing, and there will not be again.
    pub fn gone(detail: impl Into<String>) -> Self {
        Self { status: 410, title: "gone", detail: detail.into(), errors: Vec::new() }
    }

    /// More than the caller may in that time.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self { status: 429, title: "too many requests", detail: detail.into(), errors: Vec::new() }
    }

    /// Not now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self { status: 503, title: "unavailable", detail: detail.into(), errors: Vec::new() }
    }

    /// Our fault. The cause goes to the log, not to the caller.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        let detail = "the server could not do this; its log says why".to_owned();
        Self { status: 500, title: "internal error", detail, errors: Vec::new() }
    }
}

/// Makes a problem of every other error: a body that is too long, a method that is not offered, a query that cannot be
/// read are answered before a handler of ours sees them, in plain words.
pub(super) async fn always(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let title = status.canonical_reason().unwrap_or("error");
    // Words that are too long or do not come are not worth an error of their own.
    let words = to_bytes(body, WORDS_BYTES_MAX).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words).trim().to_owned();
    let detail = if words.is_empty() { title.to_lowercase() } else { words };
    let problem = Problem { status: status.as_u16(), title, detail, errors: Vec::new() };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    Response::from_parts(parts, body.into())
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, PROBLEM)], body).into_response()
    }
}

impl From<crate::core::Stopped> for Problem {
    fn from(stopped: crate::core::Stopped) -> Self {
        Self::unavailable(stopped.to_string())
    }
}

impl From<node::Error> for Problem {
    fn from(error: node::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Self::internal(&error)
    }
}
