//! Proof and erasure: a certificate verifies in another folder with the log's public key alone; a byte changed and it
//! does not; after the customer is erased it still verifies, and the content is gone from everything that was written.

use hongyan_tests::bank::{customer, id, movement, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::search::{found_in, leaks};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use serde_json::{Value, json};

/// Planted in a customer, an event and a reply; none may ever lie in a file in clear.
const CANARIES: [&str; 9] = [
    "欧阳金丝雀",
    "13877776666",
    "8613877776666",
    "canary-customer-77",
    "金丝雀茶馆",
    "canary-event-77",
    "form-canary-77",
    "31415926.53",
    "我要投诉金丝雀",
];

fn canary() -> (Value, Value) {
    let mut customer = willing(77);
    customer["id"] = json!("canary-customer-77");
    customer["phone"] = json!("13877776666");
    customer["attributes"]["name"] = json!("欧阳金丝雀");
    customer["consents"][0]["evidence"] = json!("form-canary-77");
    let mut event = movement("canary-event-77", 77, "31415926.53", "金丝雀茶馆");
    event["customer"] = json!("canary-customer-77");
    (customer, event)
}

/// Nothing under the data folder, and nothing that was printed or logged, has a canary in it.
#[track_caller]
fn nothing_leaks(folder: &Folder, said: &str) {
    assert_eq!(leaks(&folder.data(), &CANARIES), []);
    assert_eq!(found_in(said.as_bytes(), &CANARIES), Vec::<&str>::new());
}

#[test]
fn a_certificate_outlives_an_erasure() {
    let (folder, smsc) = (Folder::new("certificate"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    let server = Server::start(&folder);
    let (customer_77, event) = canary();
    server.customers(&[customer_77.clone(), customer(1)]);
    server.events(&[event.clone(), movement("e-1", 1, "10.00", "书店")]);
    server.reaches("/deliver/delivered", 3);
    smsc.reply("8613877776666", "我要投诉金丝雀");
    server.reaches("/converse/replies", 1);
    assert!(smsc.texts_to("8613877776666").iter().any(|text| text.contains("金丝雀茶馆")));

    let stories = server.get("/v1/customers/canary-customer-77/messages").json();
    // The newest confirms the complaint, and says nothing of theirs.
    let is_theirs = |story: &&serde_json::Value| story["journey"] != "complaint-confirmation@1";
    let story = stories.as_array().unwrap().iter().find(is_theirs).unwrap();
    let message = story["message"].as_str().unwrap().to_owned();
    folder.hongyan(&["certificate", &message, "-o", "m.tlog-proof", "--opened", "details.json"]).well();
    let elsewhere = Folder::new("auditor");
    for file in ["m.tlog-proof", "details.json", "data/log.vkey"] {
        elsewhere.write(file.trim_start_matches("data/"), std::fs::read(folder.path(file)).unwrap());
    }
    std::fs::remove_file(folder.path("details.json")).unwrap();
    let verify = |opened: bool| {
        let mut arguments = vec!["verify", "m.tlog-proof", "--log-key", "log.vkey"];
        arguments.extend(opened.then_some(["--opened", "details.json"]).into_iter().flatten());
        elsewhere.hongyan(&arguments)
    };
    let said = verify(false).well().out;
    assert!(said.ends_with("verified\n") && said.contains("message_decided"), "{said}");
    assert_eq!(
        found_in(said.as_bytes(), &CANARIES),
        Vec::<&str>::new(),
        "a certificate alone says nothing personal"
    );
    let opened = verify(true).well().out;
    assert!(found_in(opened.as_bytes(), &CANARIES).contains(&"金丝雀茶馆"), "{opened}");

    // A byte changed anywhere, and neither verifies.
    for file in ["m.tlog-proof", "details.json"] {
        let good = std::fs::read(elsewhere.path(file)).unwrap();
        for at in (0..good.len()).step_by(good.len() / 24 + 1) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            elsewhere.write(file, &bad);
            let said = verify(file == "details.json");
            assert_ne!(said.code, Some(0), "byte {at} of {file}: {said:?}");
        }
        elsewhere.write(file, &good);
    }
    // Another log of the same name has another key.
    let other = Folder::new("another-log");
    other.hongyan(&["why", "--customer", "nobody"]);
    elsewhere.write("other.vkey", std::fs::read(other.path("data/log.vkey")).unwrap());
    let said = elsewhere.hongyan(&["verify", "m.tlog-proof", "--log-key", "other.vkey"]);
    assert!(said.err.starts_with("NOT VERIFIED"), "{said:?}");
    assert_ne!(said.code, Some(0), "{said:?}");

    wait_until("the follower", || server.figure("/prove/checkpoint") == server.figure("/prove/entries"));
    // The lines of two servers from here on; while nobody is erased, everything personal is sealed as well.
    nothing_leaks(&folder, "");
    let said = folder.hongyan(&["erase", "canary-customer-77"]).well();
    assert!(said.out.contains("erased"), "{said:?}");
    let gone = folder.hongyan(&["erase", "canary-customer-77"]);
    assert_eq!(gone.code, Some(1), "{gone:?}");
    verify(false).well();
    let fresh = folder.hongyan(&["certificate", &message, "-o", "n.tlog-proof"]).well();
    assert!(fresh.out.contains("n.tlog-proof"));
    elsewhere.write("m.tlog-proof", std::fs::read(folder.path("n.tlog-proof")).unwrap());
    verify(false).well();
    let late = folder.hongyan(&["certificate", &message, "-o", "n.tlog-proof", "--opened", "late.json"]);
    assert_eq!((late.code, late.err.contains("erased")), (Some(1), true), "{late:?}");
    assert!(!folder.path("late.json").exists());
    let said = folder.hongyan(&["why", &message]).well().out;
    assert!(said.contains("only the public part is left"), "{said}");
    assert_eq!(server.get("/v1/customers/canary-customer-77/messages").problem(), 404);
    assert_eq!(
        server.get(&format!("/v1/customers/{}/messages", id(1))).status,
        200,
        "nobody else is touched"
    );
    nothing_leaks(&folder, &server.err());
    server.kill();

    // And it stays so after a replay, where the customer is a tombstone.
    let server = Server::start(&folder);
    assert_eq!(server.get("/v1/customers/canary-customer-77/messages").problem(), 404);
    assert_eq!(server.figure("/prove/erased"), 1);
    let answer = server.post("/v1/events", &json!({ "events": [event] }));
    assert_eq!(answer.json()["rejected"][0]["index"], 0, "an erased customer is a stranger");
    server.stop();
    folder.hongyan(&["rebuild"]).well();
    verify(false).well();
    nothing_leaks(&folder, &folder.said());
}
