//! What a client of Tencent Cloud SMS asks. Management of signatures and templates, and the look-up of numbers, are not
//! served.

use serde_json::Value;

use super::super::json as read;
use super::super::neutral::{Fault, Params, Send};
use super::super::stamp;
use super::NUMBERS_MAX;
use model::Timestamp;

/// A request, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// SendSms.
    Send(Box<Send>),
    /// PullSmsSendStatus: receipts not pulled before.
    PullReports(Pull),
    /// PullSmsSendStatusByPhoneNumber.
    ReportsOf(PullOf),
    /// PullSmsReplyStatus: replies not pulled before.
    PullReplies(Pull),
    /// PullSmsReplyStatusByPhoneNumber.
    RepliesOf(PullOf),
    /// SendStatusStatistics.
    SendStatistics(Period),
    /// CallbackStatusStatistics.
    CallbackStatistics(Period),
    /// SmsPackagesStatistics: what was bought and is left.
    Packages(Period),
    /// ReportConversion: a message did what it was for.
    Conversion(Conversion),
}

/// How many of what is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// The application.
    pub application: String,
    /// At most so many, 1 to 100.
    pub limit: u32,
}

/// Which messages of one number.
#[derive(Clone, PartialEq, Eq)]
pub struct PullOf {
    /// The application.
    pub application: String,
    /// The number, with its country code.
    pub number: String,
    /// Not before.
    pub begin: Timestamp,
    /// Not after, if said.
    pub end: Option<Timestamp>,
    /// So many are passed over.
    pub offset: u32,
    /// At most so many, 1 to 100.
    pub limit: u32,
}

impl std::fmt::Debug for PullOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<pull of one number since {}, {} from {}>", self.begin, self.limit, self.offset)
    }
}

/// A period by the hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The application.
    pub application: String,
    /// The first hour on China's clock, `2026112200`.
    pub begin: String,
    /// The last hour.
    pub end: String,
    /// So many are passed over.
    pub offset: u32,
    /// At most so many; 0 for no limit.
    pub limit: u32,
}

/// A message did what it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// The application.
    pub application: String,
    /// The message's id, as its acceptance named it.
    pub id: String,
    /// When.
    pub at: Timestamp,
}

impl Action {
    /// Reads the body of a named action.
    pub fn read(name: &str, body: &Value) -> Result<Self, Fault> {
        match name {
            "SendSms" => send(body).map(|send| Self::Send(Box::new(send))),
            "PullSmsSendStatus" => pull(body).map(Self::PullReports),
            "PullSmsSendStatusByPhoneNumber" => pull_of(body).map(Self::ReportsOf),
            "PullSmsReplyStatus" => pull(body).map(Self::PullReplies),
            "PullSmsReplyStatusByPhoneNumber" => pull_of(body).map(Self::RepliesOf),
            "SendStatusStatistics" => period(body).map(Self::SendStatistics),
            "CallbackStatusStatistics" => period(body).map(Self::CallbackStatistics),
            "SmsPackagesStatistics" => period(body).map(Self::Packages),
            "ReportConversion" => conversion(body).map(Self::Conversion),
            "" => Err(Fault::Missing("X-TC-Action")),
            _ => Err(Fault::UnknownAction),
        }
    }

    /// Whether doing it twice is worse than not doing it: such a request is taken once.
    pub fn must_be_once(&self) -> bool {
        matches!(self, Self::Send(_) | Self::Conversion(_))
    }
}

fn need(body: &Value, name: &'static str) -> Result<String, Fault> {
    read::text(body, name).ok_or(Fault::Missing(name))
}

fn application(body: &Value) -> Result<String, Fault> {
    need(body, "SmsSdkAppId")
}

fn send(body: &Value) -> Result<Send, Fault> {
    let numbers = body.get("PhoneNumberSet").ok_or(Fault::Missing("PhoneNumberSet"))?;
    let to = read::texts(numbers, "PhoneNumberSet")?;
    if to.is_empty() {
        return Err(Fault::Missing("PhoneNumberSet"));
    }
    if to.len() > NUMBERS_MAX {
        return Err(Fault::TooMany { name: "PhoneNumberSet", max: NUMBERS_MAX, found: to.len() });
    }
    let params = match body.get("TemplateParamSet").filter(|set| !set.is_null()) {
        Some(set) => read::texts(set, "TemplateParamSet")?,
        None => Vec::new(),
    };
    Ok(Send {
        to,
        application: Some(application(body)?),
        template: Some(need(body, "TemplateId")?),
        sign_name: read::text(body, "SignName"),
        params: if params.is_empty() { Params::None } else { Params::Positional(params) },
        extend: read::text(body, "ExtendCode"),
        reference: read::text(body, "SessionContext"),
        sender: read::text(body, "SenderId"),
        ..Send::default()
    })
}

/// A whole number from `min` to `max`, or `default` if it is absent.
fn number(body: &Value, name: &'static str, default: u32, min: u32, max: u32) -> Result<u32, Fault> {
    if body.get(name).is_none_or(Value::is_null) {
        return Ok(default);
    }
    let number = read::int(body, name).and_then(|number| u32::try_from(number).ok());
    let number = number.filter(|number| (min..=max).contains(number));
    number.ok_or(Fault::Bad { name, expected: "a whole number in its range" })
}

fn pull(body: &Value) -> Result<Pull, Fault> {
    Ok(Pull { application: application(body)?, limit: number(body, "Limit", 100, 1, 100)? })
}

fn instant(body: &Value, name: &'static str) -> Result<Option<Timestamp>, Fault> {
    let Some(seconds) = body.get(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let seconds = seconds.as_i64().or_else(|| seconds.as_str()?.trim().parse().ok());
    let at = seconds.and_then(stamp::from_seconds);
    at.map(Some).ok_or(Fault::Bad { name, expected: "seconds since 1970" })
}

fn pull_of(body: &Value) -> Result<PullOf, Fault> {
    Ok(PullOf {
        application: application(body)?,
        number: need(body, "PhoneNumber")?,
        begin: instant(body, "BeginTime")?.ok_or(Fault::Missing("BeginTime"))?,
        end: instant(body, "EndTime")?,
        offset: number(body, "Offset", 0, 0, u32::MAX)?,
        limit: number(body, "Limit", 100, 1, 100)?,
    })
}

fn hour(body: &Value, name: &'static str) -> Result<String, Fault> {
    let hour = need(body, name)?;
    let is_hour =
        hour.get(8..).is_some_and(|hour| hour.len() == 2 && hour.parse::<u8>().is_ok_and(|hour| hour < 24));
    if is_hour && hour.get(..8).is_some_and(stamp::is_compact_date) {
        Ok(hour)
    } else {
        Err(Fault::Bad { name, expected: "an hour such as 2026112200" })
    }
}

fn period(body: &Value) -> Result<Period, Fault> {
    Ok(Period {
        application: application(body)?,
        begin: hour(body, "BeginTime")?,
        end: hour(body, "EndTime")?,
        offset: number(body, "Offset", 0, 0, u32::MAX)?,
        limit: number(body, "Limit", 0, 0, 500)?,
    })
}

fn conversion(body: &Value) -> Result<Conversion, Fault> {
    Ok(Conversion {
        application: application(body)?,
        id: need(body, "SerialNo")?,
        at: instant(body, "ConversionTime")?.ok_or(Fault::Missing("ConversionTime"))?,
    })
}
