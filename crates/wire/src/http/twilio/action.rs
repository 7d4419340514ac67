//! What a client of Twilio's Messages API asks: create, fetch, list, cancel, redact, delete. Options that only steer the
//! vendor's own network (`SmartEncoded`, `Attempt`, `MaxPrice`, …) are read over.

use super::super::json;
use super::super::message::Request;
use super::super::neutral::{Fault, Params, Send};
use super::super::{encode, stamp};
use super::{BODY_MAX, VERSION, intent};
use model::{Span, Timestamp};

/// A request, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The account in the path: the caller checks that whoever authenticated may use it.
    pub account: String,
    /// What is asked.
    pub action: Action,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Create a message to one number.
    Create(Box<Send>),
    /// Fetch the message of an id.
    Fetch(String),
    /// List messages.
    List(Filter),
    /// Cancel a message that waits.
    Cancel(String),
    /// Forget the text of a message.
    Redact(String),
    /// Forget a message.
    Delete(String),
}

/// Which messages to list.
#[derive(Clone, PartialEq, Eq)]
pub struct Filter {
    /// Only to this number.
    pub to: Option<String>,
    /// Only from this number.
    pub from: Option<String>,
    /// Sent at or after.
    pub sent_from: Option<Timestamp>,
    /// Sent before.
    pub sent_until: Option<Timestamp>,
    /// How many at once, 1 to 1,000.
    pub page_size: u32,
    /// Which page, from 0.
    pub page: u32,
    /// Where the page begins, as an earlier answer named it.
    pub token: Option<String>,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<filter, page {} of {}>", self.page, self.page_size)
    }
}

const PAGE_SIZE: u32 = 50;
const PAGE_SIZE_MAX: u32 = 1_000;
/// Seconds a message may wait at most (the vendor's limit of ValidityPeriod).
const VALIDITY_MAX: u32 = 36_000;

impl Call {
    /// Reads path, method and parameters.
    pub fn read(request: &Request<'_>) -> Result<Self, Fault> {
        let mut pieces = request.path.trim_start_matches('/').split('/');
        let prefix = (pieces.next(), pieces.next());
        if prefix != (Some(VERSION), Some("Accounts")) {
            return Err(Fault::UnknownResource);
        }
        let account = pieces.next().filter(|account| !account.is_empty()).ok_or(Fault::UnknownResource)?;
        let rest: Vec<&str> = pieces.collect();
        let form = || encode::form(&String::from_utf8_lossy(request.body));
        let action = match (request.method, rest.as_slice()) {
            ("POST", ["Messages.json"]) => Action::Create(Box::new(create(&form())?)),
            ("GET", ["Messages.json"]) => Action::List(list(&encode::form(request.raw_query))?),
            ("GET", ["Messages", file]) => Action::Fetch(id(file)?),
            ("POST", ["Messages", file]) => update(id(file)?, &form())?,
            ("DELETE", ["Messages", file]) => Action::Delete(id(file)?),
            _ => return Err(Fault::UnknownResource),
        };
        Ok(Self { account: account.to_owned(), action })
    }
}

fn id(file: &str) -> Result<String, Fault> {
    let id = file.strip_suffix(".json").unwrap_or(file);
    if id.is_empty() { Err(Fault::UnknownResource) } else { Ok(id.to_owned()) }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut named = pairs.iter().filter(|(found, value)| found == name && !value.is_empty());
    named.next().map(|(_, value)| value.as_str())
}

fn own(pairs: &[(String, String)], name: &str) -> Option<String> {
    find(pairs, name).map(str::to_owned)
}

/// A whole number from `min` to `max`, or `default` if it is absent.
fn number(
    pairs: &[(String, String)],
    name: &'static str,
    default: u32,
    min: u32,
    max: u32,
) -> Result<u32, Fault> {
    let Some(text) = find(pairs, name) else { return Ok(default) };
    let number = text.trim().parse().ok().filter(|number| (min..=max).contains(number));
    number.ok_or(Fault::Bad { name, expected: "a whole number in its range" })
}

fn create(pairs: &[(String, String)]) -> Result<Send, Fault> {
    let to = own(pairs, "To").ok_or(Fault::Missing("To"))?;
    let (sender, application) = (own(pairs, "From"), own(pairs, "MessagingServiceSid"));
    if sender.is_none() && application.is_none() {
        return Err(Fault::Missing("From"));
    }
    let (text, template) = (own(pairs, "Body"), own(pairs, "ContentSid"));
    let media = pairs.iter().filter(|(name, value)| name == "MediaUrl" && !value.is_empty());
    let media: Vec<String> = media.map(|(_, url)| url.clone()).collect();
    if text.is_none() && template.is_none() && media.is_empty() {
        return Err(Fault::Missing("Body"));
    }
    let characters = text.as_deref().map_or(0, |text| text.chars().count());
    if characters > BODY_MAX {
        return Err(Fault::TooMany { name: "Body", max: BODY_MAX, found: characters });
    }
    let params = match (find(pairs, "ContentVariables"), &template) {
        (None, _) => Params::None,
        (Some(_), None) => return Err(Fault::Missing("ContentSid")),
        (Some(text), Some(_)) => {
            json::named(&json::read(text.as_bytes(), "ContentVariables")?, "ContentVariables")?
        }
    };
    let intent = match find(pairs, "MessageIntent") {
        Some(word) => {
            let expected = "one of the vendor's eleven intents";
            Some(intent::meaning(word).ok_or(Fault::Bad { name: "MessageIntent", expected })?)
        }
        None => None,
    };
    let validity = number(pairs, "ValidityPeriod", 0, 1, VALIDITY_MAX)?;
    Ok(Send {
        to: vec![to],
        template,
        params,
        text,
        sender,
        application,
        media,
        schedule_at: schedule(pairs)?,
        validity_seconds: Some(validity).filter(|seconds| *seconds > 0),
        callback: own(pairs, "StatusCallback"),
        class: intent.map(|intent| intent.class),
        subtype: intent.and_then(|intent| intent.subtype).map(str::to_owned),
        ..Send::default()
    })
}

fn schedule(pairs: &[(String, String)]) -> Result<Option<Timestamp>, Fault> {
    match (find(pairs, "ScheduleType"), find(pairs, "SendAt")) {
        (None, None) => Ok(None),
        (Some("fixed"), Some(text)) => {
            let expected = "a time such as 2026-11-23T09:00:00Z";
            stamp::parse_iso(text).map(Some).ok_or(Fault::Bad { name: "SendAt", expected })
        }
        (Some("fixed"), None) => Err(Fault::Missing("SendAt")),
        (Some(_), _) => Err(Fault::Bad { name: "ScheduleType", expected: "fixed" }),
        (None, Some(_)) => Err(Fault::Missing("ScheduleType")),
    }
}

fn update(id: String, pairs: &[(String, String)]) -> Result<Action, Fault> {
    let has_empty_body = pairs.iter().any(|(name, value)| name == "Body" && value.is_empty());
    match find(pairs, "Status") {
        Some("canceled") => Ok(Action::Cancel(id)),
        Some(_) => Err(Fault::Bad { name: "Status", expected: "canceled" }),
        None if has_empty_body => Ok(Action::Redact(id)),
        None => Err(Fault::Bad { name: "Body", expected: "an empty text, or Status=canceled" }),
    }
}

/// The beginning of a day, or an instant, and the end of that day or second.
fn span(pairs: &[(String, String)], name: &'static str) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let Some(text) = find(pairs, name) else { return Ok(None) };
    let day = stamp::parse_iso(&format!("{text}T00:00:00Z")).map(|at| (at, at.after(Span::days(1))));
    let found = day.or_else(|| stamp::parse_iso(text).map(|at| (at, at.after(Span::seconds(1)))));
    let expected = "a day such as 2026-11-22 or a time such as 2026-11-22T00:00:00Z";
    found.map(Some).ok_or(Fault::Bad { name, expected })
}

fn list(pairs: &[(String, String)]) -> Result<Filter, Fault> {
    let on = span(pairs, "DateSent")?;
    // The comparison is part of the name: `DateSent>=2026-11-22` is the parameter `DateSent>`, and means at or after.
    let after = span(pairs, "DateSent>")?.or(on);
    let before = span(pairs, "DateSent<")?.or(on);
    Ok(Filter {
        to: own(pairs, "To"),
        from: own(pairs, "From"),
        sent_from: after.map(|(begin, _)| begin),
        sent_until: before.map(|(_, end)| end),
        page_size: number(pairs, "PageSize", PAGE_SIZE, 1, PAGE_SIZE_MAX)?,
        page: number(pairs, "Page", 0, 0, u32::MAX)?,
        token: own(pairs, "PageToken"),
    })
}
