//! App push over Firebase Cloud Messaging (`kind = "fcm"`): HTTP v1, projects.messages.send
//! (firebase.google.com/docs/reference/fcm/rest/v1/projects.messages, errors: firebase.google.com/docs/cloud-messaging/
//! error-codes; excerpts read November 2026).
//!
//! The vendor says that it took a message, not that a phone showed it: the app's own backend reports that, see
//! `provider/receipts.rs`, with the message's name as id.

use super::provider::caller::{Caller, by_status, header, json, post, text};
use super::provider::keys::ServiceAccount;
use super::provider::receipts;
use super::provider::settings::Settings;
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Verdict};
use crate::http::client::Answer;
use model::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use wire::http::Request;
use wire::http::standard_webhooks::Secret;

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// The largest message without its token, in bytes.
const PAYLOAD_MAX: usize = 4_096;
/// The longest time to live, in seconds: four weeks.
const TTL_MAX: i64 = 2_419_200;

struct Fcm {
    caller: Caller,
    project: String,
    account: ServiceAccount,
    title: String,
    callback_secret: Option<Secret>,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let caller = settings.caller("https://fcm.googleapis.com");
    let project = settings.text("project");
    let account = ServiceAccount::read(settings, SCOPE);
    let title = settings.optional("title").unwrap_or_else(|| settings.institution.name.clone());
    let callback_secret = settings.webhook_secret("callback_secret");
    Some(Arc::new(Fcm { caller: caller?, project: project?, account: account?, title, callback_secret }))
}

impl Fcm {
    fn body(&self, letter: &Letter, now: Timestamp) -> Value {
        let seconds = letter.seconds_left(now).min(TTL_MAX);
        json!({"message": {
            "token": letter.to.reveal(),
            "notification": {"title": self.title, "body": letter.text.reveal()},
            "data": {"message_id": letter.message.to_string()},
            "android": {"ttl": format!("{seconds}s"), "priority": "HIGH"},
            "apns": {"headers": {"apns-expiration": (now.0 / 1_000 + seconds).to_string()}},
        }})
    }

    async fn push(&self, letter: &Letter, now: Timestamp) -> Result<Verdict, Verdict> {
        let body = self.body(letter, now);
        if body.to_string().len() > PAYLOAD_MAX + letter.to.reveal().len() {
            return Err(Verdict::refused("too-long", Fate::Elsewhere));
        }
        let token = self.account.token(&self.caller, now).await?;
        let path = format!("/v1/projects/{}/messages:send", self.project);
        let request = post(path, vec![header("authorization", format!("Bearer {token}"))], &body);
        let answer = self.caller.call(&request).await?;
        if answer.status == 401 {
            self.account.drop(&token).await;
        }
        Ok(read(&answer))
    }
}

fn read(answer: &Answer) -> Verdict {
    let body = json(answer);
    if answer.status == 200 {
        let unreadable = Verdict::unanswered("an answer without a name");
        return text(&body, "/name").map_or(unreadable, |remote| Verdict::Taken { remote });
    }
    let details =
        body.pointer("/error/details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let code = details.iter().find_map(|detail| text(detail, "/errorCode"));
    let code = code.or_else(|| text(&body, "/error/status"));
    match code.as_deref() {
        Some("UNREGISTERED" | "SENDER_ID_MISMATCH" | "NOT_FOUND") => {
            Verdict::refused(code.unwrap_or_default(), Fate::Elsewhere)
        }
        Some("THIRD_PARTY_AUTH_ERROR" | "UNAUTHENTICATED" | "PERMISSION_DENIED") => {
            Verdict::refused(code.unwrap_or_default(), Fate::Unserved)
        }
        // A token that is none is the address's fault, and another channel may have a better one.
        Some("INVALID_ARGUMENT") => Verdict::refused("INVALID_ARGUMENT", Fate::Elsewhere),
        _ => by_status(answer, code)
            .unwrap_or_else(|| Verdict::unanswered("an answer that is none of the vendor's")),
    }
}

impl Provider for Fcm {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move { self.push(letter, now).await.unwrap_or_else(|verdict| verdict) })
    }

    fn pushed(&self, push: &Request<'_>, now: Timestamp) -> Result<Pushed, PushError> {
        receipts::read(push, self.callback_secret.as_ref(), now)
    }
}
