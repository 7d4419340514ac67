//! Answers as clients read them.

use model::Timestamp;
use serde_json::{Value, json};
use wire::http::guard::AuthError;
use wire::http::{
    Accepted, Fault, Outcome, Params, Refusal, Reply, Report, Request, Response, Status, alibaba, tencent,
    twilio,
};

use crate::recording::recording;

const AT: Timestamp = Timestamp(1_795_338_000_000);

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn outcomes() -> Vec<Outcome> {
    let taken = Ok(Accepted { id: "9^0".to_owned(), parts: 3 });
    vec![
        Outcome { to: "13800138000".to_owned(), result: Err(Refusal::OptedOut) },
        Outcome { to: "+85291234567".to_owned(), result: taken },
    ]
}

fn report() -> Report {
    Report {
        code: Some("DELIVRD".to_owned()),
        sent_at: Some(AT),
        reported_at: Some(AT),
        reference: Some("o".to_owned()),
        template: Some("T".to_owned()),
        ..Report::new("9^0", "+8613800138000", Status::Delivered)
    }
}

#[test]
fn alibaba_has_one_code_for_all_numbers() {
    let ok = body(&alibaba::answer::sent(&outcomes(), "r"));
    assert_eq!(ok, json!({"BizId": "9^0", "Code": "OK", "Message": "OK", "RequestId": "r"}));
    let refused = alibaba::answer::sent(&outcomes()[..1], "r");
    assert_eq!((refused.status, &body(&refused)["Code"]), (200, &json!("MOBILE_IN_BLACK")));
    assert_eq!(body(&alibaba::answer::sent(&[], "r"))["Code"], "isp.SYSTEM_ERROR");
    let other = alibaba::answer::refused(&Refusal::Other("suitability".to_owned()), "r");
    assert!(body(&other)["Message"].as_str().unwrap().contains("suitability"));
}

#[test]
fn alibaba_details_and_statistics() {
    let details = body(&alibaba::answer::details(&[report()], 12, "r"));
    assert_eq!(details["TotalCount"], "12");
    let detail = &details["SmsSendDetailDTOs"]["SmsSendDetailDTO"][0];
    assert_eq!((&detail["PhoneNum"], &detail["SendStatus"]), (&json!("13800138000"), &json!(3)));
    assert_eq!((&detail["SendDate"], &detail["OutId"]), (&json!("2026-11-22 17:00:00"), &json!("o")));
    let day = alibaba::answer::DayCount { day: "20261122".to_owned(), total: 10, delivered: 8, failed: 1 };
    let statistics = body(&alibaba::answer::statistics(&[day], 1, "r"));
    assert_eq!(statistics["Data"]["TotalSize"], 1);
    assert_eq!(statistics["Data"]["TargetList"][0]["NoRespondedCount"], 1);
}

#[test]
fn alibaba_mistakes_of_the_call_are_4xx_and_of_the_message_200() {
    let answer = |fault: Fault| {
        let response = alibaba::answer::fault(&fault, "r", "h");
        let code = body(&response)["Code"].as_str().unwrap().to_owned();
        (response.status, code)
    };
    assert_eq!(answer(Fault::Missing("TemplateCode")), (400, "MissingTemplateCode".to_owned()));
    assert_eq!(answer(Fault::UnknownAction).0, 404);
    let json = Fault::Bad { name: "TemplateParam", expected: "JSON" };
    assert_eq!(answer(json), (200, "isv.INVALID_JSON_PARAM".to_owned()));
    let many = Fault::TooMany { name: "PhoneNumbers", max: 1_000, found: 1_001 };
    assert_eq!(answer(many), (200, "isv.MOBILE_COUNT_OVER_LIMIT".to_owned()));
    let unknown = alibaba::answer::unauthorised(&AuthError::UnknownKey, "r", "h");
    assert_eq!((unknown.status, &body(&unknown)["HostId"]), (404, &json!("h")));
}

#[test]
fn tencent_has_a_code_for_each_number() {
    let set =
        body(&tencent::answer::sent(&outcomes(), Some("ctx"), "r"))["Response"]["SendStatusSet"].clone();
    assert_eq!(
        (&set[0]["Code"], &set[0]["Fee"]),
        (&json!("FailedOperation.PhoneNumberInBlacklist"), &json!(0))
    );
    assert_eq!((&set[0]["PhoneNumber"], &set[0]["IsoCode"]), (&json!("+8613800138000"), &json!("CN")));
    assert_eq!((&set[1]["Code"], &set[1]["Fee"]), (&json!("Ok"), &json!(3)));
    assert_eq!((&set[1]["IsoCode"], &set[1]["SessionContext"]), (&json!("HK"), &json!("ctx")));
    let error = body(&tencent::answer::unauthorised(&AuthError::Mismatch, "r"));
    assert_eq!(error["Response"]["Error"]["Code"], "AuthFailure.SignatureFailure");
}

#[test]
fn tencent_pulls() {
    let reports = body(&tencent::answer::reports(&[report()], "r"));
    let item = &reports["Response"]["PullSmsSendStatusSet"][0];
    assert_eq!((&item["ReportStatus"], &item["UserReceiveTime"]), (&json!("SUCCESS"), &json!(1_795_338_000)));
    assert_eq!((&item["CountryCode"], &item["SubscriberNumber"]), (&json!("86"), &json!("13800138000")));
    let reply = Reply {
        from: "+8613800138000".to_owned(),
        text: "R".to_owned(),
        at: AT,
        extend: Some("01".to_owned()),
        sign_name: None,
        sequence: None,
    };
    let replies = body(&tencent::answer::replies(&[reply], "r"));
    assert_eq!(replies["Response"]["PullSmsReplyStatusSet"][0]["ReplyContent"], "R");
}

#[test]
fn tencent_flattened_lists_must_be_complete() {
    let mut recording = recording!("tencent-python-get");
    recording.query = recording.query.replace("PhoneNumberSet.1=", "PhoneNumberSet.2=");
    let fault = recording.with(|request| {
        let presented = tencent::present(request).unwrap();
        presented.action(request).unwrap_err()
    });
    assert_eq!(fault, Fault::Bad { name: "list", expected: "items numbered from 0 without a gap" });
}

fn form<T>(body: &str, read: impl FnOnce(&Request<'_>) -> T) -> T {
    let path = "/2010-04-01/Accounts/AC1/Messages.json";
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    read(&Request { method: "POST", path, raw_query: "", headers: &headers, body: body.as_bytes() })
}

#[test]
fn twilio_mistakes_have_the_vendors_numbers() {
    let long = format!("To=1&From=2&Body={}", "x".repeat(1_601));
    let table = [
        ("From=1&Body=x", 21_604),
        ("To=1&Body=x", 21_603),
        ("To=1&From=2", 21_619),
        ("To=1&From=2&Body=x&ContentVariables={}", 21_654),
        ("To=1&From=2&ContentSid=HX1&ContentVariables=[1]", 21_656),
        (long.as_str(), 21_617),
        ("To=1&From=2&Body=x&MessageIntent=spam", 400),
        ("To=1&From=2&Body=x&SendAt=2026-11-23T09:00:00Z", 400),
        ("To=1&From=2&Body=x&ValidityPeriod=36001", 400),
    ];
    for (body_text, code) in table {
        let fault = form(body_text, |request| twilio::Call::read(request).unwrap_err());
        let answer = twilio::resource::fault(&fault);
        let said = body(&answer);
        assert_eq!(
            (answer.status, &said["code"], &said["status"]),
            (400, &json!(code), &json!(400)),
            "{body_text}"
        );
        assert_eq!(said["more_info"], format!("https://www.twilio.com/docs/errors/{code}"));
    }
    let body_of = |text: &str| form(text, |request| twilio::Call::read(request).unwrap().action);
    let twilio::Action::Create(send) = body_of("To=1&From=2&ContentSid=HX1") else { panic!("no create") };
    assert!(send.params == Params::None);
}

#[test]
fn twilio_pages_name_their_neighbours() {
    let list = recording!("twilio-python-list");
    let page = list.with(|request| {
        let twilio::Action::List(filter) = twilio::Call::read(request).unwrap().action else {
            panic!("no list")
        };
        body(&twilio::resource::list(request, &filter, &[], Some("PASM9")))
    });
    let next = page["next_page_uri"].as_str().unwrap();
    assert!(
        next.starts_with("/2010-04-01/Accounts/AC") && next.ends_with("PageSize=5&Page=1&PageToken=PASM9")
    );
    assert!(next.contains("DateSent%3E=2026-11-01") && next.contains("To=%2B8613800138000"));
    assert_eq!((&page["previous_page_uri"], &page["page_size"]), (&Value::Null, &json!(5)));
    let (path, query) = next.split_once('?').unwrap();
    let mut second = list.clone();
    (second.path, second.query) = (path.to_owned(), query.to_owned());
    let call = second.with(|request| twilio::Call::read(request).unwrap());
    let twilio::Action::List(filter) = call.action else { panic!("no list") };
    assert_eq!((filter.page, filter.token.as_deref()), (1, Some("PASM9")));
}

#[test]
fn twilio_paths_that_are_not_served() {
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/2010-04-01/Accounts"),
        ("GET", "/2010-04-01/Accounts//Messages.json"),
        ("PUT", "/2010-04-01/Accounts/AC1/Messages.json"),
        ("GET", "/2010-04-01/Accounts/AC1/Calls.json"),
        ("DELETE", "/2010-04-01/Accounts/AC1/Messages/SM1/Media.json"),
    ] {
        let request = Request { method, path, raw_query: "", headers: &[], body: b"" };
        assert_eq!(twilio::Call::read(&request), Err(Fault::UnknownResource), "{path}");
    }
    assert_eq!(twilio::resource::not_found().status, 404);
    let unauthorised = twilio::resource::unauthorised(&AuthError::Mismatch);
    assert_eq!((unauthorised.status, &body(&unauthorised)["code"]), (401, &json!(20_003)));
}

#[test]
fn twilio_ids_hold_numbers() {
    for number in [0, 1, u128::MAX] {
        assert_eq!(twilio::sid_number("SM", &twilio::sid("SM", number)), Some(number));
    }
    for bad in ["SM1", "AC00000000000000000000000000000000", "SM+0000000000000000000000000000001", ""] {
        assert_eq!(twilio::sid_number("SM", bad), None);
    }
}
