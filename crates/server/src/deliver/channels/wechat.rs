//! Template messages of a WeChat official account (`kind = "wechat"`): cgi-bin/message/template/send and cgi-bin/token
//! (developers.weixin.qq.com/doc/service/en/api/notify/template/api_sendtemplatemessage.html; event
//! TEMPLATESENDJOBFINISH; excerpts read November 2026).
//!
//! The platform takes a template's id and values: the route files its templates as `template.<id>` with `${name}`, named as the
//! keywords are. `client_msg_id` is made of the message's id: the platform takes one only once. What became of it is
//! pushed to the listener, signed by SHA-1 over the account's token.

use super::provider::caller::{Caller, by_status, get, json, post, text};
use super::provider::filed::{Shelf, split_signature};
use super::provider::keys::{Tokens, read_token};
use super::provider::settings::Settings;
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Told, Verdict};
use crate::http::client::Answer;
use engine::entry::ReceiptState;
use model::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use wire::http::encode::{Hash, form, hex, percent, same};
use wire::http::{AuthError, Request, Response};

struct Wechat {
    caller: Caller,
    app_id: String,
    app_secret: String,
    filed: Shelf,
    url: Option<String>,
    tokens: Tokens,
    callback_token: Option<String>,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let caller = settings.caller("https://api.weixin.qq.com");
    let (app_id, app_secret) = (settings.text("app_id"), settings.secret("app_secret"));
    let filed = Shelf::read(settings, "${");
    if filed.is_empty() {
        settings.mistake("template.<id>", "at least one filed template");
    }
    let url = settings.optional("url");
    let callback_token = settings.optional_secret("callback_token");
    let tokens = Tokens::default();
    Some(Arc::new(Wechat {
        caller: caller?,
        app_id: app_id?,
        app_secret: app_secret?,
        filed,
        url,
        tokens,
        callback_token,
    }))
}

impl Wechat {
    async fn push(&self, letter: &Letter, now: Timestamp) -> Result<Verdict, Verdict> {
        let text = letter.text.reveal();
        let found = self.filed.find(text).or_else(|| self.filed.find(split_signature(text).1));
        let (template, values) = found.ok_or_else(|| Verdict::refused("template", Fate::Elsewhere))?;
        let data: serde_json::Map<String, Value> =
            values.into_iter().map(|(name, value)| (name, json!({"value": value}))).collect();
        let mut body = json!({
            "touser": letter.to.reveal(),
            "template_id": template,
            "data": data,
            "client_msg_id": letter.message.to_string(),
        });
        if let (Some(url), Some(body)) = (&self.url, body.as_object_mut()) {
            body.insert("url".to_owned(), url.as_str().into());
        }
        let token = self.tokens.token(now, self.fetch()).await?;
        let path = format!("/cgi-bin/message/template/send?access_token={}", percent(&token));
        let answer = self.caller.call(&post(path, Vec::new(), &body)).await?;
        let verdict = read(&answer);
        if matches!(&verdict, Verdict::Refused(refusal) if matches!(refusal.code.as_str(), "40001" | "40014" | "42001"))
        {
            self.tokens.drop(&token).await;
        }
        Ok(verdict)
    }

    async fn fetch(&self) -> Result<(String, model::Span), Verdict> {
        let path = format!(
            "/cgi-bin/token?grant_type=client_credential&appid={}&secret={}",
            percent(&self.app_id),
            percent(&self.app_secret)
        );
        let answer = self.caller.call(&get(path, Vec::new())).await?;
        let body = json(&answer);
        let code = text(&body, "/errcode").unwrap_or_else(|| answer.status.to_string());
        read_token(&body).ok_or_else(|| Verdict::refused(code, Fate::Unserved))
    }
}

fn read(answer: &Answer) -> Verdict {
    if let Some(verdict) = by_status(answer, None) {
        return verdict;
    }
    let body = json(answer);
    let Some(code) = text(&body, "/errcode") else { return Verdict::unanswered("an answer without errcode") };
    let fate = match code.as_str() {
        "0" => {
            let unreadable = Verdict::unanswered("an answer without msgid");
            return text(&body, "/msgid").map_or(unreadable, |remote| Verdict::Taken { remote });
        }
        "-1" => Fate::Retry,
        "40001" | "40014" | "42001" | "40013" | "40125" | "40164" | "45009" | "48001" => Fate::Unserved,
        "45011" => Fate::Throttle(None),
        // Not a follower, refused by the customer, no such openid, template not filed or not matching.
        "40003" | "40037" | "43004" | "43101" | "43116" | "47003" => Fate::Elsewhere,
        _ => Fate::Fail,
    };
    Verdict::refused(code, fate)
}

impl Provider for Wechat {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move { self.push(letter, now).await.unwrap_or_else(|verdict| verdict) })
    }

    fn pushed(&self, push: &Request<'_>, _now: Timestamp) -> Result<Pushed, PushError> {
        let token = self.callback_token.as_deref().ok_or(PushError::NotServed)?;
        let query = form(push.raw_query);
        let find =
            |name: &str| query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let (said, timestamp, nonce) = (find("signature"), find("timestamp"), find("nonce"));
        let said = said.ok_or(AuthError::Missing("signature"))?;
        let mut pieces = [token, timestamp.unwrap_or_default(), nonce.unwrap_or_default()];
        pieces.sort_unstable();
        let expected = hex(&Hash::Sha1.digest(pieces.concat().as_bytes()));
        if !same(expected.as_bytes(), said.as_bytes()) {
            return Err(PushError::Unsigned(AuthError::Mismatch));
        }
        let answer = |text: &str| Response {
            status: 200,
            content_type: Some("text/plain"),
            headers: Vec::new(),
            body: text.as_bytes().to_vec(),
        };
        // When the address is entered: what was sent comes back.
        if push.method == "GET" {
            return Ok(Pushed { told: Vec::new(), answer: answer(find("echostr").unwrap_or_default()) });
        }
        let xml =
            std::str::from_utf8(push.body).map_err(|_| PushError::Unreadable("expected UTF-8".to_owned()))?;
        Ok(Pushed { told: told(xml).into_iter().collect(), answer: answer("success") })
    }
}

/// The event that tells what became of a message; everything else that the platform pushes is not for us.
fn told(xml: &str) -> Option<Told> {
    if element(xml, "Event")? != "TEMPLATESENDJOBFINISH" {
        return None;
    }
    let (remote, status) = (element(xml, "MsgID")?, element(xml, "Status")?);
    let state = match status {
        "success" => ReceiptState::Delivered,
        status if status.contains("user block") => ReceiptState::Rejected,
        _ => ReceiptState::Undeliverable,
    };
    Some(Told::Receipt {
        remote: remote.to_owned(),
        state,
        code: (status != "success").then(|| status.to_owned()),
    })
}

/// The text of the first element of a name, in this platform's flat documents.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = text.trim();
    Some(text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text))
}
