//! Our words in each dialect, and back.

use model::MessageClass;
use wire::http::encode::{Hash, hex};
use wire::http::{Refusal, Status, alibaba, tencent, twilio};

fn refusals() -> Vec<Refusal> {
    vec![
        Refusal::UnknownTemplate,
        Refusal::ParamMissing(None),
        Refusal::SignatureNotFiled,
        Refusal::InvalidNumber,
        Refusal::OptedOut,
        Refusal::QuietHours,
        Refusal::FrequencyCap,
        Refusal::ContentRefused,
        Refusal::NotPermitted,
        Refusal::Throttled,
        Refusal::Budget,
        Refusal::Internal,
    ]
}

#[test]
fn refusals_with_a_code_of_their_own_read_back() {
    for refusal in refusals() {
        if refusal != Refusal::QuietHours {
            assert_eq!(alibaba::code::meaning(alibaba::code::of(&refusal)), refusal);
        }
        assert_eq!(tencent::code::meaning(tencent::code::of(&refusal)), refusal);
        if !matches!(refusal, Refusal::QuietHours | Refusal::FrequencyCap) {
            assert_eq!(twilio::code::meaning(twilio::code::of(&refusal).1), refusal);
        }
    }
    assert_eq!(alibaba::code::meaning("isv.NEW"), Refusal::Other("isv.NEW".to_owned()));
    assert_eq!(
        tencent::code::meaning("FailedOperation.New"),
        Refusal::Other("FailedOperation.New".to_owned())
    );
    assert_eq!(twilio::code::meaning(99_999), Refusal::Other("99999".to_owned()));
}

#[test]
fn statuses_read_back() {
    for status in Status::ALL {
        assert_eq!(twilio::code::status(twilio::code::word(status)), Some(status));
        let coarse = alibaba::code::status(alibaba::code::of_status(status)).unwrap();
        assert_eq!(coarse.is_final(), status.is_final());
    }
    assert_eq!(twilio::code::status("received"), None);
    assert_eq!(alibaba::code::status(0), None);
}

#[test]
fn every_intent_has_a_class() {
    let table = [
        ("otp", MessageClass::CustomerService),
        ("notifications", MessageClass::CustomerService),
        ("delivery", MessageClass::CustomerService),
        ("customercare", MessageClass::CustomerService),
        ("fraud", MessageClass::RiskNotice),
        ("security", MessageClass::RiskNotice),
        ("marketing", MessageClass::Marketing),
        ("events", MessageClass::Marketing),
        ("education", MessageClass::Marketing),
        ("polling", MessageClass::Marketing),
        ("announcements", MessageClass::Marketing),
    ];
    for (intent, class) in table {
        assert_eq!(twilio::intent::meaning(intent).unwrap().class, class, "{intent}");
    }
    assert_eq!(twilio::intent::meaning("Marketing"), None);
    assert_eq!(twilio::intent::of(MessageClass::CustomerService, Some("verification_code")), "otp");
    assert_eq!(twilio::intent::of(MessageClass::RiskNotice, Some("fraud_warning")), "fraud");
    assert_eq!(twilio::intent::of(MessageClass::Marketing, Some("offer")), "marketing");
    // What is sent with a marketing message never reads as anything else.
    for class in MessageClass::ALL {
        let back = twilio::intent::meaning(twilio::intent::of(class, None)).unwrap().class;
        assert_eq!(back == MessageClass::Marketing, class == MessageClass::Marketing);
    }
}

#[test]
fn hashes_are_the_standards() {
    // FIPS 180-4 and GM/T 0004-2012 annex A.1, each of "abc"; RFC 2202 §3 case 2 and RFC 4231 §4.3.
    assert_eq!(hex(&Hash::Sha1.digest(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    let sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
    assert_eq!(hex(&Hash::Sm3.digest(b"abc")), sm3);
    let (key, text) = (b"Jefe", b"what do ya want for nothing?");
    assert_eq!(hex(&Hash::Sha1.hmac(key, text)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hex(&Hash::Sha256.hmac(key, text)), sha256);
}
