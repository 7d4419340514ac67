//! Rich messages over Google RCS for Business (`kind = "rbm"`): phones.agentMessages and phones.getCapabilities of REST v1
//! (developers.google.com/business-communications/rcs-business-messaging/reference/rest/v1/phones.agentMessages; webhooks:
//! …/guides/build/webhooks; excerpts read November 2026).
//!
//! A phone is asked for its capabilities first; one that is not capable is refused for this route, and the message's plan
//! takes it to SMS under the same id. The agent's message id is made of ours, so that the platform itself refuses a
//! second one. Events come to the listener, signed by HMAC-SHA512 with the agent's client token.

use super::provider::caller::{Caller, by_status, get, header, json, post, text};
use super::provider::keys::ServiceAccount;
use super::provider::rich::{Action, Card, Rich, RichShelf, Suggestion};
use super::provider::settings::Settings;
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Told, Verdict};
use crate::http::client::Answer;
use engine::entry::ReceiptState;
use model::{Private, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use wire::http::encode::{percent, unbase64};
use wire::http::{AuthError, Request, Response};

const SCOPE: &str = "https://www.googleapis.com/auth/rcsbusinessmessaging";
/// The header with the signature of an event.
const SIGNATURE: &str = "x-goog-signature";

struct Rbm {
    caller: Caller,
    account: ServiceAccount,
    agent: String,
    rich: RichShelf,
    traffic: Option<String>,
    client_token: Option<String>,
    must_check: bool,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let caller = settings.caller("https://rcsbusinessmessaging.googleapis.com");
    let account = ServiceAccount::read(settings, SCOPE);
    let agent = settings.text("agent");
    let rich = RichShelf::read(settings);
    let traffic = settings.optional("traffic_type");
    let client_token = settings.optional_secret("client_token");
    let must_check = settings.word("capability_check", &["yes", "no"]) == "yes";
    Some(Arc::new(Rbm {
        caller: caller?,
        account: account?,
        agent: agent?,
        rich,
        traffic,
        client_token,
        must_check,
    }))
}

impl Rbm {
    async fn push(&self, letter: &Letter, now: Timestamp) -> Result<Verdict, Verdict> {
        let rich = self.rich.of(letter.text.reveal()).map_err(|mistakes| {
            tracing::warn!(message = %letter.message, mistakes = mistakes.len(), first = mistakes.first(), "rich content is not valid");
            Verdict::refused("content", Fate::Elsewhere)
        })?;
        let number = letter.international();
        let id = letter.message.to_string();
        let token = self.account.token(&self.caller, now).await?;
        let bearer = || vec![header("authorization", format!("Bearer {token}"))];
        let agent = percent(&self.agent);
        if self.must_check {
            let path = format!("/v1/phones/{number}/capabilities?requestId={id}&agentId={agent}");
            let answer = match self.caller.call(&get(path, bearer())).await {
                Ok(answer) => answer,
                // Nothing of the message has left.
                Err(Verdict::Unanswered { .. }) => return Err(Verdict::refused("capability", Fate::Retry)),
                Err(refused) => return Err(refused),
            };
            self.check(&answer, &token, &rich).await?;
        }
        let path = format!("/v1/phones/{number}/agentMessages?messageId={id}&agentId={agent}");
        let mut body =
            json!({"contentMessage": content(&rich), "ttl": format!("{}s", letter.seconds_left(now))});
        if let (Some(traffic), Some(body)) = (&self.traffic, body.as_object_mut()) {
            body.insert("messageTrafficType".to_owned(), traffic.as_str().into());
        }
        let answer = self.caller.call(&post(path, bearer(), &body)).await?;
        if answer.status == 401 {
            self.account.drop(&token).await;
        }
        Ok(read(&answer, &id))
    }

    async fn check(&self, answer: &Answer, token: &str, rich: &Rich) -> Result<(), Verdict> {
        if answer.status == 401 {
            self.account.drop(token).await;
        }
        if let Some(verdict) = by_status(answer, text(&json(answer), "/error/status")) {
            return Err(match verdict {
                Verdict::Unanswered { .. } => Verdict::refused("capability", Fate::Retry),
                refused if answer.status == 404 => {
                    let _ = refused;
                    Verdict::refused("not-capable", Fate::Elsewhere)
                }
                refused => refused,
            });
        }
        let body = json(answer);
        let features =
            body.pointer("/features").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let has = |name: &str| features.iter().any(|feature| feature == name);
        let needed = match rich.cards.len() {
            0 => None,
            1 => Some("RICHCARD_STANDALONE"),
            _ => Some("RICHCARD_CAROUSEL"),
        };
        match needed {
            Some(needed) if !has(needed) => Err(Verdict::refused("not-capable", Fate::Elsewhere)),
            _ => Ok(()),
        }
    }
}

/// AgentContentMessage.
fn content(rich: &Rich) -> Value {
    let mut content = match rich.cards.as_slice() {
        [] => json!({"text": rich.text}),
        [card] => json!({"richCard": {"standaloneCard": {
            "cardOrientation": "VERTICAL",
            "cardContent": card_content(card),
        }}}),
        cards => json!({"richCard": {"carouselCard": {
            "cardWidth": "MEDIUM",
            "cardContents": cards.iter().map(card_content).collect::<Vec<Value>>(),
        }}}),
    };
    if let (Some(content), false) = (content.as_object_mut(), rich.suggestions.is_empty()) {
        content.insert("suggestions".to_owned(), rich.suggestions.iter().map(suggestion).collect());
    }
    content
}

fn card_content(card: &Card) -> Value {
    let mut content = json!({});
    let Some(fields) = content.as_object_mut() else { return content };
    for (name, value) in [("title", &card.title), ("description", &card.description)] {
        if !value.is_empty() {
            fields.insert(name.to_owned(), value.as_str().into());
        }
    }
    if let Some(url) = &card.media {
        fields.insert("media".to_owned(), json!({"height": "MEDIUM", "contentInfo": {"fileUrl": url}}));
    }
    if !card.suggestions.is_empty() {
        fields.insert("suggestions".to_owned(), card.suggestions.iter().map(suggestion).collect());
    }
    content
}

fn suggestion(suggestion: &Suggestion) -> Value {
    let Suggestion { text, postback, action } = suggestion;
    match action {
        Action::Reply => json!({"reply": {"text": text, "postbackData": postback}}),
        Action::Open(url) => {
            json!({"action": {"text": text, "postbackData": postback, "openUrlAction": {"url": url}}})
        }
        Action::Dial(number) => {
            json!({"action": {"text": text, "postbackData": postback, "dialAction": {"phoneNumber": number}}})
        }
    }
}

fn read(answer: &Answer, id: &str) -> Verdict {
    let body = json(answer);
    let code = text(&body, "/error/status");
    match answer.status {
        200 if text(&body, "/name").is_some_and(|name| name.ends_with(&format!("/{id}"))) => {
            Verdict::Taken { remote: id.to_owned() }
        }
        200 => Verdict::unanswered("an answer that does not name the message"),
        // The id is taken: the platform has this message from an earlier call whose answer was lost.
        409 => Verdict::Taken { remote: id.to_owned() },
        404 => Verdict::refused("not-capable", Fate::Elsewhere),
        400 => Verdict::refused(code.unwrap_or_else(|| "400".to_owned()), Fate::Elsewhere),
        _ => by_status(answer, code)
            .unwrap_or_else(|| Verdict::unanswered("an answer that is none of the platform's")),
    }
}

impl Provider for Rbm {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move { self.push(letter, now).await.unwrap_or_else(|verdict| verdict) })
    }

    fn pushed(&self, push: &Request<'_>, _now: Timestamp) -> Result<Pushed, PushError> {
        let token = self.client_token.as_deref().ok_or(PushError::NotServed)?;
        let bad = |what: &str| PushError::Unreadable(what.to_owned());
        let body: Value = serde_json::from_slice(push.body).map_err(|_| bad("expected JSON"))?;
        // The first call of all, when the address is entered: it must be answered with its secret.
        if let (Some(said), Some(secret)) = (text(&body, "/clientToken"), text(&body, "/secret")) {
            if !wire::http::encode::same(said.as_bytes(), token.as_bytes()) {
                return Err(PushError::Unsigned(AuthError::UnknownKey));
            }
            return Ok(Pushed { told: Vec::new(), answer: Response::json(200, &json!({"secret": secret})) });
        }
        let data = text(&body, "/message/data").and_then(|data| unbase64(&data));
        let data = data.ok_or_else(|| bad("message.data: expected base64"))?;
        let said = push.header(SIGNATURE).ok_or(AuthError::Missing(SIGNATURE))?;
        let expected = "base64";
        let said = unbase64(said).ok_or(AuthError::Malformed { what: SIGNATURE, expected })?;
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA512, token.as_bytes());
        ring::hmac::verify(&key, &data, &said).map_err(|_| AuthError::Mismatch)?;
        let event: Value = serde_json::from_slice(&data).map_err(|_| bad("message.data: expected JSON"))?;
        Ok(Pushed { told: told(&event).into_iter().collect(), answer: Response::json(200, &json!({})) })
    }
}

/// A UserEvent or UserMessage.
fn told(event: &Value) -> Option<Told> {
    if let Some(kind) = text(event, "/eventType") {
        let state = match kind.as_str() {
            "DELIVERED" | "READ" => ReceiptState::Delivered,
            "TTL_EXPIRATION_REVOKED" => ReceiptState::Expired,
            // Typing, and a revocation that failed: the message may still arrive.
            _ => return None,
        };
        return Some(Told::Receipt { remote: text(event, "/messageId")?, state, code: Some(kind) });
    }
    let from = Private::new(text(event, "/senderPhoneNumber")?);
    let words = text(event, "/suggestionResponse/postbackData").or_else(|| text(event, "/text"))?;
    Some(Told::Said { from, to: String::new(), text: Private::new(words) })
}
