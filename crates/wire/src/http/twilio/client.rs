//! Our side when Twilio is the provider: requests out, answers in. Nothing is retried here, and an answer that cannot
//! be read is an error and no acceptance.

use serde_json::Value;

use super::super::json as read;
use super::super::message::Outgoing;
use super::super::neutral::{Accepted, Fault, Outcome, Refusal, Report, Send};
use super::super::{encode, stamp};
use super::resource::recipient;
use super::{VERSION, code, intent};

/// The provider as we reach it.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// The account, `AC…`.
    pub id: &'a str,
    /// Who authenticates: the account itself, or an API key `SK…` of it.
    pub user: &'a str,
    /// Its token or secret.
    pub secret: &'a str,
    /// Host and port, such as `api.twilio.com`.
    pub host: &'a str,
}

impl std::fmt::Debug for Account<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<account {} at {}>", self.id, self.host)
    }
}

impl Account<'_> {
    fn request(&self, method: &'static str, resource: &str, pairs: &[(&str, &str)]) -> Outgoing {
        let own = |name: &str, value: String| (name.to_owned(), value);
        let credentials = encode::base64(format!("{}:{}", self.user, self.secret).as_bytes());
        let mut headers = vec![
            own("host", self.host.to_owned()),
            own("authorization", format!("Basic {credentials}")),
            own("accept", "application/json".to_owned()),
        ];
        let form = encode::to_form(pairs.iter().copied());
        let (raw_query, body) = if method == "POST" { (String::new(), form) } else { (form, String::new()) };
        if method == "POST" {
            headers.push(own("content-type", "application/x-www-form-urlencoded".to_owned()));
        }
        let path = format!("/{VERSION}/Accounts/{}/{resource}", encode::percent(self.id));
        Outgoing { method, path, raw_query, headers, body: body.into_bytes() }
    }

    /// Creates the message for one of its numbers: this vendor takes one at a time.
    pub fn create(&self, send: &Send, to: &str) -> Result<Outgoing, Fault> {
        if send.sender.is_none() && send.application.is_none() {
            return Err(Fault::Missing("From"));
        }
        if send.text.is_none() && send.template.is_none() && send.media.is_empty() {
            return Err(Fault::Missing("Body"));
        }
        let to = recipient(to);
        let variables = (!send.params.is_empty()).then(|| read::from_params(&send.params).to_string());
        let schedule = send.schedule_at.map(stamp::iso);
        let validity = send.validity_seconds.map(|seconds| seconds.to_string());
        let mut pairs = vec![("To", to.as_str())];
        let optional = [
            ("From", send.sender.as_deref()),
            ("MessagingServiceSid", send.application.as_deref()),
            ("Body", send.text.as_deref()),
            ("ContentSid", send.template.as_deref()),
            ("ContentVariables", variables.as_deref()),
            ("ScheduleType", schedule.as_ref().map(|_| "fixed")),
            ("SendAt", schedule.as_deref()),
            ("ValidityPeriod", validity.as_deref()),
            ("StatusCallback", send.callback.as_deref()),
            ("MessageIntent", send.class.map(|class| intent::of(class, send.subtype.as_deref()))),
        ];
        pairs.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        pairs.extend(send.media.iter().map(|url| ("MediaUrl", url.as_str())));
        Ok(self.request("POST", "Messages.json", &pairs))
    }

    /// Fetches a message.
    pub fn fetch(&self, id: &str) -> Outgoing {
        self.request("GET", &format!("Messages/{}.json", encode::percent(id)), &[])
    }

    /// Cancels a message that waits.
    pub fn cancel(&self, id: &str) -> Outgoing {
        self.request("POST", &format!("Messages/{}.json", encode::percent(id)), &[("Status", "canceled")])
    }

    /// Has the vendor forget the text of a message.
    pub fn redact(&self, id: &str) -> Outgoing {
        self.request("POST", &format!("Messages/{}.json", encode::percent(id)), &[("Body", "")])
    }

    /// Has the vendor forget a message.
    pub fn delete(&self, id: &str) -> Outgoing {
        self.request("DELETE", &format!("Messages/{}.json", encode::percent(id)), &[])
    }
}

/// Reads the answer to a creation for the number `to`. A code about the message is a refusal; one about the account, and
/// what cannot be read, is an error.
pub fn read_created(status: u16, answer: &[u8], to: &str) -> Result<Outcome, Fault> {
    let to = to.to_owned();
    match read_message(status, answer) {
        Ok(report) => {
            let taken = Accepted { id: report.id, parts: report.parts };
            Ok(Outcome { to, result: Ok(taken) })
        }
        Err(Fault::Refused { status: 400, code, .. }) => {
            let refusal = code.parse().map_or_else(|_| Refusal::Other(code.clone()), code::meaning);
            Ok(Outcome { to, result: Err(refusal) })
        }
        Err(fault) => Err(fault),
    }
}

/// Reads a message: the answer to a creation, a fetch or a change.
pub fn read_message(status: u16, answer: &[u8]) -> Result<Report, Fault> {
    let is_transient = status == 429 || status >= 500;
    if !(200..300).contains(&status) {
        let code = read::read(answer, "answer").ok().and_then(|answer| read::text(&answer, "code"));
        return Err(Fault::Refused {
            status,
            code: code.unwrap_or_else(|| status.to_string()),
            is_transient,
        });
    }
    let answer = read::read(answer, "answer")?;
    let need = |name: &'static str| read::text(&answer, name).ok_or(Fault::Missing(name));
    let expected = "a status of the vendor's";
    let status = code::status(&need("status")?).ok_or(Fault::Bad { name: "status", expected })?;
    let time = |name: &str| read::text(&answer, name).and_then(|text| stamp::parse_rfc2822(&text));
    Ok(Report {
        code: read::text(&answer, "error_code"),
        description: read::text(&answer, "error_message"),
        sent_at: time("date_sent"),
        reported_at: time("date_updated"),
        parts: read::int(&answer, "num_segments").and_then(|parts| u32::try_from(parts).ok()).unwrap_or(0),
        text: answer.get("body").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned),
        ..Report::new(need("sid")?, need("to")?, status)
    })
}

/// Whether a deletion succeeded: 204, or 404 for what is gone already.
pub fn is_deleted(status: u16) -> bool {
    matches!(status, 204 | 404)
}
