//! Signatures of callbacks against vectors made with the vendor's own validator.

use wire::http::encode::{self, Hash};
use wire::http::guard::AuthError;
use wire::http::twilio::{self, callback};
use wire::http::{Report, Request, Status};

const URL: &str = "https://bank.example/cb/twilio?tenant=1";
const TOKEN: &str = "testSecret";
const SHA1: &str = "3qpLXoq/ucTPHkZfZYXc1mrbRoM=";
const SHA256: &str = "AlT9uBDWqm6la8loClpIVPfO7HLdvnaMaC9zc3ILpgI=";
const JSON: &str = "iM56cwKiFH1HBAx8YqBktDIFlrM=";
const JSON_HASH: &str = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";

fn message() -> twilio::Resource {
    twilio::Resource {
        account: twilio::sid("AC", 0),
        report: Report::new(twilio::sid("SM", 0), "+8613800138000", Status::Delivered),
        from: Some("+15005550006".to_owned()),
        service: None,
        created: model::Timestamp(0),
        updated: model::Timestamp(0),
        media: 0,
        is_inbound: false,
    }
}

fn header<'a>(out: &'a wire::http::Outgoing, name: &str) -> Option<&'a str> {
    out.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

#[test]
fn a_status_push_has_the_vendors_signature() {
    let out = callback::push_status(callback::Key::Token(TOKEN), URL, &message()).unwrap();
    assert_eq!(header(&out, callback::SIGNATURE), Some(SHA1));
    assert_eq!((out.path.as_str(), out.raw_query.as_str()), ("/cb/twilio", "tenant=1"));
    assert_eq!(header(&out, "host"), Some("bank.example"));
    assert_eq!(header(&out, callback::SETTINGS), None);
    let out = callback::push_status(callback::Key::Shared("webhooks_1", TOKEN), URL, &message()).unwrap();
    assert_eq!(header(&out, callback::SIGNATURE), Some(SHA256));
    assert_eq!(header(&out, callback::SETTINGS), Some("key=webhooks_1,algorithm=HMAC_SHA256"));
}

#[test]
fn a_json_push_has_the_vendors_signature() {
    let out = callback::push_json(callback::Key::Token(TOKEN), URL, br#"{"a":1}"#.to_vec()).unwrap();
    assert_eq!(header(&out, callback::SIGNATURE), Some(JSON));
    assert_eq!(out.raw_query, format!("tenant=1&bodySHA256={JSON_HASH}"));
    let pairs = out.pairs();
    let request = out.as_request(&pairs);
    let url = format!("{URL}&bodySHA256={JSON_HASH}");
    assert_eq!(callback::verify(&request, Hash::Sha1, TOKEN, &url), Ok(()));
    let bent = Request { body: br#"{"a":2}"#, ..request };
    assert_eq!(callback::verify(&bent, Hash::Sha1, TOKEN, &url), Err(AuthError::Body));
    // A body that no hash covers is not believed.
    assert_eq!(callback::verify(&request, Hash::Sha1, TOKEN, URL), Err(AuthError::Unsigned("the body")));
}

#[test]
fn a_push_verifies_and_reads_back_and_a_bent_one_does_not() {
    for (key, hash) in [
        (callback::Key::Token(TOKEN), Hash::Sha1),
        (callback::Key::Shared("webhooks_1", TOKEN), Hash::Sha256),
    ] {
        let out = callback::push_status(key, URL, &message()).unwrap();
        let pairs = out.pairs();
        let request = out.as_request(&pairs);
        assert_eq!(callback::verify(&request, hash, TOKEN, URL), Ok(()));
        assert_eq!(callback::verify(&request, hash, "other", URL), Err(AuthError::Mismatch));
        let other = if hash == Hash::Sha1 { Hash::Sha256 } else { Hash::Sha1 };
        assert!(matches!(callback::verify(&request, other, TOKEN, URL), Err(AuthError::Malformed { .. })));
        let body = String::from_utf8(out.body.clone()).unwrap().replace("delivered", "failed");
        let bent = Request { body: body.as_bytes(), ..request };
        assert_eq!(callback::verify(&bent, hash, TOKEN, URL), Err(AuthError::Mismatch));
        let read = callback::read(&out.body, model::Timestamp(7)).unwrap();
        let callback::Pushed::Status(report) = read else { panic!("no status") };
        assert_eq!((report.status, report.to.as_str()), (Status::Delivered, "+8613800138000"));
        assert_eq!(report.id, twilio::sid("SM", 0));
    }
}

#[test]
fn repeated_values_are_sorted_and_counted_once() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let one = callback::sign(Hash::Sha1, TOKEN, URL, &[pair("b", "2"), pair("a", "1"), pair("b", "1")]);
    let other = callback::sign(
        Hash::Sha1,
        TOKEN,
        URL,
        &[pair("b", "1"), pair("b", "2"), pair("a", "1"), pair("b", "2")],
    );
    let by_hand = encode::base64(&Hash::Sha1.hmac(TOKEN.as_bytes(), format!("{URL}a1b1b2").as_bytes()));
    assert!(one == by_hand && other == by_hand);
}

#[test]
fn a_failure_has_a_code_and_the_initial_status_is_not_reported() {
    let mut message = message();
    message.report.status = Status::Undelivered;
    message.report.code = Some("UNDELIV".to_owned());
    let out = callback::push_status(callback::Key::Token(TOKEN), URL, &message).unwrap();
    assert!(
        encode::form(&String::from_utf8(out.body).unwrap())
            .contains(&("ErrorCode".to_owned(), "30008".to_owned()))
    );
    assert!(!callback::is_reported(Status::Queued, Status::Queued));
    assert!(callback::is_reported(Status::Sent, Status::Queued));
    for url in ["ftp://a/b", "https:///x", "/cb", "https://a/b#c"] {
        assert!(callback::push_status(callback::Key::Token(TOKEN), url, &message).is_err(), "{url}");
    }
}
