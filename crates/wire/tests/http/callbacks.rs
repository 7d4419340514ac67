//! Receipts and replies as the Chinese vendors push them: theirs read, ours read back.

use model::Timestamp;
use wire::http::{Fault, Reply, Report, Status, alibaba, tencent};

const AT: Timestamp = Timestamp(1_795_342_800_000);

fn report(status: Status) -> Report {
    Report {
        code: Some("DELIVERED".to_owned()),
        description: Some("用户接收成功".to_owned()),
        reported_at: Some(AT),
        ..Report::new("9^0", "13800138000", status)
    }
}

fn reply() -> Reply {
    Reply {
        from: "13800138000".to_owned(),
        text: " R\n退订 ".to_owned(),
        at: AT,
        extend: Some("90999".to_owned()),
        sign_name: Some("测试银行".to_owned()),
        sequence: Some("1234567890".to_owned()),
    }
}

#[test]
fn alibaba_reports_as_documented() {
    let body = r#"[{"phone_number":"13900000001","send_time":"2017-01-01 00:00:00","report_time":"2017-01-01 00:00:01",
        "success":true,"err_code":"DELIVERED","err_msg":"用户接收成功","sms_size":"2","biz_id":"12345","out_id":"67890"}]"#;
    let reports = alibaba::callback::read_reports(body.as_bytes()).unwrap();
    let [report] = reports.as_slice() else { panic!("{}", reports.len()) };
    assert_eq!((report.id.as_str(), report.status, report.parts), ("12345", Status::Delivered, 2));
    assert_eq!(report.reference.as_deref(), Some("67890"));
    assert_eq!(report.sent_at.unwrap().to_string(), "2016-12-31T16:00:00.000Z");
}

#[test]
fn alibaba_pushes_read_back() {
    let ended =
        Report { sent_at: Some(AT), parts: 3, reference: Some("o".to_owned()), ..report(Status::Delivered) };
    let failed = Report { sent_at: Some(AT), ..report(Status::Undelivered) };
    let all = [ended.clone(), report(Status::Sent), failed.clone()];
    let out = alibaba::callback::push_reports("h", "/cb", &all);
    assert!(alibaba::callback::read_reports(&out.body).unwrap() == [ended, failed]);
    let out = alibaba::callback::push_replies("h", "/cb", &[reply()]);
    assert!(String::from_utf8_lossy(&out.body).contains("\"sequence_id\":1234567890"));
    assert!(alibaba::callback::read_replies(&out.body).unwrap() == [reply()]);
}

#[test]
fn alibaba_acknowledgements() {
    let answer = alibaba::callback::acknowledge();
    assert!(alibaba::callback::is_acknowledged(answer.status, &answer.body));
    assert!(alibaba::callback::is_acknowledged(200, br#"{"code":7}"#));
    for (status, body) in
        [(200, "{}"), (200, r#"{"code":"0"}"#), (500, r#"{"code":0}"#), (200, "ok"), (200, "")]
    {
        assert!(!alibaba::callback::is_acknowledged(status, body.as_bytes()), "{status} {body}");
    }
    assert_eq!(alibaba::callback::RETRY_MINUTES, [1, 5, 10]);
}

#[test]
fn tencent_pushes_as_documented() {
    let body = r#"[{"user_receive_time":"2015-10-17 08:03:04","nationcode":"86","mobile":"13900000001",
        "report_status":"SUCCESS","errmsg":"DELIVRD","description":"用户短信送达成功","sid":"xxxxxxx"}]"#;
    let reports = tencent::callback::read_reports(body.as_bytes()).unwrap();
    assert_eq!((reports[0].to.as_str(), reports[0].status), ("+8613900000001", Status::Delivered));
    assert_eq!(reports[0].reported_at.unwrap().to_string(), "2015-10-17T00:03:04.000Z");
    let body =
        r#"{"extend":"01","mobile":"13900000001","nationcode":"86","sign":"s","text":"R","time":1457336869}"#;
    let reply = tencent::callback::read_reply(body.as_bytes()).unwrap();
    assert_eq!((reply.text.as_str(), reply.at), ("R", Timestamp(1_457_336_869_000)));
}

#[test]
fn tencent_pushes_read_back() {
    let ended = Report { to: "+85291234567".to_owned(), ..report(Status::Delivered) };
    let failed = Report { to: "+8613800138000".to_owned(), ..report(Status::Undelivered) };
    let out =
        tencent::callback::push_reports("h", "/cb", &[ended.clone(), report(Status::Queued), failed.clone()]);
    assert!(tencent::callback::read_reports(&out.body).unwrap() == [ended, failed]);
    let reply = Reply { from: "+8613800138000".to_owned(), sequence: None, ..reply() };
    let out = tencent::callback::push_reply("h", "/cb", &reply);
    assert!(tencent::callback::read_reply(&out.body).unwrap() == reply);
    let answer = tencent::callback::acknowledge();
    assert!(tencent::callback::is_acknowledged(answer.status, &answer.body));
    assert!(!tencent::callback::is_acknowledged(200, br#"{"result":1}"#));
}

#[test]
fn what_cannot_be_read_is_said() {
    let list = Fault::Bad { name: "SmsReport", expected: "a JSON list" };
    assert_eq!(alibaba::callback::read_reports(b"{}").unwrap_err(), list);
    assert_eq!(alibaba::callback::read_reports(b"[{}]").unwrap_err(), Fault::Missing("success"));
    assert_eq!(tencent::callback::read_reports(b"[{\"sid\":\"1\"}]").unwrap_err(), Fault::Missing("mobile"));
    assert!(tencent::callback::read_reply(b"[]").is_err());
    assert!(alibaba::callback::read_replies(b"\xff").is_err());
}
