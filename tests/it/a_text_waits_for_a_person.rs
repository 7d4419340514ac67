//! Reviews over the command line: what a list wants a person to look at is held, shown with its text, labelled, approved by hash and then
//! sent; labels come out masked, and that a model was made of them is in the ledger.

use hongyan_tests::bank::{dialled, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use serde_json::{Value, json};

const TEMPLATE: &str = r#"
id = "limited"
class = "marketing"
subtype = "offer"
language = "zh-CN"
parts_max = 2
text = "{{ name }}您好，积分商城全新上线，名额有限。详询95588。拒收请回复R"
[variables]
name = { type = "name", from = "customer.name" }
"#;
const BROADCAST: &str = r#"
id = "limited"
class = "marketing"
subtype = "offer"
template = "limited"
audience = "true"
"#;

#[test]
fn a_text_waits_for_a_person() {
    let (folder, smsc) = (Folder::new("review"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    folder.write("config/templates/limited.toml", TEMPLATE);
    let shipped = library::files().find(|(path, _)| *path == "institution.toml").expect("shipped").1;
    folder.write("config/institution.toml", format!("{shipped}\nunreviewed = \"review\"\n"));
    let server = Server::start(&folder);
    let run = |arguments: &[&str]| folder.hongyan(arguments);
    server.customers(&[willing(1), willing(2)]);
    server.launch(BROADCAST);
    wait_until("both wait", || server.get("/v1/reviews").json()["waiting"] == 2);
    let listed = server.get("/v1/reviews").json();
    let message = |at: usize| listed["reviews"][at]["message"].as_str().unwrap().to_owned();
    assert_eq!(
        (&listed["reviews"][0]["rule"], &listed["reviews"][0]["class"]),
        (&json!("words"), &json!("marketing"))
    );
    assert!(listed["reviews"][0].get("text").is_none(), "a list shows no texts");
    assert!(run(&["review", "list"]).well().out.contains("2 waiting"));
    let shown: Value = serde_json::from_str(&run(&["review", "show", &message(0)]).well().out).unwrap();
    assert!(shown["text"].as_str().unwrap().contains("名额有限"), "{shown}");
    assert_eq!(
        run(&["review", "approve", &message(0), "--hash", &"0".repeat(64)]).code,
        Some(1),
        "another text"
    );
    assert_eq!(run(&["review", "label", &message(0), "advert"]).code, Some(1), "no such class");
    run(&["review", "label", &message(0), "marketing"]).well();
    run(&["review", "approve", &message(0), "--remark", "there are 100 places"]).well();
    run(&["review", "reject", &message(1)]).well();
    wait_until("the approved one is with the carrier", || {
        smsc.texts_to(&dialled(1)).len() + smsc.texts_to(&dialled(2)).len() == 1
    });
    assert_eq!(server.get("/v1/reviews").json()["waiting"], 0);
    let why = run(&["why", &message(0)]).well().out;
    assert!(why.contains("approved by ") && why.contains("there are 100 places"), "{why}");
    assert!(run(&["why", &message(1)]).well().out.contains("has rejected it"));
    let exported = run(&["review", "export"]).well().out;
    let line: Value = serde_json::from_str(exported.trim()).unwrap();
    let text = line["text"].as_str().unwrap();
    assert!(text.contains("X您好") && text.contains("00000") && line["class"] == "marketing", "{exported}");
    let made = json!({ "model": "a".repeat(64), "data": null, "texts": 3, "held_out": 2, "right": 2 });
    assert_eq!(server.post("/v1/trainings", &made).status, 200);
    let wrong = json!({ "model": "a".repeat(64), "data": null, "texts": 3, "held_out": 2, "right": 3 });
    assert_eq!(server.post("/v1/trainings", &wrong).status, 400);
    server.stop();
    run(&["rebuild"]).well();
}
