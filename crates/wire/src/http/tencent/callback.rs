//! Receipts and replies as Tencent Cloud SMS pushes them (tencentcloud.com documents 382/43547 and 382/43548): POSTs of
//! JSON, receipts as a list, a reply as one object. They are not signed.

use serde_json::{Value, json};

use super::super::json as read;
use super::super::message::{Outgoing, Response};
use super::super::neutral::{Fault, Reply, Report, Status};
use super::super::{phone, stamp};
use super::answer::report_status;

/// A push of receipts to `path` at `host`. Messages still on their way are left out: this dialect reports ends only.
pub fn push_reports(host: &str, path: &str, reports: &[Report]) -> Outgoing {
    let report = |report: &Report| {
        let (country, national) = phone::split(&report.to);
        let status = report_status(report.status);
        let default = if status == "SUCCESS" { "DELIVRD" } else { "UNDELIV" };
        json!({
            "user_receive_time": report.reported_at.map(stamp::local).unwrap_or_default(),
            "nationcode": country,
            "mobile": national,
            "report_status": status,
            "errmsg": report.code.as_deref().unwrap_or(default),
            "description": report.description.as_deref().unwrap_or_default(),
            "sid": report.id,
        })
    };
    let ended = reports.iter().filter(|report| report.status.is_final());
    post(host, path, &Value::Array(ended.map(report).collect()))
}

/// A push of one reply to `path` at `host`.
pub fn push_reply(host: &str, path: &str, reply: &Reply) -> Outgoing {
    let (country, national) = phone::split(&reply.from);
    let body = json!({
        "extend": reply.extend.as_deref().unwrap_or_default(),
        "mobile": national,
        "nationcode": country,
        "sign": reply.sign_name.as_deref().unwrap_or_default(),
        "text": reply.text,
        "time": stamp::seconds(reply.at),
    });
    post(host, path, &body)
}

fn post(host: &str, path: &str, body: &Value) -> Outgoing {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Outgoing {
        method: "POST",
        path: path.to_owned(),
        raw_query: String::new(),
        headers: vec![own("host", host), own("content-type", "application/json")],
        body: body.to_string().into_bytes(),
    }
}

/// Whether a receiver's answer acknowledges a push: status 200 and `result` 0.
pub fn is_acknowledged(status: u16, body: &[u8]) -> bool {
    status == 200 && read::read(body, "body").is_ok_and(|body| read::int(&body, "result") == Some(0))
}

/// The answer that acknowledges a push to us.
pub fn acknowledge() -> Response {
    Response::json(200, &json!({"result": 0, "errmsg": "OK"}))
}

/// Reads a push of receipts.
pub fn read_reports(body: &[u8]) -> Result<Vec<Report>, Fault> {
    let body = read::read(body, "receipts")?;
    let items = body.as_array().ok_or(Fault::Bad { name: "receipts", expected: "a JSON list" })?;
    let report = |item: &Value| {
        let id = read::text(item, "sid").ok_or(Fault::Missing("sid"))?;
        let time = read::text(item, "user_receive_time").and_then(|text| stamp::parse_local(&text));
        Ok(Report {
            code: read::text(item, "errmsg"),
            description: read::text(item, "description"),
            reported_at: time,
            ..Report::new(id, number(item)?, ended(item, "report_status")?)
        })
    };
    items.iter().map(report).collect()
}

/// Reads a push of a reply.
pub fn read_reply(body: &[u8]) -> Result<Reply, Fault> {
    let item = read::read(body, "reply")?;
    let at = read::int(&item, "time").ok_or(Fault::Missing("time"))?;
    Ok(Reply {
        from: number(&item)?,
        text: item.get("text").and_then(read::scalar).ok_or(Fault::Missing("text"))?,
        at: stamp::from_seconds(at).ok_or(Fault::Bad { name: "time", expected: "seconds since 1970" })?,
        extend: read::text(&item, "extend"),
        sign_name: read::text(&item, "sign"),
        sequence: None,
    })
}

fn number(item: &Value) -> Result<String, Fault> {
    let mobile = read::text(item, "mobile").ok_or(Fault::Missing("mobile"))?;
    Ok(match read::text(item, "nationcode") {
        Some(country) => format!("+{country}{mobile}"),
        None => mobile,
    })
}

pub(super) fn ended(item: &Value, name: &'static str) -> Result<Status, Fault> {
    match read::text(item, name).as_deref() {
        Some("SUCCESS") => Ok(Status::Delivered),
        Some("FAIL") => Ok(Status::Undelivered),
        Some(_) => Err(Fault::Bad { name, expected: "SUCCESS or FAIL" }),
        None => Err(Fault::Missing(name)),
    }
}
