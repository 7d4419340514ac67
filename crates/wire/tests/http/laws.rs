//! What one side signs the other verifies and reads as it was meant, for any values; what is bent after that is refused;
//! arbitrary octets never panic.

use std::collections::BTreeMap;

use model::Timestamp;
use proptest::prelude::*;
use wire::http::alibaba::v3::Scheme;
use wire::http::encode::{self, Hash};
use wire::http::{
    AuthError, Key, Params, Request, Send, alibaba, phone, stamp, standard_webhooks, tencent, twilio,
};

const NOW: Timestamp = Timestamp(1_795_342_800_000);

/// Text with everything that encodings stumble over.
fn text() -> impl Strategy<Value = String> {
    proptest::string::string_regex(
        "[a-z0-9 +&=%~*'()!;:@/?#\"\\\\.,_\u{e9}\u{5f20}\u{4e09}\u{1f600}\n-]{0,24}",
    )
    .unwrap()
    .prop_union(proptest::string::string_regex(".{1,12}").unwrap())
}

fn filled() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("x{text}"))
}

fn named() -> impl Strategy<Value = Params> {
    prop_oneof![
        Just(Params::None),
        proptest::collection::btree_map(filled(), text(), 1..4).prop_map(Params::Named)
    ]
}

/// A number as a client may write it.
fn number() -> impl Strategy<Value = String> {
    proptest::string::string_regex("1[3-9][0-9]{9}").unwrap()
}

prop_compose! {
    fn send()(
        to in proptest::collection::vec(number(), 1..4), sign_name in filled(), template in filled(),
        params in named(), extend in proptest::option::of(filled()), reference in proptest::option::of(filled()),
    ) -> Send {
        Send { to, sign_name: Some(sign_name), template: Some(template), params, extend, reference, ..Send::default() }
    }
}

fn secret() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[!-~]{1,80}").unwrap()
}

fn alibaba_read(out: &wire::http::Outgoing, secret: &str) -> Result<Vec<Send>, AuthError> {
    let pairs = out.pairs();
    let request = out.as_request(&pairs);
    let presented = alibaba::present(&request)?;
    presented.verify(&request, secret, NOW)?;
    match presented.action(&request).unwrap() {
        alibaba::Action::Send(sends) => Ok(sends),
        other => panic!("{other:?}"),
    }
}

fn schemes() -> impl Strategy<Value = Option<Scheme>> {
    prop_oneof![Just(None), Just(Some(Scheme::Sha256)), Just(Some(Scheme::Sm3))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn alibaba_reads_what_it_signed(
        send in send(), secret in secret(), scheme in schemes(), token in proptest::option::of(secret()), nonce in filled(),
    ) {
        let nonce = encode::percent(&nonce);
        let key = Key { id: "k", secret: &secret, token: token.as_deref() };
        let account = alibaba::client::Account { key, host: "h:1", scheme };
        let out = account.send(&send, NOW, &nonce).unwrap();
        prop_assert!(alibaba_read(&out, &secret) == Ok(vec![send.clone()]));
        prop_assert_eq!(alibaba_read(&out, &format!("{secret}x")), Err(AuthError::Mismatch));
        let mut bent = out.clone();
        bent.raw_query.push('x');
        prop_assert!(alibaba_read(&bent, &secret).is_err());
    }

    #[test]
    fn alibaba_reads_the_batch_it_signed(
        sends in proptest::collection::vec(send(), 1..5), secret in secret(), scheme in schemes(),
    ) {
        let (template, reference) = (sends[0].template.clone(), sends[0].reference.clone());
        let one = |send: Send| Send {
            to: send.to[..1].to_vec(), template: template.clone(), reference: reference.clone(), ..send
        };
        let sends: Vec<Send> = sends.into_iter().map(one).collect();
        let account = alibaba::client::Account { key: Key { id: "k", secret: &secret, token: None }, host: "h", scheme };
        let out = account.send_batch(&sends, NOW, "n").unwrap();
        prop_assert!(alibaba_read(&out, &secret) == Ok(sends));
    }

    #[test]
    fn tencent_reads_what_it_signed(
        send in send(), values in proptest::collection::vec(text(), 0..4), secret in secret(), port in any::<bool>(),
    ) {
        let params = if values.is_empty() { Params::None } else { Params::Positional(values) };
        let to = send.to.iter().map(|to| phone::international(to)).collect();
        let send = Send { to, params, application: Some("14".to_owned()), ..send };
        let key = Key { id: "k", secret: &secret, token: None };
        let account = tencent::client::Account { key, host: "h", region: "ap-guangzhou", application: "14" };
        let mut out = account.send(&send, NOW).unwrap();
        if port {
            // Signed without the port, sent with it.
            out.headers.iter_mut().filter(|(name, _)| name == "host").for_each(|(_, value)| value.push_str(":8080"));
        }
        let pairs = out.pairs();
        let request = out.as_request(&pairs);
        let presented = tencent::present(&request).unwrap();
        prop_assert_eq!(presented.verify(&request, &secret, NOW), Ok(()));
        let tencent::Action::Send(read) = presented.action(&request).unwrap() else { panic!("no send") };
        prop_assert!(*read == send);
    }

    #[test]
    fn tencent_old_signature_of_any_values(
        values in proptest::collection::btree_map("[A-Z][A-Za-z_.]{0,8}", text(), 0..6), secret in secret(), is_sha256 in any::<bool>(),
        is_get in any::<bool>(),
    ) {
        let (hash, method_name) =
            if is_sha256 { (Hash::Sha256, "HmacSHA256") } else { (Hash::Sha1, "HmacSHA1") };
        let mut pairs: BTreeMap<String, String> = values;
        for (name, value) in
            [("SecretId", "k"), ("Nonce", "7"), ("Timestamp", "1795342800"), ("SignatureMethod", method_name)]
        {
            pairs.insert(name.to_owned(), value.to_owned());
        }
        pairs.remove("Signature");
        let mut pairs: Vec<(String, String)> = pairs.into_iter().collect();
        let method = if is_get { "GET" } else { "POST" };
        let signature = tencent::old::signature(hash, &secret, method, "h", &pairs);
        pairs.push(("Signature".to_owned(), signature));
        let form = encode::to_form(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let (raw_query, body) = if is_get { (form.as_str(), "") } else { ("", form.as_str()) };
        let headers = [("Host", "h:80"), ("Content-Type", "application/x-www-form-urlencoded")];
        let request = Request { method, path: "/", raw_query, headers: &headers, body: body.as_bytes() };
        let presented = tencent::present(&request).unwrap();
        prop_assert_eq!(presented.verify(&request, &secret, NOW), Ok(()));
    }

    #[test]
    fn twilio_reads_what_it_asked(
        send in send(), body in filled(), media in proptest::collection::vec(filled(), 0..3),
        at in proptest::option::of(0i64..4_000_000_000), validity in proptest::option::of(1u32..36_000),
        secret in secret(), is_shared in any::<bool>(),
    ) {
        let (user, id) = (if is_shared { "SK1" } else { "AC1" }, "AC1");
        let account = twilio::client::Account { id, user, secret: &secret, host: "h" };
        let to = phone::international(&send.to[0]);
        let send = Send {
            to: vec![to.clone()], text: Some(body), sender: Some("+1".to_owned()), media, sign_name: None, extend: None,
            reference: None, schedule_at: at.and_then(stamp::from_seconds), validity_seconds: validity, ..send
        };
        let out = account.create(&send, &to).unwrap();
        let pairs = out.pairs();
        let request = out.as_request(&pairs);
        let presented = twilio::Presented::read(&request).unwrap();
        prop_assert_eq!((presented.user(), presented.verify(&secret)), (user, Ok(())));
        let call = twilio::Call::read(&request).unwrap();
        let twilio::Action::Create(read) = call.action else { panic!("no create") };
        prop_assert!(*read == send && call.account == id);
    }

    #[test]
    fn webhooks_verify_and_bent_ones_do_not(
        key in proptest::collection::vec(any::<u8>(), 24..=64), body in proptest::collection::vec(any::<u8>(), 0..200),
        id in "[!-\\-/-~]{1,40}", at in any::<prop::sample::Index>(),
    ) {
        let secret = standard_webhooks::Secret::of(&key).unwrap();
        prop_assert!(standard_webhooks::Secret::read(&secret.reveal()) == Ok(secret.clone()));
        let mut out = standard_webhooks::push(std::slice::from_ref(&secret), "h", "/cb?a=1", &id, NOW, body).unwrap();
        let verify = |out: &wire::http::Outgoing| {
            let pairs = out.pairs();
            let request = out.as_request(&pairs);
            standard_webhooks::verify(&request, std::slice::from_ref(&secret), NOW).map(str::to_owned)
        };
        prop_assert_eq!(verify(&out), Ok(id));
        if !out.body.is_empty() {
            let at = at.index(out.body.len());
            out.body[at] ^= 1;
            prop_assert_eq!(verify(&out), Err(AuthError::Mismatch));
        }
    }

    #[test]
    fn encodings_read_back(text in text(), octets in proptest::collection::vec(any::<u8>(), 0..40), pairs in proptest::collection::vec((text(), text()), 0..5)) {
        prop_assert_eq!(encode::form_component(&encode::percent(&text)), text);
        prop_assert_eq!(encode::unhex(&encode::hex(&octets)), Some(octets.clone()));
        prop_assert_eq!(encode::unbase64(&encode::base64(&octets)), Some(octets.clone()));
        prop_assert_eq!(encode::unbase64(encode::base64(&octets).trim_end_matches('=')), Some(octets));
        let written = encode::to_form(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        prop_assert_eq!(encode::form(&written), pairs);
    }

    #[test]
    fn arbitrary_octets_never_panic(
        method in "(GET|POST|DELETE)", path in ".{0,30}", query in ".{0,60}", value in ".{0,60}", name in 0usize..8,
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let names = [
            "Authorization", "x-acs-date", "X-TC-Timestamp", "Content-Type", "X-Twilio-Signature", "webhook-id",
            "webhook-timestamp", "Host",
        ];
        let headers = [(names[name], value.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        let request = Request { method: &method, path: &path, raw_query: &query, headers: &headers, body: &body };
        let _ = alibaba::present(&request).and_then(|presented| presented.verify(&request, "s", NOW));
        let _ = tencent::present(&request).and_then(|presented| presented.verify(&request, "s", NOW));
        let _ = twilio::Presented::read(&request);
        let _ = twilio::Call::read(&request);
        let _ = twilio::callback::verify(&request, Hash::Sha1, "s", &path);
        let _ = twilio::callback::read(&body, NOW);
        let _ = alibaba::callback::read_reports(&body);
        let _ = tencent::callback::read_reply(&body);
        let _ = tencent::client::read_sent(200, &body);
        let _ = stamp::parse_local(&value);
        let _ = stamp::parse_rfc2822(&value);
        let _ = phone::split(&value);
    }
}
