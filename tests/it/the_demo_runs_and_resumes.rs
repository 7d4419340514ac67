//! `hongyan serve --demo`, as somebody meets the product: a URL, a key, a line a second, an orderly end; and the second
//! start goes on where the first one ended.

use hongyan_tests::folder::Folder;
use hongyan_tests::server::Server;
use hongyan_tests::{wait_for, wait_until};

/// What a live line shows, in order.
const KEYS: [&str; 8] =
    ["events", "decided", "held", "blocked", "submitted", "delivered", "replies", "checkpoint"];

/// The figures of every live line so far.
fn lines(out: &str) -> Vec<[u64; 8]> {
    let live = out.lines().filter(|line| line.starts_with("events="));
    live.map(|line| {
        let words: Vec<(&str, &str)> = line.split(' ').map(|word| word.split_once('=').unwrap()).collect();
        assert_eq!(words.iter().map(|(key, _)| *key).collect::<Vec<_>>(), KEYS, "{line}");
        std::array::from_fn(|i| words[i].1.parse().unwrap())
    })
    .collect()
}

fn total(out: &str, key: &str) -> u64 {
    let place = KEYS.iter().position(|k| *k == key).unwrap();
    lines(out).last().map_or(0, |line| line[place])
}

#[test]
fn the_demo_runs_and_resumes() {
    let folder = Folder::new("demo");
    folder.write("hongyan.toml", "data = \"data\"\n");
    let server = Server::with(&folder, &["--demo", "--data", "data"]);
    assert!(server.key.starts_with("hy_") && server.key.len() > 60, "a key is shown at the first start");
    let page = hongyan_tests::http::call(&server.address, None, "GET", "/", &[]).unwrap();
    assert!(page.status == 200 && page.kind.starts_with("text/html"), "the status page needs no key");
    wait_until("all customers", || server.figure("/perceive/customers") == 10_000);
    for key in ["events", "decided", "submitted", "delivered", "checkpoint"] {
        wait_until(key, || total(&server.out(), key) > 0);
    }
    let out = server.stop();
    for pair in lines(&out).windows(2) {
        assert!((0..8).all(|i| pair[0][i] <= pair[1][i]), "totals only grow: {pair:?}");
    }
    assert!(lines(&out).len() >= 2, "a line a second");

    let journal = folder.data().join("journal");
    assert!(journal.is_dir(), "--data or the settings say where the data lies");
    let again = Server::with(&folder, &["--demo", "--data", "data"]);
    let replayed = wait_for("the data line", || {
        let out = again.out();
        let line = out.lines().find(|line| line.starts_with("data:"))?.to_owned();
        line.split_once('(')?.1.split(' ').next()?.parse::<u64>().ok()
    });
    assert!(replayed >= total(&out, "checkpoint"), "{replayed}");
    assert!(!again.out().contains("hy_"), "no new key is shown");
    assert_eq!(again.get("/v1/status").status, 200, "the first key goes on opening");
    wait_until("more events", || total(&again.out(), "events") > total(&out, "events"));
    assert_eq!(again.figure("/perceive/customers"), 10_000, "the same customers were not taken in twice");
    let (status, out_again) = again.terminate();
    assert_eq!(status.code(), Some(0));
    let (before, first) = (lines(&out), lines(&out_again));
    let (last, first) = (before.last().unwrap(), first.first().unwrap());
    assert!((0..8).all(|i| last[i] <= first[i]), "it goes on where it ended: {last:?} then {first:?}");
}
