//! What a client of Alibaba Cloud SMS gets back. A refusal of the message is status 200 with a code that is not `OK`, as
//! the clients expect; a request that is not believed or not understood is a 4xx, which makes them raise an error.

use serde_json::{Value, json};

use super::super::guard::AuthError;
use super::super::message::Response;
use super::super::neutral::{Fault, Outcome, Refusal, Report};
use super::super::{phone, stamp};
use super::code;

/// The answer to SendSms and SendBatchSms. The dialect has one code for all numbers: `OK` with the id of the first
/// message taken if any was taken (what was refused follows as a receipt), else the first refusal.
pub fn sent(outcomes: &[Outcome], request_id: &str) -> Response {
    let taken = outcomes.iter().find_map(|outcome| outcome.result.as_ref().ok());
    let refused = outcomes.iter().find_map(|outcome| outcome.result.as_ref().err());
    match (taken, refused) {
        (Some(taken), _) => Response::json(
            200,
            &json!({"BizId": taken.id, "Code": "OK", "Message": "OK", "RequestId": request_id}),
        ),
        (None, Some(refusal)) => self::refused(refusal, request_id),
        (None, None) => self::refused(&Refusal::Internal, request_id),
    }
}

/// A refusal of a whole request.
pub fn refused(refusal: &Refusal, request_id: &str) -> Response {
    let message = refusal.to_string();
    match refusal {
        Refusal::Throttled => error(400, code::of(refusal), &message, request_id, ""),
        _ => Response::json(
            200,
            &json!({"Code": code::of(refusal), "Message": message, "RequestId": request_id}),
        ),
    }
}

/// The answer to a request that cannot be read. `host` is repeated as the vendor does.
pub fn fault(fault: &Fault, request_id: &str, host: &str) -> Response {
    let (status, code) = code::of_fault(fault);
    match status {
        200 => {
            Response::json(200, &json!({"Code": code, "Message": fault.to_string(), "RequestId": request_id}))
        }
        _ => error(status, &code, &fault.to_string(), request_id, host),
    }
}

/// The answer to a request that is not believed. It does not say what would have been believed. The message begins with
/// the code and a colon, because a legacy client cuts it at its first colon and fails where there is none.
pub fn unauthorised(why: &AuthError, request_id: &str, host: &str) -> Response {
    let (status, code) = code::of_auth(why);
    error(status, code, &format!("{code}: {why}"), request_id, host)
}

fn error(status: u16, code: &str, message: &str, request_id: &str, host: &str) -> Response {
    let body = json!({
        "Code": code, "Message": message, "RequestId": request_id, "HostId": host,
        "Recommend": "",
    });
    Response::json(status, &body)
}

/// The answer to QuerySendDetails: a page of what became of messages, and how many there are on all pages.
pub fn details(page: &[Report], total: u64, request_id: &str) -> Response {
    let details: Vec<Value> = page.iter().map(detail).collect();
    let body = json!({
        "Code": "OK", "Message": "OK", "RequestId": request_id,
        // A text, as the vendor's own.
        "TotalCount": total.to_string(),
        "SmsSendDetailDTOs": {"SmsSendDetailDTO": details},
    });
    Response::json(200, &body)
}

fn detail(report: &Report) -> Value {
    json!({
        "PhoneNum": phone::domestic(&report.to),
        "SendStatus": code::of_status(report.status),
        "ErrCode": report.code.as_deref().unwrap_or_default(),
        "TemplateCode": report.template.as_deref().unwrap_or_default(),
        "Content": report.text.as_deref().unwrap_or_default(),
        "SendDate": report.sent_at.map(stamp::local).unwrap_or_default(),
        "ReceiveDate": report.reported_at.map(stamp::local).unwrap_or_default(),
        "OutId": report.reference.as_deref().unwrap_or_default(),
    })
}

/// Counts of one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayCount {
    /// The day on China's clock, `20261122`.
    pub day: String,
    /// Messages sent.
    pub total: u64,
    /// Of these, delivered.
    pub delivered: u64,
    /// Of these, failed.
    pub failed: u64,
}

impl DayCount {
    /// Messages whose fate is not known yet.
    pub fn waiting(&self) -> u64 {
        self.total.saturating_sub(self.delivered).saturating_sub(self.failed)
    }
}

/// The answer to QuerySendStatistics: a page of days, and how many days there are on all pages.
pub fn statistics(page: &[DayCount], total: u64, request_id: &str) -> Response {
    let day = |day: &DayCount| {
        json!({
            "SendDate": day.day,
            "TotalCount": day.total,
            "RespondedSuccessCount": day.delivered,
            "RespondedFailCount": day.failed,
            "NoRespondedCount": day.waiting(),
        })
    };
    let days: Vec<Value> = page.iter().map(day).collect();
    let body = json!({
        "Code": "OK", "Message": "OK", "RequestId": request_id,
        "Data": {"TotalSize": total, "TargetList": days},
    });
    Response::json(200, &body)
}
