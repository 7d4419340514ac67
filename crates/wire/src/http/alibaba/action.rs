//! What a client of Alibaba Cloud SMS asks: SendSms, SendBatchSms, QuerySendDetails, QuerySendStatistics. Management of
//! signatures and templates is not served: both are filed elsewhere.

use super::super::json;
use super::super::neutral::{Fault, Params, Send};
use super::super::stamp;
use super::{BATCH_MAX, NUMBERS_MAX, Parameters};

/// A request, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// SendSms: one message to up to 1,000 numbers. SendBatchSms: one message for each of up to 100 numbers.
    Send(Vec<Send>),
    /// QuerySendDetails: what became of the messages to one number on one day.
    Details(DetailsQuery),
    /// QuerySendStatistics: counts for each day.
    Statistics(StatisticsQuery),
}

/// Which messages to tell about.
#[derive(Clone, PartialEq, Eq)]
pub struct DetailsQuery {
    /// The recipient.
    pub to: String,
    /// The day on China's clock, `20261122`.
    pub date: String,
    /// How many at once, 1 to 50.
    pub page_size: u32,
    /// Which page, from 1.
    pub page: u32,
    /// Only messages of this acceptance.
    pub id: Option<String>,
}

impl std::fmt::Debug for DetailsQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<details of {}, page {} of {}>", self.date, self.page, self.page_size)
    }
}

/// Which days to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticsQuery {
    /// Messages to other countries instead of China.
    pub is_international: bool,
    /// The first day on China's clock, `20261101`.
    pub start: String,
    /// The last day.
    pub end: String,
    /// Which page, from 1.
    pub page: u32,
    /// How many days at once, 1 to 50.
    pub page_size: u32,
}

impl Action {
    /// Reads the parameters of a named action.
    pub fn read(name: &str, parameters: &Parameters) -> Result<Self, Fault> {
        match name {
            "SendSms" => send(parameters).map(|send| Self::Send(vec![send])),
            "SendBatchSms" => batch(parameters).map(Self::Send),
            "QuerySendDetails" => details(parameters).map(Self::Details),
            "QuerySendStatistics" => statistics(parameters).map(Self::Statistics),
            "" => Err(Fault::Missing("Action")),
            _ => Err(Fault::UnknownAction),
        }
    }
}

fn own(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
}

fn send(parameters: &Parameters) -> Result<Send, Fault> {
    let numbers = parameters.need("PhoneNumbers")?.split(',').map(str::trim);
    let to: Vec<String> = numbers.filter(|number| !number.is_empty()).map(str::to_owned).collect();
    if to.is_empty() {
        return Err(Fault::Missing("PhoneNumbers"));
    }
    if to.len() > NUMBERS_MAX {
        return Err(Fault::TooMany { name: "PhoneNumbers", max: NUMBERS_MAX, found: to.len() });
    }
    let params = match parameters.find("TemplateParam") {
        Some(text) => json::named(&json::read(text.as_bytes(), "TemplateParam")?, "TemplateParam")?,
        None => Params::None,
    };
    Ok(Send {
        to,
        sign_name: Some(parameters.need("SignName")?.to_owned()),
        template: Some(parameters.need("TemplateCode")?.to_owned()),
        params,
        extend: own(parameters.find("SmsUpExtendCode")),
        reference: own(parameters.find("OutId")),
        ..Send::default()
    })
}

/// A parameter that is a JSON list, as many items as there are numbers; none if it is absent.
fn parallel(
    parameters: &Parameters,
    name: &'static str,
    count: usize,
) -> Result<Option<Vec<serde_json::Value>>, Fault> {
    let Some(text) = parameters.find(name) else { return Ok(None) };
    match json::read(text.as_bytes(), name)? {
        serde_json::Value::Array(items) if items.len() == count => Ok(Some(items)),
        _ => Err(Fault::Bad { name, expected: "a JSON list with an item for each number" }),
    }
}

fn batch(parameters: &Parameters) -> Result<Vec<Send>, Fault> {
    let numbers = json::read(parameters.need("PhoneNumberJson")?.as_bytes(), "PhoneNumberJson")?;
    let numbers = json::texts(&numbers, "PhoneNumberJson")?;
    if numbers.is_empty() {
        return Err(Fault::Missing("PhoneNumberJson"));
    }
    if numbers.len() > BATCH_MAX {
        return Err(Fault::TooMany { name: "PhoneNumberJson", max: BATCH_MAX, found: numbers.len() });
    }
    let template = parameters.need("TemplateCode")?;
    let reference = own(parameters.find("OutId"));
    let names = parallel(parameters, "SignNameJson", numbers.len())?.ok_or(Fault::Missing("SignNameJson"))?;
    let params = parallel(parameters, "TemplateParamJson", numbers.len())?.unwrap_or_default();
    let extends = parallel(parameters, "SmsUpExtendCodeJson", numbers.len())?.unwrap_or_default();
    let send = |(at, to): (usize, String)| {
        let filled = |text: &String| !text.is_empty();
        let params = params.get(at).map(|value| json::named(value, "TemplateParamJson"));
        Ok(Send {
            to: vec![to],
            sign_name: names.get(at).and_then(json::scalar).filter(filled),
            template: Some(template.to_owned()),
            params: params.transpose()?.unwrap_or_default(),
            extend: extends.get(at).and_then(json::scalar).filter(filled),
            reference: reference.clone(),
            ..Send::default()
        })
    };
    numbers.into_iter().enumerate().map(send).collect()
}

fn day(parameters: &Parameters, name: &'static str) -> Result<String, Fault> {
    let day = parameters.need(name)?;
    if stamp::is_compact_date(day) {
        Ok(day.to_owned())
    } else {
        Err(Fault::Bad { name, expected: "a day such as 20261122" })
    }
}

fn details(parameters: &Parameters) -> Result<DetailsQuery, Fault> {
    Ok(DetailsQuery {
        to: parameters.need("PhoneNumber")?.to_owned(),
        date: day(parameters, "SendDate")?,
        page_size: parameters.number("PageSize", 10, 1, 50)?,
        page: parameters.number("CurrentPage", 1, 1, u32::MAX)?,
        id: own(parameters.find("BizId")),
    })
}

fn statistics(parameters: &Parameters) -> Result<StatisticsQuery, Fault> {
    Ok(StatisticsQuery {
        // 1 is China, 2 is abroad.
        is_international: parameters.number("IsGlobe", 1, 1, 2)? == 2,
        start: day(parameters, "StartDate")?,
        end: day(parameters, "EndDate")?,
        page: parameters.number("PageIndex", 1, 1, u32::MAX)?,
        page_size: parameters.number("PageSize", 10, 1, 50)?,
    })
}
