//! What silently breaks a naive clone of these APIs: a test for each, named after it. The one about tracking events is
//! not of these dialects.

use model::Timestamp;
use serde_json::Value;
use wire::http::guard::AuthError;
use wire::http::{
    Accepted, Outcome, Refusal, Report, Request, Response, Status, alibaba, stamp, tencent, twilio,
};

use crate::recording::{SECRET, recording};

fn tencent_answers() -> Vec<Response> {
    let taken =
        Outcome { to: "13800138000".to_owned(), result: Ok(Accepted { id: "1".to_owned(), parts: 2 }) };
    let refused = Outcome { to: "+8613900139000".to_owned(), result: Err(Refusal::QuietHours) };
    vec![
        tencent::answer::sent(&[taken, refused], Some("ctx"), "r"),
        tencent::answer::refused(&Refusal::Throttled, "r"),
        tencent::answer::unauthorised(&AuthError::Mismatch, "r"),
        tencent::answer::fault(&wire::http::Fault::UnknownAction, "r"),
        tencent::answer::reports(&[], "r"),
    ]
}

#[test]
fn trap_1_tencent_content_type_is_exactly_application_json() {
    for answer in tencent_answers() {
        assert_eq!(answer.content_type, Some("application/json"));
        assert!(answer.headers.is_empty());
    }
}

#[test]
fn trap_2_tencent_errors_have_status_200() {
    for answer in tencent_answers() {
        assert_eq!(answer.status, 200);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["Response"]["RequestId"], "r");
    }
}

#[test]
fn trap_3_tencent_node_signs_the_host_without_its_port_and_a_service_of_its_own() {
    let node = recording!("tencent-node-send");
    node.with(|request| assert!(request.header("authorization").unwrap().contains("/127/tc3_request")));
    assert!(node.tencent(0).is_ok());
    assert!(recording!("tencent-python-send").tencent(0).is_ok());
    // The day of the scope must be the day of the timestamp.
    let mut other_day = node.clone();
    let authorization = node.with(|request| request.header("authorization").unwrap().to_owned());
    let day = node.with(|request| stamp::utc_date(tencent::present(request).unwrap().signed_at()));
    other_day.set("authorization", &authorization.replace(&day, "2026-01-01"));
    assert!(matches!(other_day.tencent(0), Err(AuthError::Malformed { .. })));
}

#[test]
fn trap_4_alibaba_parameters_are_split_between_query_and_body() {
    let batch = recording!("alibaba-python-batch");
    assert!(batch.query.contains("TemplateCode=") && !batch.query.contains("PhoneNumberJson"));
    assert!(matches!(batch.alibaba_action(), alibaba::Action::Send(sends) if sends.len() == 2));
}

#[test]
fn trap_5_alibaba_signed_headers_differ_by_language() {
    let python = recording!("alibaba-python-send");
    let node = recording!("alibaba-node-send");
    let has_agent = |request: &Request<'_>| request.header("authorization").unwrap().contains("user-agent");
    assert!(python.with(has_agent) && !node.with(has_agent));
    assert!(python.alibaba(0).is_ok() && node.alibaba(0).is_ok());
    // An altered user agent matters to the one that signed it.
    let (mut python, mut node) = (python, node);
    python.set("user-agent", "proxy");
    node.set("user-agent", "proxy");
    assert_eq!(python.alibaba(0), Err(AuthError::Mismatch));
    assert!(node.alibaba(0).is_ok());
}

#[test]
fn trap_6_alibaba_query_has_plus_for_space_and_the_signature_percent_20() {
    let recording = recording!("alibaba-python-send");
    assert!(recording.query.contains("%BC%A0+%E4") && recording.query.contains('~'));
    assert!(recording.alibaba(0).is_ok());
}

#[test]
fn trap_7_alibaba_v1_comes_with_v3_headers_and_an_empty_parameter() {
    let legacy = recording!("alibaba-legacy-post");
    legacy.with(|request| assert!(request.header("x-acs-action").is_some()));
    assert!(legacy.query.contains("SignatureType=&") || legacy.query.ends_with("SignatureType="));
    assert!(matches!(legacy.alibaba(0), Ok(alibaba::Presented::V1(_))));
    // The header is not signed, so it does not choose the action.
    let mut forged = legacy.clone();
    forged.set("x-acs-action", "QuerySendDetails");
    assert!(matches!(forged.alibaba_action(), alibaba::Action::Send(_)));
}

fn resource() -> twilio::Resource {
    twilio::Resource {
        account: twilio::sid("AC", 0),
        report: Report::new(twilio::sid("SM", 1), "+8613800138000", Status::Queued),
        from: Some("+15005550006".to_owned()),
        service: None,
        created: Timestamp(1_795_341_600_000),
        updated: Timestamp(1_795_341_600_000),
        media: 2,
        is_inbound: false,
    }
}

#[test]
fn trap_8_twilio_creation_is_201_with_rfc_2822_dates_and_counts_as_texts() {
    let answer = twilio::resource::created(&resource());
    assert_eq!(answer.status, 201);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["date_created"], "Sun, 22 Nov 2026 10:00:00 +0000");
    assert_eq!((&body["num_segments"], &body["num_media"]), (&"1".into(), &"2".into()));
    assert_eq!(body["error_code"], Value::Null);
    let deleted = twilio::resource::deleted();
    assert_eq!((deleted.status, deleted.body.len(), deleted.content_type), (204, 0, None));
}

#[test]
fn trap_8_twilio_keys_repeat_and_comparisons_are_part_of_the_key() {
    let list = recording!("twilio-python-list");
    assert!(list.query.contains("DateSent%3E="));
    let call = list.with(|request| twilio::Call::read(request).unwrap());
    let twilio::Action::List(filter) = call.action else { panic!("no list") };
    assert_eq!(filter.sent_from, stamp::parse_iso("2026-11-01T00:00:00Z"));
    assert_eq!((filter.sent_until, filter.page_size), (None, 5));
    let create = recording!("twilio-python-create");
    let call = create.with(|request| twilio::Call::read(request).unwrap());
    assert!(matches!(call.action, twilio::Action::Create(send) if send.media.len() == 2));
}

#[test]
fn trap_10_twilio_callback_signature_knows_the_default_port_only() {
    let push = |url: &str| {
        twilio::callback::push_status(twilio::callback::Key::Token(SECRET), url, &resource()).unwrap()
    };
    let verify = |signed: &str, at: &str| {
        let out = push(signed);
        let pairs = out.pairs();
        let hash = wire::http::encode::Hash::Sha1;
        twilio::callback::verify(&out.as_request(&pairs), hash, SECRET, at)
    };
    assert!(verify("https://bank.example/cb?t=1", "https://bank.example:443/cb?t=1").is_ok());
    assert!(verify("https://bank.example:443/cb", "https://bank.example/cb").is_ok());
    assert!(verify("http://bank.example/cb", "http://bank.example:80/cb").is_ok());
    assert_eq!(verify("https://bank.example:8443/cb", "https://bank.example/cb"), Err(AuthError::Mismatch));
    assert_eq!(verify("https://bank.example/cb", "http://bank.example/cb"), Err(AuthError::Mismatch));
    assert!(verify("https://[::1]:8443/cb", "https://[::1]:8443/cb").is_ok());
}

#[test]
fn trap_11_alibaba_legacy_client_needs_a_colon_in_the_message_of_a_wrong_signature() {
    let answer = alibaba::answer::unauthorised(&AuthError::Mismatch, "r", "h");
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &body["Code"]), (400, &"SignatureDoesNotMatch".into()));
    assert!(body["Message"].as_str().unwrap().contains(':'));
}
