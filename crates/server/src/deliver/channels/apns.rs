//! App push over Apple's service (`kind = "apns"`): HTTP/2, authenticated by token
//! (developer.apple.com/documentation/usernotifications: sending-notification-requests-to-apns,
//! establishing-a-token-based-connection-to-apns, handling-notification-responses-from-apns; excerpts read November 2026).
//!
//! `apns-id` is made of the message's id, so that a message offered again has the same one. As with other push services, what
//! the phone did with it is told by the app's own backend (`provider/receipts.rs`).

use super::provider::caller::{Caller, by_status, header, json, post, text};
use super::provider::keys::{SigningKey, Tokens};
use super::provider::receipts;
use super::provider::settings::Settings;
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Verdict};
use crate::http::client::Answer;
use crate::http::reach::Reach;
use model::{MessageId, Span, Timestamp};
use serde_json::json;
use std::sync::Arc;
use wire::http::Request;
use wire::http::encode::Hash;
use wire::http::standard_webhooks::Secret;

/// A token is renewed between 20 and 60 minutes after it was made.
const TOKEN_LIFE: Span = Span::seconds(45 * 60);
/// The largest payload, in bytes.
const PAYLOAD_MAX: usize = 4_096;

struct Apns {
    caller: Caller,
    key: SigningKey,
    key_id: String,
    team_id: String,
    topic: String,
    title: String,
    tokens: Tokens,
    callback_secret: Option<Secret>,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let caller = settings.caller_with("https://api.push.apple.com", Reach::Anywhere, true);
    let pem = settings.secret("key");
    let key = pem.and_then(|pem| {
        let key = SigningKey::ec(&pem);
        if key.is_none() {
            settings.mistake("key", "a P-256 private key in PEM, PKCS#8 (a .p8 file)");
        }
        key
    });
    let (key_id, team_id, topic) =
        (settings.text("key_id"), settings.text("team_id"), settings.text("topic"));
    let title = settings.optional("title").unwrap_or_else(|| settings.institution.name.clone());
    let callback_secret = settings.webhook_secret("callback_secret");
    Some(Arc::new(Apns {
        caller: caller?,
        key: key?,
        key_id: key_id?,
        team_id: team_id?,
        topic: topic?,
        title,
        tokens: Tokens::default(),
        callback_secret,
    }))
}

/// A message's id as a UUID of version 8 (RFC 9562 §5.8): the same for each time it is offered.
fn uuid(message: MessageId) -> String {
    let mut octets = Hash::Sha256.digest(format!("apns:{message}").as_bytes());
    octets.truncate(16);
    for (place, kept, set) in [(6, 0x0f, 0x80), (8, 0x3f, 0x80)] {
        if let Some(octet) = octets.get_mut(place) {
            *octet = *octet & kept | set;
        }
    }
    let hex = wire::http::encode::hex(&octets);
    let piece = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [piece(0, 8), piece(8, 12), piece(12, 16), piece(16, 20), piece(20, 32)].join("-")
}

impl Apns {
    async fn push(&self, letter: &Letter, now: Timestamp) -> Result<Verdict, Verdict> {
        let device = letter.to.reveal();
        if device.is_empty() || !device.bytes().all(|octet| octet.is_ascii_hexdigit()) {
            return Err(Verdict::refused("BadDeviceToken", Fate::Elsewhere));
        }
        let body = json!({
            "aps": {"alert": {"title": self.title, "body": letter.text.reveal()}, "sound": "default"},
            "message_id": letter.message.to_string(),
        });
        if body.to_string().len() > PAYLOAD_MAX {
            return Err(Verdict::refused("PayloadTooLarge", Fate::Elsewhere));
        }
        let claims = json!({"iss": self.team_id, "iat": now.0 / 1_000});
        let make = async {
            let token = self.key.token(Some(&self.key_id), &claims);
            Ok((token.ok_or_else(|| Verdict::refused("unsigned", Fate::Unserved))?, TOKEN_LIFE))
        };
        let token = self.tokens.token(now, make).await?;
        let headers = vec![
            header("authorization", format!("bearer {token}")),
            header("apns-id", uuid(letter.message)),
            header("apns-topic", &self.topic),
            header("apns-push-type", "alert"),
            header("apns-priority", "10"),
            header("apns-expiration", (now.0 / 1_000 + letter.seconds_left(now)).to_string()),
        ];
        let answer = self.caller.call(&post(format!("/3/device/{device}"), headers, &body)).await?;
        let verdict = read(&answer, letter.message);
        if answer.status == 403 {
            self.tokens.drop(&token).await;
        }
        Ok(verdict)
    }
}

fn read(answer: &Answer, message: MessageId) -> Verdict {
    if answer.status == 200 {
        // The answer repeats our own id; one that does not is none of this service's.
        let id = answer.headers.get("apns-id").and_then(|id| id.to_str().ok()).map(str::to_ascii_lowercase);
        return match id {
            Some(remote) if remote == uuid(message) => Verdict::Taken { remote },
            _ => Verdict::unanswered("an answer without our apns-id"),
        };
    }
    let reason = text(&json(answer), "/reason");
    match reason.as_deref() {
        Some("BadDeviceToken" | "DeviceTokenNotForTopic" | "Unregistered" | "ExpiredToken") => {
            Verdict::refused(reason.unwrap_or_default(), Fate::Elsewhere)
        }
        Some("BadTopic" | "TopicDisallowed" | "MissingTopic" | "TooManyProviderTokenUpdates") => {
            Verdict::refused(reason.unwrap_or_default(), Fate::Unserved)
        }
        _ => by_status(answer, reason)
            .unwrap_or_else(|| Verdict::unanswered("an answer that is none of the service's")),
    }
}

impl Provider for Apns {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move { self.push(letter, now).await.unwrap_or_else(|verdict| verdict) })
    }

    fn pushed(&self, push: &Request<'_>, now: Timestamp) -> Result<Pushed, PushError> {
        receipts::read(push, self.callback_secret.as_ref(), now)
    }
}
