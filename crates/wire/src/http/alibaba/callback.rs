//! Receipts and replies as Alibaba Cloud SMS pushes them (help.aliyun.com document 101867): SmsReport and SmsUp, POSTs of
//! JSON lists. They are not signed; an institution protects the address by other means, or asks for our own signed
//! callbacks. A push is not idempotent: the same receipt may come twice.

use serde_json::{Value, json};

use super::super::json as read;
use super::super::message::{Outgoing, Response};
use super::super::neutral::{Fault, Reply, Report, Status};
use super::super::{phone, stamp};

/// After how many minutes a push that was not acknowledged is repeated; after the last, it is given up.
pub const RETRY_MINUTES: [u32; 3] = [1, 5, 10];

/// A push of receipts to `path` at `host`. Messages still on their way are left out: this dialect reports ends only.
pub fn push_reports(host: &str, path: &str, reports: &[Report]) -> Outgoing {
    let ended = reports.iter().filter(|report| report.status.is_final());
    post(host, path, &Value::Array(ended.map(report).collect()))
}

fn report(report: &Report) -> Value {
    let is_success = matches!(report.status, Status::Delivered | Status::Read);
    let default = if is_success { "DELIVERED" } else { "UNDELIV" };
    let time = |at: Option<model::Timestamp>| at.map(stamp::local).unwrap_or_default();
    json!({
        "phone_number": phone::domestic(&report.to),
        "send_time": time(report.sent_at),
        "report_time": time(report.reported_at),
        "success": is_success,
        "err_code": report.code.as_deref().unwrap_or(default),
        "err_msg": report.description.as_deref().unwrap_or(if is_success { "用户接收成功" } else { "发送失败" }),
        // A text, as the vendor's own.
        "sms_size": report.parts.to_string(),
        "biz_id": report.id,
        "out_id": report.reference.as_deref().unwrap_or_default(),
    })
}

/// A push of replies to `path` at `host`.
pub fn push_replies(host: &str, path: &str, replies: &[Reply]) -> Outgoing {
    let reply = |reply: &Reply| {
        // The vendor's sequence is a number; one that is not goes as it is.
        let sequence = reply.sequence.as_deref().unwrap_or("0");
        let sequence = sequence.parse::<i64>().map_or_else(|_| Value::from(sequence), Value::from);
        json!({
            "phone_number": phone::domestic(&reply.from),
            "send_time": stamp::local(reply.at),
            "content": reply.text,
            "sign_name": reply.sign_name.as_deref().unwrap_or_default(),
            "dest_code": reply.extend.as_deref().unwrap_or_default(),
            "sequence_id": sequence,
        })
    };
    post(host, path, &Value::Array(replies.iter().map(reply).collect()))
}

fn post(host: &str, path: &str, body: &Value) -> Outgoing {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Outgoing {
        method: "POST",
        path: path.to_owned(),
        raw_query: String::new(),
        headers: vec![own("host", host), own("content-type", "application/json;charset=utf-8")],
        body: body.to_string().into_bytes(),
    }
}

/// Whether a receiver's answer acknowledges a push: status 200 and a `code` that is a number.
pub fn is_acknowledged(status: u16, body: &[u8]) -> bool {
    let code = read::read(body, "body").ok().and_then(|body| body.get("code").cloned());
    status == 200 && code.is_some_and(|code| code.is_number())
}

/// The answer that acknowledges a push to us.
pub fn acknowledge() -> Response {
    Response::json(200, &json!({"code": 0, "msg": "接收成功"}))
}

/// Reads a push of receipts.
pub fn read_reports(body: &[u8]) -> Result<Vec<Report>, Fault> {
    let body = read::read(body, "SmsReport")?;
    let items = body.as_array().ok_or(Fault::Bad { name: "SmsReport", expected: "a JSON list" })?;
    items.iter().map(read_report).collect()
}

fn read_report(item: &Value) -> Result<Report, Fault> {
    let time = |name: &str| read::text(item, name).and_then(|text| stamp::parse_local(&text));
    let success = item.get("success");
    let is_success = success.and_then(Value::as_bool).or_else(|| success.map(|text| text == "true"));
    let status = match is_success {
        Some(true) => Status::Delivered,
        Some(false) => Status::Undelivered,
        None => return Err(Fault::Missing("success")),
    };
    let id = read::text(item, "biz_id").ok_or(Fault::Missing("biz_id"))?;
    let to = read::text(item, "phone_number").ok_or(Fault::Missing("phone_number"))?;
    Ok(Report {
        code: read::text(item, "err_code"),
        description: read::text(item, "err_msg"),
        sent_at: time("send_time"),
        reported_at: time("report_time"),
        parts: read::int(item, "sms_size").and_then(|parts| u32::try_from(parts).ok()).unwrap_or(1),
        reference: read::text(item, "out_id"),
        ..Report::new(id, to, status)
    })
}

/// Reads a push of replies.
pub fn read_replies(body: &[u8]) -> Result<Vec<Reply>, Fault> {
    let body = read::read(body, "SmsUp")?;
    let items = body.as_array().ok_or(Fault::Bad { name: "SmsUp", expected: "a JSON list" })?;
    let reply = |item: &Value| {
        let need = |name: &'static str| read::text(item, name).ok_or(Fault::Missing(name));
        let expected = "a time such as 2017-01-01 00:00:00";
        Ok(Reply {
            from: need("phone_number")?,
            text: item.get("content").and_then(read::scalar).ok_or(Fault::Missing("content"))?,
            at: stamp::parse_local(&need("send_time")?).ok_or(Fault::Bad { name: "send_time", expected })?,
            extend: read::text(item, "dest_code"),
            sign_name: read::text(item, "sign_name"),
            sequence: read::text(item, "sequence_id"),
        })
    };
    items.iter().map(reply).collect()
}
