//! `hongyan broadcast launch --dry-run`: its funnel is what the launch then does, rule by rule, part by part, fen by fen.

use hongyan_tests::bank::{consent, customer, offer, saying, willing};
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use hongyan_tests::smsc::Smsc;
use hongyan_tests::wait_until;
use model::Cost;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A bank in which most rules have somebody to stop. Returns its customers.
fn bank() -> Vec<Value> {
    (0..60)
        .map(|n| match n {
            0..10 => customer(n),
            10..15 => saying(willing(n), consent("withdrawn", "2026-02-01T00:00:00+08:00")),
            15..18 => {
                let mut customer = willing(n);
                customer["standing"] = json!("do_not_contact");
                customer
            }
            18..20 => {
                let mut customer = willing(n);
                customer.as_object_mut().unwrap().remove("phone");
                customer
            }
            20..24 => {
                let mut customer = willing(n);
                customer["attributes"]["age"] = json!(17);
                customer
            }
            24..27 => {
                let mut customer = willing(n);
                customer["attributes"].as_object_mut().unwrap().remove("name");
                customer
            }
            27..33 => {
                let mut customer = willing(n);
                customer["attributes"]["name"] = json!("诺尔布扎西・才让多吉・旺堆次仁");
                customer
            }
            _ => willing(n),
        })
        .collect()
}

/// The number at the end of the line of the funnel that has these words.
fn line(funnel: &str, words: &str) -> u64 {
    let line = funnel.lines().find(|line| line.contains(words));
    line.and_then(|line| line.split_whitespace().last()?.parse().ok())
        .unwrap_or_else(|| panic!("{words} in {funnel}"))
}

#[test]
fn a_dry_run_is_what_the_launch_does() {
    let (folder, smsc) = (Folder::new("dry-run"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.always_open();
    // Thirty parts at 0.035: the budget ends before the audience does.
    folder.write("offer.toml", offer("offer-1", "1.05"));
    let server = Server::start(&folder);
    server.customers(&bank());
    let entries = server.figure("/prove/entries");
    let funnel = folder.hongyan(&["broadcast", "launch", "offer.toml", "--dry-run"]).well().out;
    assert_eq!(server.figure("/prove/entries"), entries, "a dry run records nothing");
    assert!(smsc.parts().is_empty());
    assert_eq!((line(&funnel, "customers"), line(&funnel, "audience")), (60, 56), "{funnel}");
    let expected = [("identity", 5), ("consent", 15), ("lint", 3)];
    for (rule, count) in expected {
        assert_eq!(line(&funnel, &format!("({rule})")), count, "{funnel}");
    }
    let (to_send, parts) = (line(&funnel, "to send"), line(&funnel, "parts"));
    let stopped: u64 = ["identity", "consent", "lint", "budget"]
        .iter()
        .map(|rule| line(&funnel, &format!("({rule})")))
        .sum();
    assert_eq!(stopped + to_send, 56, "{funnel}");
    assert!(parts > to_send && parts <= 30, "{funnel}");

    let said = folder.hongyan(&["broadcast", "launch", "offer.toml"]).well();
    assert!(said.out.starts_with("launched offer-1@"), "{said:?}");
    server.reaches("/deliver/delivered", to_send);
    let status = server.status();
    let blocked: BTreeMap<String, u64> = status["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["rule"].as_str().unwrap().to_owned(), rule["count"].as_u64().unwrap()))
        .collect();
    for (rule, count) in &blocked {
        assert_eq!(line(&funnel, &format!("({rule})")), *count, "{status}");
    }
    assert_eq!(blocked.values().sum::<u64>(), stopped, "{status}");
    let journey = &status["journeys"][0];
    assert_eq!(
        (&journey["candidates"], &journey["decided"], &journey["parts"]),
        (&json!(56), &json!(to_send), &json!(parts)),
        "{status}"
    );
    assert_eq!(smsc.parts().len() as u64, parts, "the carrier got what was promised");
    let cost = Cost::parse_yuan("0.035").unwrap().times(u32::try_from(parts).unwrap()).to_string();
    assert!(funnel.lines().any(|line| line.contains("cost") && line.ends_with(&cost)), "{cost} in {funnel}");

    let again = folder.hongyan(&["broadcast", "launch", "offer.toml"]);
    assert_eq!((again.code, again.err.contains("launched before")), (Some(1), true), "{again:?}");
    folder.write("offer.toml", offer("offer-2", "100"));
    server.stop();
    // With no server: the same gate in the command's own process.
    let alone = folder.hongyan(&["broadcast", "launch", "offer.toml", "--dry-run"]).well().out;
    assert_eq!(line(&alone, "audience"), 56, "{alone}");
}

#[test]
fn what_comes_at_a_bad_hour_is_held() {
    let (folder, smsc) = (Folder::new("held"), Smsc::start(1));
    folder.carrier(smsc.address, Pace::default());
    folder.closed_now();
    folder.write("offer.toml", offer("offer-1", "100"));
    let server = Server::start(&folder);
    server.customers(&(0..8).map(willing).collect::<Vec<_>>());
    let funnel = folder.hongyan(&["broadcast", "launch", "offer.toml", "--dry-run"]).well().out;
    assert_eq!((line(&funnel, "(quiet-hours)"), line(&funnel, "to send")), (8, 0), "{funnel}");
    folder.hongyan(&["broadcast", "launch", "offer.toml"]).well();
    server.reaches("/decide/held", 8);
    assert_eq!((server.figure("/decide/waiting"), server.figure("/decide/decided")), (8, 0));
    let until = funnel.lines().find(|line| line.contains("held until")).unwrap();
    let until = until.split(' ').find(|word| word.starts_with("20")).unwrap();
    let said = folder.hongyan(&["why", "--customer", "c-3"]).well().out;
    assert!(said.contains(&format!("until {until}")), "{until} in {said}");
    server.stop();

    // The hours change: what was held is judged anew at its time, not before; nothing is lost by the change.
    folder.always_open();
    let server = Server::start(&folder);
    assert_eq!(server.figure("/decide/waiting"), 8);
    folder.write("offer.toml", offer("offer-2", "100"));
    folder.hongyan(&["broadcast", "launch", "offer.toml"]).well();
    wait_until("offers by the new hours", || smsc.parts().len() >= 8);
    server.stop();
}
