//! Outbound calls that read a text aloud (`kind = "voice"`): the Calls resource of Twilio's API version 2010-04-01, with TwiML
//! `<Say>` inside `<Gather>` (twilio.com/docs/voice/api/call-resource, twilio.com/docs/voice/twiml/gather; from memory, not checked against the page).
//!
//! The key that is pressed comes back as a message of the customer's. A call counts as delivered when it was answered
//! and ended in good order; busy, unanswered and failed calls do not. Both calls back are signed as on SMS.

use super::provider::caller::{Caller, by_status, header, json, text};
use super::provider::settings::Settings;
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Told, Verdict};
use super::twilio::Keys;
use crate::http::client::Answer;
use engine::entry::ReceiptState;
use model::{Private, Timestamp};
use std::sync::Arc;
use wire::http::encode::{form, percent, to_form};
use wire::http::twilio::code;
use wire::http::{Outgoing, Refusal, Request, Response};

/// What follows the configured address, for how a call ended and for what was pressed.
const STATUS: &str = "/status";
const DIGITS: &str = "/digits";
/// The longest TwiML document, in characters.
const TWIML_MAX: usize = 4_000;

struct Voice {
    keys: Keys,
    from: String,
    language: String,
    voice: Option<String>,
    digits: u64,
    repeat: u64,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let keys = Keys::read(settings);
    let from = settings.text("from");
    let language = settings.text_or("language", "zh-CN");
    let voice = settings.optional("voice");
    let digits = settings.number("digits", 0..=20, 1);
    let repeat = settings.number("repeat", 1..=3, 2);
    let keys = keys?;
    if digits > 0 && keys.callback_url.is_none() {
        settings.mistake("callback_url", "an address where pressed keys are told, or digits = \"0\"");
    }
    Some(Arc::new(Voice { keys, from: from?, language, voice, digits, repeat }))
}

impl Voice {
    fn caller(&self) -> &Caller {
        &self.keys.caller
    }

    /// What is said. Values cannot break out of it: they are escaped.
    fn twiml(&self, letter: &Letter) -> String {
        let language = escape(&self.language);
        let voice =
            self.voice.as_deref().map(|voice| format!(" voice=\"{}\"", escape(voice))).unwrap_or_default();
        let words = escape(letter.text.reveal());
        let say = format!("<Say language=\"{language}\"{voice}>{words}</Say>").repeat(self.repeat as usize);
        match (&self.keys.callback_url, self.digits) {
            (Some(url), digits @ 1..) => format!(
                "<Response><Gather numDigits=\"{digits}\" action=\"{}\">{say}</Gather></Response>",
                escape(&format!("{url}{DIGITS}"))
            ),
            _ => format!("<Response>{say}</Response>"),
        }
    }

    fn request(&self, letter: &Letter, twiml: &str) -> Outgoing {
        let to = letter.international();
        let callback = self.keys.callback_url.as_ref().map(|url| format!("{url}{STATUS}"));
        let mut pairs = vec![("To", to.as_str()), ("From", self.from.as_str()), ("Twiml", twiml)];
        pairs.extend(callback.as_deref().map(|callback| ("StatusCallback", callback)));
        Outgoing {
            method: "POST",
            path: format!("/2010-04-01/Accounts/{}/Calls.json", percent(&self.keys.id)),
            raw_query: String::new(),
            headers: vec![
                header("authorization", format!("Basic {}", self.keys.basic())),
                header("content-type", "application/x-www-form-urlencoded"),
            ],
            body: to_form(pairs).into_bytes(),
        }
    }
}

fn escape(text: &str) -> String {
    let entities = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;")];
    entities.iter().fold(text.to_owned(), |text, (letter, entity)| text.replace(*letter, entity))
}

fn read(answer: &Answer) -> Verdict {
    let body = json(answer);
    if answer.status == 201 || answer.status == 200 {
        let unreadable = Verdict::unanswered("an answer without sid");
        return text(&body, "/sid").map_or(unreadable, |remote| Verdict::Taken { remote });
    }
    let number = text(&body, "/code");
    let meaning = number.as_deref().and_then(|number| number.parse().ok()).map(code::meaning);
    match (answer.status, meaning) {
        (400, Some(Refusal::InvalidNumber)) => Verdict::refused(number.unwrap_or_default(), Fate::Fail),
        _ => by_status(answer, number)
            .unwrap_or_else(|| Verdict::unanswered("an answer that is none of the vendor's")),
    }
}

impl Provider for Voice {
    fn send<'a>(&'a self, letter: &'a Letter, _now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move {
            let twiml = self.twiml(letter);
            if twiml.chars().count() > TWIML_MAX {
                return Verdict::refused("too-long", Fate::Elsewhere);
            }
            match self.caller().call(&self.request(letter, &twiml)).await {
                Ok(answer) => read(&answer),
                Err(verdict) => verdict,
            }
        })
    }

    fn pushed(&self, push: &Request<'_>, _now: Timestamp) -> Result<Pushed, PushError> {
        let suffix = if push.path.ends_with(DIGITS) { DIGITS } else { STATUS };
        self.keys.check(push, suffix)?;
        let pairs = form(&String::from_utf8_lossy(push.body));
        let find = |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
        let need =
            |name: &str| find(name).ok_or_else(|| PushError::Unreadable(format!("{name}: expected a value")));
        if suffix == DIGITS {
            // Who was called pressed it: `To` of an outbound call.
            let (from, to, digits) =
                (Private::new(need("To")?), need("From")?, Private::new(need("Digits")?));
            let answer = Response {
                status: 200,
                content_type: Some("text/xml"),
                headers: Vec::new(),
                body: b"<Response><Hangup/></Response>".to_vec(),
            };
            return Ok(Pushed { told: vec![Told::Said { from, to, text: digits }], answer });
        }
        let (remote, status) = (need("CallSid")?, need("CallStatus")?);
        let state = match status.as_str() {
            "completed" => Some(ReceiptState::Delivered),
            "busy" | "no-answer" | "failed" => Some(ReceiptState::Undeliverable),
            "canceled" => Some(ReceiptState::Deleted),
            _ => None,
        };
        let told = state.map(|state| Told::Receipt { remote, state, code: Some(status) });
        Ok(Pushed { told: told.into_iter().collect(), answer: Response::empty(204) })
    }
}
