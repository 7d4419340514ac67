//! Rich messages over Alibaba Cloud (`kind = "rcs_alibaba"`): SendRCS, or SendCardSms where `action = "card"`. The shapes
//! are those of the vendor's official client of API version 2017-05-25 (its types, not its documents).
//!
//! Cards and buttons are designed and filed with the vendor; a route names them by `template.<code>` as on SMS. No fallback of
//! the vendor's is asked for: a number that cannot show the message is refused, and the message's plan takes it to the
//! next channel under the same id, so that it is counted and priced here.

use super::alibaba::{Keys, pushed};
use super::provider::filed::Shelf;
use super::provider::settings::Settings;
use super::provider::vendor::{nonce, verdict};
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Refusal, Verdict};
use model::Timestamp;
use std::sync::Arc;
use wire::http::Request;
use wire::http::alibaba::code;
use wire::http::alibaba::rcs::{Fallback, read_card_sent, read_sent, send, send_card};

struct RcsAlibaba {
    keys: Keys,
    filed: Shelf,
    is_card: bool,
    source: String,
    callback_token: Option<String>,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let keys = Keys::read(settings);
    let filed = Shelf::read(settings, "${");
    if filed.is_empty() {
        settings.mistake("template.<code>", "at least one filed template");
    }
    let is_card = settings.word("action", &["rcs", "card"]) == "card";
    let callback_token = settings.optional_secret("callback_token");
    let source = settings.route.source.clone();
    Some(Arc::new(RcsAlibaba { keys: keys?, filed, is_card, source, callback_token }))
}

impl Provider for RcsAlibaba {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move {
            let message = match self.keys.compose(letter, &self.filed) {
                Ok(message) => message,
                Err(refused) => return refused,
            };
            let Some(nonce) = nonce() else { return Verdict::refused("nonce", Fate::Unserved) };
            let account = self.keys.account();
            let request = match self.is_card {
                true => send_card(&account, &message, &Fallback::None, now, &nonce),
                false => send(&account, &message, now, &nonce),
            };
            let Ok(request) = request else { return Verdict::refused("malformed", Fate::Fail) };
            match self.keys.caller.call(&request).await {
                Ok(answer) => {
                    let read = match self.is_card {
                        true => read_card_sent(answer.status, &answer.body, &message.to),
                        false => read_sent(answer.status, &answer.body, &message.to),
                    };
                    capable(verdict(&answer, read, "/Code", code::meaning))
                }
                Err(verdict) => verdict,
            }
        })
    }

    fn pushed(&self, push: &Request<'_>, _now: Timestamp) -> Result<Pushed, PushError> {
        pushed(push, self.callback_token.as_deref(), &self.source)
    }
}

/// A refusal of the number or of the content is one of this channel: the message may go by another.
fn capable(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Refused(Refusal { code, fate: Fate::Fail }) => Verdict::refused(code, Fate::Elsewhere),
        verdict => verdict,
    }
}
