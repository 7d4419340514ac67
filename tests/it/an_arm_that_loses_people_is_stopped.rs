//! An arm of an experiment whose people write back to be left alone is stopped while the server runs; it shows everywhere, survives a
//! restart, and a person lets it go on.

use hongyan_tests::bank::{dialled, id, now, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use serde_json::{Value, json};

const JOURNEY: &str = r#"
id = "spring"
version = 1
class = "marketing"
subtype = "offer"
[trigger]
event = "asked"
[[steps]]
split = "tone"
arms = [{ name = "usual", weight = 1, to = "send", usual = true }, { name = "bold", weight = 1, to = "send" }]
[[steps]]
name = "send"
send = "spring-offer"
"#;
/// Of fifty people at least eight are in each arm, but once in 10⁷.
const PEOPLE: usize = 50;
const BOLD: &str = "spring@1#tone.bold";

fn asked(n: usize) -> Value {
    json!({ "id": format!("asked-{n}"), "customer": id(n), "type": "asked", "at": now().to_string(), "fields": {} })
}

#[test]
fn an_arm_that_loses_people_is_stopped() {
    let (folder, smsc) = (Folder::new("arm"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    folder.write("config/journeys/spring.toml", JOURNEY);
    let server = Server::start(&folder);
    server.customers(&(0..PEOPLE).map(willing).collect::<Vec<_>>());
    server.events(&(0..PEOPLE).map(asked).collect::<Vec<_>>());
    let run = |arguments: &[&str]| folder.hongyan(arguments);
    let report =
        || -> Value { serde_json::from_str(&run(&["report", "spring", "--json"]).well().out).unwrap() };
    wait_until("everything is delivered", || {
        let total = &report()["total"];
        total["delivered"] == total["sent"] && total["sent"].as_u64() == Some(PEOPLE as u64)
    });
    let arm = |n: usize| -> String { server.get(&format!("/v1/customers/{}/messages", id(n))).text() };
    let bold: Vec<usize> = (0..PEOPLE).filter(|n| arm(*n).contains(BOLD)).take(8).collect();
    assert_eq!(bold.len(), 8);
    for n in &bold {
        smsc.reply(&dialled(*n), "R");
    }
    let stopped = |found: &Value| {
        let arms = found["experiments"][0]["arms"].as_array().cloned().unwrap_or_default();
        arms.into_iter().find(|arm| arm["arm"] == "bold").map(|arm| arm["stopped"].clone())
    };
    wait_until("the arm is stopped", || stopped(&report()).is_some_and(|stopped| stopped.is_object()));
    let found = report();
    let why = stopped(&found).unwrap();
    assert_eq!(
        (&why["guardrail"], &why["events"], &why["compared"]),
        (&json!("opt_out"), &json!(8), &json!(0))
    );
    assert_eq!(found["total"]["opt_outs"], 8, "{found:#}");
    let rows = found["rows"].as_array().unwrap();
    let of = |group: &str| rows.iter().find(|row| row["group"] == group).map(|row| row["opt_outs"].clone());
    assert_eq!((of("tone.bold"), of("tone.usual")), (Some(json!(8)), Some(json!(0))));
    assert!(run(&["journey", "arm", "list", "spring"]).well().out.contains("STOPPED"));
    assert!(run(&["report", "spring"]).well().out.contains("STOPPED"));
    server.stop();
    run(&["rebuild"]).well();
    let server = Server::start(&folder);
    assert_eq!(report(), found, "the same from the journal");
    assert!(server.status()["experiments"].to_string().contains("\"guardrail\":\"opt_out\""));
    assert!(server.get("/metrics").text().contains("hongyan_measure_arms_stopped 1"));
    assert_eq!(run(&["journey", "arm", "resume", "spring@1#tone.usual", "--reason", "x"]).code, Some(1));
    run(&["journey", "arm", "resume", BOLD, "--reason", "another text"]).well();
    assert!(!run(&["journey", "arm", "list"]).well().out.contains("STOPPED"));
    server.stop();
}
