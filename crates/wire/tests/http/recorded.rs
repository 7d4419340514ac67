//! Every recorded request verifies, and means what its client was told to send.

use model::{MessageClass, Timestamp};
use wire::http::{Params, Send, alibaba, stamp, tencent, twilio};

use crate::recording::{Recording, SECRET, recording};

fn named(pairs: &[(&str, &str)]) -> Params {
    Params::Named(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn one_send(recording: &Recording) -> Send {
    match recording.alibaba_action() {
        alibaba::Action::Send(mut sends) if sends.len() == 1 => sends.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn alibaba_send_of_python() {
    let send = Send {
        to: vec!["13800138000".to_owned()],
        sign_name: some("测试银行"),
        template: some("SMS_123456"),
        params: named(&[("code", "1234"), ("name", "张 三&+*~")]),
        extend: some("90999"),
        reference: some("o-1"),
        ..Send::default()
    };
    assert!(one_send(&recording!("alibaba-python-send")) == send);
}

#[test]
fn alibaba_send_of_other_clients() {
    for recording in [
        recording!("alibaba-python-v1-send"),
        recording!("alibaba-python-sm3-send"),
        recording!("alibaba-python-token-send"),
        recording!("alibaba-legacy-post"),
        recording!("alibaba-legacy-get"),
        recording!("alibaba-node-send"),
    ] {
        let send = one_send(&recording);
        assert!(send.to == ["13800138000"] && send.sign_name == some("测试银行"));
        assert_eq!(send.params.len(), 1);
    }
    assert!(one_send(&recording!("alibaba-legacy-get")).params == named(&[("name", "张 三&+*~")]));
}

#[test]
fn alibaba_batch_merges_query_and_body() {
    for (recording, names) in
        [(recording!("alibaba-python-batch"), ["a", "b"]), (recording!("alibaba-node-batch"), ["a b", "b"])]
    {
        let alibaba::Action::Send(sends) = recording.alibaba_action() else { panic!("no sends") };
        assert_eq!(sends.len(), 2);
        for (send, name) in sends.iter().zip(names) {
            assert_eq!(send.reference, some("o-2"));
            assert_eq!(send.sign_name, some("银行"));
            assert!(send.params == named(&[("name", name)]));
        }
        assert!(sends[0].to == ["13800138000"] && sends[1].to == ["13900139000"]);
    }
}

#[test]
fn alibaba_queries() {
    let alibaba::Action::Details(details) = recording!("alibaba-python-details").alibaba_action() else {
        panic!("no details")
    };
    assert_eq!((details.date.as_str(), details.page_size, details.page), ("20261122", 10, 1));
    assert_eq!(details.id, some("900000000000000000^0"));
    let alibaba::Action::Statistics(statistics) = recording!("alibaba-python-statistics").alibaba_action()
    else {
        panic!("no statistics")
    };
    assert!(!statistics.is_international);
    assert_eq!((statistics.start.as_str(), statistics.end.as_str()), ("20261101", "20261122"));
}

#[test]
fn tencent_send_of_every_client_and_signature() {
    let plain = ["1234", "5"];
    let python = ["12 34", "a&b=c+d~*"];
    let node = ["12 34", "a&b=c+d~*'()!"];
    for (recording, values, reference) in [
        (recording!("tencent-python-send"), plain, "ctx-1"),
        (recording!("tencent-python-get"), plain, "ctx-1"),
        (recording!("tencent-python-hmac256"), plain, "ctx-1"),
        (recording!("tencent-python-hmac1"), python, "ctx-2"),
        (recording!("tencent-python-hmac1-get"), python, "ctx-2"),
        (recording!("tencent-python-get-special"), python, "ctx-2"),
        (recording!("tencent-node-send"), node, "ctx-1"),
        (recording!("tencent-node-get"), node, "ctx-1"),
        (recording!("tencent-node-hmac256"), node, "ctx-1"),
        (recording!("tencent-node-hmac256-get"), node, "ctx-1"),
    ] {
        let tencent::Action::Send(send) = recording.tencent_action() else { panic!("no send") };
        assert!(send.to == ["+8613800138000", "+8613900139000"]);
        assert!(send.params == Params::Positional(values.map(str::to_owned).to_vec()), "{}", recording.query);
        assert_eq!(send.sign_name, some("测试银行"));
        assert_eq!(send.template, some("449739"));
        assert_eq!(send.application, some("1400000000"));
        assert_eq!(send.reference, some(reference));
    }
}

#[test]
fn tencent_queries() {
    let tencent::Action::PullReports(pull) = recording!("tencent-python-pull-status").tencent_action() else {
        panic!("no pull")
    };
    assert_eq!((pull.limit, pull.application.as_str()), (10, "1400000000"));
    let replies_of = recording!("tencent-python-replies-of-get").tencent_action();
    let tencent::Action::RepliesOf(pull) = replies_of else { panic!("no pull") };
    assert_eq!((pull.number.as_str(), pull.limit), ("+8613800138000", 10));
    assert_eq!((pull.begin, pull.end), (Timestamp(1_795_300_000_000), None));
    let tencent::Action::Packages(period) = recording!("tencent-python-packages").tencent_action() else {
        panic!("no packages")
    };
    assert_eq!((period.begin.as_str(), period.end.as_str(), period.limit), ("2026112200", "2026112223", 10));
    let tencent::Action::Conversion(conversion) = recording!("tencent-python-conversion").tencent_action()
    else {
        panic!("no conversion")
    };
    assert_eq!((conversion.id.as_str(), conversion.at), ("x", Timestamp(1_795_300_000_000)));
}

fn twilio_call(recording: &Recording) -> twilio::Action {
    recording.with(|request| {
        let presented = twilio::Presented::read(request).unwrap();
        assert_eq!(presented.user(), twilio::sid("AC", 0));
        assert!(presented.verify(SECRET).is_ok() && presented.verify("testSecreT").is_err());
        let call = twilio::Call::read(request).unwrap();
        assert_eq!(call.account, twilio::sid("AC", 0));
        call.action
    })
}

#[test]
fn twilio_creations() {
    let twilio::Action::Create(send) = twilio_call(&recording!("twilio-python-create")) else {
        panic!("no send")
    };
    assert!(send.to == ["+8613800138000"] && send.text == some("您好 hi"));
    assert_eq!(send.sender, some("+15005550006"));
    assert_eq!(send.validity_seconds, Some(600));
    assert_eq!(send.callback, some("http://127.0.0.1:18081/cb"));
    assert_eq!(send.media, ["http://127.0.0.1/a.png", "http://127.0.0.1/b.png"]);
    let scheduled = twilio_call(&recording!("twilio-python-scheduled"));
    let twilio::Action::Create(send) = scheduled else { panic!("no send") };
    assert_eq!(send.application, Some(twilio::sid("MG", 0)));
    assert_eq!(send.template, Some(twilio::sid("HX", 0)));
    assert!(send.params == named(&[("1", "a")]));
    assert_eq!(send.schedule_at, stamp::parse_iso("2026-11-23T09:00:00Z"));
    let twilio::Action::Create(send) = twilio_call(&recording!("twilio-python-intent")) else {
        panic!("no send")
    };
    assert_eq!(send.class, Some(MessageClass::CustomerService));
    assert_eq!(send.subtype, some("verification_code"));
    let twilio::Action::Create(send) = twilio_call(&recording!("twilio-node-create")) else {
        panic!("no send")
    };
    assert_eq!(send.media.len(), 2);
}

#[test]
fn twilio_other_calls() {
    let id = twilio::sid("SM", 0);
    assert_eq!(twilio_call(&recording!("twilio-python-fetch")), twilio::Action::Fetch(id.clone()));
    assert_eq!(twilio_call(&recording!("twilio-python-cancel")), twilio::Action::Cancel(id.clone()));
    assert_eq!(twilio_call(&recording!("twilio-python-redact")), twilio::Action::Redact(id.clone()));
    assert_eq!(twilio_call(&recording!("twilio-python-delete")), twilio::Action::Delete(id));
}
