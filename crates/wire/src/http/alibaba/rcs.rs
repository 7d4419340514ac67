//! Messages richer than SMS at Alibaba Cloud: SendRCS and SendCardSms, as their client. Shapes are those of the official
//! client of the same API (version 2017-05-25); no provider was reached to try them. The server side is not offered.

use serde_json::{Value, json};

use super::super::json as read;
use super::super::message::Outgoing;
use super::super::neutral::{Accepted, Fault, Outcome, Params, Send};
use super::NUMBERS_MAX;
use super::client::{Account, body, named, need, pair};
use super::code;
use super::v3::Content;
use model::Timestamp;

/// What a card becomes on a phone that cannot show one.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing is sent.
    #[default]
    None,
    /// An SMS of this template and values.
    Sms(String, Params),
    /// A multimedia message of this template and values.
    Digital(String, Params),
}

impl std::fmt::Debug for Fallback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl Fallback {
    /// `FallbackType`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Sms(..) => "SMS",
            Self::Digital(..) => "DIGITALSMS",
        }
    }
}

/// SendRCS: one rich message to up to 1,000 numbers.
pub fn send(account: &Account<'_>, send: &Send, now: Timestamp, nonce: &str) -> Result<Outgoing, Fault> {
    if send.to.len() > NUMBERS_MAX {
        return Err(Fault::TooMany { name: "PhoneNumbers", max: NUMBERS_MAX, found: send.to.len() });
    }
    let mut query = vec![
        pair("PhoneNumbers", need("PhoneNumbers", Some(&send.to.join(",")))?),
        pair("SignName", need("SignName", send.sign_name.as_deref())?),
        pair("TemplateCode", need("TemplateCode", send.template.as_deref())?),
    ];
    if !send.params.is_empty() {
        query.push(pair("TemplateParam", &named("TemplateParam", &send.params)?.to_string()));
    }
    query.extend(send.reference.as_deref().map(|reference| pair("OutId", reference)));
    Ok(account.request(Content { action: "SendRCS", query: &query, form: &[] }, now, nonce))
}

/// SendCardSms: one card to all numbers of `send`, whose template is the card's. Lists are written as the vendor's RPC
/// style does: `CardObjects.1.mobile`.
pub fn send_card(
    account: &Account<'_>,
    send: &Send,
    fallback: &Fallback,
    now: Timestamp,
    nonce: &str,
) -> Result<Outgoing, Fault> {
    if send.to.len() > NUMBERS_MAX {
        return Err(Fault::TooMany { name: "CardObjects", max: NUMBERS_MAX, found: send.to.len() });
    }
    if send.to.is_empty() {
        return Err(Fault::Missing("CardObjects"));
    }
    let values = named("DyncParams", &send.params)?;
    let mut query = vec![
        pair("CardTemplateCode", need("CardTemplateCode", send.template.as_deref())?),
        pair("SignName", need("SignName", send.sign_name.as_deref())?),
        pair("FallbackType", fallback.kind()),
    ];
    for (at, to) in send.to.iter().enumerate() {
        query.push(pair(&format!("CardObjects.{}.mobile", at + 1), to));
        if !send.params.is_empty() {
            query.push(pair(&format!("CardObjects.{}.dyncParams", at + 1), &values.to_string()));
        }
    }
    match fallback {
        Fallback::None => {}
        Fallback::Sms(template, params) => {
            query.push(pair("SmsTemplateCode", template));
            query.push(pair("SmsTemplateParam", &named("SmsTemplateParam", params)?.to_string()));
        }
        Fallback::Digital(template, params) => {
            query.push(pair("DigitalTemplateCode", template));
            query.push(pair("DigitalTemplateParam", &named("DigitalTemplateParam", params)?.to_string()));
        }
    }
    query.extend(send.extend.as_deref().map(|extend| pair("SmsUpExtendCode", extend)));
    query.extend(send.reference.as_deref().map(|reference| pair("OutId", reference)));
    Ok(account.request(Content { action: "SendCardSms", query: &query, form: &[] }, now, nonce))
}

/// Reads the answer to SendRCS. The client's shape has `Data.Code` and `Data.Module` and names no id; `BizId` or `RcsId`
/// in either is taken, else the answer's `RequestId`.
pub fn read_sent(status: u16, answer: &[u8], to: &[String]) -> Result<Vec<Outcome>, Fault> {
    let answer = body(status, answer)?;
    let data = answer.get("Data").unwrap_or(&Value::Null);
    let module = data.get("Module").unwrap_or(&Value::Null);
    let named = |place: &Value| ["BizId", "RcsId"].iter().find_map(|name| read::text(place, name));
    let id = named(data).or_else(|| named(module)).or_else(|| read::text(&answer, "RequestId"));
    match read::text(data, "Code") {
        Some(inner) if inner != "OK" => outcomes(&json!({"Code": inner}), |_| None, to),
        _ => outcomes(&answer, |_| id.clone(), to),
    }
}

/// Reads the answer to SendCardSms: phones that can show the card got it, the others their fallback, each with an id of
/// its own.
pub fn read_card_sent(status: u16, answer: &[u8], to: &[String]) -> Result<Vec<Outcome>, Fault> {
    let answer = body(status, answer)?;
    let data = answer.get("Data").cloned().unwrap_or_else(|| json!({}));
    let cards = read::text(&data, "MediaMobiles").unwrap_or_default();
    let id = |to: &str| {
        let is_card = cards.split(',').any(|mobile| mobile.trim() == to);
        let names = if is_card {
            ["BizCardId", "BizDigitalId", "BizSmsId"]
        } else {
            ["BizSmsId", "BizDigitalId", "BizCardId"]
        };
        names.iter().find_map(|name| read::text(&data, name))
    };
    outcomes(&answer, id, to)
}

fn outcomes(
    answer: &Value,
    id: impl Fn(&str) -> Option<String>,
    to: &[String],
) -> Result<Vec<Outcome>, Fault> {
    let code = read::text(answer, "Code").ok_or(Fault::Missing("Code"))?;
    let outcome = |to: &String| {
        let result = match code.as_str() {
            "OK" => Ok(Accepted { id: id(to).ok_or(Fault::Missing("Data"))?, parts: 0 }),
            code => Err(code::meaning(code)),
        };
        Ok(Outcome { to: to.clone(), result })
    };
    to.iter().map(outcome).collect()
}
