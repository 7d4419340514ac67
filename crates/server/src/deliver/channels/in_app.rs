//! The institution's own app or system (`kind = "in_app"`): a POST of JSON signed by Standard Webhooks 1.0.0
//! (github.com/standard-webhooks/standard-webhooks, spec; excerpts read November 2026).
//!
//! The receiver must take the same `webhook-id` only once. Its address is the operator's; private ranges are reached only if
//! `allow` lists them. What became of the message, and answers, it tells in the same way back (`provider/receipts.rs`).

use super::provider::caller::{Caller, by_status, json, text};
use super::provider::receipts;
use super::provider::settings::Settings;
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Verdict};
use model::Timestamp;
use serde_json::json;
use std::sync::Arc;
use wire::http::Request;
use wire::http::standard_webhooks::{Secret, push};

struct InApp {
    caller: Caller,
    secret: Secret,
    callback_secret: Option<Secret>,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let reach = settings.reach("allow");
    let caller = settings.caller_with("", reach, false);
    let secret = settings.webhook_secret("secret");
    if secret.is_none() {
        settings.mistake("secret", "whsec_ and 24 to 64 octets in base64");
    }
    let callback_secret = settings.webhook_secret("callback_secret");
    Some(Arc::new(InApp { caller: caller?, secret: secret?, callback_secret }))
}

impl Provider for InApp {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move {
            let id = letter.message.to_string();
            let body = json!({
                "type": "message.created",
                "timestamp": now.to_string(),
                "data": {
                    "id": id,
                    "customer": letter.to.reveal(),
                    "class": letter.class.name(),
                    "text": letter.text.reveal(),
                    "expires": letter.expires.to_string(),
                },
            });
            let secrets = std::slice::from_ref(&self.secret);
            // The path is the configured address's own.
            let path = if self.caller.base.path() == "/" { "/" } else { "" };
            let request = push(secrets, self.caller.host(), path, &id, now, body.to_string().into_bytes());
            let Ok(request) = request else { return Verdict::refused("unsigned", Fate::Unserved) };
            let answer = match self.caller.call(&request).await {
                Ok(answer) => answer,
                Err(verdict) => return verdict,
            };
            match by_status(&answer, None) {
                Some(verdict) => verdict,
                None => Verdict::Taken { remote: text(&json(&answer), "/id").unwrap_or(id) },
            }
        })
    }

    fn pushed(&self, push: &Request<'_>, now: Timestamp) -> Result<Pushed, PushError> {
        receipts::read(push, self.callback_secret.as_ref(), now)
    }
}
