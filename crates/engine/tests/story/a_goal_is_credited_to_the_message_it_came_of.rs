//! Goals: credited once, to the youngest message of the journey in time; to those who were kept from it alike; and counted
//! again after a restart and an erasure.

use crate::bank::{Bank, kinds};
use crate::people::{NOTE, customer, happening, known, yuan};
use engine::entry::{Entry, Fact};
use model::MessageId;

const JOURNEY: &str = r#"
id = "j"
version = 1
class = "customer_service"
[trigger]
event = "asked"
[goal]
event = "bought"
value = "amount"
within = "2d"
[[steps]]
send = "note"
"#;
/// Everybody is kept from it.
const HOLDOUT: &str = r#"
[[rule]]
kind = "holdout"
id = "all"
revision = 1
from = "1970-01-01"
citation = "a story"
verified = false
set = { share = "100%", salt = "2026" }
"#;

fn bank(more: &[(&str, &str)]) -> Bank {
    let files = [&[("templates/note.toml", NOTE), ("journeys/j.toml", JOURNEY)], more].concat();
    let mut bank = Bank::with(&files);
    bank.tell(known([customer("C1", "13800000001")]));
    bank
}

fn asks(bank: &mut Bank) {
    let id = format!("asked-{}", bank.ledger.len());
    bank.tell(happening(&id, "C1", "asked", Vec::new()));
    bank.work();
}

fn buys(bank: &mut Bank, amount: &str) -> Vec<Entry> {
    let id = format!("bought-{}", bank.ledger.len());
    bank.tell(happening(&id, "C1", "bought", vec![("amount", yuan(amount))]))
}

/// The credit among entries: to which message, and what it was worth.
fn credit(entries: &[Entry]) -> Option<(MessageId, u64)> {
    entries.iter().find_map(|entry| match &entry.fact {
        Fact::GoalReached { message, value, journey, .. } => {
            assert_eq!(&**journey, "j@1");
            Some((*message, *value))
        }
        _ => None,
    })
}

fn last_message(bank: &Bank) -> MessageId {
    let messages = bank.ledger.iter().filter_map(|entry| entry.fact.public().message);
    messages.max().expect("a message")
}

#[test]
fn to_the_youngest_message_once_and_within_its_time() {
    let mut bank = bank(&[]);
    assert_eq!(credit(&buys(&mut bank, "1.00")), None, "nothing was sent yet");
    asks(&mut bank);
    bank.at("2026-05-07 10:00");
    asks(&mut bank);
    let second = last_message(&bank);
    let entries = buys(&mut bank, "12.50");
    assert_eq!(kinds(&entries), ["event_accepted", "goal_reached"]);
    assert_eq!(credit(&entries), Some((second, 1_250)));
    bank.restart();
    assert_eq!(credit(&buys(&mut bank, "9.00")), None, "credited before");
    asks(&mut bank);
    let third = last_message(&bank);
    bank.at("2026-05-09 09:59");
    assert_eq!(credit(&buys(&mut bank, "1.00")), Some((third, 100)));
    asks(&mut bank);
    bank.at("2026-05-11 09:59");
    assert_eq!(credit(&buys(&mut bank, "1.00")), None, "two days have passed");
}

#[test]
fn to_what_was_kept_from_them_as_well() {
    let mut bank = bank(&[("rules/cn/holdout.toml", HOLDOUT)]);
    asks(&mut bank);
    let kept = last_message(&bank);
    assert_eq!(bank.engine.state().totals.rules[&("holdout".into(), true)], 1);
    bank.restart();
    assert_eq!(credit(&buys(&mut bank, "3.00")), Some((kept, 300)));
    let before = bank.engine.state().totals.clone();
    bank.erase("C1");
    bank.restart();
    assert_eq!(bank.engine.state().totals.rules, before.rules, "an erasure changes no figure");
}
