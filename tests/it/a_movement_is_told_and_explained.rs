//! The two event journeys from HTTP to the carrier and back, and `hongyan why`: what came, what was held, what was
//! blocked, each with the verdicts of the gate in their order.

use hongyan_tests::bank::{customer, instalment, movement};
use hongyan_tests::carrier_sim::CarrierSim;
use hongyan_tests::folder::{Folder, Pace};
use hongyan_tests::server::Server;
use serde_json::json;

/// The rules of the gate, in their order.
const RULES: [&str; 22] = [
    "identity",
    "account",
    "switch",
    "class-policy",
    "approval",
    "consent",
    "suppression",
    "preference",
    "validity",
    "schedule",
    "suitability",
    "holdout",
    "experiment",
    "arbitration",
    "frequency-cap",
    "quiet-hours",
    "budget",
    "lint",
    "words",
    "declared-class",
    "length",
    "route",
];

/// The verdicts that `why` prints: word and rule.
fn verdicts(story: &str) -> Vec<(&str, &str)> {
    story
        .lines()
        .filter_map(|line| line.strip_prefix("      "))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect()
}

#[test]
fn a_movement_is_told_and_explained() {
    let folder = Folder::new("journeys");
    let carrier =
        CarrierSim::start(&folder, &["latency=2ms", "jitter=5ms", "receipt_latency=20ms", "receipt=text"]);
    folder.carrier(&carrier.address, Pace::default());
    folder.closed_now();
    let server = Server::start(&folder);
    let mut unreachable = customer(2);
    unreachable.as_object_mut().unwrap().remove("phone");
    let mut dead = customer(3);
    dead["standing"] = json!("deceased");
    server.customers(&[customer(1), unreachable, dead]);
    server.events(&[
        movement("e-1", 1, "12.34", "书店"),
        movement("e-2", 1, "25000.00", "车行"),
        movement("e-3", 2, "12.34", "书店"),
        movement("e-4", 3, "12.34", "书店"),
        instalment("e-5", 1),
    ]);
    server.reaches("/deliver/delivered", 3);
    let status = server.status();
    assert_eq!(
        status["decide"],
        json!({"candidates": 6, "decided": 3, "held": 1, "blocked": 2, "waiting": 1, "revoked": 0, "in_review": 0})
    );

    let said = folder.hongyan(&["why", "--customer", "c-1"]).well().out;
    let stories: Vec<&str> = said.split("\nm-").collect();
    assert_eq!(stories.len(), 4, "{said}");
    assert!(
        stories[0].contains("repayment-reminder@1") && stories[0].contains("held (quiet-hours)"),
        "newest first: {said}"
    );
    let held = verdicts(stories[0]);
    assert_eq!(held.last(), Some(&("hold", "quiet-hours")), "{said}");
    assert!(stories[0].contains(" until 20"), "{said}");
    let asked = RULES.iter().position(|rule| *rule == "quiet-hours").map_or(0, |place| place + 1);
    assert_eq!(held.iter().map(|(_, rule)| *rule).collect::<Vec<_>>(), RULES[..asked], "{said}");
    for (journey, story) in [
        ("account-change@1", stories[1]),
        ("abnormal-activity@1", stories[2]),
        ("account-change@1", stories[3]),
    ] {
        assert!(story.contains(journey) && story.contains("delivered"), "{said}");
    }

    let message =
        said.lines().find(|line| line.contains("abnormal-activity@1")).unwrap().split(' ').next().unwrap();
    let said = folder.hongyan(&["why", message]).well().out;
    assert!(said.contains("risk_notice"), "{said}");
    assert_eq!(verdicts(&said), RULES.map(|rule| ("pass", rule)), "{said}");
    let steps = ["message_decided", "message_claimed", "part_submitted", "receipt_received"];
    let places: Vec<Option<usize>> = steps.iter().map(|step| said.find(step)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {said}");
    assert!(!said.contains("13800000001"), "a number is shown masked: {said}");

    for (customer, why) in [("c-2", "no phone"), ("c-3", "deceased")] {
        let said = folder.hongyan(&["why", "--customer", customer]).well().out;
        assert!(said.contains("blocked"), "{said}");
        assert!(said.contains(why), "{said}");
        assert_eq!(verdicts(&said), [("block", "identity")], "{said}");
    }
    let said = folder.hongyan(&["why", "--customer", "nobody"]);
    assert_eq!((said.code, said.err.contains("no such customer")), (Some(1), true), "{said:?}");

    server.stop();
    let counted = carrier.stop();
    assert_eq!(
        (counted("taken"), counted("duplicates"), counted("receipts_acknowledged")),
        (counted("submits"), 0, counted("submits"))
    );
    // The same question with no server running.
    let alone = folder.hongyan(&["why", message]).well().out;
    assert_eq!(verdicts(&alone), RULES.map(|rule| ("pass", rule)), "{alone}");
}
