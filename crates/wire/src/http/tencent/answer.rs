//! What a client of Tencent Cloud SMS gets back: always status 200 and exactly `application/json`. Errors stand in the
//! body, refusals of single numbers in the list.

use serde_json::{Value, json};

use super::super::guard::AuthError;
use super::super::message::Response;
use super::super::neutral::{Fault, Outcome, Refusal, Reply, Report, Status};
use super::super::{phone, stamp};
use super::code;

fn answer(mut body: Value, request_id: &str) -> Response {
    if let Some(fields) = body.as_object_mut() {
        fields.insert("RequestId".to_owned(), request_id.into());
    }
    Response::json(200, &json!({"Response": body}))
}

/// An error of the whole request.
pub fn error(code: &str, message: &str, request_id: &str) -> Response {
    answer(json!({"Error": {"Code": code, "Message": message}}), request_id)
}

/// The answer to a request that cannot be read.
pub fn fault(fault: &Fault, request_id: &str) -> Response {
    error(&code::of_fault(fault), &fault.to_string(), request_id)
}

/// A refusal of a whole request.
pub fn refused(refusal: &Refusal, request_id: &str) -> Response {
    error(code::of(refusal), &refusal.to_string(), request_id)
}

/// The answer to a request that is not believed. It does not say what would have been believed.
pub fn unauthorised(why: &AuthError, request_id: &str) -> Response {
    error(code::of_auth(why), &why.to_string(), request_id)
}

/// The answer to SendSms: one item for each number, in the order asked. `reference` is the request's.
pub fn sent(outcomes: &[Outcome], reference: Option<&str>, request_id: &str) -> Response {
    let item = |outcome: &Outcome| {
        let (country, _) = phone::split(&outcome.to);
        let (id, fee, code, message) = match &outcome.result {
            Ok(taken) => (taken.id.as_str(), taken.parts, "Ok", "send success".to_owned()),
            Err(refusal) => ("", 0, code::of(refusal), refusal.to_string()),
        };
        json!({
            "SerialNo": id,
            "PhoneNumber": phone::international(&outcome.to),
            "Fee": fee,
            "SessionContext": reference.unwrap_or_default(),
            "Code": code,
            "Message": message,
            "IsoCode": phone::region(&country),
        })
    };
    let set: Vec<Value> = outcomes.iter().map(item).collect();
    answer(json!({"SendStatusSet": set}), request_id)
}

/// `SUCCESS` or `FAIL`; nothing while a message is on its way.
pub(super) fn report_status(status: Status) -> &'static str {
    match status {
        Status::Delivered | Status::Read => "SUCCESS",
        status if status.is_final() => "FAIL",
        _ => "",
    }
}

/// The answer to PullSmsSendStatus and PullSmsSendStatusByPhoneNumber.
pub fn reports(reports: &[Report], request_id: &str) -> Response {
    let item = |report: &Report| {
        let (country, national) = phone::split(&report.to);
        json!({
            "UserReceiveTime": report.reported_at.map_or(0, stamp::seconds),
            "CountryCode": country,
            "SubscriberNumber": national,
            "PhoneNumber": phone::international(&report.to),
            "SerialNo": report.id,
            "ReportStatus": report_status(report.status),
            "Description": report.description.as_deref().or(report.code.as_deref()).unwrap_or_default(),
            "SessionContext": report.reference.as_deref().unwrap_or_default(),
        })
    };
    let set: Vec<Value> = reports.iter().map(item).collect();
    answer(json!({"PullSmsSendStatusSet": set}), request_id)
}

/// The answer to PullSmsReplyStatus and PullSmsReplyStatusByPhoneNumber.
pub fn replies(replies: &[Reply], request_id: &str) -> Response {
    let item = |reply: &Reply| {
        let (country, national) = phone::split(&reply.from);
        json!({
            "ExtendCode": reply.extend.as_deref().unwrap_or_default(),
            "CountryCode": country,
            "SubscriberNumber": national,
            "PhoneNumber": phone::international(&reply.from),
            "SignName": reply.sign_name.as_deref().unwrap_or_default(),
            "ReplyContent": reply.text,
            "ReplyTime": stamp::seconds(reply.at),
        })
    };
    let set: Vec<Value> = replies.iter().map(item).collect();
    answer(json!({"PullSmsReplyStatusSet": set}), request_id)
}

/// Counts of what was asked of us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SendCounts {
    /// Parts billed.
    pub parts: u64,
    /// Messages asked for.
    pub requested: u64,
    /// Of these, taken.
    pub accepted: u64,
}

/// The answer to SendStatusStatistics.
pub fn send_statistics(counts: SendCounts, request_id: &str) -> Response {
    let SendCounts { parts, requested, accepted } = counts;
    let counts = json!({"FeeCount": parts, "RequestCount": requested, "RequestSuccessCount": accepted});
    answer(json!({"SendStatusStatistics": counts}), request_id)
}

/// Counts of what became of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallbackCounts {
    /// Receipts.
    pub receipts: u64,
    /// Messages taken.
    pub accepted: u64,
    /// Receipts of failure.
    pub failed: u64,
    /// Receipts of success.
    pub delivered: u64,
    /// Failed inside the carrier.
    pub internal: u64,
    /// Failed because there is no such number.
    pub invalid_number: u64,
    /// Failed because the phone was off or out of service.
    pub shut_down: u64,
    /// Failed because the recipient is on a list.
    pub listed: u64,
    /// Failed because there were too many.
    pub capped: u64,
}

/// The answer to CallbackStatusStatistics.
pub fn callback_statistics(counts: CallbackCounts, request_id: &str) -> Response {
    let counts = json!({
        "CallbackCount": counts.receipts,
        "RequestSuccessCount": counts.accepted,
        "CallbackFailCount": counts.failed,
        "CallbackSuccessCount": counts.delivered,
        "InternalErrorCount": counts.internal,
        "InvalidNumberCount": counts.invalid_number,
        "ShutdownErrorCount": counts.shut_down,
        "BlackListCount": counts.listed,
        "FrequencyLimitCount": counts.capped,
    });
    answer(json!({"CallbackStatusStatistics": counts}), request_id)
}

/// A number of parts that was granted: a budget as this dialect sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// Its number.
    pub id: i64,
    /// When it was granted, and is valid from.
    pub from: model::Timestamp,
    /// When it ends.
    pub until: model::Timestamp,
    /// How many parts.
    pub amount: u64,
    /// How many were used.
    pub used: u64,
}

/// The answer to SmsPackagesStatistics.
pub fn packages(packages: &[Package], request_id: &str) -> Response {
    let item = |package: &Package| {
        json!({
            "PackageCreateTime": stamp::seconds(package.from),
            "PackageEffectiveTime": stamp::seconds(package.from),
            "PackageExpiredTime": stamp::seconds(package.until),
            "PackageAmount": package.amount,
            // 1 is bought, 0 is a present.
            "PackageType": 1,
            "PackageId": package.id,
            "CurrentUsage": package.used,
        })
    };
    let set: Vec<Value> = packages.iter().map(item).collect();
    answer(json!({"SmsPackagesStatisticsSet": set}), request_id)
}

/// The answer to ReportConversion.
pub fn conversion(result: &Result<(), Refusal>, request_id: &str) -> Response {
    let status = match result {
        Ok(()) => json!({"Code": "Ok", "Message": "ok"}),
        Err(refusal) => json!({"Code": code::of(refusal), "Message": refusal.to_string()}),
    };
    answer(json!({"ReportConversionStatus": status}), request_id)
}
