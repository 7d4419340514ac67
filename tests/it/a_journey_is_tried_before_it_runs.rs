//! `hongyan journey dry-run`: what it says of everybody and of one customer is what the journey then does, and the try leaves nothing
//! behind.

use hongyan_tests::bank::{self, customer, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use serde_json::{Value, json};

const JOURNEY: &str = r#"
id = "trial"
version = 1
class = "marketing"
subtype = "offer"
[trigger]
event = "payday"
when = "customer.age >= 18 && event.amount > 1000.0"

[[steps]]
send = "spring-offer"

[[steps]]
name = "rich"
branch = [{ when = "customer.risk_level >= 4", to = "people" }]

[[steps]]
exit = true

[[steps]]
name = "people"
hand_over = "advice"
what = "请回电"
timeout = "2d"
otherwise = "end"
"#;

/// Ten without consent, five too young, the others willing; every third of them bold.
fn audience() -> Vec<Value> {
    let person = |n: usize| {
        let mut person = if n < 10 { customer(n) } else { willing(n) };
        if (10..15).contains(&n) {
            person["attributes"]["age"] = json!(17);
        }
        if n.is_multiple_of(3) {
            person["attributes"]["risk_level"] = json!(4);
        }
        person
    };
    (0..45).map(person).collect()
}

fn folder(smsc: &Smsc) -> Folder {
    let folder = Folder::new("journey-dry-run");
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    folder.write("config/journeys/trial.toml", JOURNEY);
    let institution = library::file("institution.toml").unwrap();
    folder.write("config/institution.toml", format!("{institution}\ntasks_per_hour.advice = 4\n"));
    folder
}

/// The number at the end of the line that has these words.
fn line(said: &str, words: &str) -> u64 {
    let line = said.lines().find(|line| line.contains(words));
    line.and_then(|line| line.split_whitespace().last()?.parse().ok())
        .unwrap_or_else(|| panic!("{words} in {said}"))
}

#[test]
fn a_dry_run_of_everybody_is_what_the_journey_does() {
    let smsc = Smsc::start(1);
    let folder = folder(&smsc);
    let server = Server::start(&folder);
    server.customers(&audience());
    let entries = server.figure("/prove/entries");
    let try_it = ["journey", "dry-run", "trial", "--event", "amount=5000.00CNY"];
    let said = folder.hongyan(&try_it).well().out;
    assert_eq!(server.figure("/prove/entries"), entries, "a dry run records nothing");
    assert!(smsc.parts().is_empty());
    assert_eq!(
        (line(&said, "customers"), line(&said, "condition is not met"), line(&said, "enter")),
        (45, 5, 40)
    );
    assert_eq!((line(&said, "(consent)"), line(&said, "to send")), (10, 30), "{said}");
    let bold = (0..45_usize).filter(|n| n.is_multiple_of(3) && !(10..15).contains(n)).count();
    let queue = said.lines().find(|line| line.contains("queue advice")).unwrap();
    assert!(queue.contains("FULL") && queue.contains(&format!("{bold} tasks")), "{queue}");
    let parts = line(&said, "parts");

    // In earnest.
    let event = |n: usize| {
        json!({ "id": format!("P{n}"), "customer": bank::id(n), "type": "payday", "at": bank::now().to_string(),
                "fields": { "amount": { "money": "5000.00" } } })
    };
    server.events(&(0..45).map(event).collect::<Vec<_>>());
    server.reaches("/deliver/delivered", 30);
    assert_eq!(smsc.parts().len() as u64, parts);
    assert_eq!(server.get("/v1/tasks").json()["open"], bold);
    let rules = server.status()["rules"].clone();
    let blocked: Vec<_> =
        rules.as_array().unwrap().iter().map(|rule| (&rule["rule"], &rule["count"])).collect();
    assert_eq!(blocked, [(&json!("consent"), &json!(10))], "{rules}");
    server.stop();
}

#[test]
fn a_dry_run_of_one_customer_names_what_decided() {
    let smsc = Smsc::start(1);
    let folder = folder(&smsc);
    let server = Server::start(&folder);
    server.customers(&audience());
    let try_it = |customer: &str, more: &[&str]| {
        let start = ["journey", "dry-run", "trial", "--customer", customer, "--event", "amount=5000.00CNY"];
        folder.hongyan(&[&start[..], more].concat()).well().out
    };
    let young = try_it("c-12", &[]);
    assert!(young.contains("does not enter: the condition is not met"), "{young}");
    assert!(young.contains("customer.age = 17") && young.contains("event.amount = 5,000.00 CNY"), "{young}");

    let bold = try_it("c-18", &["--at", "2026-09-01 10:00"]);
    for words in [
        "2026-09-01T02:00:00.000Z  came             enters",
        "met      customer.risk_level >= 4",
        "customer.risk_level = 4",
        "pass  consent",
        "people: hand_over",
        "李*您好",
        "journey_left",
    ] {
        assert!(bold.contains(words), "{words} in {bold}");
    }
    assert!(!bold.contains("李雷"), "{bold}");
    let refused = try_it("c-0", &[]);
    assert!(refused.contains("block consent"), "{refused}");

    // Over HTTP, with every mistake at once.
    let path = "/v1/journeys/trial/dry-run";
    let wrong = server.post(path, &json!({ "at": "soon", "days": 0, "evnt": {} }));
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.json()["errors"].as_array().unwrap().len(), 3, "{}", wrong.json());
    assert!(server.post(path, &json!({})).json()["detail"].as_str().unwrap().contains("expected an event"));
    let nobody = json!({ "customer": "c-999", "event": {} });
    assert_eq!(server.post(path, &nobody).problem(), 404);
    assert_eq!(server.post("/v1/journeys/nothing/dry-run", &json!({})).problem(), 404);
    server.stop();
}
