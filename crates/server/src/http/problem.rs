//! Errors as RFC 9457 `application/problem+json`, with a pointer to every field at fault.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

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

    /// No key, or a wrong one.
    pub fn unauthorized() -> Self {
        let detail = "expected an API key in the header Authorization: Bearer hy_…".to_owned();
        Self { status: 401, title: "unauthorized", detail, errors: Vec::new() }
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self { status: 404, title: "not found", detail: detail.into(), errors: Vec::new() }
    }

    /// It contradicts what is there.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self { status: 409, title: "conflict", detail: detail.into(), errors: Vec::new() }
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

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
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
