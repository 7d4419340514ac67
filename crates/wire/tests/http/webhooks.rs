//! Standard Webhooks against a vector made with the project's own Python library, and its rules.

use model::{Span, Timestamp};
use wire::http::guard::AuthError;
use wire::http::standard_webhooks::{ID, SIGNATURE, Secret, TIMESTAMP, sign, verify};
use wire::http::{Request, encode};

const AT: Timestamp = Timestamp(1_795_342_800_000);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &str = r#"{"type":"message.delivered","data":{"名":"张三"}}"#;
const EXPECTED: &str = "v1,DRSR+jhnxgigw1kUwD/46r/BlYVdfy+WtHCpq+aAUN8=";

fn secret(number: u8) -> Secret {
    Secret::of(&[number; 32]).unwrap()
}

fn check(signatures: &str, secrets: &[Secret], now: Timestamp) -> Result<String, AuthError> {
    let headers = [(ID, "msg_1"), (TIMESTAMP, "1795342800"), (SIGNATURE, signatures)];
    let request =
        Request { method: "POST", path: "/", raw_query: "", headers: &headers, body: BODY.as_bytes() };
    verify(&request, secrets, now).map(str::to_owned)
}

#[test]
fn the_signature_is_that_of_the_reference_library() {
    let secret = Secret::read(SECRET).unwrap();
    let [id, timestamp, signature] =
        sign(std::slice::from_ref(&secret), "msg_1", AT, BODY.as_bytes()).unwrap();
    assert_eq!((id.1.as_str(), timestamp.1.as_str()), ("msg_1", "1795342800"));
    assert_eq!(signature.1, EXPECTED);
    assert_eq!(check(EXPECTED, &[secret], AT), Ok("msg_1".to_owned()));
}

#[test]
fn while_a_secret_is_replaced_either_verifies() {
    let [.., (_, both)] = sign(&[secret(1), secret(2)], "msg_1", AT, BODY.as_bytes()).unwrap();
    assert_eq!(both.split(' ').count(), 2);
    assert!(check(&both, &[secret(1)], AT).is_ok() && check(&both, &[secret(2)], AT).is_ok());
    assert!(check(&both, &[secret(3), secret(2)], AT).is_ok());
    assert_eq!(check(&both, &[secret(3)], AT), Err(AuthError::Mismatch));
    assert_eq!(check(&both, &[], AT), Err(AuthError::Mismatch));
}

#[test]
fn other_versions_are_passed_over() {
    let mixed = format!("v1a,AAAA v2,BBBB nonsense v1 v1,%% {EXPECTED}");
    let secrets = [Secret::read(SECRET).unwrap()];
    assert!(check(&mixed, &secrets, AT).is_ok());
    let other = EXPECTED.replace("v1,", "v1a,");
    assert_eq!(check(&other, &secrets, AT), Err(AuthError::Mismatch));
    // Only so many signatures are looked at.
    let many = format!("{}{EXPECTED}", "v1,AAAA ".repeat(16));
    assert_eq!(check(&many, &secrets, AT), Err(AuthError::Mismatch));
}

#[test]
fn old_and_future_pushes_are_refused() {
    let secrets = [Secret::read(SECRET).unwrap()];
    let minutes_5 = Span::seconds(300);
    assert!(check(EXPECTED, &secrets, AT.after(minutes_5)).is_ok());
    assert!(check(EXPECTED, &secrets, AT.before(minutes_5)).is_ok());
    for now in [AT.after(Span::millis(300_001)), AT.before(Span::millis(300_001))] {
        assert!(matches!(check(EXPECTED, &secrets, now), Err(AuthError::Stale { .. })));
    }
}

#[test]
fn secrets_and_ids_have_a_form() {
    let short = format!("whsec_{}", encode::base64(&[1; 23]));
    let long = format!("whsec_{}", encode::base64(&[1; 65]));
    for bad in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%", &short, &long] {
        assert!(Secret::read(bad).is_err(), "{bad}");
    }
    assert_eq!(format!("{:?}", secret(1)), "<secret>");
    for bad in ["", "a.b", "a b", "a\nb", "名"] {
        assert!(sign(&[secret(1)], bad, AT, b"").is_err(), "{bad}");
    }
    assert_eq!(sign(&[], "a", AT, b""), Err(AuthError::Missing("secret")));
}
