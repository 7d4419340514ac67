//! Pacing: a broadcast that names a time goes through its audience no faster than that time passes.

use crate::bank::Bank;
use crate::people::{code, crowd, known, offer};
use proof::entry::Kind;

/// A broadcast to a hundred people over two hours, begun at ten.
fn bank() -> Bank {
    let mut bank = Bank::open();
    bank.tell(known(crowd(100)));
    bank.launch(&offer("b1", "true", "over = \"2h\""));
    bank.work();
    bank
}

fn decided(bank: &Bank) -> u64 {
    bank.engine.state().totals.of(Kind::MessageDecided)
}

#[test]
fn it_has_come_as_far_as_its_time_has() {
    let mut bank = bank();
    let mut seen = vec![decided(&bank)];
    for _ in 0..4 {
        bank.later("30m");
        seen.push(decided(&bank));
    }
    assert_eq!(seen, [0, 25, 50, 75, 100]);
    assert_eq!(bank.engine.state().totals.of(Kind::BroadcastEnded), 1);
}

#[test]
fn a_restart_changes_nothing_and_what_was_missed_is_caught_up() {
    let mut bank = bank();
    bank.later("30m");
    bank.restart();
    bank.later("30m");
    assert_eq!(decided(&bank), 50);
    bank.later("3h");
    assert_eq!(decided(&bank), 100);
}

#[test]
fn the_engine_says_when_the_next_is_due_and_then_does_it() {
    let mut bank = bank();
    for turn in 1..=100_u64 {
        let due = bank.engine.next_due().expect("something is due");
        assert!(due > bank.now, "turn {turn}: it does not turn on the spot");
        bank.now = due;
        bank.work();
        // What waits in the lanes has timers of its own, far away.
        assert_eq!(decided(&bank), turn);
    }
    assert_eq!(bank.now, crate::bank::time("2026-05-06 12:00"));
}

#[test]
fn others_are_not_slowed_by_it() {
    let mut bank = bank();
    bank.launch(&offer("b2", "true", ""));
    bank.work();
    assert_eq!(decided(&bank), 100, "the one without a time is through");
    bank.tell(code("E1", "C1"));
    assert_eq!(bank.send(1)[0].lane(), 0);
}
