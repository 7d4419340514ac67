//! Our side when Tencent Cloud SMS is the provider: signed requests out, answers in. Nothing is retried here, and an
//! answer that cannot be read is an error and no acceptance.

use serde_json::{Value, json};

use super::super::guard::Key;
use super::super::json as read;
use super::super::message::Outgoing;
use super::super::neutral::{Accepted, Fault, Outcome, Params, Reply, Report, Send, Status};
use super::super::{phone, stamp};
use super::callback::ended;
use super::tc3;
use super::{NUMBERS_MAX, code};
use model::Timestamp;

/// The provider as we reach it.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// What signs.
    pub key: Key<'a>,
    /// Host and port as they stand in `Host`, such as `sms.tencentcloudapi.com`.
    pub host: &'a str,
    /// Such as `ap-guangzhou`.
    pub region: &'a str,
    /// `SmsSdkAppId`.
    pub application: &'a str,
}

impl Account<'_> {
    fn request(&self, action: &str, body: &Value, now: Timestamp) -> Outgoing {
        tc3::sign(self.key, self.host, self.region, action, body, now)
    }

    /// SendSms: one message to all its numbers. The application is the account's unless the message names one.
    pub fn send(&self, send: &Send, now: Timestamp) -> Result<Outgoing, Fault> {
        if send.to.is_empty() {
            return Err(Fault::Missing("PhoneNumberSet"));
        }
        if send.to.len() > NUMBERS_MAX {
            return Err(Fault::TooMany { name: "PhoneNumberSet", max: NUMBERS_MAX, found: send.to.len() });
        }
        let values = match &send.params {
            Params::None => Vec::new(),
            Params::Positional(values) => values.clone(),
            Params::Named(_) => {
                return Err(Fault::Bad { name: "TemplateParamSet", expected: "values in order" });
            }
        };
        let template = send.template.as_deref().ok_or(Fault::Missing("TemplateId"))?;
        let numbers: Vec<String> = send.to.iter().map(|to| phone::international(to)).collect();
        let mut body = json!({
            "PhoneNumberSet": numbers,
            "SmsSdkAppId": send.application.as_deref().unwrap_or(self.application),
            "TemplateId": template,
            "TemplateParamSet": values,
        });
        let optional = [
            ("SignName", &send.sign_name),
            ("ExtendCode", &send.extend),
            ("SessionContext", &send.reference),
            ("SenderId", &send.sender),
        ];
        for (name, value) in optional {
            if let (Some(value), Some(fields)) = (value, body.as_object_mut()) {
                fields.insert(name.to_owned(), value.as_str().into());
            }
        }
        Ok(self.request("SendSms", &body, now))
    }

    /// PullSmsSendStatus: up to 100 receipts not pulled before.
    pub fn pull_reports(&self, now: Timestamp) -> Outgoing {
        self.request("PullSmsSendStatus", &json!({"SmsSdkAppId": self.application, "Limit": 100}), now)
    }

    /// PullSmsReplyStatus: up to 100 replies not pulled before.
    pub fn pull_replies(&self, now: Timestamp) -> Outgoing {
        self.request("PullSmsReplyStatus", &json!({"SmsSdkAppId": self.application, "Limit": 100}), now)
    }

    /// ReportConversion: the message of an id did what it was for.
    pub fn conversion(&self, id: &str, at: Timestamp, now: Timestamp) -> Outgoing {
        let at = stamp::seconds(at);
        let body = json!({"SmsSdkAppId": self.application, "SerialNo": id, "ConversionTime": at});
        self.request("ReportConversion", &body, now)
    }
}

/// The body of an answer, or the error in it.
fn body(status: u16, answer: &[u8]) -> Result<Value, Fault> {
    let refused = |code: String| {
        let is_transient = status == 429
            || status >= 500
            || code.starts_with("InternalError")
            || code.starts_with("RequestLimit");
        Fault::Refused { status, code, is_transient }
    };
    if status != 200 {
        return Err(refused("unknown".to_owned()));
    }
    let mut answer = read::read(answer, "answer")?;
    let body = answer.get_mut("Response").map(Value::take).ok_or(Fault::Missing("Response"))?;
    match body.get("Error") {
        Some(error) => Err(refused(read::text(error, "Code").unwrap_or_else(|| "unknown".to_owned()))),
        None => Ok(body),
    }
}

/// Reads the answer to SendSms: an outcome for each number, in the vendor's writing.
pub fn read_sent(status: u16, answer: &[u8]) -> Result<Vec<Outcome>, Fault> {
    let answer = body(status, answer)?;
    let set = answer.get("SendStatusSet").and_then(Value::as_array).ok_or(Fault::Missing("SendStatusSet"))?;
    let outcome = |item: &Value| {
        let to = read::text(item, "PhoneNumber").ok_or(Fault::Missing("PhoneNumber"))?;
        let result = match read::text(item, "Code").ok_or(Fault::Missing("Code"))?.as_str() {
            "Ok" => {
                let parts = read::int(item, "Fee").and_then(|fee| u32::try_from(fee).ok()).unwrap_or(0);
                Ok(Accepted { id: read::text(item, "SerialNo").ok_or(Fault::Missing("SerialNo"))?, parts })
            }
            code => Err(code::meaning(code)),
        };
        Ok(Outcome { to, result })
    };
    set.iter().map(outcome).collect()
}

/// Reads the answer to PullSmsSendStatus. An item without a status yet is [`Status::Sent`].
pub fn read_reports(status: u16, answer: &[u8]) -> Result<Vec<Report>, Fault> {
    let answer = body(status, answer)?;
    let report = |item: &Value| {
        let id = read::text(item, "SerialNo").ok_or(Fault::Missing("SerialNo"))?;
        let to = read::text(item, "PhoneNumber").ok_or(Fault::Missing("PhoneNumber"))?;
        let status = match read::text(item, "ReportStatus") {
            Some(_) => ended(item, "ReportStatus")?,
            None => Status::Sent,
        };
        Ok(Report {
            description: read::text(item, "Description"),
            reported_at: read::int(item, "UserReceiveTime")
                .filter(|at| *at > 0)
                .and_then(stamp::from_seconds),
            reference: read::text(item, "SessionContext"),
            ..Report::new(id, to, status)
        })
    };
    read::list(&answer, "PullSmsSendStatusSet").iter().map(report).collect()
}

/// Reads the answer to PullSmsReplyStatus.
pub fn read_replies(status: u16, answer: &[u8]) -> Result<Vec<Reply>, Fault> {
    let answer = body(status, answer)?;
    let reply = |item: &Value| {
        let at = read::int(item, "ReplyTime").ok_or(Fault::Missing("ReplyTime"))?;
        let expected = "seconds since 1970";
        Ok(Reply {
            from: read::text(item, "PhoneNumber").ok_or(Fault::Missing("PhoneNumber"))?,
            text: item.get("ReplyContent").and_then(read::scalar).ok_or(Fault::Missing("ReplyContent"))?,
            at: stamp::from_seconds(at).ok_or(Fault::Bad { name: "ReplyTime", expected })?,
            extend: read::text(item, "ExtendCode"),
            sign_name: read::text(item, "SignName"),
            sequence: None,
        })
    };
    read::list(&answer, "PullSmsReplyStatusSet").iter().map(reply).collect()
}

/// Reads the answer to ReportConversion.
pub fn read_conversion(status: u16, answer: &[u8]) -> Result<(), Fault> {
    let answer = body(status, answer)?;
    let item = answer.get("ReportConversionStatus").ok_or(Fault::Missing("ReportConversionStatus"))?;
    match read::text(item, "Code").as_deref() {
        Some("Ok" | "ok") => Ok(()),
        code => {
            let code = code.unwrap_or("unknown").to_owned();
            Err(Fault::Refused { status, code, is_transient: false })
        }
    }
}
