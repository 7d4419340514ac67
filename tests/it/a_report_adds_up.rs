//! `hongyan report`: a journey against those held out of it, with the goals that are credited to its messages; the same after a rebuild.

use hongyan_tests::bank::{customer, id, now};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use serde_json::{Value, json};

const HOLDOUT: &str = r#"
[[rule]]
kind = "holdout"
id = "half"
revision = 1
from = "1970-01-01"
citation = "a test"
verified = false
set = { share = "50%", salt = "2026" }
"#;
const JOURNEY: &str = r#"
id = "thanks"
version = 1
class = "customer_service"
[trigger]
event = "asked"
[goal]
event = "bought"
value = "amount"
within = "2d"
[[steps]]
send = "thanks"
"#;
const TEMPLATE: &str = r#"
id = "thanks"
class = "customer_service"
language = "zh-CN"
parts_max = 1
text = "{{ who }}谢谢您的来访。"
[variables]
who = { type = "name", from = "institution.name" }
"#;
const PEOPLE: usize = 40;

fn event(kind: &str, n: usize, fields: Value) -> Value {
    json!({
        "id": format!("{kind}-{n}"), "customer": id(n), "type": kind, "at": now().to_string(), "fields": fields,
    })
}

#[test]
fn a_report_adds_up() {
    let (folder, smsc) = (Folder::new("report"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    folder.write("config/rules/cn/holdout.toml", HOLDOUT);
    folder.write("config/journeys/thanks.toml", JOURNEY);
    folder.write("config/templates/thanks.toml", TEMPLATE);
    let server = Server::start(&folder);
    server.customers(&(0..PEOPLE).map(customer).collect::<Vec<_>>());
    server.events(&(0..PEOPLE).map(|n| event("asked", n, json!({}))).collect::<Vec<_>>());
    let report = |name: &str| -> Value {
        serde_json::from_str(&folder.hongyan(&["report", name, "--json", "--by", "class"]).well().out)
            .unwrap()
    };
    wait_until("everything is delivered", || {
        let total = &report("thanks")["total"];
        total["delivered"] == total["sent"] && total["sent"].as_u64() > Some(0)
    });
    server.events(
        &(0..PEOPLE)
            .map(|n| event("bought", n, json!({ "amount": { "money": "10.00" } })))
            .collect::<Vec<_>>(),
    );
    let found = report("thanks");
    let (total, holdout) = (&found["total"], &found["holdout"]);
    let (out, exposed) = (total["held_out"].as_u64().unwrap(), total["exposed"].as_u64().unwrap());
    assert_eq!((out + exposed, total["audience"].as_u64().unwrap()), (40, 40), "{found:#}");
    assert!((8..=32).contains(&out), "{found:#}");
    assert_eq!(total["goals"].as_u64(), Some(exposed), "everybody bought");
    assert_eq!(
        (&holdout["exposed_rate"], &holdout["held_out_rate"]),
        (&json!(1.0), &json!(1.0)),
        "{found:#}"
    );
    assert_eq!(found["rows"][0]["group"], "customer_service");
    let table = folder.hongyan(&["report", "thanks"]).well().out;
    assert!(table.contains(&format!("against {out} held out")), "{table}");
    assert_eq!(folder.hongyan(&["report", "nobody"]).code, Some(1));
    server.stop();
    folder.hongyan(&["rebuild"]).well();
    let server = Server::start(&folder);
    assert_eq!(report("thanks"), found, "the same from the journal");
    server.stop();
}
