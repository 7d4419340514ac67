//! SMS over Twilio (`kind = "twilio"`): the Messages resource of API version 2010-04-01 (twilio.com/docs/messaging/api/
//! message-resource, status callbacks and their signature: twilio.com/docs/usage/security; the message shape from recordings of the official clients, the rest from memory).
//!
//! The text goes as it is. Status callbacks and inbound messages come to `callback_url`, signed with the account's token;
//! without one, messages are asked about every `poll_seconds`.

use super::provider::caller::Caller;
use super::provider::receipts::{of_reply, of_report};
use super::provider::settings::Settings;
use super::provider::vendor::verdict;
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Told, Verdict};
use model::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use wire::http::encode::Hash;
use wire::http::twilio::callback::{self, Pushed as Call};
use wire::http::twilio::client::{Account, read_created, read_message};
use wire::http::twilio::code;
use wire::http::{Refusal, Request, Response, Send};

/// The longest validity that the vendor takes, in seconds.
const VALIDITY_MAX: i64 = 36_000;

/// What SMS and calls over this vendor share.
pub(super) struct Keys {
    pub(super) caller: Caller,
    pub(super) id: String,
    user: String,
    secret: String,
    /// What signs the vendor's calls: the account's own token, also where an API key authenticates.
    auth_token: String,
    pub(super) callback_url: Option<String>,
    hash: Hash,
}

impl Keys {
    pub(super) fn read(settings: &mut Settings<'_>) -> Option<Self> {
        let caller = settings.caller("https://api.twilio.com");
        let (id, auth_token) = (settings.text("account_sid"), settings.secret("auth_token"));
        let (user, secret) = (settings.optional("api_key"), settings.optional_secret("api_secret"));
        if user.is_some() != secret.is_some() {
            settings.mistake("api_key", "api_key and api_secret, or neither");
        }
        let callback_url = settings.optional("callback_url");
        let hash = match settings.word("callback_hash", &["sha1", "sha256"]) {
            "sha256" => Hash::Sha256,
            _ => Hash::Sha1,
        };
        let (id, auth_token) = (id?, auth_token?);
        Some(Self {
            caller: caller?,
            user: user.unwrap_or_else(|| id.clone()),
            secret: secret.unwrap_or_else(|| auth_token.clone()),
            id,
            auth_token,
            callback_url,
            hash,
        })
    }

    pub(super) fn account(&self) -> Account<'_> {
        Account { id: &self.id, user: &self.user, secret: &self.secret, host: self.caller.host() }
    }

    /// The user and secret, for HTTP Basic.
    pub(super) fn basic(&self) -> String {
        wire::http::encode::base64(format!("{}:{}", self.user, self.secret).as_bytes())
    }

    /// Checks a call of the vendor's. `suffix` is what follows the configured address.
    pub(super) fn check(&self, push: &Request<'_>, suffix: &str) -> Result<(), PushError> {
        let url = self.callback_url.as_ref().ok_or(PushError::NotServed)?;
        let mut url = format!("{url}{suffix}");
        if !push.raw_query.is_empty() && !url.contains('?') {
            url = format!("{url}?{}", push.raw_query);
        }
        Ok(callback::verify(push, self.hash, &self.auth_token, &url)?)
    }
}

struct Twilio {
    keys: Keys,
    sender: Option<String>,
    service: Option<String>,
    poll_every: Option<Duration>,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let keys = Keys::read(settings);
    let (sender, service) = (settings.optional("from"), settings.optional("messaging_service_sid"));
    if sender.is_none() && service.is_none() {
        settings.mistake("from", "from or messaging_service_sid");
    }
    let poll_seconds = settings.number("poll_seconds", 0..=3_600, 0);
    let poll_every = (poll_seconds > 0).then(|| Duration::from_secs(poll_seconds));
    Some(Arc::new(Twilio { keys: keys?, sender, service, poll_every }))
}

impl Provider for Twilio {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move {
            let to = letter.international();
            let send = Send {
                text: Some(letter.text.reveal().to_owned()),
                sender: self.sender.clone(),
                application: self.service.clone(),
                callback: self.keys.callback_url.clone(),
                validity_seconds: u32::try_from(letter.seconds_left(now).min(VALIDITY_MAX)).ok(),
                class: Some(letter.class),
                ..Send::default()
            };
            let Ok(request) = self.keys.account().create(&send, &to) else {
                return Verdict::refused("malformed", Fate::Fail);
            };
            match self.keys.caller.call(&request).await {
                Ok(answer) => {
                    let read = read_created(answer.status, &answer.body, &to).map(|outcome| vec![outcome]);
                    let meaning = |word: &str| match word.parse() {
                        Ok(number) => code::meaning(number),
                        Err(_) => Refusal::Other(word.to_owned()),
                    };
                    verdict(&answer, read, "/code", meaning)
                }
                Err(verdict) => verdict,
            }
        })
    }

    fn pushed(&self, push: &Request<'_>, now: Timestamp) -> Result<Pushed, PushError> {
        self.keys.check(push, "")?;
        let told = match callback::read(push.body, now)? {
            Call::Status(report) => of_report(report).into_iter().collect(),
            Call::Reply(reply) => vec![of_reply(reply, "")],
        };
        Ok(Pushed { told, answer: Response::empty(204) })
    }

    fn poll_every(&self) -> Option<Duration> {
        self.poll_every
    }

    fn poll<'a>(&'a self, waiting: &'a [String], _now: Timestamp) -> Later<'a, Result<Vec<Told>, String>> {
        Box::pin(async move {
            let mut told = Vec::new();
            for id in waiting {
                let answer = match self.keys.caller.call(&self.keys.account().fetch(id)).await {
                    Ok(answer) => answer,
                    // What was learned so far is worth telling.
                    Err(verdict) if told.is_empty() => return Err(format!("{verdict:?}")),
                    Err(_) => return Ok(told),
                };
                if let Ok(report) = read_message(answer.status, &answer.body) {
                    told.extend(of_report(report));
                }
            }
            Ok(told)
        })
    }
}
