//! `hongyan ingest`: an institution's own files, by a running server or without one; bad rows aside, a second run
//! changes nothing.

use flate2::Compression;
use flate2::write::GzEncoder;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use std::io::Write;

const CUSTOMERS: &str = "客户号,姓名,手机,生日,余额,同意\n\
    C001,张三,13800000001,1980-05-01,12000.50,Y\n\
    C002,李四,13800000002,1990-12-31,800.00,N\n\
    C003,王五,1380000000x,1985-01-01,5.00,Y\n\
    C004,赵六,13800000004,1985-13-01,5.00,Y\n\
    C005,钱七,13800000005,1975-07-07,\"99000.00\",Y\n";

const CUSTOMER_MAP: &str = r#"
zone = "Asia/Shanghai"
currency = "CNY"
country = "86"
[customer]
id = "客户号"
phone = "手机"
[customer.attributes]
name = "姓名"
birth_date = { column = "生日", type = "date" }
balance = { column = "余额", type = "money" }
alert_threshold = { constant = "5000", type = "money" }
[[customer.consents]]
class = "marketing"
state = { column = "同意", values = { Y = "granted", N = "withdrawn" } }
at = { constant = "2026-01-02 10:00:00" }
evidence = { template = "paper-{客户号}" }
"#;

const EVENTS: &str = r#"{"seq": 1, "who": "C001", "when": "{now}", "sum": "88.00", "shop": "书店"}
{"seq": 2, "who": "C005", "when": "{now}", "sum": "6000.00", "shop": "车行"}
{"seq": 3, "who": "C999", "when": "{now}", "sum": "1.00", "shop": "书店"}
{"seq": 4, "who": "C001", "when": "soon", "sum": "1.00", "shop": "书店"}
"#;

const EVENT_MAP: &str = r#"
zone = "Asia/Shanghai"
currency = "CNY"
[file]
format = "jsonl"
[event]
id = { template = "t-{seq}" }
customer = "who"
type = { constant = "transaction" }
at = "when"
[event.fields]
amount = { column = "sum", type = "money" }
balance = { constant = "100.00", type = "money" }
merchant = "shop"
account_tail = { constant = "6688" }
direction_text = { constant = "支出" }
"#;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn files(folder: &Folder) {
    folder.write("customers.csv.gz", gzip(CUSTOMERS));
    folder.write("customers.toml", CUSTOMER_MAP);
    // Without a zone of its own a time is read on the map's clock.
    let now = hongyan_tests::bank::now().to_string();
    folder.write("events.jsonl", EVENTS.replace("{now}", &now));
    folder.write("events.toml", EVENT_MAP);
}

/// Takes both files in, as often as the caller likes; `fresh` says whether anything is new.
fn take_in(folder: &Folder, fresh: bool) {
    let said = folder.hongyan(&["ingest", "customers", "customers.csv.gz", "--map", "customers.toml"]);
    let (new, known) = if fresh { (3, 0) } else { (0, 3) };
    assert_eq!(said.code, Some(2), "{said:?}");
    let tally = format!("5 rows: {new} accepted, {known} unchanged, 2 rejected, 0 skipped");
    assert!(said.out.contains(&tally), "{said:?}");
    for place in ["customers.csv.gz:4:3(手机)", "customers.csv.gz:5:4(生日)"] {
        assert!(said.err.contains(place), "{said:?}");
    }
    assert!(!said.err.contains("1380000000x") && !said.out.contains("1380000000x"), "values are not printed");
    let rejects = std::fs::read_to_string(folder.path("customers.csv.gz.rejects.csv")).unwrap();
    assert_eq!(rejects.lines().count(), 3, "{rejects}");
    assert!(rejects.contains("C003,王五,1380000000x") && rejects.contains("C004"), "{rejects}");

    let said = folder.hongyan(&["ingest", "events", "events.jsonl", "--map", "events.toml", "--batch", "2"]);
    let (new, known) = if fresh { (2, 0) } else { (0, 2) };
    assert_eq!(said.code, Some(2), "{said:?}");
    let tally = format!("4 rows: {new} accepted, {known} unchanged, 2 rejected, 0 skipped");
    assert!(said.out.contains(&tally), "{said:?}");
    let rejects = std::fs::read_to_string(folder.path("events.jsonl.rejects.csv")).unwrap();
    assert!(rejects.contains("C999") && rejects.contains("soon"), "{rejects}");
}

#[test]
fn a_file_is_taken_in_by_a_running_server() {
    let (folder, smsc) = (Folder::new("ingest-running"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    files(&folder);
    let server = Server::start(&folder);
    take_in(&folder, true);
    let entries = server.figure("/prove/entries");
    take_in(&folder, false);
    // Two movements, one of them worth a warning.
    server.reaches("/deliver/delivered", 3);
    assert_eq!(server.figure("/perceive/customers"), 3);
    assert_eq!(server.figure("/perceive/events"), 2);
    assert!(entries > 0);
    assert_eq!(smsc.texts_to("8613800000005").len(), 2);
    server.stop();
}

#[test]
fn a_file_is_taken_in_without_a_server() {
    let (folder, smsc) = (Folder::new("ingest-alone"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    files(&folder);
    take_in(&folder, true);
    take_in(&folder, false);
    assert!(smsc.parts().is_empty(), "a command does not deliver");
    let server = Server::start(&folder);
    assert_eq!((server.figure("/perceive/customers"), server.figure("/perceive/events")), (3, 2));
    server.reaches("/deliver/delivered", 3);
    take_in(&folder, false);
    let consent = server.get("/v1/customers/C002/consent?class=marketing").json();
    assert_eq!(
        (&consent["state"], &consent["evidence"]),
        (&"withdrawn".into(), &"paper-C002".into()),
        "{consent}"
    );
    let before = server.get("/v1/customers/C001/consent?class=marketing&at=2026-01-01T00:00:00Z").json();
    assert_eq!(before["state"], "none", "point in time");
    server.stop();
}

#[test]
fn a_map_with_mistakes_takes_nothing_in() {
    let folder = Folder::new("ingest-map");
    files(&folder);
    folder.write(
        "customers.toml",
        CUSTOMER_MAP.replace("phone =", "phon =").replace("type = \"date\"", "type = \"day\""),
    );
    let said = folder.hongyan(&["ingest", "customers", "customers.csv.gz", "--map", "customers.toml"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("customers.toml:7:1") && said.err.contains("customers.toml:10:"), "{said:?}");
}
