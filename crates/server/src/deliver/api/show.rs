//! What the API answers, as JSON.

use super::word;
use crate::deliver::dialects::of_client;
use crate::deliver::portal::{Fate, Record};
use engine::decide::Ordered;
use serde_json::{Value, json};

/// What became of one member of a batch.
pub(super) fn verdict(ordered: &Ordered) -> Value {
    let status = word(ordered);
    match ordered {
        Ordered::Accepted { message, parts, until } => json!({
            "status": status, "message": message.to_string(), "parts": parts,
            "until": until.map(|until| until.to_string()),
        }),
        Ordered::Repeated(message) => json!({ "status": status, "message": message.to_string() }),
        Ordered::Blocked { message, rule, detail } => json!({
            "status": status, "message": message.to_string(), "rule": rule, "detail": &**detail,
        }),
        Ordered::Refused(why) => json!({ "status": status, "detail": why.to_string() }),
        // The API hands in whole messages.
        Ordered::Piece { piece, .. } => json!({ "status": status, "message": piece.to_string() }),
    }
}

/// A member that is no order.
pub(super) fn unmade(detail: &str) -> Value {
    json!({ "status": "refused", "detail": detail })
}

/// The same with its place in the batch and the caller's id.
pub(super) fn placed(index: usize, id: Option<&str>, mut verdict: Value) -> Value {
    verdict["index"] = index.into();
    if let Some(id) = id {
        verdict["id"] = id.into();
    }
    verdict
}

/// Where a message is, in a word.
fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Held => "held",
        Fate::Queued => "queued",
        Fate::Sending => "sending",
        Fate::Sent => "sent",
        Fate::Blocked => "blocked",
        Fate::Cancelled => "cancelled",
        Fate::Ended(outcome) => outcome.name(),
    }
}

/// Every word for where a message is: for the description of the API.
#[cfg(test)]
pub(super) fn fates() -> Vec<&'static str> {
    use engine::entry::Outcome;
    let ends = [
        Outcome::Delivered,
        Outcome::Undelivered,
        Outcome::Refused,
        Outcome::Uncertain,
        Outcome::NoReceipt,
        Outcome::Erased,
    ];
    let before = [Fate::Held, Fate::Queued, Fate::Sending, Fate::Sent, Fate::Blocked, Fate::Cancelled];
    before.into_iter().chain(ends.map(Fate::Ended)).map(fate).collect()
}

/// One message of the account's.
pub(super) fn record(record: &Record) -> Value {
    let receipts: Vec<Value> = record
        .receipts
        .iter()
        .map(|receipt| {
            json!({
                "part": receipt.part, "at": receipt.at.to_string(), "error": receipt.error.as_deref(),
                "state": format!("{:?}", receipt.state).to_lowercase(),
            })
        })
        .collect();
    json!({
        "message": record.id.to_string(),
        "status": fate(record.fate),
        "class": record.class.map(model::MessageClass::name),
        "template": record.template,
        "to": record.to.map(|phone| format!("+{}", phone.reveal())),
        "reference": record.reference().and_then(of_client),
        "parts": record.parts,
        "route": record.route,
        "cost_millifen": record.cost.millifen,
        "accepted": record.accepted.to_string(),
        "updated": record.updated.to_string(),
        "submitted": record.submitted.map(|at| at.to_string()),
        "until": record.until.map(|at| at.to_string()),
        "rule": record.rule.as_ref().map(|(rule, _)| *rule),
        "detail": record.rule.as_ref().map(|(_, detail)| detail.as_str()),
        "receipts": receipts,
    })
}
