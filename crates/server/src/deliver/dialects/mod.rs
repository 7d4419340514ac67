//! Vendors' dialects at their own paths: an application that was written for Alibaba Cloud SMS, Tencent Cloud SMS or
//! Twilio hands in its messages here after a change of its endpoint. `wire::http` reads, verifies and writes; here a
//! key finds its account, a request becomes orders and questions, and the gate's refusals become the vendor's codes.
//!
//! `/` is shared: a request that is signed as a vendor's is that dialect's, any other `GET` is for the status page.

mod alibaba;
mod reference;
mod refusal;
mod tencent;
mod twilio;

pub(crate) use reference::{Reference, of_client};
pub(crate) use tencent::{ended, written};

use super::portal::{Fate, Record};
use crate::http::Site;
use crate::http::problem::Problem;
use crate::measure;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use engine::entry::Outcome;
use std::net::{IpAddr, SocketAddr};
use wire::http::{Report, Request, Status};

/// The largest request that is read, in bytes.
const BODY_BYTES_MAX: usize = 2 << 20;

/// The dialects' paths.
pub(crate) fn router() -> Router<Site> {
    Router::new()
        .route("/", any(root))
        .route("/2010-04-01/{*rest}", any(twilio_path))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// A request as it arrived, kept whole: signatures cover it byte for byte.
struct Arrived {
    parts: Parts,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Arrived {
    fn of(parts: Parts, body: Bytes) -> Self {
        // A value that is not UTF-8 can be no part of a signature.
        let text = |value: &HeaderValue| std::str::from_utf8(value.as_bytes()).unwrap_or_default().to_owned();
        let headers =
            parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        Self { parts, headers, body }
    }

    /// Calls `with` with the request as the dialects read it.
    fn read<T>(&self, with: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        with(&Request {
            method: self.parts.method.as_str(),
            path: self.parts.uri.path(),
            raw_query: self.parts.uri.query().unwrap_or_default(),
            headers: &headers,
            body: &self.body,
        })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Where it came from; none over this machine's own socket.
    fn from(&self) -> Option<IpAddr> {
        self.parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip())
    }

    /// Whose dialect it is, if anybody's.
    fn dialect(&self) -> Option<Dialect> {
        let authorization = self.header("authorization").unwrap_or_default().trim_start();
        if authorization.starts_with("TC3-") || self.header("x-tc-action").is_some() {
            return Some(Dialect::Tencent);
        }
        if authorization.starts_with("ACS3-") || self.header("x-acs-action").is_some() {
            return Some(Dialect::Alibaba);
        }
        let has = |name: &str| {
            let query = self.parts.uri.query().unwrap_or_default().as_bytes();
            names(query, name) || names(&self.body, name)
        };
        // The old signatures: both name an action, one an access key, the other a secret id.
        match (has("AccessKeyId"), has("SecretId"), has("Action")) {
            (true, _, _) => Some(Dialect::Alibaba),
            (_, true, _) => Some(Dialect::Tencent),
            (_, _, true) => Some(Dialect::Alibaba),
            _ => None,
        }
    }
}

/// Whether a form has a parameter.
fn names(form: &[u8], name: &str) -> bool {
    form.split(|octet| *octet == b'&').any(|pair| {
        pair.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first().is_none_or(|next| *next == b'='))
    })
}

/// The dialects at `/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Alibaba,
    Tencent,
}

async fn root(State(site): State<Site>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let is_get = parts.method == axum::http::Method::GET;
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return too_large().into_response();
    };
    let arrived = Arrived::of(parts, body);
    match arrived.dialect() {
        Some(Dialect::Alibaba) => answer(alibaba::serve(&site, &arrived).await),
        Some(Dialect::Tencent) => answer(tencent::serve(&site, &arrived).await),
        None if is_get => measure::api::page().await.into_response(),
        None => {
            Problem::not_found("expected a request that is signed as Alibaba's or Tencent's").into_response()
        }
    }
}

async fn twilio_path(State(site): State<Site>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => answer(twilio::serve(&site, &Arrived::of(parts, body)).await),
        Err(_) => too_large().into_response(),
    }
}

fn too_large() -> Problem {
    let detail = format!("expected a body of at most {BODY_BYTES_MAX} bytes");
    Problem { status: 413, title: "content too large", detail, errors: Vec::new() }
}

/// A dialect's answer as it is: its content type is compared as a whole by some clients.
fn answer(answer: wire::http::Response) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(kind) = answer.content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// An id for an answer, in the form that vendors give theirs.
fn request_id() -> String {
    let mut random = [0; 16];
    // Without entropy the id is not unique, which costs a support case and no message.
    let _ = getrandom::fill(&mut random);
    let hex = wire::http::encode::hex(&random).to_uppercase();
    let groups = [hex.get(..8), hex.get(8..12), hex.get(12..16), hex.get(16..20), hex.get(20..)];
    groups.map(Option::unwrap_or_default).join("-")
}

/// Where a message is, in the dialects' words.
fn status(fate: Fate) -> Status {
    match fate {
        Fate::Held => Status::Held,
        Fate::Queued => Status::Queued,
        Fate::Sending => Status::Sending,
        Fate::Sent => Status::Sent,
        Fate::Cancelled => Status::Canceled,
        Fate::Blocked => Status::Failed,
        Fate::Ended(Outcome::Delivered) => Status::Delivered,
        Fate::Ended(Outcome::Refused | Outcome::Erased) => Status::Failed,
        Fate::Ended(Outcome::Undelivered | Outcome::Uncertain | Outcome::NoReceipt) => Status::Undelivered,
    }
}

/// What became of a message, as the dialects tell it; `id` and `reference` are the dialect's own.
fn report(record: &Record, id: String, reference: Option<String>) -> Report {
    let status = status(record.fate);
    let code = record.last().and_then(|receipt| receipt.error.as_deref()).map(str::to_owned);
    let rule = record.rule.as_ref().map(|(rule, _)| (*rule).to_owned());
    Report {
        code: code.or_else(|| rule.clone()),
        description: rule.or_else(|| record.last().map(|receipt| format!("{:?}", receipt.state))),
        sent_at: record.submitted.or(Some(record.accepted)),
        reported_at: status.is_final().then_some(record.updated),
        parts: u32::from(record.parts),
        reference,
        template: Some(record.template.clone()),
        text: record.text().map(str::to_owned),
        ..Report::new(id, record.number(), status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Option<Dialect> {
        let mut request = axum::http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, body) = request.body(body.to_owned()).unwrap().into_parts();
        Arrived::of(parts, Bytes::from(body)).dialect()
    }

    #[test]
    fn a_request_is_the_dialects_that_signed_it() {
        let (alibaba, tencent) = (Some(Dialect::Alibaba), Some(Dialect::Tencent));
        assert_eq!(dialect("GET", "/", &[], ""), None);
        assert_eq!(dialect("POST", "/", &[("authorization", "TC3-HMAC-SHA256 Credential=a")], "{}"), tencent);
        assert_eq!(dialect("POST", "/", &[("authorization", "ACS3-HMAC-SHA256 Credential=a")], ""), alibaba);
        assert_eq!(dialect("GET", "/?Action=SendSms&AccessKeyId=a", &[], ""), alibaba);
        assert_eq!(dialect("POST", "/", &[], "Action=SendSms&SecretId=a"), tencent);
        assert_eq!(dialect("GET", "/?SecretId=a&Action=SendSms", &[], ""), tencent);
        assert_eq!(dialect("POST", "/", &[], "AccessKeyIdentity=a"), None);
    }

    #[test]
    fn request_ids_look_like_the_vendors() {
        let id = request_id();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_ne!(id, request_id());
    }
}
