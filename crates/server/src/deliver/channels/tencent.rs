//! SMS over Tencent Cloud (`kind = "tencent"`): SendSms of API version 2021-01-11, signed by TC3-HMAC-SHA256
//! (cloud.tencent.com documents 382/55981 and 382/59177, callbacks 382/43547 and 382/43548; the message shape from recordings of the official clients, the rest from memory).
//!
//! The vendor takes a template's id and values in order: the route files its templates as `template.<id>` with `{1}`, `{2}`.
//! Receipts and replies are pushed unsigned to an address that ends in `callback_token`, or asked for every
//! `poll_seconds`.

use super::provider::caller::Caller;
use super::provider::filed::{Shelf, split_signature};
use super::provider::receipts::{of_reply, of_report};
use super::provider::settings::Settings;
use super::provider::vendor::{has_token, verdict};
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Told, Verdict};
use model::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use wire::http::tencent::client::{Account, read_replies, read_reports, read_sent};
use wire::http::tencent::{callback, code};
use wire::http::{AuthError, Key, Params, Request, Send};

struct Tencent {
    caller: Caller,
    id: String,
    secret: String,
    region: String,
    application: String,
    sign_name: String,
    sender_id: Option<String>,
    filed: Shelf,
    source: String,
    callback_token: Option<String>,
    poll_every: Option<Duration>,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let caller = settings.caller("https://sms.tencentcloudapi.com");
    let (id, secret) = (settings.text("secret_id"), settings.secret("secret_key"));
    let application = settings.text("sdk_app_id");
    let region = settings.text_or("region", "ap-guangzhou");
    let sign_name = settings.optional("sign_name").unwrap_or_else(|| settings.institution.signature.clone());
    let sender_id = settings.optional("sender_id");
    let filed = Shelf::read(settings, "{");
    if filed.is_empty() {
        settings.mistake("template.<id>", "at least one filed template");
    }
    let callback_token = settings.optional_secret("callback_token");
    let poll_seconds = settings.number("poll_seconds", 0..=3_600, 0);
    let source = settings.route.source.clone();
    Some(Arc::new(Tencent {
        caller: caller?,
        id: id?,
        secret: secret?,
        region,
        application: application?,
        sign_name,
        sender_id,
        filed,
        source,
        callback_token,
        poll_every: (poll_seconds > 0).then(|| Duration::from_secs(poll_seconds)),
    }))
}

impl Tencent {
    fn account(&self) -> Account<'_> {
        let key = Key { id: &self.id, secret: &self.secret, token: None };
        Account { key, host: self.caller.host(), region: &self.region, application: &self.application }
    }

    fn compose(&self, letter: &Letter) -> Result<Send, Verdict> {
        let (signature, body) = split_signature(letter.text.reveal());
        let Some((template, mut values)) = self.filed.find(body) else {
            return Err(Verdict::refused("template", Fate::Elsewhere));
        };
        values.sort_by_key(|(name, _)| name.parse::<u32>().unwrap_or(u32::MAX));
        let values: Vec<String> = values.into_iter().map(|(_, value)| value).collect();
        Ok(Send {
            to: vec![letter.international()],
            sign_name: Some(signature.unwrap_or(&self.sign_name).to_owned()),
            template: Some(template.to_owned()),
            params: if values.is_empty() { Params::None } else { Params::Positional(values) },
            sender: self.sender_id.clone(),
            extend: letter.extension.as_deref().map(str::to_owned),
            reference: Some(letter.message.to_string()),
            ..Send::default()
        })
    }
}

impl Provider for Tencent {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move {
            let send = match self.compose(letter) {
                Ok(send) => send,
                Err(refused) => return refused,
            };
            let Ok(request) = self.account().send(&send, now) else {
                return Verdict::refused("malformed", Fate::Fail);
            };
            match self.caller.call(&request).await {
                Ok(answer) => {
                    let read = read_sent(answer.status, &answer.body);
                    verdict(&answer, read, "/Response/SendStatusSet/0/Code", code::meaning)
                }
                Err(verdict) => verdict,
            }
        })
    }

    fn pushed(&self, push: &Request<'_>, _now: Timestamp) -> Result<Pushed, PushError> {
        let token = self.callback_token.as_deref();
        if token.is_none() {
            return Err(PushError::NotServed);
        }
        if !has_token(push.path, token) {
            return Err(PushError::Unsigned(AuthError::UnknownKey));
        }
        // Receipts are a list, a reply is one object.
        let told = match callback::read_reports(push.body) {
            Ok(reports) => reports.into_iter().filter_map(of_report).collect(),
            Err(_) => vec![of_reply(callback::read_reply(push.body)?, &self.source)],
        };
        Ok(Pushed { told, answer: callback::acknowledge() })
    }

    fn poll_every(&self) -> Option<Duration> {
        self.poll_every
    }

    fn poll<'a>(&'a self, _waiting: &'a [String], now: Timestamp) -> Later<'a, Result<Vec<Told>, String>> {
        Box::pin(async move {
            let failed = |verdict: Verdict| format!("{verdict:?}");
            let account = self.account();
            let answer = self.caller.call(&account.pull_reports(now)).await.map_err(failed)?;
            let reports = read_reports(answer.status, &answer.body).map_err(|fault| fault.to_string())?;
            let mut told: Vec<Told> = reports.into_iter().filter_map(of_report).collect();
            // What was pulled is not given again: it must not be lost because the second call fails.
            match self.caller.call(&account.pull_replies(now)).await {
                Ok(answer) => {
                    let replies = read_replies(answer.status, &answer.body).unwrap_or_default();
                    told.extend(replies.into_iter().map(|reply| of_reply(reply, &self.source)));
                }
                Err(verdict) => tracing::warn!(?verdict, "asking for replies failed"),
            }
            Ok(told)
        })
    }
}
