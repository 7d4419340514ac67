//! Accounts over our own API: what is taken, refused, repeated, cancelled and told, and who may ask.

use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http::{self, Answer};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::{bank, wait_for, wait_until};
use serde_json::{Value, json};

const ACCOUNT: &str = r#"
id = "core"
department = "运营部"
classes = ["customer_service", "marketing"]
class = "customer_service"
consent = "asserted"
signatures = ["鸿雁理财"]
extension = "8"
tokens = ["core-token"]
"#;

const SLOW: &str = r#"
id = "slow"
department = "运营部"
classes = ["customer_service"]
class = "customer_service"
tps = 2
tokens = ["slow-token"]
"#;

const ELSEWHERE: &str = r#"
id = "elsewhere"
department = "运营部"
classes = ["customer_service"]
class = "customer_service"
tokens = ["elsewhere-token"]
allow = ["192.0.2.0/24"]
"#;

fn folder(name: &str, smsc: &Smsc) -> Folder {
    let folder = Folder::new(name);
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    for (id, account) in [("core", ACCOUNT), ("slow", SLOW), ("elsewhere", ELSEWHERE)] {
        folder.write(&format!("config/accounts/{id}.toml"), account);
    }
    folder
}

fn call(server: &Server<'_>, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    http::call(&server.address, Some(token), method, path, body.as_bytes()).unwrap()
}

fn core(server: &Server<'_>, method: &str, path: &str, body: &Value) -> Answer {
    call(server, "core-token", method, path, body)
}

#[test]
fn a_batch_is_answered_member_by_member() {
    let smsc = Smsc::start(1);
    let folder = folder("orders", &smsc);
    let server = Server::start(&folder);
    let soon = bank::now().after(model::Span::hours(20)).to_string();
    let batch = json!({ "messages": [
        { "id": "a", "to": bank::phone(1), "text": "您的申请已受理。", "reference": "r-1", "extension": "01" },
        { "id": "b", "to": bank::phone(2), "text": "您的申请已受理。", "signature": "别家" },
        { "id": "c", "to": "12", "text": "您的申请已受理。" },
        { "id": "d", "to": bank::phone(3), "text": "明天见。", "at": soon, "validity": "24h" },
        { "id": "e", "customer": "nobody", "text": "您的申请已受理。" },
        { "id": "f", "to": bank::phone(4), "template": "no-such" },
    ]});
    let answer = core(&server, "POST", "/v1/messages", &batch);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let json = answer.json();
    let verdicts = json["messages"].as_array().unwrap();
    let words: Vec<&str> = verdicts.iter().map(|v| v["status"].as_str().unwrap()).collect();
    assert_eq!(words, ["accepted", "blocked", "refused", "held", "refused", "refused"], "{json}");
    assert_eq!((&verdicts[1]["rule"], &verdicts[3]["id"]), (&json!("account"), &json!("d")));
    assert!(verdicts[1]["detail"].as_str().unwrap().contains("别家"), "{json}");

    let again = core(&server, "POST", "/v1/messages", &batch["messages"][0]).json();
    assert_eq!(again["messages"][0]["status"], "repeated", "{again}");
    assert_eq!(again["messages"][0]["message"], verdicts[0]["message"]);

    let path = format!("/v1/messages/{}", verdicts[0]["message"].as_str().unwrap());
    let told = wait_for("the message's end", || {
        let record = core(&server, "GET", &path, &Value::Null).json();
        (record["status"] == "delivered").then_some(record)
    });
    assert_eq!((&told["reference"], &told["parts"]), (&json!("r-1"), &json!(1)), "{told}");
    assert_eq!(told["to"], format!("+{}", bank::dialled(1)));
    assert_eq!(told["receipts"][0]["state"], "delivered", "{told}");
    assert!(told["cost_millifen"].as_i64().unwrap() > 0 && told["submitted"].is_string(), "{told}");
    let parts = smsc.parts();
    assert_eq!((parts.len(), parts[0].text.as_str()), (1, "【鸿雁银行】您的申请已受理。"));

    let held = format!("/v1/messages/{}", verdicts[3]["message"].as_str().unwrap());
    assert_eq!(core(&server, "GET", &held, &Value::Null).json()["status"], "held");
    assert_eq!(call(&server, "slow-token", "GET", &held, &Value::Null).problem(), 404, "another account's");
    assert_eq!(call(&server, "slow-token", "DELETE", &held, &Value::Null).problem(), 404);
    assert_eq!(core(&server, "DELETE", &held, &Value::Null).status, 200);
    assert_eq!(core(&server, "GET", &held, &Value::Null).json()["status"], "cancelled");
    assert_eq!(core(&server, "DELETE", &held, &Value::Null).problem(), 409);
    assert_eq!(core(&server, "DELETE", &path, &Value::Null).problem(), 409);
    let story = server.get(&path).json();
    assert!(story["steps"].is_array(), "an operator's key is answered why: {story}");
}

#[test]
fn what_an_account_is_told_waits_until_it_is_acknowledged() {
    let smsc = Smsc::start(1);
    let folder = folder("notices", &smsc);
    let message = json!({ "to": bank::phone(1), "text": "您好", "reference": "r-9", "tell": "progress" });
    let server = Server::start(&folder);
    assert_eq!(core(&server, "POST", "/v1/messages", &message).status, 202);
    let all =
        |server: &Server<'_>| core(server, "GET", "/v1/notices", &Value::Null).json()["notices"].clone();
    wait_until("two notices", || all(&server).as_array().unwrap().len() == 2);
    server.kill();
    let server = Server::start(&folder);
    let notices = all(&server);
    let types: Vec<&str> = notices.as_array().unwrap().iter().map(|n| n["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["message.submitted", "message.delivered"], "{notices}");
    assert_eq!(notices[1]["data"]["reference"], "r-9");
    let first = notices[0]["id"].as_str().unwrap();
    let after = core(&server, "GET", &format!("/v1/notices?after={first}&limit=1"), &Value::Null).json();
    assert_eq!(after["notices"].as_array().unwrap(), &[notices[1].clone()]);
    let none = call(&server, "slow-token", "POST", "/v1/notices/ack", &json!({ "notices": [first] }));
    assert_eq!(none.status, 200);
    assert_eq!(all(&server).as_array().unwrap().len(), 2, "another account acknowledges nothing of ours");
    let acknowledged = core(&server, "POST", "/v1/notices/ack", &json!({ "notices": [first] }));
    assert_eq!(acknowledged.json()["acknowledged"], 1);
    assert_eq!(all(&server), json!([notices[1]]));
    server.kill();
    let server = Server::start(&folder);
    assert_eq!(all(&server), json!([notices[1]]), "what was acknowledged stays so");
}

#[test]
fn only_accounts_hand_in_and_only_from_where_they_may_come() {
    let smsc = Smsc::start(1);
    let folder = folder("who", &smsc);
    let server = Server::start(&folder);
    let message = json!({ "to": bank::phone(1), "text": "您好" });
    for (token, expected) in [("wrong", 401), ("elsewhere-token", 403), (server.key.as_str(), 403)] {
        assert_eq!(call(&server, token, "POST", "/v1/messages", &message).problem(), expected, "{token}");
    }
    for path in ["/v1/status", "/v1/routes", "/v1/uncertain", "/v1/switches", "/v1/accounts", "/metrics"] {
        assert_eq!(core(&server, "GET", path, &Value::Null).problem(), 401, "{path}");
    }
    let wrong = core(&server, "POST", "/v1/messages", &json!({ "messages": [{ "to": 7, "txt": "x" }] }));
    assert_eq!(wrong.problem(), 400);
    let places: Vec<Value> =
        wrong.json()["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert!(
        places.contains(&json!("/messages/0/to")) && places.contains(&json!("/messages/0/txt")),
        "{places:?}"
    );
    let large = vec![b' '; 9 << 20];
    let answer = http::call(&server.address, Some("core-token"), "POST", "/v1/messages", &large).unwrap();
    assert_eq!(answer.problem(), 413);
    let document = http::call(&server.address, None, "GET", "/v1/openapi.json", &[]).unwrap();
    assert_eq!((document.status, &document.json()["openapi"]), (200, &json!("3.1.0")));
    for (path, methods) in document.json()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let answer = http::call(&server.address, None, &method.to_uppercase(), path, b"{}").unwrap();
            // What says that it needs nothing is for everybody.
            match operation["security"].as_array().is_some_and(Vec::is_empty) {
                true => assert_ne!(answer.status, 401, "{method} {path} is open"),
                false => assert_eq!(answer.problem(), 401, "{method} {path} is described and served"),
            }
        }
    }
}

#[test]
fn more_than_the_rate_is_refused_with_how_long_to_wait() {
    let smsc = Smsc::start(1);
    let folder = folder("rate", &smsc);
    let server = Server::start(&folder);
    let message = |n| json!({ "to": bank::phone(n), "text": "您好" });
    let many = json!({ "messages": (0..10).map(message).collect::<Vec<_>>() });
    assert_eq!(
        call(&server, "slow-token", "POST", "/v1/messages", &many).status,
        202,
        "a second's worth is in store"
    );
    let answer = call(&server, "slow-token", "POST", "/v1/messages", &message(11));
    assert_eq!(answer.problem(), 429);
    assert!(answer.json()["detail"].as_str().unwrap().contains("wait"), "{}", answer.text());
    assert_eq!(
        core(&server, "POST", "/v1/messages", &message(12)).status,
        202,
        "another account has its own"
    );
}
