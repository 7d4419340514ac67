//! Several messages for one person within a window: the most important goes, the others wait or are dropped.

use crate::bank::{Bank, kinds, last_word, time};
use crate::people::{NOTE, customer, happening, known};

fn journey(id: &str, more: &str) -> String {
    format!(
        "id = \"{id}\"\nversion = 1\nclass = \"customer_service\"\n{more}\n[trigger]\nevent = \"{id}\"\n[[steps]]\nsend = \"note\""
    )
}

fn bank(hold: bool, low: &str, high: &str) -> Bank {
    let rules = format!(
        "[[rule]]\nkind = \"arbitration\"\nid = \"one-at-a-time\"\nrevision = 3\nfrom = \"1970-01-01\"\n\
         classes = [\"customer_service\"]\ncitation = \"a story\"\nverified = false\nset = {{ window = \"4h\", hold = {hold} }}\n"
    );
    let mut bank = Bank::with(&[
        ("templates/note.toml", NOTE),
        ("journeys/low.toml", &journey("low", low)),
        ("journeys/high.toml", &journey("high", high)),
        ("rules/cn/arbitration.toml", &rules),
    ]);
    bank.tell(known([customer("C1", "13800000001"), customer("C2", "13800000002")]));
    bank
}

fn happens(bank: &mut Bank, kind: &str) -> Vec<engine::entry::Entry> {
    let id = format!("E{}", bank.ledger.len());
    bank.tell(happening(&id, "C1", kind, Vec::new()))
}

#[test]
fn what_comes_second_and_matters_less_waits_until_the_window_is_over() {
    let mut bank = bank(true, "priority = 10", "priority = 50");
    happens(&mut bank, "high");
    let entries = happens(&mut bank, "low");
    assert_eq!(kinds(&entries), ["event_accepted", "message_held"]);
    let (rule, detail) = last_word(&entries[1]);
    assert_eq!((rule, detail.contains("of high@1 goes first")), ("arbitration", true), "{detail}");
    bank.restart();
    bank.at("2026-05-06 13:59");
    assert_eq!(kinds(&bank.work()), [] as [&str; 0]);
    bank.at("2026-05-06 14:00");
    assert_eq!(kinds(&bank.work()), ["message_decided"]);
}

#[test]
fn what_came_first_and_still_waits_for_a_carrier_gives_way() {
    for (low, high) in [
        ("priority = 10", "priority = 50"),
        ("value_yuan = \"1\"", "value_yuan = \"2\""),
        ("", "validity = \"1h\""),
    ] {
        let mut bank = bank(true, low, high);
        happens(&mut bank, "low");
        let entries = happens(&mut bank, "high");
        assert_eq!(kinds(&entries), ["event_accepted", "message_decided", "message_held"], "{low} {high}");
        assert_eq!(last_word(&entries[2]).0, "arbitration");
        let spent = &bank.engine.state().spent;
        assert_eq!(spent["low"], model::Cost::ZERO, "its money is given back");
        assert_eq!(bank.send(9).len(), 1);
    }
}

#[test]
fn what_a_carrier_has_cannot_give_way_and_what_matters_more_goes_all_the_same() {
    let mut bank = bank(true, "priority = 10", "priority = 50");
    happens(&mut bank, "low");
    bank.send(9);
    bank.accept();
    assert_eq!(kinds(&happens(&mut bank, "high")), ["event_accepted", "message_decided"]);
    assert_eq!(kinds(&happens(&mut bank, "high")), ["event_accepted", "message_held"], "of equals the first");
}

#[test]
fn others_are_dropped_where_the_rule_says_so() {
    let mut bank = bank(false, "priority = 10", "priority = 50");
    happens(&mut bank, "high");
    assert_eq!(kinds(&happens(&mut bank, "low")), ["event_accepted", "message_blocked"]);
    bank.now = time("2026-05-06 14:00");
    assert_eq!(kinds(&happens(&mut bank, "low"))[1], "message_decided", "the window is over");
    assert_eq!(kinds(&happens(&mut bank, "high"))[1..], ["message_decided", "message_blocked"]);
}

#[test]
fn people_do_not_compete_with_each_other() {
    let mut bank = bank(true, "priority = 10", "priority = 50");
    happens(&mut bank, "high");
    let entries = bank.tell(happening("other", "C2", "low", Vec::new()));
    assert_eq!(kinds(&entries), ["event_accepted", "message_decided"]);
}
