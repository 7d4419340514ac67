//! What the institution's own apps tell of messages that no carrier reports: shown, read, failed; and what was written back.
//! A POST of JSON signed by Standard Webhooks:
//!
//! ```json
//! {"receipts": [{"id": "…", "state": "delivered", "code": "…"}], "replies": [{"from": "+86…", "to": "", "text": "…"}]}
//! ```
//!
//! It serves push and in-app routes, whose providers only say that they took a message.

use super::caller::text;
use super::{PushError, Pushed, Told};
use engine::entry::ReceiptState;
use model::{Private, Timestamp};
use serde_json::{Value, json};
use wire::http::standard_webhooks::{Secret, verify};
use wire::http::{Reply, Report, Request, Response, Status};

/// How many receipts and replies one call may hold.
const TOLD_MAX: usize = 1_000;

/// Reads such a call; without a secret nothing is taken.
///
/// # Errors
/// One that is not signed, or cannot be read.
pub fn read(request: &Request<'_>, secret: Option<&Secret>, now: Timestamp) -> Result<Pushed, PushError> {
    let secret = secret.ok_or(PushError::NotServed)?;
    verify(request, std::slice::from_ref(secret), now)?;
    let bad = |what: &str| PushError::Unreadable(what.to_owned());
    let body: Value = serde_json::from_slice(request.body).map_err(|_| bad("expected JSON"))?;
    let list = |key: &str| body.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if list("receipts").len() + list("replies").len() > TOLD_MAX {
        return Err(bad("expected at most 1,000 receipts and replies"));
    }
    let mut told = Vec::new();
    for receipt in list("receipts") {
        let remote = text(receipt, "/id").ok_or_else(|| bad("id: expected a text"))?;
        let state = match text(receipt, "/state").as_deref() {
            Some("delivered" | "read") => ReceiptState::Delivered,
            Some("failed") => ReceiptState::Undeliverable,
            Some("expired") => ReceiptState::Expired,
            _ => return Err(bad("state: expected delivered, read, failed or expired")),
        };
        told.push(Told::Receipt { remote, state, code: text(receipt, "/code") });
    }
    for reply in list("replies") {
        let need = |pointer| text(reply, pointer).ok_or_else(|| bad("replies: expected from and text"));
        let (from, words) = (Private::new(need("/from")?), Private::new(need("/text")?));
        told.push(Told::Said { from, to: text(reply, "/to").unwrap_or_default(), text: words });
    }
    Ok(Pushed { told, answer: Response::json(200, &json!({"taken": true})) })
}

/// A vendor's receipt as the engine wants it; none for one from the way.
pub fn of_report(report: Report) -> Option<Told> {
    let state = match report.status {
        Status::Delivered | Status::Read => ReceiptState::Delivered,
        Status::Undelivered | Status::Failed => ReceiptState::Undeliverable,
        Status::Canceled => ReceiptState::Deleted,
        Status::Accepted | Status::Queued | Status::Held | Status::Sending | Status::Sent => return None,
    };
    Some(Told::Receipt { remote: report.id, state, code: report.code.or(report.description) })
}

/// A vendor's reply as the engine wants it. `source` is the route's own number, which extensions follow.
pub fn of_reply(reply: Reply, source: &str) -> Told {
    let extend = reply.extend.unwrap_or_default();
    let to =
        if extend.is_empty() || extend.starts_with(source) { extend } else { format!("{source}{extend}") };
    Told::Said { from: Private::new(reply.from), to, text: Private::new(reply.text) }
}
