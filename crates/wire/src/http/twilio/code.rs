//! The vendor's words and numbers for ours, and back.
//!
//! Source: the vendor's error dictionary (twilio.com/docs/api/errors). A refusal at once is a 4xx with a code:
//!
//! | ours | status | code | |
//! |---|---|---|---|
//! | unknown template | 400 | 21655 | the ContentSid is invalid |
//! | value missing | 400 | 21656 | the ContentVariables parameter is invalid |
//! | signature not filed | 400 | 21606 | the sender may not be used |
//! | no phone number | 400 | 21211 | invalid To |
//! | opted out | 400 | 21610 | the recipient unsubscribed |
//! | quiet hours, frequency cap, another rule | 400 | 30004 | message blocked; the vendor has none of its own |
//! | content refused | 400 | 30007 | message filtered |
//! | not permitted | 403 | 20003 | |
//! | throttled | 429 | 20429 | too many requests |
//! | budget spent | 400 | 63038 | daily limit of the account |
//! | internal | 500 | 30500 | internal error |

use super::super::guard::AuthError;
use super::super::neutral::{Fault, Refusal, Report, Status};

/// Status and code of a refusal.
pub fn of(refusal: &Refusal) -> (u16, u32) {
    match refusal {
        Refusal::UnknownTemplate => (400, 21_655),
        Refusal::ParamMissing(_) => (400, 21_656),
        Refusal::SignatureNotFiled => (400, 21_606),
        Refusal::InvalidNumber => (400, 21_211),
        Refusal::OptedOut => (400, 21_610),
        Refusal::QuietHours | Refusal::FrequencyCap | Refusal::Other(_) => (400, 30_004),
        Refusal::ContentRefused => (400, 30_007),
        Refusal::NotPermitted => (403, 20_003),
        Refusal::Throttled => (429, 20_429),
        Refusal::Budget => (400, 63_038),
        Refusal::Internal => (500, 30_500),
    }
}

/// What a code of theirs means; codes not in this table become [`Refusal::Other`] with the number.
pub fn meaning(code: u32) -> Refusal {
    match code {
        21_655 => Refusal::UnknownTemplate,
        21_654 | 21_656 => Refusal::ParamMissing(None),
        21_606 | 21_603 | 21_659 | 21_660 => Refusal::SignatureNotFiled,
        21_211 | 21_614 | 21_217 => Refusal::InvalidNumber,
        21_610 => Refusal::OptedOut,
        30_007 | 21_617 | 21_658 => Refusal::ContentRefused,
        20_003 | 21_408 | 21_608 => Refusal::NotPermitted,
        20_429 => Refusal::Throttled,
        63_038 | 10_001 => Refusal::Budget,
        30_500 | 20_500 => Refusal::Internal,
        other => Refusal::Other(other.to_string()),
    }
}

/// Status and code for a request that cannot be read.
pub fn of_fault(fault: &Fault) -> (u16, u32) {
    match fault {
        Fault::UnknownAction | Fault::UnknownResource => (404, 20_404),
        Fault::Missing("To") => (400, 21_604),
        Fault::Missing("From") => (400, 21_603),
        Fault::Missing("Body") => (400, 21_619),
        Fault::Missing("ContentSid") => (400, 21_654),
        Fault::Bad { name: "ContentVariables", .. } => (400, 21_656),
        Fault::TooMany { name: "Body", .. } => (400, 21_617),
        // Bad Request, in the dictionary under the number of the status.
        Fault::Missing(_) | Fault::Bad { .. } | Fault::TooMany { .. } | Fault::Refused { .. } => (400, 400),
    }
}

/// Status and code for a request that is not believed.
pub fn of_auth(_: &AuthError) -> (u16, u32) {
    (401, 20_003)
}

/// The vendor's word for where a message is.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Accepted => "accepted",
        Status::Queued => "queued",
        Status::Held => "scheduled",
        Status::Sending => "sending",
        Status::Sent => "sent",
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::Undelivered => "undelivered",
        Status::Failed => "failed",
        Status::Canceled => "canceled",
    }
}

/// What a word of theirs means; none for words of inbound messages and for unknown ones.
pub fn status(word: &str) -> Option<Status> {
    match word {
        // Some recipients of a group have it: not the end.
        "partially_delivered" => Some(Status::Sent),
        word => Status::ALL.into_iter().find(|status| self::word(*status) == word),
    }
}

/// The error code of a message that failed: the report's own if it is a number of this vendor's form, else 30008,
/// unknown error. None for a message that did not fail.
pub fn of_report(report: &Report) -> Option<u32> {
    if !matches!(report.status, Status::Undelivered | Status::Failed) {
        return None;
    }
    let own = report.code.as_deref().and_then(|code| code.parse().ok());
    Some(own.filter(|code| (10_000..100_000).contains(code)).unwrap_or(30_008))
}
