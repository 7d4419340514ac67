//! HTTP: who may call, what is taken, what is refused and how that is said; and that a 202 outlives a power cut.

use hongyan_tests::bank::{customer, id, movement};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http;
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use serde_json::{Value, json};

#[test]
fn nobody_calls_without_a_key_but_for_the_shell() {
    let (folder, smsc) = (Folder::new("key"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let server = Server::start(&folder);
    for (method, path) in [
        ("GET", "/v1/status"),
        ("GET", "/metrics"),
        ("GET", "/log/checkpoint"),
        ("POST", "/v1/customers"),
        ("POST", "/v1/events"),
        ("POST", "/v1/broadcasts"),
        ("POST", "/v1/broadcasts/preview"),
        ("GET", "/v1/messages/m-1"),
        ("GET", "/v1/messages/m-1/opened"),
        ("DELETE", "/v1/customers/c-1"),
    ] {
        for key in [None, Some("hy_"), Some("hy_00"), Some("")] {
            let answer = http::call(&server.address, key, method, path, b"{}").unwrap();
            assert_eq!(answer.problem(), 401, "{method} {path}");
        }
    }
    for path in ["/", "/healthz", "/readyz"] {
        let answer = http::call(&server.address, None, "GET", path, &[]).unwrap();
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[test]
fn every_refusal_is_a_problem_with_its_places() {
    let (folder, smsc) = (Folder::new("problems"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let server = Server::start(&folder);
    let pointers = |answer: &http::Answer| -> Vec<String> {
        let json = answer.json();
        json["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap().to_owned()).collect()
    };
    let wrong = json!({ "events": [
        { "id": "e-1", "customer": "c-1", "type": "transaction", "at": "yesterday" },
        { "customer": 7, "type": "transaction", "at": "2026-11-01T10:00:00Z", "fields": { "amount": { "money": "1,5" } }, "more": 1 },
    ]});
    let answer = server.post("/v1/events", &wrong);
    assert_eq!(answer.problem(), 400);
    let found = pointers(&answer);
    for place in
        ["/events/0/at", "/events/1/id", "/events/1/customer", "/events/1/fields/amount", "/events/1/more"]
    {
        assert!(found.iter().any(|pointer| pointer == place), "{place} is not in {found:?}");
    }
    let mut stranger = customer(1);
    stranger["phone"] = json!("12");
    stranger["consents"] =
        json!([{ "class": "marketing", "state": "perhaps", "at": "2026-01-01T00:00:00Z", "evidence": "x" }]);
    let answer = server.post("/v1/customers", &json!({ "customers": [stranger] }));
    assert_eq!(
        (answer.problem(), pointers(&answer)),
        (400, vec!["/customers/0/phone".into(), "/customers/0/consents/0/state".into()])
    );
    assert_eq!(server.figure("/perceive/customers"), 0, "a batch with a mistake is not taken at all");

    let call = |method: &str, path: &str, body: &[u8]| server.call(method, path, body).unwrap().problem();
    assert_eq!(call("POST", "/v1/events", b"{\"events\": [\xff]}"), 400);
    assert_eq!(call("POST", "/v1/events", b"not json"), 400);
    assert_eq!(call("POST", "/v1/broadcasts", b"id = 7\n"), 400);
    assert_eq!(call("POST", "/v1/broadcasts", b"\xff\xfe"), 400);
    assert_eq!(call("GET", "/v1/nothing", b""), 404);
    assert_eq!(call("GET", "/v1/messages/m-77", b""), 404);
    assert_eq!(call("GET", "/v1/messages/seven", b""), 400);
    assert_eq!(call("GET", "/v1/customers/nobody/messages", b""), 404);
    assert_eq!(call("GET", "/v1/customers/nobody/consent?class=gossip", b""), 400);
    assert_eq!(call("GET", "/v1/customers/nobody/consent", b""), 400);
    assert_eq!(call("DELETE", "/v1/customers/nobody", b""), 404);
    assert_eq!(call("GET", "/log/tile/0/x", b""), 404);
    assert_eq!(call("GET", "/v1/events", b""), 405);
    let long = vec![b' '; 17 << 20];
    assert_eq!(call("POST", "/v1/events", &long), 413);
}

#[test]
fn the_same_again_changes_nothing() {
    let (folder, smsc) = (Folder::new("idempotent"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let server = Server::start(&folder);
    let customers = [customer(1), customer(2)];
    let counts = |answer: http::Answer| {
        let json = answer.json();
        (json["accepted"].as_u64().unwrap(), json["unchanged"].as_u64().unwrap())
    };
    assert_eq!(counts(server.customers(&customers)), (2, 0));
    let entries = server.figure("/prove/entries");
    assert_eq!(counts(server.customers(&customers)), (0, 2));
    let events = [movement("e-1", 1, "10.00", "书店"), movement("e-2", 2, "10.00", "书店")];
    assert_eq!(counts(server.events(&events)), (2, 0));
    assert_eq!(counts(server.events(&events)), (0, 2));
    let mut twice = events[0].clone();
    twice["fields"]["amount"] = json!({ "money": "99.00" });
    assert_eq!(
        counts(server.events(&[twice.clone(), twice])),
        (0, 2),
        "an id is an event, whatever it says now"
    );
    server.reaches("/deliver/delivered", 2);
    assert_eq!(smsc.parts().len(), 2);
    assert_eq!(server.figure("/perceive/events"), 2);
    assert!(entries > 0);

    let stranger = movement("e-3", 9, "10.00", "书店");
    let answer = server.post(
        "/v1/events",
        &json!({ "events": [events[0].clone(), stranger, movement("e-4", 1, "1.00", "书店")] }),
    );
    let json = answer.json();
    assert_eq!((answer.status, &json["accepted"], &json["unchanged"]), (202, &json!(1), &json!(1)));
    assert_eq!(json["rejected"][0]["index"], 1, "{json}");
    assert_eq!(json["rejected"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_was_answered_202_outlives_a_power_cut() {
    let (folder, smsc) = (Folder::new("durable"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    let mut sent = 0;
    for round in 0..3 {
        let server = Server::start(&folder);
        server.customers(&[customer(round)]);
        let event = format!("e-{round}");
        server.events(&[movement(&event, round, "10.00", "书店")]);
        sent += 1;
        server.kill();
        let server = Server::start(&folder);
        assert_eq!(server.figure("/perceive/customers"), sent);
        assert_eq!(server.figure("/perceive/events"), sent);
        let again =
            server.post("/v1/events", &json!({ "events": [movement(&event, round, "10.00", "书店")] }));
        assert_eq!(again.json()["unchanged"], 1);
        let stories = server.get(&format!("/v1/customers/{}/messages", id(round))).json();
        assert_eq!(stories.as_array().map(Vec::len), Some(1), "{stories}");
        server.reaches("/deliver/delivered", sent);
        let steps =
            |story: &Value| story["steps"].as_array().unwrap().iter().any(|s| s["what"] == "message_claimed");
        let stories = server.get(&format!("/v1/customers/{}/messages", id(round))).json();
        assert!(steps(&stories[0]), "{stories}");
        server.kill();
    }
}
