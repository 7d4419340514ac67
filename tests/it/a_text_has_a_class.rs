//! The class of a text, from the command line, over HTTP, and by a model of the institution's own.

use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http;
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use serde_json::{Value, json};

const PHISHING: &str = "Your bank account is blocked today. Update your KYC here bit.ly/3kYcUp";
const DEBIT: &str = "您尾号4321的储蓄卡5月6日10:20消费人民币88.00元，余额1200.00元。【招商银行】";

#[test]
fn over_http_one_text_or_a_list_has_its_classes() {
    let (folder, smsc) = (Folder::new("classify-http"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let server = Server::start(&folder);
    let one = server.post("/v1/classify", &json!({ "text": PHISHING }));
    assert_eq!(one.status, 200);
    assert_eq!((&one.json()["class"], &one.json()["language"]), (&json!("scam"), &json!("en")));
    let evidence = one.json()["evidence"].as_array().unwrap().clone();
    let characters: Vec<char> = PHISHING.chars().collect();
    assert!(!evidence.is_empty());
    for piece in &evidence {
        let place = |name: &str| piece[name].as_u64().unwrap() as usize;
        let shown: String = characters[place("start")..place("end")].iter().collect();
        assert_eq!(piece["text"], json!(shown));
    }
    let two =
        server.post("/v1/classify", &json!([{ "text": DEBIT, "sender": "95555" }, { "text": PHISHING }]));
    let classes: Vec<Value> = two.json().as_array().unwrap().iter().map(|v| v["class"].clone()).collect();
    assert_eq!(classes, [json!("customer_service"), json!("scam")]);
    assert_eq!(server.post("/v1/classify", &json!([{ "text": "a" }, { "txt": "a" }])).problem(), 400);
    let stranger = http::call(&server.address, None, "POST", "/v1/classify", b"{\"text\":\"a\"}").unwrap();
    assert_eq!(stranger.problem(), 401);
}

#[test]
fn from_the_command_line_without_a_server() {
    let folder = Folder::new("classify-command");
    let said = folder.hongyan(&["classify", DEBIT]).well();
    let verdict: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        (&verdict["class"], &verdict["subtype"]),
        (&json!("customer_service"), &json!("transaction_debit"))
    );
    let refused = folder.hongyan(&["classify", "--model", "config/none.bin", DEBIT]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
}
