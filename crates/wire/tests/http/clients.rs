//! Our side as a client: the vendor's answers read, ours read back.

use model::Timestamp;
use wire::http::{
    Accepted, Fault, Key, Outcome, Params, Refusal, Reply, Report, Send, Status, alibaba, encode, tencent,
    twilio,
};

const AT: Timestamp = Timestamp(1_795_342_800_000);
const KEY: Key<'_> = Key { id: "k", secret: "s", token: None };

fn to() -> Vec<String> {
    vec!["+8613800138000".to_owned(), "+8613900139000".to_owned()]
}

#[test]
fn alibaba_answers() {
    let ok = br#"{"BizId":"9^0","Code":"OK","Message":"OK","RequestId":"r"}"#;
    let outcomes = alibaba::client::read_sent(200, ok, &to()).unwrap();
    assert_eq!(outcomes.len(), 2);
    assert!(outcomes.iter().all(|outcome| outcome.result == Ok(Accepted { id: "9^0".to_owned(), parts: 0 })));
    let limited = br#"{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"m","RequestId":"r"}"#;
    let outcomes = alibaba::client::read_sent(200, limited, &to()).unwrap();
    assert_eq!(outcomes[0].result, Err(Refusal::FrequencyCap));
    let refused = |status, body: &[u8]| match alibaba::client::read_sent(status, body, &to()) {
        Err(Fault::Refused { code, is_transient, .. }) => (code, is_transient),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(400, br#"{"Code":"SignatureDoesNotMatch"}"#),
        ("SignatureDoesNotMatch".to_owned(), false)
    );
    assert_eq!(refused(400, br#"{"Code":"Throttling.User"}"#), ("Throttling.User".to_owned(), true));
    assert_eq!(refused(503, b"<html>"), ("unknown".to_owned(), true));
    assert!(alibaba::client::read_sent(200, br#"{"Code":"OK"}"#, &to()).is_err());
    assert!(alibaba::client::read_sent(200, b"<html>", &to()).is_err());
}

#[test]
fn alibaba_details_read_back() {
    let report = Report {
        code: Some("DELIVERED".to_owned()),
        sent_at: Some(AT),
        reported_at: Some(AT),
        reference: Some("o".to_owned()),
        template: Some("T".to_owned()),
        text: Some("x".to_owned()),
        ..Report::new("9^0", "13800138000", Status::Delivered)
    };
    let answer = alibaba::answer::details(std::slice::from_ref(&report), 51, "r");
    let (reports, total) = alibaba::client::read_details(200, &answer.body, "9^0").unwrap();
    assert!(reports == [report] && total == 51);
}

#[test]
fn alibaba_refuses_what_it_cannot_say() {
    let account = alibaba::client::Account { key: KEY, host: "h", scheme: None };
    let send = Send { to: to(), sign_name: Some("s".into()), template: Some("t".into()), ..Send::default() };
    let positional = Send { params: Params::Positional(vec!["1".to_owned()]), ..send.clone() };
    assert!(matches!(account.send(&positional, AT, "n"), Err(Fault::Bad { name: "TemplateParam", .. })));
    assert_eq!(
        account.send(&Send { to: Vec::new(), ..send.clone() }, AT, "n"),
        Err(Fault::Missing("PhoneNumbers"))
    );
    let many = Send { to: vec!["1".to_owned(); 1_001], ..send.clone() };
    assert!(matches!(account.send(&many, AT, "n"), Err(Fault::TooMany { .. })));
    assert!(matches!(account.send_batch(std::slice::from_ref(&send), AT, "n"), Err(Fault::Bad { .. })));
    let details = account.details("13800138000", AT, None, 1, (AT, "n"));
    assert!(details.raw_query.contains("SendDate=20261122"));
    assert_eq!(alibaba::client::describe(&details), "POST / QuerySendDetails");
}

#[test]
fn alibaba_rich_messages() {
    let account = alibaba::client::Account { key: KEY, host: "h", scheme: None };
    let params = Params::Named([("a".to_owned(), "b".to_owned())].into());
    let send = Send {
        to: to(),
        sign_name: Some("s".to_owned()),
        template: Some("CARD_1".to_owned()),
        params: params.clone(),
        ..Send::default()
    };
    let out = alibaba::rcs::send(&account, &send, AT, "n").unwrap();
    assert_eq!(alibaba::client::describe(&out), "POST / SendRCS");
    let fallback = alibaba::rcs::Fallback::Sms("SMS_1".to_owned(), params);
    let out = alibaba::rcs::send_card(&account, &send, &fallback, AT, "n").unwrap();
    let query = encode::form(&out.raw_query);
    for (name, value) in [
        ("CardObjects.2.mobile", "+8613900139000"),
        ("CardObjects.1.dyncParams", r#"{"a":"b"}"#),
        ("FallbackType", "SMS"),
        ("SmsTemplateCode", "SMS_1"),
    ] {
        assert!(query.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
    let answer = br#"{"Code":"OK","Success":true,"Data":{"BizCardId":"c","BizSmsId":"s",
        "MediaMobiles":"+8613800138000","NotMediaMobiles":"+8613900139000"}}"#;
    let outcomes = alibaba::rcs::read_card_sent(200, answer, &to()).unwrap();
    let ids: Vec<&str> =
        outcomes.iter().map(|outcome| outcome.result.as_ref().unwrap().id.as_str()).collect();
    assert_eq!(ids, ["c", "s"]);
    let inner = br#"{"Code":"OK","Data":{"Code":"isv.SMS_TEMPLATE_ILLEGAL"}}"#;
    assert_eq!(alibaba::rcs::read_sent(200, inner, &to()).unwrap()[0].result, Err(Refusal::UnknownTemplate));
}

#[test]
fn tencent_answers_read_back() {
    let outcomes = vec![
        Outcome { to: to()[0].clone(), result: Ok(Accepted { id: "1:2".to_owned(), parts: 2 }) },
        Outcome { to: to()[1].clone(), result: Err(Refusal::QuietHours) },
    ];
    let answer = tencent::answer::sent(&outcomes, None, "r");
    assert_eq!(tencent::client::read_sent(200, &answer.body).unwrap(), outcomes);
    let report = Report {
        description: Some("d".to_owned()),
        reported_at: Some(AT),
        reference: Some("ctx".to_owned()),
        ..Report::new("1:2", to()[0].as_str(), Status::Delivered)
    };
    let waiting = Report { reported_at: None, ..Report { status: Status::Sent, ..report.clone() } };
    let answer = tencent::answer::reports(&[report.clone(), waiting.clone()], "r");
    assert!(tencent::client::read_reports(200, &answer.body).unwrap() == [report, waiting]);
    let reply = Reply {
        from: to()[0].clone(),
        text: "R".to_owned(),
        at: AT,
        extend: None,
        sign_name: Some("s".to_owned()),
        sequence: None,
    };
    let answer = tencent::answer::replies(std::slice::from_ref(&reply), "r");
    assert!(tencent::client::read_replies(200, &answer.body).unwrap() == [reply]);
    let answer = tencent::answer::conversion(&Ok(()), "r");
    assert_eq!(tencent::client::read_conversion(200, &answer.body), Ok(()));
}

#[test]
fn tencent_errors_are_errors_whatever_the_content_type() {
    let answer = tencent::answer::refused(&Refusal::Internal, "r");
    let fault = tencent::client::read_sent(200, &answer.body).unwrap_err();
    assert!(matches!(fault, Fault::Refused { is_transient: true, .. }));
    let answer = tencent::answer::refused(&Refusal::NotPermitted, "r");
    let fault = tencent::client::read_sent(200, &answer.body).unwrap_err();
    assert!(matches!(fault, Fault::Refused { is_transient: false, .. }));
    assert!(matches!(tencent::client::read_sent(502, b""), Err(Fault::Refused { is_transient: true, .. })));
    assert!(tencent::client::read_sent(200, br#"{"Response":{"RequestId":"r"}}"#).is_err());
    let account = tencent::client::Account { key: KEY, host: "h", region: "r", application: "1" };
    let named = Send {
        to: to(),
        template: Some("1".to_owned()),
        params: Params::Named([("a".to_owned(), "b".to_owned())].into()),
        ..Send::default()
    };
    assert!(matches!(account.send(&named, AT), Err(Fault::Bad { name: "TemplateParamSet", .. })));
    for out in [account.pull_reports(AT), account.pull_replies(AT), account.conversion("1", AT, AT)] {
        let pairs = out.pairs();
        let request = out.as_request(&pairs);
        let presented = tencent::present(&request).unwrap();
        assert_eq!(presented.verify(&request, "s", AT), Ok(()));
        assert!(presented.action(&request).is_ok());
    }
}

#[test]
fn twilio_answers_read_back() {
    let report = Report {
        text: Some("您好".to_owned()),
        sent_at: Some(AT),
        reported_at: Some(AT),
        parts: 2,
        ..Report::new(twilio::sid("SM", 5), "+8613800138000", Status::Delivered)
    };
    let resource = twilio::Resource {
        account: twilio::sid("AC", 0),
        report: report.clone(),
        from: None,
        service: None,
        created: AT,
        updated: AT,
        media: 0,
        is_inbound: false,
    };
    let answer = twilio::resource::created(&resource);
    assert!(twilio::client::read_message(answer.status, &answer.body).unwrap() == report);
    let outcome = twilio::client::read_created(answer.status, &answer.body, "+86").unwrap();
    assert_eq!(outcome.result, Ok(Accepted { id: twilio::sid("SM", 5), parts: 2 }));
    let answer = twilio::resource::refused(&Refusal::OptedOut);
    let outcome = twilio::client::read_created(answer.status, &answer.body, "+86").unwrap();
    assert_eq!(outcome.result, Err(Refusal::OptedOut));
    let answer = twilio::resource::unauthorised(&wire::http::AuthError::Mismatch);
    let fault = twilio::client::read_created(answer.status, &answer.body, "+86").unwrap_err();
    assert_eq!(fault, Fault::Refused { status: 401, code: "20003".to_owned(), is_transient: false });
    assert!(matches!(
        twilio::client::read_created(503, b"", "+86"),
        Err(Fault::Refused { is_transient: true, .. })
    ));
    assert!(
        twilio::client::is_deleted(204)
            && twilio::client::is_deleted(404)
            && !twilio::client::is_deleted(500)
    );
}

#[test]
fn twilio_calls_read_back() {
    let account = twilio::client::Account { id: "AC1", user: "AC1", secret: "s", host: "h" };
    let id = "SM1".to_owned();
    for (out, action) in [
        (account.fetch("SM1"), twilio::Action::Fetch(id.clone())),
        (account.cancel("SM1"), twilio::Action::Cancel(id.clone())),
        (account.redact("SM1"), twilio::Action::Redact(id.clone())),
        (account.delete("SM1"), twilio::Action::Delete(id)),
    ] {
        let pairs = out.pairs();
        assert_eq!(twilio::Call::read(&out.as_request(&pairs)).unwrap().action, action);
    }
    let to_nobody = Send { text: Some("x".to_owned()), ..Send::default() };
    assert_eq!(account.create(&to_nobody, "+86"), Err(Fault::Missing("From")));
}
