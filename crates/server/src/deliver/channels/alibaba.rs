//! SMS over Alibaba Cloud (`kind = "alibaba"`): SendSms of API version 2017-05-25, signed by V3 or V1
//! (help.aliyun.com documents 419273 and 101346, receipts 101867; the message shape from recordings of the official clients, the rest from memory).
//!
//! The vendor takes a template's code and values, no texts: the route files its templates as `template.<code>` with
//! `${name}` for the variables. Receipts and replies are pushed without a signature, so that the address must end in
//! the route's `callback_token`.

use super::provider::caller::Caller;
use super::provider::filed::{Shelf, split_signature};
use super::provider::receipts::{of_reply, of_report};
use super::provider::settings::Settings;
use super::provider::vendor::{has_token, nonce, verdict};
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Verdict};
use model::Timestamp;
use std::sync::Arc;
use wire::http::alibaba::client::{Account, read_sent};
use wire::http::alibaba::v3::Scheme;
use wire::http::alibaba::{callback, code};
use wire::http::{AuthError, Key, Params, Request, Send};

/// What the SMS and the rich routes of this vendor share.
pub(super) struct Keys {
    pub(super) caller: Caller,
    id: String,
    secret: String,
    scheme: Option<Scheme>,
    sign_name: String,
}

impl Keys {
    pub(super) fn read(settings: &mut Settings<'_>) -> Option<Self> {
        let caller = settings.caller("https://dysmsapi.aliyuncs.com");
        let (id, secret) = (settings.text("access_key_id"), settings.secret("access_key_secret"));
        let scheme = match settings.word("signing", &["v3", "v3-sm3", "v1"]) {
            "v3" => Some(Scheme::Sha256),
            "v3-sm3" => Some(Scheme::Sm3),
            _ => None,
        };
        let sign_name = settings.optional("sign_name");
        let sign_name = sign_name.unwrap_or_else(|| settings.institution.signature.clone());
        Some(Self { caller: caller?, id: id?, secret: secret?, scheme, sign_name })
    }

    pub(super) fn account(&self) -> Account<'_> {
        let key = Key { id: &self.id, secret: &self.secret, token: None };
        Account { key, host: self.caller.host(), scheme: self.scheme }
    }

    /// The message as the vendor takes it, out of the text and what is filed.
    pub(super) fn compose(&self, letter: &Letter, filed: &Shelf) -> Result<Send, Verdict> {
        let (signature, body) = split_signature(letter.text.reveal());
        let Some((template, values)) = filed.find(body) else {
            return Err(Verdict::refused("template", Fate::Elsewhere));
        };
        let number = letter.international();
        let domestic = number.strip_prefix("+86").unwrap_or_else(|| number.trim_start_matches('+'));
        Ok(Send {
            to: vec![domestic.to_owned()],
            sign_name: Some(signature.unwrap_or(&self.sign_name).to_owned()),
            template: Some(template.to_owned()),
            params: if values.is_empty() {
                Params::None
            } else {
                Params::Named(values.into_iter().collect())
            },
            extend: letter.extension.as_deref().map(str::to_owned),
            reference: Some(letter.message.to_string()),
            ..Send::default()
        })
    }
}

/// Reads a call of this vendor's.
pub(super) fn pushed(request: &Request<'_>, token: Option<&str>, source: &str) -> Result<Pushed, PushError> {
    if token.is_none() {
        return Err(PushError::NotServed);
    }
    if !has_token(request.path, token) {
        return Err(PushError::Unsigned(AuthError::UnknownKey));
    }
    // Both are lists; only a reply has `content`.
    let told = match callback::read_reports(request.body) {
        Ok(reports) => reports.into_iter().filter_map(of_report).collect(),
        Err(_) => {
            callback::read_replies(request.body)?.into_iter().map(|reply| of_reply(reply, source)).collect()
        }
    };
    Ok(Pushed { told, answer: callback::acknowledge() })
}

struct Alibaba {
    keys: Keys,
    filed: Shelf,
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
    let callback_token = settings.optional_secret("callback_token");
    let source = settings.route.source.clone();
    Some(Arc::new(Alibaba { keys: keys?, filed, source, callback_token }))
}

impl Provider for Alibaba {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move {
            let send = match self.keys.compose(letter, &self.filed) {
                Ok(send) => send,
                Err(refused) => return refused,
            };
            let Some(nonce) = nonce() else { return Verdict::refused("nonce", Fate::Unserved) };
            let Ok(request) = self.keys.account().send(&send, now, &nonce) else {
                return Verdict::refused("malformed", Fate::Fail);
            };
            match self.keys.caller.call(&request).await {
                Ok(answer) => {
                    let read = read_sent(answer.status, &answer.body, &send.to);
                    verdict(&answer, read, "/Code", code::meaning)
                }
                Err(verdict) => verdict,
            }
        })
    }

    fn pushed(&self, push: &Request<'_>, _now: Timestamp) -> Result<Pushed, PushError> {
        pushed(push, self.callback_token.as_deref(), &self.source)
    }
}
