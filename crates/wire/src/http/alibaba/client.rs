//! Our side when Alibaba Cloud SMS is the provider: signed requests out, answers in. Nothing is retried here, and an
//! answer that cannot be read is an error and no acceptance.

use serde_json::Value;

use super::super::guard::Key;
use super::super::json as read;
use super::super::message::Outgoing;
use super::super::neutral::{Accepted, Fault, Outcome, Params, Report, Send};
use super::super::{encode, stamp};
use super::v1;
use super::v3::{self, Content, Scheme};
use super::{BATCH_MAX, NUMBERS_MAX, code};
use model::Timestamp;

/// The provider as we reach it.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// What signs.
    pub key: Key<'a>,
    /// Host and port as they stand in `Host`, such as `dysmsapi.aliyuncs.com`.
    pub host: &'a str,
    /// Which signature; none is V1.
    pub scheme: Option<Scheme>,
}

impl Account<'_> {
    /// Makes a signed request. With V1 all parameters go into the query.
    pub fn request(&self, content: Content<'_>, now: Timestamp, nonce: &str) -> Outgoing {
        match self.scheme {
            Some(scheme) => v3::sign(scheme, self.key, self.host, content, now, nonce),
            None => {
                let all = [content.query, content.form].concat();
                v1::sign(self.key, self.host, content.action, &all, now, nonce)
            }
        }
    }

    /// SendSms: one message to all its numbers.
    pub fn send(&self, send: &Send, now: Timestamp, nonce: &str) -> Result<Outgoing, Fault> {
        if send.to.len() > NUMBERS_MAX {
            return Err(Fault::TooMany { name: "PhoneNumbers", max: NUMBERS_MAX, found: send.to.len() });
        }
        let mut query = vec![pair("PhoneNumbers", need("PhoneNumbers", Some(&send.to.join(",")))?)];
        query.push(pair("SignName", need("SignName", send.sign_name.as_deref())?));
        query.push(pair("TemplateCode", need("TemplateCode", send.template.as_deref())?));
        if !send.params.is_empty() {
            query.push(pair("TemplateParam", &named("TemplateParam", &send.params)?.to_string()));
        }
        query.extend(send.extend.as_deref().map(|extend| pair("SmsUpExtendCode", extend)));
        query.extend(send.reference.as_deref().map(|reference| pair("OutId", reference)));
        Ok(self.request(Content { action: "SendSms", query: &query, form: &[] }, now, nonce))
    }

    /// SendBatchSms: messages of one template, each to one number, with its own signature and values.
    pub fn send_batch(&self, sends: &[Send], now: Timestamp, nonce: &str) -> Result<Outgoing, Fault> {
        if sends.len() > BATCH_MAX {
            return Err(Fault::TooMany { name: "PhoneNumberJson", max: BATCH_MAX, found: sends.len() });
        }
        let first = sends.first().ok_or(Fault::Missing("PhoneNumberJson"))?;
        let template = need("TemplateCode", first.template.as_deref())?;
        if sends.iter().any(|send| send.template != first.template || send.to.len() != 1) {
            let expected = "one template for all, and one number for each";
            return Err(Fault::Bad { name: "SendBatchSms", expected });
        }
        let numbers: Value = sends.iter().flat_map(|send| &send.to).map(String::as_str).collect();
        let names: Result<Vec<&str>, Fault> =
            sends.iter().map(|send| need("SignNameJson", send.sign_name.as_deref())).collect();
        let params: Result<Vec<Value>, Fault> =
            sends.iter().map(|send| named("TemplateParamJson", &send.params)).collect();
        let extends: Value = sends.iter().map(|send| send.extend.as_deref().unwrap_or_default()).collect();
        let mut query = vec![pair("TemplateCode", template)];
        query.extend(first.reference.as_deref().map(|reference| pair("OutId", reference)));
        let form = [
            pair("PhoneNumberJson", &numbers.to_string()),
            pair("SignNameJson", &Value::from(names?).to_string()),
            pair("SmsUpExtendCodeJson", &extends.to_string()),
            pair("TemplateParamJson", &Value::from(params?).to_string()),
        ];
        Ok(self.request(Content { action: "SendBatchSms", query: &query, form: &form }, now, nonce))
    }

    /// QuerySendDetails: what became of messages to one number on one day, 50 at a time.
    pub fn details(
        &self,
        to: &str,
        day: Timestamp,
        id: Option<&str>,
        page: u32,
        at: (Timestamp, &str),
    ) -> Outgoing {
        let mut query = vec![
            pair("PhoneNumber", to),
            pair("SendDate", &stamp::compact_date(day)),
            pair("PageSize", "50"),
            pair("CurrentPage", &page.to_string()),
        ];
        query.extend(id.map(|id| pair("BizId", id)));
        self.request(Content { action: "QuerySendDetails", query: &query, form: &[] }, at.0, at.1)
    }
}

pub(super) fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

pub(super) fn need<'a>(name: &'static str, value: Option<&'a str>) -> Result<&'a str, Fault> {
    value.filter(|value| !value.is_empty()).ok_or(Fault::Missing(name))
}

/// Values as an object; this vendor's variables have names.
pub(super) fn named(name: &'static str, params: &Params) -> Result<Value, Fault> {
    match params {
        Params::Positional(_) => Err(Fault::Bad { name, expected: "values by name" }),
        _ => Ok(read::from_params(params)),
    }
}

/// Reads the vendor's answer as far as its code: the body if it is an answer, or the error.
pub(super) fn body(status: u16, body: &[u8]) -> Result<Value, Fault> {
    let is_transient = status == 429 || status >= 500;
    match read::read(body, "answer") {
        Ok(value) if status == 200 => Ok(value),
        Ok(value) => {
            let code = read::text(&value, "Code").unwrap_or_else(|| "unknown".to_owned());
            let is_transient = is_transient || code.starts_with("Throttling");
            Err(Fault::Refused { status, code, is_transient })
        }
        Err(error) if status == 200 => Err(error),
        Err(_) => Err(Fault::Refused { status, code: "unknown".to_owned(), is_transient }),
    }
}

/// Reads the answer to SendSms or SendBatchSms: the same for every number asked for. How many parts were billed is not
/// in the answer; it comes with the receipt, and stands here as 0.
pub fn read_sent(status: u16, answer: &[u8], to: &[String]) -> Result<Vec<Outcome>, Fault> {
    let answer = body(status, answer)?;
    let result = match read::text(&answer, "Code").ok_or(Fault::Missing("Code"))?.as_str() {
        "OK" => Ok(Accepted { id: read::text(&answer, "BizId").ok_or(Fault::Missing("BizId"))?, parts: 0 }),
        code => Err(code::meaning(code)),
    };
    Ok(to.iter().map(|to| Outcome { to: to.clone(), result: result.clone() }).collect())
}

/// Reads the answer to QuerySendDetails: a page, and how many there are on all pages. The answer names no message id, so
/// `id` is the one asked about.
pub fn read_details(status: u16, answer: &[u8], id: &str) -> Result<(Vec<Report>, u64), Fault> {
    let answer = body(status, answer)?;
    match read::text(&answer, "Code").as_deref() {
        Some("OK") => {}
        code => {
            let code = code.unwrap_or("unknown").to_owned();
            return Err(Fault::Refused { status, code, is_transient: false });
        }
    }
    let total = read::int(&answer, "TotalCount").and_then(|total| u64::try_from(total).ok()).unwrap_or(0);
    let items = answer.get("SmsSendDetailDTOs").unwrap_or(&Value::Null);
    let report = |item: &Value| {
        let expected = "1, 2 or 3";
        let status = read::int(item, "SendStatus").and_then(code::status);
        let status = status.ok_or(Fault::Bad { name: "SendStatus", expected })?;
        let to = read::text(item, "PhoneNum").ok_or(Fault::Missing("PhoneNum"))?;
        let time = |name: &str| read::text(item, name).and_then(|text| stamp::parse_local(&text));
        Ok(Report {
            code: read::text(item, "ErrCode"),
            sent_at: time("SendDate"),
            reported_at: time("ReceiveDate"),
            reference: read::text(item, "OutId"),
            template: read::text(item, "TemplateCode"),
            text: read::text(item, "Content"),
            ..Report::new(id, to, status)
        })
    };
    let reports: Result<Vec<Report>, Fault> =
        read::list(items, "SmsSendDetailDTO").iter().map(report).collect();
    Ok((reports?, total))
}

/// The address of a request for a log: no parameter in it.
pub fn describe(request: &Outgoing) -> String {
    let action = encode::form(&request.raw_query).into_iter().find(|(name, _)| name == "Action");
    let header = request.headers.iter().find(|(name, _)| name == "x-acs-action");
    let action = action.map(|(_, action)| action).or_else(|| header.map(|(_, action)| action.clone()));
    format!("{} {} {}", request.method, request.path, action.unwrap_or_default())
}
