//! Rich messages, push, WeChat and the institution's own app.

use super::peer::{Answered, Mood, Peer, Seen};
use super::rig::NOON;
use super::{Call, Case, PATIENT, conforms, expect, give_up, must, pushed};
use crate::deliver::channels::provider::Told;
use crate::deliver::channels::provider::keys::{SigningKey, url_safe};
use engine::entry::Outcome;
use engine::state::Phase;
use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use wire::http::encode::{Hash, base64, hex, unbase64};
use wire::http::standard_webhooks::{Secret, push, verify};

const RSA: &str = include_str!("rsa-for-tests.pem");
const EC: &str = include_str!("ec-for-tests.pem");
const WEBHOOK: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn text(status: u16, body: impl ToString) -> Answered {
    Some((status, vec![("content-type", "application/json".to_owned())], body.to_string()))
}

/// Whether a token is signed with the tests' key, and its claims.
fn claims(token: &str, key: &SigningKey) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let octets = |text: &str| unbase64(&text.replace('-', "+").replace('_', "/"));
    let signature = octets(signature)?;
    let verified = match key {
        SigningKey::Rsa(key) => {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref())
                .verify(signed.as_bytes(), &signature)
        }
        SigningKey::Ec(key) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref())
            .verify(signed.as_bytes(), &signature),
    };
    verified.ok()?;
    serde_json::from_slice(&octets(signed.split_once('.')?.1)?).ok()
}

/// Google's token endpoint: it gives a token only for an assertion that is signed and right.
fn google_token(seen: &Seen, scope: &str) -> Answered {
    let assertion = seen.form("assertion").unwrap_or_default();
    let claims = SigningKey::rsa(RSA).and_then(|key| claims(&assertion, &key)).unwrap_or_default();
    let is_right = claims["iss"] == "svc@bank.example"
        && claims["scope"] == scope
        && claims["aud"].as_str().is_some_and(|aud| aud.ends_with("/token"));
    if is_right && seen.form("grant_type").as_deref() == Some("urn:ietf:params:oauth:grant-type:jwt-bearer") {
        return text(200, json!({"access_token": "ya29.t", "expires_in": 3_599, "token_type": "Bearer"}));
    }
    text(400, json!({"error": "invalid_grant"}))
}

fn service_account(base: &str) -> String {
    json!({"type": "service_account", "client_email": "svc@bank.example", "private_key_id": "k1", "private_key": RSA,
           "token_uri": format!("{base}/token")})
    .to_string()
}

fn fcm_script(mood: Mood, seen: &Seen) -> Answered {
    if seen.path == "/token" {
        return google_token(seen, "https://www.googleapis.com/auth/firebase.messaging");
    }
    let error = |status: u16, word: &str, code: &str| {
        let detail =
            json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code});
        text(status, json!({"error": {"code": status, "status": word, "details": [detail]}}))
    };
    match mood {
        Mood::Takes => text(200, json!({"name": "projects/p/messages/0:1"})),
        Mood::Throttles => error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
        Mood::RefusesRecipient => error(404, "NOT_FOUND", "UNREGISTERED"),
        Mood::Breaks => error(503, "UNAVAILABLE", "UNAVAILABLE"),
        Mood::IsSilent => None,
        Mood::Babbles => text(200, "ok"),
    }
}

/// A receipt as an app's backend tells it.
fn app_receipt(remote: &str) -> Call {
    let body = json!({"receipts": [{"id": remote, "state": "read"}]}).to_string().into_bytes();
    let request = push(&[Secret::read(WEBHOOK).unwrap()], "us.example", "/r", "evt_1", NOON, body).unwrap();
    Call { path: request.path, query: String::new(), headers: request.headers, body: request.body }
}

#[tokio::test]
async fn fcm_conforms() {
    conforms(Case {
        kind: "fcm",
        settings: |base| {
            vec![
                ("project", "p".to_owned()),
                ("service_account", service_account(base)),
                ("callback_secret", WEBHOOK.to_owned()),
            ]
        },
        to: "token-1",
        text: "您有一笔消费",
        script: fcm_script,
        is_send: |seen| seen.path == "/v1/projects/p/messages:send",
        schema: |seen| {
            let mut mistakes = Vec::new();
            must(&mut mistakes, seen.header("authorization") == Some("Bearer ya29.t"), "expected the token");
            let expected = [
                ("/message/token", "token-1"),
                ("/message/notification/body", "您有一笔消费"),
                ("/message/notification/title", "*"),
                ("/message/data/message_id", "*"),
                ("/message/android/ttl", "*"),
            ];
            expect(&mut mistakes, &seen.json(), &expected);
            mistakes
        },
        // The vendor says that it was not there.
        broken: Phase::Claimed,
        receipt: Some(app_receipt),
    })
    .await;
}

fn apns_script(mood: Mood, seen: &Seen) -> Answered {
    let id = seen.header("apns-id").unwrap_or_default().to_owned();
    let reason = |status: u16, reason: &str| {
        Some((status, vec![("apns-id", id.clone())], json!({"reason": reason}).to_string()))
    };
    match mood {
        Mood::Takes => Some((200, vec![("apns-id", id.to_uppercase())], String::new())),
        Mood::Throttles => reason(429, "TooManyRequests"),
        Mood::RefusesRecipient => reason(410, "Unregistered"),
        Mood::Breaks => reason(503, "ServiceUnavailable"),
        Mood::IsSilent => None,
        Mood::Babbles => text(200, "{}"),
    }
}

#[tokio::test]
async fn apns_conforms() {
    conforms(Case {
        kind: "apns",
        settings: |_| {
            vec![
                ("key", EC.to_owned()),
                ("key_id", "ABC123DEFG".to_owned()),
                ("team_id", "TEAM000001".to_owned()),
                ("topic", "example.bank.app".to_owned()),
                ("callback_secret", WEBHOOK.to_owned()),
            ]
        },
        to: "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0",
        text: "您有一笔消费",
        script: apns_script,
        is_send: |_| true,
        schema: |seen| {
            let mut mistakes = Vec::new();
            must(&mut mistakes, seen.path.starts_with("/3/device/00fc13ad"), "expected the device's path");
            let token = seen
                .header("authorization")
                .and_then(|value| value.strip_prefix("bearer "))
                .unwrap_or_default();
            let claims = SigningKey::ec(EC).and_then(|key| claims(token, &key)).unwrap_or_default();
            expect(
                &mut mistakes,
                &claims,
                &[("/iss", "TEAM000001"), ("/iat", &(NOON.0 / 1_000).to_string())],
            );
            must(&mut mistakes, seen.header("apns-topic") == Some("example.bank.app"), "expected the topic");
            must(&mut mistakes, seen.header("apns-push-type") == Some("alert"), "expected the push type");
            must(&mut mistakes, seen.header("apns-id").is_some_and(|id| id.len() == 36), "expected a UUID");
            must(&mut mistakes, seen.header("apns-expiration").is_some(), "expected the expiration");
            expect(
                &mut mistakes,
                &seen.json(),
                &[("/aps/alert/body", "您有一笔消费"), ("/aps/alert/title", "*")],
            );
            mistakes
        },
        broken: Phase::Claimed,
        receipt: Some(app_receipt),
    })
    .await;
}

fn jpush_script(mood: Mood, _: &Seen) -> Answered {
    let error = |status: u16, code: u32| text(status, json!({"error": {"code": code, "message": ""}}));
    match mood {
        Mood::Takes => text(200, json!({"sendno": "0", "msg_id": "18100287008546440"})),
        Mood::Throttles => error(429, 2002),
        Mood::RefusesRecipient => error(400, 1011),
        Mood::Breaks => error(500, 1000),
        Mood::IsSilent => None,
        Mood::Babbles => text(200, "{}"),
    }
}

#[tokio::test]
async fn the_vendor_of_pushes_conforms() {
    conforms(Case {
        kind: "push_vendor",
        settings: |_| {
            vec![
                ("app_key", "a".to_owned()),
                ("master_secret", "b".to_owned()),
                ("callback_secret", WEBHOOK.to_owned()),
            ]
        },
        to: "170976fa8ab",
        text: "您有一笔消费",
        script: jpush_script,
        is_send: |_| true,
        schema: |seen| {
            let mut mistakes = Vec::new();
            must(&mut mistakes, seen.path == "/v3/push", "expected the path");
            let basic = format!("Basic {}", base64(b"a:b"));
            must(
                &mut mistakes,
                seen.header("authorization") == Some(basic.as_str()),
                "expected the credentials",
            );
            let expected = [
                ("/platform", "all"),
                ("/audience/registration_id/0", "170976fa8ab"),
                ("/notification/alert", "您有一笔消费"),
                ("/cid", "*"),
                ("/options/time_to_live", "*"),
            ];
            expect(&mut mistakes, &seen.json(), &expected);
            mistakes
        },
        broken: Phase::Uncertain,
        receipt: Some(app_receipt),
    })
    .await;
}

fn wechat_script(mood: Mood, seen: &Seen) -> Answered {
    if seen.path == "/cgi-bin/token" {
        let is_known =
            seen.form("appid").as_deref() == Some("wx1") && seen.form("secret").as_deref() == Some("s+/=");
        let wrong = json!({"errcode": 40_013, "errmsg": "invalid appid"});
        return text(200, if is_known { json!({"access_token": "t/+", "expires_in": 7_200}) } else { wrong });
    }
    let error = |code: i32| text(200, json!({"errcode": code, "errmsg": ""}));
    match mood {
        Mood::Takes => text(200, json!({"errcode": 0, "errmsg": "ok", "msgid": 200_228_332})),
        Mood::Throttles => error(45_011),
        Mood::RefusesRecipient => error(43_004),
        Mood::Breaks => error(-1),
        Mood::IsSilent => None,
        Mood::Babbles => text(200, "<html>"),
    }
}

fn wechat_receipt(remote: &str) -> Call {
    let mut pieces = ["callback", "1780452000", "n1"];
    pieces.sort_unstable();
    let signature = hex(&Hash::Sha1.digest(pieces.concat().as_bytes()));
    let body = format!(
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><MsgType><![CDATA[event]]></MsgType>\
         <Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>{remote}</MsgID><Status><![CDATA[success]]></Status></xml>"
    );
    let query = format!("signature={signature}&timestamp=1780452000&nonce=n1");
    Call { path: "/".to_owned(), query, headers: Vec::new(), body: body.into_bytes() }
}

#[tokio::test]
async fn wechat_conforms() {
    conforms(Case {
        kind: "wechat",
        settings: |_| {
            vec![
                ("app_id", "wx1".to_owned()),
                ("app_secret", "s+/=".to_owned()),
                ("template.ngq_1", "交易时间:${time1},金额:${amount2}".to_owned()),
                ("callback_token", "callback".to_owned()),
            ]
        },
        to: "oia2TjuEGTNoeX76QEjQNrcURxG8",
        text: "交易时间:10:00,金额:12.50元",
        script: wechat_script,
        is_send: |seen| seen.path == "/cgi-bin/message/template/send",
        schema: |seen| {
            let mut mistakes = Vec::new();
            must(&mut mistakes, seen.form("access_token").as_deref() == Some("t/+"), "expected the token");
            let expected = [
                ("/touser", "oia2TjuEGTNoeX76QEjQNrcURxG8"),
                ("/template_id", "ngq_1"),
                ("/data/time1/value", "10:00"),
                ("/data/amount2/value", "12.50元"),
                ("/client_msg_id", "*"),
            ];
            expect(&mut mistakes, &seen.json(), &expected);
            mistakes
        },
        // The platform says that it is busy and wants it again.
        broken: Phase::Claimed,
        receipt: Some(wechat_receipt),
    })
    .await;
}

#[tokio::test]
async fn the_institutions_own_app_conforms() {
    conforms(Case {
        kind: "in_app",
        settings: |_| {
            vec![
                ("secret", WEBHOOK.to_owned()),
                ("callback_secret", WEBHOOK.to_owned()),
                ("allow", "127.0.0.0/8".to_owned()),
            ]
        },
        to: "C-1",
        text: "您有一笔消费",
        script: |mood, _| match mood {
            Mood::Takes => text(200, json!({"id": "app/1"})),
            Mood::Throttles => text(429, ""),
            Mood::RefusesRecipient => text(410, ""),
            Mood::Breaks => text(503, ""),
            Mood::IsSilent => None,
            // Any 2xx takes it; what else could nobody read?
            Mood::Babbles => text(500, "<html>"),
        },
        is_send: |_| true,
        schema: |seen| {
            let mut mistakes = Vec::new();
            let pairs: Vec<(&str, &str)> =
                seen.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let request = wire::http::Request {
                method: "POST",
                path: &seen.path,
                raw_query: "",
                headers: &pairs,
                body: &seen.body,
            };
            must(
                &mut mistakes,
                verify(&request, &[Secret::read(WEBHOOK).unwrap()], NOON).is_ok(),
                "signature",
            );
            let expected = [
                ("/type", "message.created"),
                ("/data/customer", "C-1"),
                ("/data/text", "您有一笔消费"),
                ("/data/id", "*"),
            ];
            expect(&mut mistakes, &seen.json(), &expected);
            mistakes
        },
        broken: Phase::Claimed,
        receipt: Some(app_receipt),
    })
    .await;
}

fn rbm_script(mood: Mood, seen: &Seen) -> Answered {
    let error = |status: u16, word: &str| text(status, json!({"error": {"code": status, "status": word}}));
    if seen.path == "/token" {
        return google_token(seen, "https://www.googleapis.com/auth/rcsbusinessmessaging");
    }
    if seen.path.ends_with("/capabilities") {
        return text(200, json!({"features": ["RICHCARD_STANDALONE", "ACTION_OPEN_URL"]}));
    }
    let id = seen.form("messageId").unwrap_or_default();
    match mood {
        Mood::Takes => text(
            200,
            json!({"name": format!("phones/+8613800000001/agentMessages/{id}"), "sendTime": "2026-06-03T02:00:00Z"}),
        ),
        Mood::Throttles => error(429, "RESOURCE_EXHAUSTED"),
        Mood::RefusesRecipient => error(404, "NOT_FOUND"),
        Mood::Breaks => error(500, "INTERNAL"),
        Mood::IsSilent => None,
        Mood::Babbles => text(200, "{}"),
    }
}

const CARD: &str = r#"{"cards": [{"title": "账单", "description": "本期${amount}元", "media": "https://b.example/1.png",
    "suggestions": [{"text": "还款", "open": "https://b.example/pay"}, {"text": "致电", "dial": "+86955"}]}],
    "suggestions": [{"text": "退订", "postback": "TD"}]}"#;

fn rbm_settings(base: &str) -> Vec<(&'static str, String)> {
    vec![
        ("agent", "bank_agent".to_owned()),
        ("service_account", service_account(base)),
        ("client_token", "client-t".to_owned()),
        ("template.bill", "本期账单${amount}元".to_owned()),
        ("rich.bill", CARD.to_owned()),
    ]
}

fn rbm_event(event: &Value) -> Call {
    let data = event.to_string();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA512, b"client-t");
    let signature = base64(ring::hmac::sign(&key, data.as_bytes()).as_ref());
    let body = json!({"message": {"data": base64(data.as_bytes())}}).to_string().into_bytes();
    Call {
        path: "/".to_owned(),
        query: String::new(),
        headers: vec![("x-goog-signature".to_owned(), signature)],
        body,
    }
}

fn rbm(text: &'static str) -> Case {
    Case {
        kind: "rbm",
        settings: rbm_settings,
        to: "",
        text,
        script: rbm_script,
        is_send: |seen| seen.path == "/v1/phones/+8613800000001/agentMessages",
        schema: |seen| {
            let mut mistakes = Vec::new();
            must(&mut mistakes, seen.header("authorization") == Some("Bearer ya29.t"), "expected the token");
            must(&mut mistakes, seen.form("agentId").as_deref() == Some("bank_agent"), "expected the agent");
            let card = "/contentMessage/richCard/standaloneCard/cardContent";
            let body = seen.json();
            let expected = [
                ("/title", "账单"),
                ("/description", "本期1200元"),
                ("/media/contentInfo/fileUrl", "https://b.example/1.png"),
                ("/suggestions/0/action/openUrlAction/url", "https://b.example/pay"),
                ("/suggestions/1/action/dialAction/phoneNumber", "+86955"),
            ];
            expect(&mut mistakes, body.pointer(card).unwrap_or(&Value::Null), &expected);
            let reply = [("/contentMessage/suggestions/0/reply/postbackData", "TD"), ("/ttl", "*")];
            expect(&mut mistakes, &body, &reply);
            mistakes
        },
        broken: Phase::Uncertain,
        receipt: Some(|remote| {
            rbm_event(
                &json!({"senderPhoneNumber": "+8613800000001", "eventType": "DELIVERED", "messageId": remote}),
            )
        }),
    }
}

#[tokio::test]
async fn rich_messages_of_google_conform() {
    conforms(rbm("本期账单1200元")).await;
}

#[tokio::test]
async fn a_phone_that_cannot_show_it_is_refused_before_anything_is_sent() {
    let case = rbm(r#"{"cards": [{"title": "一"}, {"title": "二"}]}"#);
    let peer = Peer::start(rbm_script).await;
    let mut rig = case.rig(&peer, PATIENT);
    // The peer's phone shows no carousels.
    rig.note(1, case.text);
    rig.run().await;
    give_up(&mut rig).await;
    assert_eq!((rig.outcomes, peer.sends(case.is_send).len()), (vec![Outcome::Refused], 0));
}

#[tokio::test]
async fn a_tapped_suggestion_is_a_message_of_the_customers() {
    let case = rbm("本期账单1200元");
    let peer = Peer::start(rbm_script).await;
    let rig = case.rig(&peer, PATIENT);
    let tapped = json!({"senderPhoneNumber": "+8613800000001", "messageId": "u1",
                        "suggestionResponse": {"postbackData": "TD", "text": "退订"}});
    let told = pushed(&rig, &rbm_event(&tapped)).unwrap();
    assert!(matches!(&told[..], [Told::Said { text, .. }] if text.reveal() == "TD"));
    let typing = json!({"senderPhoneNumber": "+8613800000001", "eventType": "IS_TYPING", "eventId": "e"});
    assert!(pushed(&rig, &rbm_event(&typing)).unwrap().is_empty());
}

#[test]
fn tokens_are_written_for_addresses() {
    assert_eq!(url_safe(&[0xfb, 0xff, 0xfe]), "-__-");
}
