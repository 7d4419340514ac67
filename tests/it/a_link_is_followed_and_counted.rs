//! A tracked link from end to end: it goes out short, its own in each message, leads to its target and nowhere else, and who followed
//! it is counted, machines and repetitions apart; the same after a rebuild, and nothing of a visitor is kept.

use hongyan_tests::bank::{customer, dialled, id, now};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::http::{Answer, call, call_with};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::Duration;

const LINKS: &str = "url = \"https://hy.example/l\"\n";
const TARGET: &str = "id = \"guide\"\nnumber = 7\nurl = \"https://m.bank.example/guide?from=text\"\n";
const TEMPLATE: &str = r#"
id = "guide"
class = "customer_service"
language = "zh-CN"
parts_max = 1
text = "使用说明 {{ link }} 请查看。"
[variables]
link = { type = "link", to = "guide" }
"#;
const JOURNEY: &str = r#"
id = "guide"
version = 1
class = "customer_service"
[trigger]
event = "asked"
[goal]
event = "link_clicked"
[[steps]]
send = "guide"
"#;
const PEOPLE: usize = 6;
const PHONE: &str = "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1\r\n";
/// Sooner nobody can have read a message (`clicks.toml`).
const TO_READ: Duration = Duration::from_millis(2_100);
/// More often one link is not told to the engine.
const TO_BLINK: Duration = Duration::from_millis(1_100);

fn follow(server: &Server<'_>, method: &str, path: &str, headers: &str) -> Answer {
    call_with(&server.address, headers, method, path, &[]).unwrap()
}

fn report(folder: &Folder) -> Value {
    serde_json::from_str(&folder.hongyan(&["report", "guide", "--json"]).well().out).unwrap()
}

/// The path of the short address that somebody got.
fn path_for(smsc: &Smsc, n: usize) -> String {
    let texts = smsc.texts_to(&dialled(n));
    let (_, rest) = texts[0].split_once("https://hy.example").expect("a short address");
    rest.split(' ').next().unwrap().to_owned()
}

#[test]
fn a_link_is_followed_and_counted() {
    let (folder, smsc) = (Folder::new("links"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    folder.write("config/links.toml", LINKS);
    folder.write("config/targets/guide.toml", TARGET);
    folder.write("config/templates/guide.toml", TEMPLATE);
    folder.write("config/journeys/guide.toml", JOURNEY);
    let server = Server::start(&folder);
    server.customers(&(0..PEOPLE).map(customer).collect::<Vec<_>>());
    let asked = |n: usize| json!({ "id": format!("a-{n}"), "customer": id(n), "type": "asked", "at": now().to_string(), "fields": {} });
    server.events(&(0..PEOPLE).map(asked).collect::<Vec<_>>());
    server.reaches("/deliver/delivered", PEOPLE as u64);
    let paths: Vec<String> = (0..PEOPLE).map(|n| path_for(&smsc, n)).collect();
    assert!(paths.iter().all(|path| path.len() == "/l/".len() + 15), "{paths:?}");
    assert!((1..PEOPLE).all(|n| paths[n] != paths[0]), "each message has its own: {paths:?}");
    sleep(TO_READ);

    let led = follow(&server, "GET", &paths[0], PHONE);
    assert_eq!((led.status, led.header("location")), (302, Some("https://m.bank.example/guide?from=text")));
    assert_eq!((led.header("cache-control"), led.header("set-cookie")), (Some("no-store"), None));
    assert_eq!(follow(&server, "GET", &paths[2], PHONE).status, 302);
    let preview = "User-Agent: facebookexternalhit/1.1 Facebot\r\n";
    let prefetch = format!("{PHONE}Sec-Purpose: prefetch\r\n");
    for (n, method, headers) in [(1, "GET", preview), (3, "HEAD", PHONE), (4, "GET", &prefetch)] {
        assert_eq!(follow(&server, method, &paths[n], headers).status, 302, "machines are led on too");
    }
    sleep(TO_BLINK);
    assert_eq!(follow(&server, "GET", &paths[0], PHONE).status, 302);

    let found = report(&folder);
    let total = &found["total"];
    let figures = ["readers", "clickers", "clicks", "clicks_repeated", "clicks_of_bots", "goals"];
    assert_eq!(figures.map(|key| total[key].as_u64().unwrap()), [6, 2, 2, 1, 3, 2], "{found:#}");
    assert!((total["ctr"].as_f64().unwrap() - 2.0 / 6.0).abs() < 1e-12, "{found:#}");
    // Wilson's interval of 2 in 6 at 95 %.
    assert!((total["ctr_low"].as_f64().unwrap() - 0.0968).abs() < 1e-3, "{found:#}");
    assert!((total["ctr_high"].as_f64().unwrap() - 0.7000).abs() < 1e-3, "{found:#}");
    let table = folder.hongyan(&["report", "guide"]).well().out;
    assert!(table.contains("CTR") && table.contains("33.33 %"), "{table}");
    let metrics = server.get("/metrics").text();
    assert!(metrics.contains("hongyan_measure_clicks_total{by=\"human\"} 2"), "{metrics}");
    assert_eq!(server.figure("/measure/clicks_of_bots"), 3);

    // Nothing that was not made here leads anywhere.
    let mut changed = paths[0].clone().into_bytes();
    let last = changed.len() - 1;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    let nowhere = follow(&server, "GET", &String::from_utf8(changed).unwrap(), PHONE);
    assert_eq!((nowhere.status, nowhere.kind.as_str()), (404, "text/html; charset=utf-8"));
    assert!(
        nowhere.text().contains("链接无效") && nowhere.text().contains("does not work"),
        "{}",
        nowhere.text()
    );
    assert_eq!(follow(&server, "GET", "/l/https:%2F%2Fevil.example", PHONE).status, 404);

    // Somebody who was erased is led on, and not recorded.
    folder.hongyan(&["erase", "c-5"]).well();
    assert_eq!(follow(&server, "GET", &paths[5], PHONE).status, 302);
    let before = report(&folder);
    assert_eq!(before["total"]["clicks"], 2, "{before:#}");
    server.stop();
    let journal = std::fs::read_dir(folder.data().join("journal")).unwrap();
    let kept: Vec<u8> = journal.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(!kept.windows(6).any(|six| six == b"iPhone"), "what a visitor says of itself is kept");
    assert!(!folder.said().contains(paths[0].trim_start_matches("/l/")), "a token was logged");

    folder.hongyan(&["rebuild"]).well();
    folder.write("config/targets/guide.toml", format!("{TARGET}until = \"2026-01-01\"\n"));
    let server = Server::start(&folder);
    assert_eq!(report(&folder), before, "the same from the journal");
    let over = follow(&server, "GET", &paths[0], PHONE);
    assert_eq!(over.status, 410);
    assert!(over.text().contains("链接已失效") && over.text().contains("has ended"), "{}", over.text());
    server.stop();
    folder.write("config/targets/guide.toml", TARGET);
    let server = Server::start(&folder);
    let led = call(&server.address, None, "GET", &paths[0], &[]).unwrap();
    assert_eq!(led.status, 302, "after every restart");
    wait_until("it is counted as what names no browser", || server.figure("/measure/clicks_of_bots") == 4);
    server.stop();
}
