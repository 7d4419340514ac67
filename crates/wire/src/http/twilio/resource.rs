//! The message resource, lists of it and errors, as the vendor's clients read them: 201 for what was created, dates of
//! RFC 2822, counts as texts, `null` for what is not known.

use serde_json::{Value, json};

use super::super::guard::AuthError;
use super::super::message::{Request, Response};
use super::super::neutral::{Fault, Refusal, Report};
use super::super::{encode, phone, stamp};
use super::{Filter, VERSION, code};
use model::Timestamp;

/// Everything about a message that this dialect shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The account, `AC…`.
    pub account: String,
    /// The message: id (`SM…`), recipient, status, parts, text (none after it was forgotten).
    pub report: Report,
    /// The sender number or name, once chosen.
    pub from: Option<String>,
    /// The messaging service, `MG…`, if one was named.
    pub service: Option<String>,
    /// When it was created.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// How many media.
    pub media: usize,
    /// Whether the customer wrote it.
    pub is_inbound: bool,
}

impl Resource {
    fn uri(&self) -> String {
        let (account, id) = (encode::percent(&self.account), encode::percent(&self.report.id));
        format!("/{VERSION}/Accounts/{account}/Messages/{id}.json")
    }

    fn json(&self) -> Value {
        let uri = self.uri();
        let media = format!("{}/Media.json", uri.trim_end_matches(".json"));
        let report = &self.report;
        let error = code::of_report(report);
        json!({
            "account_sid": self.account,
            "api_version": VERSION,
            "body": report.text.as_deref().unwrap_or_default(),
            "date_created": stamp::rfc2822(self.created),
            "date_sent": report.sent_at.map(stamp::rfc2822),
            "date_updated": stamp::rfc2822(self.updated),
            "direction": if self.is_inbound { "inbound" } else { "outbound-api" },
            "error_code": error,
            "error_message": error.and(report.description.as_deref()),
            "from": self.from,
            "messaging_service_sid": self.service,
            "num_media": self.media.to_string(),
            "num_segments": report.parts.to_string(),
            "price": null,
            "price_unit": null,
            "sid": report.id,
            "status": code::word(report.status),
            "subresource_uris": {"media": media},
            "to": report.to,
            "uri": uri,
        })
    }
}

/// The answer to a creation.
pub fn created(resource: &Resource) -> Response {
    Response::json(201, &resource.json())
}

/// The answer to a fetch and to a change.
pub fn fetched(resource: &Resource) -> Response {
    Response::json(200, &resource.json())
}

/// The answer to a deletion.
pub fn deleted() -> Response {
    Response::empty(204)
}

/// The answer to a list. `next` names where the next page begins, if there is one; it comes back as
/// [`Filter::token`].
pub fn list(request: &Request<'_>, filter: &Filter, messages: &[Resource], next: Option<&str>) -> Response {
    let mut kept = encode::form(request.raw_query);
    kept.retain(|(name, _)| !matches!(name.as_str(), "Page" | "PageSize" | "PageToken"));
    let page = |page: u32, token: Option<&str>| {
        let (page, size) = (page.to_string(), filter.page_size.to_string());
        let own = kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let paging = [("PageSize", size.as_str()), ("Page", page.as_str())];
        let token = token.map(|token| ("PageToken", token));
        format!("{}?{}", request.path, encode::to_form(own.chain(paging).chain(token)))
    };
    let start = u64::from(filter.page) * u64::from(filter.page_size);
    let body = json!({
        "messages": messages.iter().map(Resource::json).collect::<Vec<_>>(),
        "page": filter.page,
        "page_size": filter.page_size,
        "start": start,
        "end": start + (messages.len() as u64).saturating_sub(1),
        "uri": page(filter.page, filter.token.as_deref()),
        "first_page_uri": page(0, None),
        "next_page_uri": next.map(|token| page(filter.page.saturating_add(1), Some(token))),
        "previous_page_uri": null,
    });
    Response::json(200, &body)
}

/// An error: its number, its words, and where the vendor explains it.
pub fn error(status: u16, code: u32, message: &str) -> Response {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    Response::json(status, &json!({"code": code, "message": message, "more_info": more, "status": status}))
}

/// A refusal of a message.
pub fn refused(refusal: &Refusal) -> Response {
    let (status, code) = code::of(refusal);
    error(status, code, &refusal.to_string())
}

/// The answer to a request that cannot be read.
pub fn fault(fault: &Fault) -> Response {
    let (status, code) = code::of_fault(fault);
    error(status, code, &fault.to_string())
}

/// The answer for a message that is not there.
pub fn not_found() -> Response {
    fault(&Fault::UnknownResource)
}

/// The answer to a request that is not believed. Without credentials it asks for them.
pub fn unauthorised(why: &AuthError) -> Response {
    let (status, code) = code::of_auth(why);
    let mut response = error(status, code, "Authenticate");
    response.headers.push(("www-authenticate", "Basic realm=\"Twilio API\"".to_owned()));
    response
}

/// A recipient in the form the vendor writes: `+` and digits. Addresses of other channels (`whatsapp:+…`) stay.
pub fn recipient(to: &str) -> String {
    if to.contains(':') { to.to_owned() } else { phone::international(to) }
}
