//! Requests bent after they were signed are refused, each with the reason.

use model::Span;
use wire::http::encode::Hash;
use wire::http::guard::AuthError;
use wire::http::{Replay, alibaba, tencent, twilio};

use crate::recording::{Recording, SECRET, recording};

fn all_alibaba() -> Vec<Recording> {
    vec![
        recording!("alibaba-python-send"),
        recording!("alibaba-python-batch"),
        recording!("alibaba-python-v1-send"),
        recording!("alibaba-python-sm3-send"),
        recording!("alibaba-python-token-send"),
        recording!("alibaba-legacy-post"),
        recording!("alibaba-legacy-get"),
        recording!("alibaba-node-batch"),
    ]
}

fn all_tencent() -> Vec<Recording> {
    vec![
        recording!("tencent-python-send"),
        recording!("tencent-python-get"),
        recording!("tencent-python-hmac256"),
        recording!("tencent-python-hmac1"),
        recording!("tencent-node-send"),
        recording!("tencent-node-get"),
        recording!("tencent-node-hmac256-get"),
    ]
}

#[test]
fn a_flipped_byte_in_the_body() {
    for mut recording in all_alibaba().into_iter().filter(|recording| !recording.body.is_empty()) {
        recording.body[3] ^= 1;
        assert_eq!(recording.alibaba(0), Err(AuthError::Body));
    }
    for mut recording in all_tencent().into_iter().filter(|recording| !recording.body.is_empty()) {
        let at = recording.body.windows(4).position(|four| four == b"1380").unwrap();
        recording.body[at] ^= 1;
        assert_eq!(recording.tencent(0), Err(AuthError::Mismatch));
    }
}

#[test]
fn a_changed_number_in_the_query() {
    for mut recording in all_alibaba().into_iter().filter(|recording| recording.query.contains("13800138000"))
    {
        recording.query = recording.query.replace("13800138000", "13800138001");
        assert_eq!(recording.alibaba(0), Err(AuthError::Mismatch));
    }
    for mut recording in all_tencent().into_iter().filter(|recording| recording.method == "GET") {
        recording.query = recording.query.replace("13800138000", "13800138001");
        assert_eq!(recording.tencent(0), Err(AuthError::Mismatch));
    }
}

#[test]
fn a_parameter_added_to_the_query() {
    for mut recording in all_alibaba() {
        recording.query.push_str("&SmsUpExtendCode=1");
        assert_eq!(recording.alibaba(0), Err(AuthError::Mismatch));
    }
}

#[test]
fn a_stale_timestamp_and_one_of_the_future() {
    let (minutes_15, minutes_5) = (900_000, 300_000);
    for recording in all_alibaba() {
        assert!(recording.alibaba(minutes_15).is_ok() && recording.alibaba(-minutes_15).is_ok());
        for age in [minutes_15 + 1, -minutes_15 - 1] {
            assert!(matches!(recording.alibaba(age), Err(AuthError::Stale { window_seconds: 900, .. })));
        }
    }
    for recording in all_tencent() {
        assert!(recording.tencent(minutes_5).is_ok() && recording.tencent(-minutes_5).is_ok());
        for age in [minutes_5 + 1, -minutes_5 - 1] {
            assert!(matches!(recording.tencent(age), Err(AuthError::Stale { window_seconds: 300, .. })));
        }
    }
}

#[test]
fn a_timestamp_changed_to_look_fresh() {
    let mut recording = recording!("alibaba-python-send");
    recording.set("x-acs-date", "2026-11-22T21:40:15Z");
    assert_eq!(recording.alibaba(0), Err(AuthError::Mismatch));
    let mut recording = recording!("tencent-python-send");
    recording.set("x-tc-timestamp", "1795380016");
    assert_eq!(recording.tencent(0), Err(AuthError::Mismatch));
}

#[test]
fn a_replayed_nonce() {
    let mut replay = Replay::new(alibaba::WINDOW, 100);
    for recording in all_alibaba() {
        let presented = recording.alibaba(0).unwrap();
        assert_eq!(replay.admit(&presented.nonce(), presented.signed_at()), Ok(()));
        let later = presented.signed_at().after(Span::seconds(800));
        assert_eq!(replay.clone().admit(&presented.nonce(), later), Err(AuthError::Replayed));
    }
    let mut replay = Replay::new(tencent::WINDOW, 100);
    for recording in all_tencent() {
        let presented = recording.tencent(0).unwrap();
        let key = recording.with(|request| presented.replay_key(request));
        assert_eq!(replay.admit(&key, presented.signed_at()), Ok(()));
        assert_eq!(replay.admit(&key, presented.signed_at()), Err(AuthError::Replayed));
    }
}

#[test]
fn two_questions_with_one_signature_are_not_a_replay_of_each_other() {
    // These clients do not sign the action: two questions within a second have one signature.
    let (status, reply) = (recording!("tencent-python-pull-status"), recording!("tencent-python-pull-reply"));
    let signature =
        |recording: &Recording| recording.with(|request| request.header("authorization").unwrap().to_owned());
    assert_eq!(signature(&status), signature(&reply));
    let key = |recording: &Recording| {
        let presented = recording.tencent(0).unwrap();
        recording.with(|request| presented.replay_key(request))
    };
    assert_ne!(key(&status), key(&reply));
    assert!(!status.tencent_action().must_be_once());
    assert!(recording!("tencent-python-send").tencent_action().must_be_once());
}

#[test]
fn a_wrong_host() {
    for mut recording in [recording!("alibaba-python-send"), recording!("alibaba-node-send")] {
        recording.set("host", "127.0.0.2:18090");
        assert_eq!(recording.alibaba(0), Err(AuthError::Mismatch));
    }
    for mut recording in all_tencent() {
        recording.set("host", "127.0.0.2:18090");
        assert_eq!(recording.tencent(0), Err(AuthError::Mismatch));
    }
}

#[test]
fn plus_and_percent_20_may_be_exchanged_and_plus_and_percent_2b_may_not() {
    for recording in [recording!("alibaba-python-send"), recording!("alibaba-legacy-get")] {
        let mut same = recording.clone();
        same.query = recording.query.replace('+', "%20");
        assert!(same.alibaba(0).is_ok());
    }
    let mut other = recording!("alibaba-python-send");
    other.query = other.query.replace("%2B", "+");
    assert_eq!(other.alibaba(0), Err(AuthError::Mismatch));
    // TC3 signs the query as it was sent.
    let mut recording = recording!("tencent-python-get-special");
    recording.query = recording.query.replace('+', "%20");
    assert_eq!(recording.tencent(0), Err(AuthError::Mismatch));
}

#[test]
fn a_charset_added_to_the_content_type() {
    let charset = "application/json; charset=utf-8";
    let mut recording = recording!("tencent-python-send");
    recording.set("content-type", charset);
    assert_eq!(recording.tencent(0), Err(AuthError::Mismatch));
    // A form stays a form for a signature that does not cover the type.
    let mut recording = recording!("tencent-python-hmac1");
    recording.set("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    assert!(recording.tencent(0).is_ok());
    let mut recording = recording!("alibaba-python-batch");
    recording.set("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    assert_eq!(recording.alibaba(0), Err(AuthError::Mismatch));
}

#[test]
fn another_secret_another_method_and_another_signature() {
    for recording in all_alibaba() {
        recording.with(|request| {
            let presented = alibaba::present(request).unwrap();
            let verified = presented.verify(request, "testSecreT", presented.signed_at());
            assert_eq!(verified, Err(AuthError::Mismatch));
        });
        let mut other = recording.clone();
        other.method = "PUT".to_owned();
        assert_eq!(other.alibaba(0), Err(AuthError::Mismatch));
    }
    for recording in all_tencent() {
        recording.with(|request| {
            let presented = tencent::present(request).unwrap();
            let verified = presented.verify(request, "", presented.signed_at());
            assert_eq!(verified, Err(AuthError::Mismatch));
        });
    }
}

#[test]
fn what_must_be_signed_and_is_not() {
    let mut recording = recording!("alibaba-node-send");
    let authorization = recording.with(|request| request.header("authorization").unwrap().to_owned());
    recording.set("authorization", &authorization.replace("x-acs-action;", ""));
    assert_eq!(recording.alibaba(0), Err(AuthError::Unsigned("x-acs-action")));
    let mut recording = recording!("tencent-python-send");
    let authorization = recording.with(|request| request.header("authorization").unwrap().to_owned());
    recording.set("authorization", &authorization.replace("content-type;host", "content-type"));
    assert_eq!(recording.tencent(0), Err(AuthError::Unsigned("host")));
    let mut recording = recording!("tencent-python-send");
    recording.headers.push(("X-TC-Content-SHA256".to_owned(), "UNSIGNED-PAYLOAD".to_owned()));
    assert_eq!(recording.tencent(0), Err(AuthError::Unsigned("the body")));
}

#[test]
fn a_method_whose_parameters_no_signature_covers() {
    let mut recording = recording!("tencent-python-get");
    recording.method = "PUT".to_owned();
    recording.with(|request| {
        let presented = tencent::present(request).unwrap();
        assert_eq!(presented.action(request), Err(wire::http::Fault::UnknownResource));
    });
}

#[test]
fn nothing_at_all() {
    let mut recording = recording!("tencent-python-send");
    recording.headers.clear();
    assert!(matches!(recording.tencent(0), Err(AuthError::Missing(_))));
    assert!(matches!(recording.alibaba(0), Err(AuthError::Missing(_))));
    recording.with(|request| {
        assert!(matches!(twilio::Presented::read(request), Err(AuthError::Missing(_))));
        let verified = twilio::callback::verify(request, Hash::Sha1, SECRET, "https://a/");
        assert!(matches!(verified, Err(AuthError::Missing(_))));
    });
}

#[test]
fn no_error_and_no_print_shows_a_number_a_text_or_a_secret() {
    let mut printed = String::new();
    for recording in
        all_alibaba().into_iter().chain(all_tencent()).chain([recording!("twilio-python-create")])
    {
        recording.with(|request| {
            printed += &format!("{request:?}{:?}{:?}", alibaba::present(request), tencent::present(request));
            printed += &format!("{:?}{:?}", twilio::Presented::read(request), twilio::Call::read(request));
            let actions =
                alibaba::present(request).map(|presented| format!("{:?}", presented.action(request)));
            printed += &actions.unwrap_or_default();
            let actions =
                tencent::present(request).map(|presented| format!("{:?}", presented.action(request)));
            printed += &actions.unwrap_or_default();
        });
    }
    for secret in ["1380013", "8000", "a&b=c", "张", "您好", SECRET] {
        assert!(!printed.contains(secret), "{secret}");
    }
}
