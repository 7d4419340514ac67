//! The rule `holdout`: the same people, whatever asks; nothing that must be sent; the verdict as the log of exposure.

use crate::bank::{Bank, finding, last_word, verdict, verdicts};
use crate::people::{code, crowd, known, offer_to_all, transaction};
use engine::entry::{Entry, Fact};
use model::Subject;
use std::collections::BTreeSet;

/// Half of everybody gets no offers.
fn rules(share: &str, salt: &str) -> String {
    format!(
        "[[rule]]\nkind = \"holdout\"\nid = \"half\"\nrevision = 3\nfrom = \"1970-01-01\"\n\
         citation = \"a story\"\nverified = false\nset = {{ share = \"{share}\", salt = \"{salt}\" }}\n"
    )
}

fn bank(share: &str, salt: &str) -> Bank {
    let mut bank = Bank::with(&[("rules/cn/holdout.toml", &rules(share, salt))]);
    bank.tell(known(crowd(60)));
    bank
}

/// Who is held out of a broadcast.
fn held_out(bank: &mut Bank, id: &str) -> BTreeSet<Subject> {
    let before = bank.ledger.len();
    bank.launch(&offer_to_all(id));
    bank.work();
    let is_out =
        |entry: &&Entry| matches!(entry.fact, Fact::MessageBlocked(_)) && last_word(entry).0 == "holdout";
    bank.ledger[before..].iter().filter(is_out).map(|entry| entry.subject).collect()
}

#[test]
fn the_same_people_in_every_campaign_and_after_a_restart() {
    let mut bank = bank("50%", "2026");
    let first = held_out(&mut bank, "b1");
    assert!((18..=42).contains(&first.len()), "{first:?}");
    bank.restart();
    bank.at("2026-05-08 10:00");
    assert_eq!(held_out(&mut bank, "b2"), first);
    assert_ne!(held_out(&mut self::bank("50%", "2027"), "b1"), first, "another salt, other people");
    let fewer = held_out(&mut self::bank("10%", "2026"), "b1");
    assert!(!fewer.is_empty() && fewer.is_subset(&first), "{fewer:?}");
}

#[test]
fn the_verdict_names_the_set_its_revision_and_the_side() {
    let mut bank = bank("100%", "2026");
    bank.launch(&offer_to_all("b1"));
    let entries = bank.work();
    let first = verdicts(&entries)[0];
    assert_eq!(last_word(first), ("holdout", "half: held out"));
    assert_eq!(finding(first, "holdout").revision, 3);
    let movement = bank.tell(transaction("E1", "C1", "10.00"));
    assert!(matches!(verdict(&movement).fact, Fact::MessageBlocked(_)), "a movement need not be sent");
}

#[test]
fn what_must_be_sent_goes_to_everybody() {
    let mut bank = bank("100%", "2026");
    let entries = bank.tell(code("E1", "C1"));
    assert_eq!(&*finding(verdict(&entries), "holdout").detail, "must be sent");
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)));
}
