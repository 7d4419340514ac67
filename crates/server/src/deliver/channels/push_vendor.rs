//! App push over a vendor that gathers the phone makers' services (`kind = "push_vendor"`): the shape of JPush's REST v3
//! (docs.jiguang.cn/jpush/server/push/rest_api_v3_push; from memory, not checked against the page), which speaks to the phone makers in turn.
//!
//! `cid` is made of the message's id: the vendor takes one only once, so that a call made twice is one notification. What the
//! phone did with it is told by the app's own backend (`provider/receipts.rs`).

use super::provider::caller::{Caller, by_status, header, json, post, text};
use super::provider::receipts;
use super::provider::settings::Settings;
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Verdict};
use crate::http::client::Answer;
use model::Timestamp;
use serde_json::json;
use std::sync::Arc;
use wire::http::Request;
use wire::http::encode::base64;
use wire::http::standard_webhooks::Secret;

/// The longest time to live, in seconds: ten days.
const TTL_MAX: i64 = 864_000;

struct PushVendor {
    caller: Caller,
    app_key: String,
    secret: String,
    title: String,
    production: bool,
    callback_secret: Option<Secret>,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let caller = settings.caller("https://api.jpush.cn");
    let (app_key, secret) = (settings.text("app_key"), settings.secret("master_secret"));
    let title = settings.optional("title").unwrap_or_else(|| settings.institution.name.clone());
    let production = settings.word("apns_production", &["yes", "no"]) == "yes";
    let callback_secret = settings.webhook_secret("callback_secret");
    Some(Arc::new(PushVendor {
        caller: caller?,
        app_key: app_key?,
        secret: secret?,
        title,
        production,
        callback_secret,
    }))
}

fn read(answer: &Answer) -> Verdict {
    let body = json(answer);
    if answer.status == 200 {
        let unreadable = Verdict::unanswered("an answer without msg_id");
        return text(&body, "/msg_id").map_or(unreadable, |remote| Verdict::Taken { remote });
    }
    let code = text(&body, "/error/code");
    match code.as_deref() {
        // No phone has this registration any more; or it is none.
        Some("1003" | "1011") => Verdict::refused(code.unwrap_or_default(), Fate::Elsewhere),
        Some("1004" | "1008" | "1020") => Verdict::refused(code.unwrap_or_default(), Fate::Unserved),
        Some("2002" | "2008") => Verdict::refused(code.unwrap_or_default(), Fate::Throttle(None)),
        _ => by_status(answer, code)
            .unwrap_or_else(|| Verdict::unanswered("an answer that is none of the vendor's")),
    }
}

impl Provider for PushVendor {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move {
            let body = json!({
                "cid": format!("hongyan-{}", letter.message),
                "platform": "all",
                "audience": {"registration_id": [letter.to.reveal()]},
                "notification": {
                    "alert": letter.text.reveal(),
                    "android": {"title": self.title, "extras": {"message_id": letter.message.to_string()}},
                    "ios": {
                        "alert": {"title": self.title, "body": letter.text.reveal()},
                        "extras": {"message_id": letter.message.to_string()},
                    },
                },
                "options": {"time_to_live": letter.seconds_left(now).min(TTL_MAX), "apns_production": self.production},
            });
            let basic = base64(format!("{}:{}", self.app_key, self.secret).as_bytes());
            let request = post("/v3/push", vec![header("authorization", format!("Basic {basic}"))], &body);
            match self.caller.call(&request).await {
                Ok(answer) => read(&answer),
                Err(verdict) => verdict,
            }
        })
    }

    fn pushed(&self, push: &Request<'_>, now: Timestamp) -> Result<Pushed, PushError> {
        receipts::read(push, self.callback_secret.as_ref(), now)
    }
}
