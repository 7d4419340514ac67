//! The customer's own page, by HTTP from end to end: the link opens it and nothing else does; what they choose there holds;
//! a complaint pauses marketing and waits for an answer; who was erased has no page.

use hongyan_tests::bank::{code, customer, movement, offer, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http::{Answer, call};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use serde_json::json;

/// A page, asked for as a browser does: without a key.
fn page(server: &Server<'_>, method: &str, path: &str, form: &str) -> Answer {
    call(&server.address, None, method, path, form.as_bytes()).unwrap()
}

fn entry(server: &Server<'_>, customer: &str) -> String {
    let answer = server.post(&format!("/v1/customers/{customer}/preference-link"), &json!({}));
    answer.json()["path"].as_str().unwrap().to_owned()
}

/// All that is offered, switched on, in a form.
const ALL_ON: &str = "c_marketing=on&c_customer_service=on&c_risk_notice=on&c_technical_support=on&personalised=on\
                      &u_social=on&u_device=on&u_location=on";

#[test]
fn a_link_opens_what_they_got_and_why_and_what_they_choose_holds() {
    let (folder, smsc) = (Folder::new("page"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    let server = Server::start(&folder);
    server.customers(&[willing(1), customer(2)]);
    server.events(&[movement("e-1", 1, "12.00", "书店"), code("e-2", 1, "482913")]);
    assert_eq!(server.launch(&offer("offer-1", "100")).status, 202);
    server.reaches("/deliver/delivered", 3);

    let path = entry(&server, "c-1");
    assert_eq!(path.len(), "/p/".len() + 28);
    let shown = page(&server, "GET", &path, "");
    assert_eq!((shown.status, shown.kind.as_str()), (200, "text/html; charset=utf-8"));
    let text = shown.text();
    assert!(text.contains("书店") && text.contains("春季财富活动") && text.contains("已送达"), "{text}");
    assert!(text.contains("form-granted"), "why it came, with the evidence: {text}");
    let secret = ["482913", "李雷", "13800000001", "c-1\"", "<script"];
    assert!(secret.iter().all(|word| !text.contains(word)), "{text}");
    let english = page(&server, "GET", &format!("{path}?lang=en"), "").text();
    assert!(english.contains("Why did I get this?") && !english.contains("我的选择"), "{english}");
    assert_eq!(page(&server, "GET", "/p/page.css", "").kind, "text/css; charset=utf-8");

    let form = ALL_ON.replace("c_marketing=on&", "") + "&from=09:00&to=20:00";
    let answer = page(&server, "POST", &format!("{path}/choices?lang=zh"), &form);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let told = server.get("/v1/customers/c-1/preferences").json();
    assert_eq!(told["classes"]["marketing"]["wanted"], json!(false), "{told}");
    assert_eq!((&told["hours"]["from"], &told["evidence"]["through"]), (&json!("09:00"), &json!("page")));
    assert_eq!(server.launch(&offer("offer-2", "100")).status, 202);
    server.reaches("/decide/candidates", 6);
    let unsent = page(&server, "GET", &format!("{path}?all=1"), "").text();
    assert!(unsent.contains("您的选择不包括它"), "{unsent}");
    let wrong = page(&server, "POST", &format!("{path}/choices"), "from=20:00&to=09:00");
    assert_eq!(wrong.status, 303);

    // Whoever never agreed and switches marketing on agrees by that.
    let other = entry(&server, "c-2");
    assert_eq!(page(&server, "POST", &format!("{other}/choices"), ALL_ON).status, 303);
    let consent = server.get("/v1/customers/c-2/consent?class=marketing").json();
    assert_eq!(consent["state"], json!("granted"), "{consent}");
    assert!(consent["evidence"].as_str().unwrap().starts_with("preference:"), "{consent}");
    server.stop();
    let said = folder.said();
    assert!(!said.contains(path.trim_start_matches("/p/")), "a token was logged: {said}");
}

#[test]
fn what_is_forged_or_over_or_erased_opens_the_same_nothing() {
    let (folder, smsc) = (Folder::new("forged"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let server = Server::start(&folder);
    server.customers(&[willing(1), willing(2)]);
    let path = entry(&server, "c-1");
    let mut forged = path.clone().into_bytes();
    let last = forged.len() - 1;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let forged = page(&server, "GET", &String::from_utf8(forged).unwrap(), "");
    assert_eq!((forged.status, page(&server, "GET", &path, "").status), (404, 200));
    assert!(
        forged.text().contains("链接无效") && forged.text().contains("does not work"),
        "{}",
        forged.text()
    );
    folder.hongyan(&["erase", "c-1"]).well();
    for (method, below, form) in
        [("GET", "", ""), ("POST", "/choices", ALL_ON), ("POST", "/case", "kind=access")]
    {
        let gone = page(&server, method, &format!("{path}{below}"), form);
        assert_eq!(gone.status, 404, "{method} {below}");
        let (gone, forged) = (gone.text(), forged.text());
        assert_eq!(gone.replace("..&#x2f;page.css", "page.css"), forged, "it tells nothing of anybody");
    }
    assert_eq!(page(&server, "GET", "/p/x", "").text(), forged.text());
    // One address may ask only so often.
    let asked: Vec<u16> = (0..60).map(|_| page(&server, "GET", "/p/x", "").status).collect();
    assert!(asked.contains(&429) && asked.contains(&404), "{asked:?}");
    server.stop();
}

#[test]
fn a_complaint_pauses_marketing_and_waits_for_an_answer() {
    let (folder, smsc) = (Folder::new("complaint"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    let server = Server::start(&folder);
    server.customers(&[willing(1)]);
    let path = entry(&server, "c-1");
    let form = "kind=complaint&message=&text=%E5%A4%AA%E5%A4%9A%E4%BA%86";
    assert_eq!(page(&server, "POST", &format!("{path}/case?lang=zh"), form).status, 303);
    assert_eq!(page(&server, "POST", &format!("{path}/case?lang=zh"), "kind=erasure").status, 303);
    let listed = folder.hongyan(&["cases", "list"]).well().out;
    let id = listed.split_whitespace().find(|word| word.starts_with("c-")).unwrap().to_owned();
    assert!(
        listed.contains("complaint") && listed.contains("erasure") && listed.contains("due 20"),
        "{listed}"
    );
    let shown = folder.hongyan(&["cases", "show", &id]).well().out;
    assert!(shown.contains("太多了") && shown.contains("through page"), "{shown}");
    let opened = page(&server, "GET", &format!("{path}?lang=zh&opened={}", &id[2..]), "").text();
    assert!(opened.contains("营销消息已立即暂停") && opened.contains(&id), "{opened}");
    assert_eq!(server.launch(&offer("offer-1", "100")).status, 202);
    server.reaches("/decide/blocked", 1);
    let why = folder.hongyan(&["why", "--customer", "c-1"]).well().out;
    assert!(why.contains("blocked (suppression)") && why.contains("complaint since"), "{why}");
    // Not theirs to lift: a person answers first.
    page(&server, "POST", &format!("{path}/choices"), ALL_ON);
    let metrics = || server.get("/metrics").text();
    hongyan_tests::wait_until("two open cases", || metrics().contains("hongyan_converse_cases_open 2"));

    folder.hongyan(&["cases", "assign", &id, "wang"]).well();
    let close = ["cases", "close", &id, "--outcome", "upheld", "--note", "called", "--resume"];
    let closed = folder.hongyan(&close).well().out;
    assert!(
        closed.contains("upheld") && closed.contains("wang") && closed.contains("answer: called"),
        "{closed}"
    );
    assert!(folder.hongyan(&close).err.contains("is closed"));
    assert_eq!(server.launch(&offer("offer-2", "100")).status, 202);
    server.reaches("/deliver/delivered", 1);

    let held = server.get("/v1/customers/c-1/export").json();
    assert_eq!((&held["customer"], &held["phone"]), (&json!("c-1"), &json!("8613800000001")), "{held}");
    assert_eq!(held["messages"].as_array().unwrap().len(), 2, "{held}");
    assert!(
        held["messages"].to_string().contains("complaint since")
            && held["cases"].to_string().contains("太多了")
    );
    assert!(held["history"].to_string().contains("data_exported"), "{held}");
    // The request for erasure is carried out by a person, and its case outlives the customer.
    folder.hongyan(&["erase", "c-1"]).well();
    let left = server.get("/v1/cases").json();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["customer"]), (1, &json!(null)), "{left}");
    let erasure = left[0]["case"].as_str().unwrap();
    folder.hongyan(&["cases", "close", erasure, "--outcome", "done", "--note", "erased, entry noted"]).well();
    server.stop();
    let digest = folder.hongyan(&["rebuild"]).well().out;
    assert!(!digest.contains("differ"), "{digest}");
}
