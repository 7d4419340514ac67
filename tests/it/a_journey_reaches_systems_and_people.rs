//! Over the wire: a system calls for a journey, the journey calls a system and hands over to people, and what happens to an
//! instrument reaches who holds it; also when the process dies between.

use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::{bank, wait_for};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

const NOTE: &str = r#"
id = "note"
class = "customer_service"
language = "zh-CN"
parts_max = 1
text = "{{ who }}提醒：积分{{ points }}。"
[variables]
who = { type = "name", from = "institution.name" }
points = { type = "int", from = "got.points" }
"#;

const JOURNEY: &str = r#"
id = "points"
version = 1
class = "customer_service"
[trigger]
call = true
[[steps]]
webhook = "points"
with = { card = "event.card" }
timeout = "10m"
otherwise = "end"
[[steps]]
send = "note"
[[steps]]
hand_over = "care"
what = "请回电"
timeout = "3d"
otherwise = "end"
[[steps]]
tag = { called = true }
"#;

const HELD: &str = r#"
id = "held"
version = 1
class = "customer_service"
[trigger]
market = "moved"
holds = "holdings"
[[steps]]
wait = "1d"
"#;

/// Answers every call so; keeps the bodies.
fn system(answer: &'static str) -> (SocketAddr, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let calls: Arc<Mutex<Vec<Value>>> = Arc::default();
    let seen = Arc::clone(&calls);
    // It ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut whole = Vec::new();
            let mut piece = [0; 4_096];
            let body = loop {
                let count = stream.read(&mut piece).unwrap_or(0);
                whole.extend_from_slice(&piece[..count]);
                let end = whole.windows(4).position(|four| four == b"\r\n\r\n");
                let read = end.and_then(|end| serde_json::from_slice::<Value>(&whole[end + 4..]).ok());
                match read {
                    Some(body) => break Some(body),
                    None if count == 0 => break None,
                    None => {}
                }
            };
            let Some(body) = body else { continue };
            seen.lock().unwrap().push(body);
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
                answer.len()
            );
            let _ = stream.write_all(head.as_bytes());
        }
    });
    (address, calls)
}

fn folder(name: &str, system: SocketAddr) -> (Folder, Smsc) {
    let (folder, smsc) = (Folder::new(name), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    folder.write("config/templates/note.toml", NOTE);
    folder.write("config/journeys/points.toml", JOURNEY);
    folder.write("config/journeys/held.toml", HELD);
    let hook = format!(
        "id = \"points\"\nurl = \"http://{system}/points\"\nallow = [\"127.0.0.0/8\"]\n\
         secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n"
    );
    folder.write("config/hooks/points.toml", hook);
    (folder, smsc)
}

#[test]
fn a_call_leads_to_a_system_a_message_and_people() {
    let (address, calls) = system(r#"{"points": 120}"#);
    let (folder, _smsc) = folder("systems", address);
    let server = Server::start(&folder);
    server.customers(&[bank::customer(1)]);
    let enter = |key: &str| {
        let body = json!({ "customer": bank::id(1), "key": key, "fields": { "card": "K7" } });
        server.post("/v1/journeys/points/enter", &body)
    };
    assert_eq!(enter("one").status, 202);
    assert_eq!(enter("one").json()["state"], "again");
    let tasks = || server.get("/v1/tasks?queue=care").json();
    let task = wait_for("a task", || Some(tasks()["tasks"][0].clone()).filter(|task| !task.is_null()));
    let body = calls.lock().unwrap()[0].clone();
    assert_eq!((&body["type"], &body["values"]), (&json!("journey.call"), &json!({ "card": "K7" })));
    assert_eq!(body["customer"], json!(bank::id(1)));
    assert_eq!(calls.lock().unwrap().len(), 1);
    assert_eq!((&task["what"], &task["customer"]), (&json!("请回电"), &json!(bank::id(1))));
    server.reaches("/deliver/delivered", 1);
    // What is open survives a death.
    server.kill();
    let server = Server::start(&folder);
    let name = task["task"].as_str().unwrap();
    assert_eq!(server.get("/v1/tasks").json()["open"], 1);
    let path = format!("/v1/tasks/{name}");
    assert_eq!(server.post(&path, &json!({ "state": "perhaps" })).problem(), 400);
    assert_eq!(server.post(&path, &json!({ "state": "done" })).status, 200);
    assert_eq!(server.post(&path, &json!({ "state": "done" })).problem(), 404);
    assert_eq!(server.get("/v1/tasks").json()["open"], 0);
    let nobody = json!({ "customer": "nobody", "key": "x" });
    assert_eq!(server.post("/v1/journeys/points/enter", &nobody).problem(), 404);
    assert_eq!(server.post("/v1/journeys/held/enter", &nobody).problem(), 404);
}

#[test]
fn what_happens_to_an_instrument_reaches_who_holds_it() {
    let (address, _) = system("{}");
    let (folder, _smsc) = folder("holders", address);
    let server = Server::start(&folder);
    let holding = |n: usize, holdings: &[&str]| {
        let mut customer = bank::customer(n);
        customer["attributes"]["holdings"] = json!(holdings);
        customer
    };
    server.customers(&[holding(1, &["F1", "F2"]), holding(2, &["F2"]), holding(3, &["F1"])]);
    let event = json!({ "events": [
        { "id": "M1", "type": "moved", "instrument": "F1", "at": "2026-05-06T10:00:00+08:00", "fields": { "percent": 3.5 } }
    ] });
    assert_eq!(server.post("/v1/market-events", &event).json()["accepted"], 1);
    assert_eq!(server.post("/v1/market-events", &event).json()["unchanged"], 1);
    let inside = || {
        let status = server.status();
        status["inside"].as_array().and_then(|all| all.iter().find(|j| j["journey"] == "held").cloned())
    };
    let journey = wait_for("two inside", || inside().filter(|journey| journey["people"] == 2));
    assert_eq!(journey["stuck"], 0);
}
