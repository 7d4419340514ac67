//! Logs, metrics, status, problems: none of them ever shows a name, a number, a text or an id of a customer.

use hongyan_tests::bank::{id, movement, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::search::found_in;
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use serde_json::json;

const CANARIES: [&str; 8] = [
    "慕容金丝雀",
    "13855554444",
    "8613855554444",
    "canary-customer-55",
    "canary-event-55",
    "金丝雀酒楼",
    "请告诉金丝雀",
    "31415926",
];

#[test]
fn nothing_personal_is_logged() {
    let (folder, smsc) = (Folder::new("canaries"), Smsc::start(1));
    folder.carrier(smsc.address, Pace { tps: 100, window: 10, timeout: 1 });
    folder.always_open();
    // As talkative as it can be.
    let server = Server::with(&folder, &["--log-json"]);
    let mut customer = willing(55);
    customer["id"] = json!("canary-customer-55");
    customer["phone"] = json!("13855554444");
    customer["attributes"]["name"] = json!("慕容金丝雀");
    let mut nameless = willing(1);
    nameless["attributes"] = json!({ "name": "慕容金丝雀" });
    server.customers(&[customer.clone(), nameless]);
    let mut event = movement("canary-event-55", 55, "31415926.00", "金丝雀酒楼");
    event["customer"] = json!("canary-customer-55");
    // The second customer has no alert threshold: a condition without an answer is logged.
    let mut unanswered = movement("canary-event-55-b", 1, "31415926.00", "金丝雀酒楼");
    unanswered["customer"] = json!(id(1));
    server.events(&[event.clone(), unanswered]);
    server.reaches("/deliver/delivered", 2);
    smsc.reply("8613855554444", "请告诉金丝雀");
    smsc.reply("8613855554444", "退订");
    smsc.reply("13855554444", "退订 金丝雀酒楼");
    server.reaches("/converse/opt_outs", 1);
    // An answer that never comes, a line that breaks, a receipt for nobody.
    smsc.habits(|habits| habits.latency = None);
    event["id"] = json!("canary-event-55-c");
    server.events(&[event.clone()]);
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    smsc.habits(|habits| habits.latency = Some(std::time::Duration::ZERO));
    event["fields"]["amount"] = json!({ "money": "金丝雀酒楼" });
    event["customer"] = json!({ "canary-customer-55": "13855554444" });
    let problem = server.post("/v1/events", &json!({ "events": [event] }));
    customer["zone"] = json!("慕容金丝雀/13855554444");
    customer["standing"] = json!("13855554444");
    let problems = server.post("/v1/customers", &json!({ "customers": [customer] }));
    assert_eq!((problem.problem(), problems.problem()), (400, 400));
    for path in ["/metrics", "/v1/status", "/log/checkpoint", "/"] {
        let answer = server.get(path);
        assert_eq!((answer.status, found_in(&answer.body, &CANARIES)), (200, vec![]), "{path}");
    }
    let metrics = server.get("/metrics").text();
    assert!(metrics.contains("hongyan_perceive_events") && metrics.ends_with("# EOF\n"), "{metrics}");
    server.stop();
    let said = folder.said();
    assert!(said.contains("bound"), "there is a log: {said}");
    assert_eq!(found_in(said.as_bytes(), &CANARIES), Vec::<&str>::new());
}
