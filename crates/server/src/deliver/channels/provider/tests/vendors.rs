//! The vendors of SMS and calls, and the provider that is made of templates.

use super::peer::{Answered, Mood, Seen};
use super::rig::NOON;
use super::{Call, Case, conforms, expect, must};
use crate::deliver::channels::provider::Told;
use engine::entry::ReceiptState;
use engine::state::Phase;
use serde_json::json;
use wire::http::encode::{Hash, base64, hex, to_form};
use wire::http::{Request, alibaba, tencent, twilio};

const TEXT: &str = "【测试银行】您的贷款将于8月1日还款,金额1200元";

/// Has a dialect's own server side look at a call.
fn looked_at<T>(seen: &Seen, look: impl Fn(&Request<'_>) -> T) -> T {
    let pairs: Vec<(&str, &str)> =
        seen.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    look(&Request {
        method: &seen.method,
        path: &seen.path,
        raw_query: &seen.query,
        headers: &pairs,
        body: &seen.body,
    })
}

fn text(status: u16, body: impl ToString) -> Answered {
    Some((status, vec![("content-type", "application/json".to_owned())], body.to_string()))
}

fn alibaba_settings(_: &str) -> Vec<(&'static str, String)> {
    vec![
        ("access_key_id", "AK".to_owned()),
        ("access_key_secret", "SK".to_owned()),
        ("template.SMS_1", "您的贷款将于${date}还款,金额${amount}元".to_owned()),
        ("callback_token", "secret-path".to_owned()),
    ]
}

fn alibaba_script(mood: Mood, seen: &Seen) -> Answered {
    let is_card = seen.form("CardTemplateCode").is_some();
    match mood {
        Mood::Takes if is_card => text(
            200,
            json!({"Code": "OK", "Success": true, "Data": {"BizCardId": "biz/1", "MediaMobiles": "13800000001"}}),
        ),
        Mood::Takes => text(200, json!({"Code": "OK", "BizId": "biz/1", "RequestId": "R", "Message": "OK"})),
        Mood::Throttles => text(400, json!({"Code": "Throttling.User", "Message": "slower"})),
        Mood::RefusesRecipient => text(200, json!({"Code": "isv.MOBILE_NUMBER_ILLEGAL"})),
        Mood::Breaks => text(502, "bad gateway"),
        Mood::IsSilent => None,
        Mood::Babbles => text(200, "<html>"),
    }
}

fn alibaba_schema(seen: &Seen) -> Vec<String> {
    let mut mistakes = Vec::new();
    let verified = looked_at(seen, |request| {
        alibaba::present(request).and_then(|presented| presented.verify(request, "SK", NOON))
    });
    must(&mut mistakes, verified.is_ok(), "expected a signature");
    let params = json!({
        "to": seen.form("PhoneNumbers").or_else(|| seen.form("CardObjects.1.mobile")),
        "sign": seen.form("SignName"),
        "template": seen.form("TemplateCode").or_else(|| seen.form("CardTemplateCode")),
        "out": seen.form("OutId"),
    });
    expect(
        &mut mistakes,
        &params,
        &[("/to", "13800000001"), ("/sign", "测试银行"), ("/template", "SMS_1"), ("/out", "*")],
    );
    let values =
        seen.form("TemplateParam").or_else(|| seen.form("CardObjects.1.dyncParams")).unwrap_or_default();
    let values = serde_json::from_str(&values).unwrap_or_default();
    expect(&mut mistakes, &values, &[("/date", "8月1日"), ("/amount", "1200")]);
    mistakes
}

fn alibaba_receipt(remote: &str) -> Call {
    let body = json!([{
        "phone_number": "13800000001", "send_time": "2026-06-03 10:00:00", "report_time": "2026-06-03 10:00:05",
        "success": true, "err_code": "DELIVERED", "err_msg": "", "sms_size": "1", "biz_id": remote, "out_id": "m-1",
    }]);
    Call {
        path: "/hook/secret-path".to_owned(),
        query: String::new(),
        headers: Vec::new(),
        body: body.to_string().into(),
    }
}

#[tokio::test]
async fn alibaba_conforms() {
    conforms(Case {
        kind: "alibaba",
        settings: alibaba_settings,
        to: "",
        text: TEXT,
        script: alibaba_script,
        is_send: |_| true,
        schema: alibaba_schema,
        broken: Phase::Uncertain,
        receipt: Some(alibaba_receipt),
    })
    .await;
}

#[tokio::test]
async fn rich_messages_of_alibaba_conform() {
    for action in ["rcs", "card"] {
        let settings: fn(&str) -> Vec<(&'static str, String)> = match action {
            "rcs" => |base| [alibaba_settings(base), vec![("action", "rcs".to_owned())]].concat(),
            _ => |base| [alibaba_settings(base), vec![("action", "card".to_owned())]].concat(),
        };
        conforms(Case {
            kind: "rcs_alibaba",
            settings,
            to: "",
            text: TEXT,
            script: alibaba_script,
            is_send: |_| true,
            schema: alibaba_schema,
            broken: Phase::Uncertain,
            receipt: Some(alibaba_receipt),
        })
        .await;
    }
}

fn tencent_script(mood: Mood, seen: &Seen) -> Answered {
    let item = |code: &str| {
        let to = &seen.json()["PhoneNumberSet"][0];
        let serial = if code == "Ok" { "s/1" } else { "" };
        let item = json!({"SerialNo": serial, "PhoneNumber": to, "Fee": 1, "Code": code, "Message": "", "IsoCode": "CN"});
        text(200, json!({"Response": {"SendStatusSet": [item], "RequestId": "R"}}))
    };
    match mood {
        Mood::Takes => item("Ok"),
        Mood::Throttles => item("LimitExceeded.DeliveryFrequencyLimit"),
        Mood::RefusesRecipient => item("InvalidParameterValue.IncorrectPhoneNumber"),
        Mood::Breaks => text(504, ""),
        Mood::IsSilent => None,
        Mood::Babbles => text(200, json!({"Answer": {}})),
    }
}

fn tencent_schema(seen: &Seen) -> Vec<String> {
    let mut mistakes = Vec::new();
    let verified = looked_at(seen, |request| {
        tencent::present(request).and_then(|presented| presented.verify(request, "SK", NOON))
    });
    must(&mut mistakes, verified.is_ok(), "expected a signature");
    let body = seen.json();
    let expected = [
        ("/PhoneNumberSet/0", "+8613800000001"),
        ("/SmsSdkAppId", "1400"),
        ("/TemplateId", "449"),
        ("/SignName", "测试银行"),
        ("/TemplateParamSet/0", "8月1日"),
        ("/TemplateParamSet/1", "1200"),
        ("/SessionContext", "*"),
    ];
    expect(&mut mistakes, &body, &expected);
    mistakes
}

#[tokio::test]
async fn tencent_conforms() {
    conforms(Case {
        kind: "tencent",
        settings: |_| {
            vec![
                ("secret_id", "AK".to_owned()),
                ("secret_key", "SK".to_owned()),
                ("sdk_app_id", "1400".to_owned()),
                ("template.449", "您的贷款将于{1}还款,金额{2}元".to_owned()),
                ("callback_token", "secret-path".to_owned()),
            ]
        },
        to: "",
        text: TEXT,
        script: tencent_script,
        is_send: |_| true,
        schema: tencent_schema,
        broken: Phase::Uncertain,
        receipt: Some(|remote| {
            let body = json!([{
                "user_receive_time": "2026-06-03 10:00:05", "nationcode": "86", "mobile": "13800000001",
                "report_status": "SUCCESS", "errmsg": "DELIVRD", "description": "", "sid": remote,
            }]);
            Call {
                path: "/secret-path".into(),
                query: String::new(),
                headers: Vec::new(),
                body: body.to_string().into(),
            }
        }),
    })
    .await;
}

fn twilio_script(mood: Mood, seen: &Seen) -> Answered {
    let (sid, to) = if seen.path.ends_with("Calls.json") { ("CA1", "") } else { ("SM1", "+8613800000001") };
    match mood {
        Mood::Takes => text(201, json!({"sid": sid, "status": "queued", "to": to, "num_segments": "1"})),
        Mood::Throttles => text(429, json!({"code": 20_429, "message": "", "status": 429})),
        Mood::RefusesRecipient => text(400, json!({"code": 21_211, "message": "", "status": 400})),
        Mood::Breaks => text(500, json!({"code": 20_500, "message": "", "status": 500})),
        Mood::IsSilent => None,
        Mood::Babbles => text(201, "[]"),
    }
}

fn twilio_settings(_: &str) -> Vec<(&'static str, String)> {
    vec![
        ("account_sid", "AC0".to_owned()),
        ("auth_token", "token".to_owned()),
        ("from", "+15005550006".to_owned()),
        ("callback_url", "https://us.example/hook".to_owned()),
    ]
}

fn signed(path: &str, url: &str, pairs: &[(&str, &str)]) -> Call {
    let owned: Vec<(String, String)> =
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let signature = twilio::callback::sign(Hash::Sha1, "token", url, &owned);
    let headers = vec![
        ("x-twilio-signature".to_owned(), signature),
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
    ];
    Call {
        path: path.to_owned(),
        query: String::new(),
        headers,
        body: to_form(pairs.iter().copied()).into_bytes(),
    }
}

fn twilio_schema(seen: &Seen, resource: &str) -> Vec<String> {
    let mut mistakes = Vec::new();
    must(
        &mut mistakes,
        seen.path == format!("/2010-04-01/Accounts/AC0/{resource}.json"),
        "expected the resource",
    );
    let basic = format!("Basic {}", base64(b"AC0:token"));
    must(&mut mistakes, seen.header("authorization") == Some(basic.as_str()), "expected the credentials");
    let fields = json!({"To": seen.form("To"), "From": seen.form("From")});
    expect(&mut mistakes, &fields, &[("/To", "+8613800000001"), ("/From", "+15005550006")]);
    mistakes
}

#[tokio::test]
async fn twilio_conforms() {
    conforms(Case {
        kind: "twilio",
        settings: twilio_settings,
        to: "",
        text: TEXT,
        script: twilio_script,
        is_send: |_| true,
        schema: |seen| {
            let mut mistakes = twilio_schema(seen, "Messages");
            must(&mut mistakes, seen.form("Body").as_deref() == Some(TEXT), "expected the text");
            must(&mut mistakes, seen.form("StatusCallback").is_some(), "expected StatusCallback");
            let validity = seen.form("ValidityPeriod").and_then(|seconds| seconds.parse::<u32>().ok());
            must(
                &mut mistakes,
                validity.is_some_and(|seconds| (1..=36_000).contains(&seconds)),
                "ValidityPeriod",
            );
            mistakes
        },
        broken: Phase::Uncertain,
        receipt: Some(|remote| {
            let pairs = [("MessageSid", remote), ("MessageStatus", "delivered"), ("To", "+8613800000001")];
            signed("/hook", "https://us.example/hook", &pairs)
        }),
    })
    .await;
}

#[tokio::test]
async fn voice_conforms_and_a_pressed_key_is_a_message_of_the_customers() {
    let digits = || {
        let pairs = [("CallSid", "CA1"), ("From", "+15005550006"), ("To", "+8613800000001"), ("Digits", "2")];
        signed("/hook/digits", "https://us.example/hook/digits", &pairs)
    };
    let case = || Case {
        kind: "voice",
        settings: twilio_settings,
        to: "",
        text: "请按<1>&确认",
        script: twilio_script,
        is_send: |_| true,
        schema: |seen| {
            let mut mistakes = twilio_schema(seen, "Calls");
            let twiml = seen.form("Twiml").unwrap_or_default();
            must(&mut mistakes, twiml.contains("请按&lt;1&gt;&amp;确认"), "expected the text, escaped");
            must(
                &mut mistakes,
                twiml.contains("action=\"https://us.example/hook/digits\""),
                "expected Gather",
            );
            mistakes
        },
        broken: Phase::Uncertain,
        receipt: Some(|remote| {
            let pairs = [("CallSid", remote), ("CallStatus", "completed")];
            signed("/hook/status", "https://us.example/hook/status", &pairs)
        }),
    };
    conforms(case()).await;
    let peer = super::Peer::start(twilio_script).await;
    let mut rig = case().rig(&peer, super::PATIENT);
    let told = super::pushed(&rig, &digits()).unwrap();
    rig.tell(told);
    assert_eq!(rig.inbound, 1);
}

fn generic_script(mood: Mood, _: &Seen) -> Answered {
    match mood {
        Mood::Takes => text(200, json!({"ok": true, "data": {"id": 17}})),
        Mood::Throttles => Some((429, vec![("retry-after", "120".to_owned())], "{}".to_owned())),
        Mood::RefusesRecipient => text(200, json!({"ok": false, "error": "no such number"})),
        Mood::Breaks => text(500, "{}"),
        Mood::IsSilent => None,
        Mood::Babbles => text(200, "{}"),
    }
}

#[tokio::test]
async fn the_generic_provider_conforms() {
    conforms(Case {
        kind: "generic",
        settings: |_| {
            vec![
                ("path", "/send/{{ number|url }}?ref={{ id|url }}".to_owned()),
                ("body", r#"{"to": {{ to|json }}, "text": {{ text|json }}}"#.to_owned()),
                ("header.x-class", "{{ class }}".to_owned()),
                ("auth", "hmac".to_owned()),
                ("hmac_secret", "k".to_owned()),
                ("id_pointer", "/data/id".to_owned()),
                ("ok_pointer", "/ok".to_owned()),
                ("ok_values", "true".to_owned()),
                ("code_pointer", "/error".to_owned()),
                ("receipt_list", "/items".to_owned()),
                ("receipt_id", "/id".to_owned()),
                ("receipt_state", "/state".to_owned()),
                ("delivered", "DELIVRD, READ".to_owned()),
                ("failed", "UNDELIV".to_owned()),
                ("callback_hmac", "h".to_owned()),
            ]
        },
        to: "",
        text: "引号\"和\\换行\n都要写对",
        script: generic_script,
        is_send: |_| true,
        schema: |seen| {
            let mut mistakes = Vec::new();
            let expected = [("/to", "+8613800000001"), ("/text", "引号\"和\\换行\n都要写对")];
            expect(&mut mistakes, &seen.json(), &expected);
            must(
                &mut mistakes,
                seen.path == "/send/8613800000001" && seen.query.starts_with("ref=m-"),
                "path",
            );
            must(&mut mistakes, seen.header("x-class") == Some("customer_service"), "header");
            let at = seen.header("x-timestamp").unwrap_or_default();
            let signed = [at.as_bytes(), b".", &seen.body].concat();
            let signature = hex(&Hash::Sha256.hmac(b"k", &signed));
            must(&mut mistakes, seen.header("x-signature") == Some(signature.as_str()), "signature");
            mistakes
        },
        broken: Phase::Uncertain,
        receipt: Some(|remote| {
            let body = json!({"items": [{"id": remote, "state": "READ"}, {"id": "x", "state": "BUFFERED"}]})
                .to_string();
            let signature = hex(&Hash::Sha256.hmac(b"h", body.as_bytes()));
            let headers = vec![("x-signature".to_owned(), signature)];
            Call { path: "/".to_owned(), query: String::new(), headers, body: body.into_bytes() }
        }),
    })
    .await;
}

#[test]
fn a_template_that_names_what_is_not_there_is_a_mistake() {
    let settings = [
        ("base_url", "http://127.0.0.1:1".to_owned()),
        ("body", "{{ txt }}".to_owned()),
        ("id_pointer", "id".to_owned()),
    ];
    let Err(why) = super::opened(&super::world("generic", "", &settings)) else { panic!("opened") };
    assert!(why.contains("txt") && why.contains("id_pointer"), "{why}");
}

/// What a provider tells when it is asked, by ids and states.
async fn asked(kind: &str, settings: Vec<(&'static str, String)>, script: super::Script) -> Vec<Told> {
    let peer = super::Peer::start(script).await;
    let base = vec![("base_url", peer.base.clone()), ("poll_seconds", "5".to_owned())];
    let rig = super::Rig::new(super::world(kind, "", &[base, settings].concat()), "");
    assert_eq!(rig.provider().poll_every(), Some(std::time::Duration::from_secs(5)), "{kind}");
    rig.provider().poll(&["id-1".to_owned()], NOON).await.unwrap()
}

#[tokio::test]
async fn who_does_not_call_is_asked() {
    let delivered = |remote: &str, code: Option<&str>| Told::Receipt {
        remote: remote.to_owned(),
        state: ReceiptState::Delivered,
        code: code.map(str::to_owned),
    };
    let told = asked("twilio", twilio_settings(""), |_, seen| {
        assert_eq!((&*seen.method, &*seen.path), ("GET", "/2010-04-01/Accounts/AC0/Messages/id-1.json"));
        text(200, json!({"sid": "id-1", "status": "delivered", "to": "+8613800000001"}))
    });
    assert_eq!(told.await, [delivered("id-1", None)]);

    let settings = vec![
        ("path", "/send".to_owned()),
        ("poll_path", "/status/{{ id|url }}".to_owned()),
        ("id_pointer", "/id".to_owned()),
        ("receipt_id", "/id".to_owned()),
        ("receipt_state", "/state".to_owned()),
        ("delivered", "ok".to_owned()),
        ("failed", "no".to_owned()),
    ];
    let told = asked("generic", settings, |_, seen| {
        assert_eq!(seen.path, "/status/id-1");
        text(200, json!({"id": "id-1", "state": "ok"}))
    });
    assert_eq!(told.await, [delivered("id-1", None)]);

    let settings = vec![
        ("secret_id", "AK".to_owned()),
        ("secret_key", "SK".to_owned()),
        ("sdk_app_id", "1400".to_owned()),
        ("template.449", "您好".to_owned()),
    ];
    let told = asked("tencent", settings, |_, seen| match seen.header("x-tc-action") {
        Some("PullSmsSendStatus") => {
            let item = json!({"SerialNo": "s1", "PhoneNumber": "+8613800000001", "ReportStatus": "SUCCESS",
                              "Description": "ok", "UserReceiveTime": 1_780_452_000});
            text(200, json!({"Response": {"PullSmsSendStatusSet": [item], "RequestId": "R"}}))
        }
        _ => text(500, ""),
    });
    assert_eq!(told.await, [delivered("s1", Some("ok"))], "replies that cannot be had lose no receipts");
}
