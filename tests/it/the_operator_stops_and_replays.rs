//! The operator: what is paused waits, what is killed never leaves, what has failed is handed in again once, and a month's
//! cost is told by department.

use hongyan_tests::carrier_sim::CarrierSim;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http;
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::{bank, wait_until};
use serde_json::{Value, json};

const ACCOUNT: &str = r#"
id = "core"
department = "运营部"
classes = ["customer_service"]
class = "customer_service"
tokens = ["core-token"]
"#;

fn folder(name: &str, smsc: &Smsc) -> Folder {
    let folder = Folder::new(name);
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    folder.write("config/accounts/core.toml", ACCOUNT);
    folder
}

fn send(server: &Server<'_>, n: usize) -> Value {
    let body = json!({ "to": bank::phone(n), "text": "您的申请已受理。" }).to_string();
    let answer =
        http::call(&server.address, Some("core-token"), "POST", "/v1/messages", body.as_bytes()).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["messages"][0].clone()
}

#[test]
fn what_is_paused_waits_and_what_is_killed_never_leaves() {
    let smsc = Smsc::start(1);
    let folder = folder("switches", &smsc);
    let server = Server::start(&folder);
    let said = folder.hongyan(&["route", "pause", "route:demo", "--why", "drill"]).well();
    assert!(said.out.contains("route:demo is paused"), "{}", said.out);
    (0..5).for_each(|n| drop(send(&server, n)));
    let routes = server.get("/v1/routes").json();
    assert_eq!(routes["routes"][0]["switch"], "paused", "{routes}");
    assert_eq!(
        server.get("/v1/switches").json()["switches"],
        json!([{ "scope": "route:demo", "state": "paused" }])
    );
    assert!(smsc.parts().is_empty(), "nothing leaves while it is paused");
    let list = folder.hongyan(&["route", "list"]).well();
    assert!(list.out.contains("paused") && list.out.contains("route:demo is paused"), "{}", list.out);
    folder.hongyan(&["route", "resume", "route:demo"]).well();
    wait_until("what waited leaves", || smsc.parts().len() == 5);
    folder.hongyan(&["route", "kill", "account:core", "--why", "drill"]).well();
    let verdict = send(&server, 9);
    assert_eq!((&verdict["status"], &verdict["rule"]), (&json!("blocked"), &json!("switch")), "{verdict}");
    assert_eq!(smsc.parts().len(), 5);
    for (scope, expected) in [("route:nowhere", 404), ("account:nobody", 404), ("planet:mars", 400)] {
        let answer = server.post("/v1/switches", &json!({ "scope": scope, "state": "paused" }));
        assert_eq!(answer.problem(), expected, "{scope}");
    }
    let answer = server.post("/v1/switches", &json!({ "scope": "all", "state": "off" }));
    assert_eq!(answer.problem(), 400);
    let page = http::call(&server.address, None, "GET", "/deliver", &[]).unwrap();
    assert!(page.status == 200 && page.text().contains("鸿雁"));
}

#[test]
fn dead_letters_are_counted_and_the_month_is_told_by_department() {
    let smsc = Smsc::start(1);
    let folder = folder("replay", &smsc);
    let server = Server::start(&folder);
    (0..3).for_each(|n| drop(send(&server, n)));
    server.reaches("/deliver/delivered", 3);
    let none = folder.hongyan(&["route", "replay", "--route", "demo", "--dry-run"]).well();
    assert!(none.out.contains("found 0"), "what arrived is no dead letter: {}", none.out);
    let month: String = bank::now().to_string().chars().take(7).collect();
    // The institution's clock is ahead of UTC: on the last evening of a month it is the next one already.
    let now = model::Zone::SHANGHAI.local(bank::now()).0.to_string();
    let month = if now.starts_with(&month) { month } else { now.chars().take(7).collect() };
    let csv = folder.hongyan(&["route", "statement", "--month", &month]).well();
    let line =
        csv.out.lines().find(|line| line.starts_with("运营部")).unwrap_or_else(|| panic!("{}", csv.out));
    assert_eq!(line, "运营部,account:core@1,demo,customer_service,3,3,0.105");
    assert_eq!(server.get("/v1/statement?month=yesterday").problem(), 400);
    assert_eq!(server.post("/v1/replays", &json!({ "route": "nowhere" })).problem(), 404);
}

#[test]
fn a_dead_letter_is_handed_in_again_once() {
    let folder = Folder::new("dead");
    let carrier = CarrierSim::start(&folder, &["undeliverable=1000"]);
    folder.carrier(&carrier.address, Pace::default());
    folder.always_open();
    folder.write("config/accounts/core.toml", ACCOUNT);
    let server = Server::start(&folder);
    (0..3).for_each(|n| drop(send(&server, n)));
    server.reaches("/outcomes/undelivered", 3);
    let count = folder
        .hongyan(&["route", "replay", "--route", "demo", "--outcome", "undelivered", "--dry-run"])
        .well();
    assert!(count.out.contains("found 3: 3 undelivered") && count.out.contains("dry run"), "{}", count.out);
    let none = folder.hongyan(&["route", "replay", "--route", "demo", "--outcome", "refused"]).well();
    assert!(none.out.contains("found 0"), "{}", none.out);
    let again = folder.hongyan(&["route", "replay", "--route", "demo"]).well();
    assert!(again.out.contains("handed in: 3 accepted"), "{}", again.out);
    server.reaches("/outcomes/undelivered", 6);
    // The first three were replayed already; what replayed them has failed as well and may be.
    let twice = folder.hongyan(&["route", "replay", "--route", "demo"]).well();
    assert!(twice.out.contains("3 accepted, 3 repeated"), "{}", twice.out);
    let routes = server.get("/v1/routes").json();
    let figures = &routes["routes"][0]["figures"];
    assert!(figures["outcomes"]["undelivered"].as_u64().unwrap() >= 6, "{figures}");
    let metrics = server.get("/metrics").text();
    assert!(
        metrics.contains("hongyan_deliver_route_ended_total{route=\"demo\",outcome=\"undelivered\"}"),
        "{metrics}"
    );
}
