//! A bandit: weights move to the arm that reaches the goal more often, by entries; whoever is in an arm stays in it.

use crate::bank::{Bank, matter, verdict};
use crate::people::{NOTE, customer, happening, known};
use engine::entry::{Entry, Fact, WeightsMoved};
use std::collections::BTreeMap;

const JOURNEY: &str = r#"
id = "j"
version = 1
class = "customer_service"
[trigger]
event = "asked"
[goal]
event = "bought"
[[steps]]
split = "tone"
arms = [{ name = "a", weight = 1, to = "send" }, { name = "b", weight = 1, to = "send" }]
bandit = { goal = "bought", floor_percent = 5, every = 50 }
[[steps]]
name = "send"
send = "note"
"#;

fn bank() -> Bank {
    Bank::with(&[("templates/note.toml", NOTE), ("journeys/j.toml", JOURNEY)])
}

/// Somebody asks, and buys if they fell to arm b; returns their arm and what moved.
fn asks(bank: &mut Bank, n: usize, round: usize) -> (String, Option<WeightsMoved>) {
    let id = format!("C{n}");
    if round == 0 {
        bank.tell(known([customer(&id, &format!("138{n:08}"))]));
    }
    let entries = bank.tell(happening(&format!("asked-{n}-{round}"), &id, "asked", Vec::new()));
    let arm = matter(verdict(&entries)).journey.to_string();
    if arm.ends_with(".b") && round == 0 {
        bank.tell(happening(&format!("bought-{n}"), &id, "bought", Vec::new()));
    }
    (arm, moved(&entries))
}

fn moved(entries: &[Entry]) -> Option<WeightsMoved> {
    entries.iter().find_map(|entry| match &entry.fact {
        Fact::WeightsMoved(moved) => Some(WeightsMoved::clone(moved)),
        _ => None,
    })
}

#[test]
fn after_so_many_messages_by_a_seed_of_the_entry() {
    let (mut bank, mut arms) = (bank(), BTreeMap::new());
    for n in 1..=200 {
        let (arm, moved) = asks(&mut bank, n, 0);
        arms.insert(n, arm);
        assert_eq!(moved.is_some(), n % 50 == 0, "at {n}");
        if let Some(moved) = moved {
            assert_eq!((&*moved.journey, &*moved.experiment), ("j@1", "tone"));
            assert_eq!(moved.arms.iter().map(|arm| arm.messages).sum::<u64>(), n as u64);
            let (a, b) = (&moved.arms[0], &moved.arms[1]);
            assert_eq!(a.goals, 0);
            assert_eq!((a.weight, b.weight), (500, 9_500), "the floor is kept: nobody of a has bought");
        }
    }
    let late = arms.range(101..).filter(|(_, arm)| arm.ends_with(".b")).count();
    assert!(late > 85, "{late} of a hundred");
    bank.restart();
    for n in 1..=40 {
        assert_eq!(asks(&mut bank, n, 1).0, arms[&n], "whoever is in an arm stays in it");
    }
    let trial = bank.engine.state().trials.of("j@1#tone").unwrap();
    assert_eq!((trial.moves, trial.moved_at, trial.weights["b"]), (4, 200, 9_500));
    bank.erase("C3");
    bank.restart();
    assert_eq!(bank.engine.state().trials.of("j@1#tone").unwrap().moves, 4);
}
