//! Erasure: what is open is closed, what was counted stays counted, and nothing else is left (L8). That a replay of
//! what is left gives the very same state is part of every story's audit.

use crate::bank::{Bank, kinds, last_word, remote, time, unanswered};
use crate::people::{crowd, customer, instalment, known, offer_to_all, transaction, willing};
use engine::deliver::Answer;
use engine::entry::{Fact, Outcome, ReceiptState};
use engine::{Input, Reply};
use model::{Cost, CustomerId, Subject};
use proof::entry::Kind;

#[test]
fn somebody_unknown_cannot_be_erased() {
    let mut bank = Bank::open();
    assert!(bank.erase("C1").is_empty());
    assert_eq!(bank.reply, Reply::Erased(false));
    assert!(bank.destroyed.is_empty());
}

#[test]
fn totals_and_budgets_stay_as_they_were() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(10)));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    bank.send(20);
    bank.accept();
    let delivered: Vec<_> = bank.engine.state().messages.keys().copied().collect();
    for message in delivered {
        bank.report(message, 0, ReceiptState::Delivered);
        bank.report(message, 1, ReceiptState::Delivered);
    }
    let before = bank.engine.state().totals.clone();
    let spent = bank.engine.state().spent.clone();
    for n in [3, 7, 10] {
        bank.erase(&format!("C{n}"));
    }
    let mut after = bank.engine.state().totals.clone();
    assert_eq!(after.kinds.remove(&Kind::CustomerErased.code()), Some(3));
    assert_eq!((after, &bank.engine.state().spent), (before, &spent));
}

#[test]
fn erasing_in_the_middle_of_a_broadcast_disturbs_neither() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(30)));
    bank.launch(&offer_to_all("b1"));
    bank.step(|engine, now, out| {
        engine.work(now, 10, out);
    });
    for n in [5, 10, 20] {
        bank.erase(&format!("C{n}"));
    }
    bank.restart();
    bank.work();
    let state = bank.engine.state();
    assert_eq!(state.totals.candidates, 29, "only the twentieth was not met yet");
    assert_eq!(state.broadcasts.values().next().unwrap().audience, 29);
}

#[test]
fn who_comes_back_is_somebody_new() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    bank.erase("C1");
    bank.tell(known([customer("C1", "13800000001")]));
    assert_eq!(bank.subject("C1"), Subject(2));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert_eq!(kinds(&entries), ["event_accepted", "message_decided"], "nothing is remembered of the first");
    bank.restart();
}

#[test]
fn one_of_a_family_is_erased_and_the_other_stays_reachable() {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", "13800000001")), willing(customer("C2", "13800000001"))]));
    bank.hear("13800000001", "你好");
    bank.erase("C1");
    let entries = bank.hear("13800000001", "TD");
    assert_eq!(entries[0].subject, Subject(2));
    assert_eq!(kinds(&entries), ["inbound_received", "suppression_recorded", "message_decided"]);
}

#[test]
fn an_erased_customers_events_are_a_strangers() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.erase("C1");
    assert!(bank.tell(transaction("E1", "C1", "10.00")).is_empty());
    assert_eq!(bank.reply, Reply::Taken { accepted: 0, unchanged: 0, strangers: vec![0] });
    assert_eq!(bank.erase("C1").len(), 0, "nor can they be erased twice");
}

#[test]
fn the_erasure_itself_says_on_what_ground_and_when() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    let entries = bank.at("2026-05-07 09:00").erase("C1");
    let Fact::CustomerErased { basis } = &entries[0].fact else { panic!("{entries:?}") };
    assert_eq!((&**basis, entries[0].at), ("PIPL art. 47", time("2026-05-07 09:00")));
}

#[test]
fn the_only_customer_of_a_route_can_be_erased_without_a_trace_in_the_state() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    let message = bank.send(1)[0].message();
    bank.accept();
    bank.report(message, 0, ReceiptState::Delivered);
    bank.erase("C1");
}

#[test]
fn what_the_carrier_has_ends_and_is_paid_for() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    for n in 1..=3 {
        bank.tell(transaction(&format!("E{n}"), "C1", "10.00"));
    }
    let handed = bank.send(3);
    let answer = |n: usize| Answer::Submitted {
        route: crate::bank::route(),
        message: handed[n].message(),
        part: 0,
        remote: remote(handed[n].message(), 0),
    };
    bank.tell(Input::Answers(vec![answer(0)]));
    bank.tell(unanswered(handed[1].message(), 0));
    let entries = bank.erase("C1");
    assert_eq!(kinds(&entries), ["message_ended", "message_blocked", "message_ended", "customer_erased"]);
    let state = bank.engine.state();
    assert_eq!(state.totals.ended(Outcome::Erased), 2);
    assert!(
        state.remote.is_empty() && state.queues.iter().all(|(_, lanes)| lanes.iter().all(|l| l.is_empty()))
    );
    let late = bank.tell(Input::Answers(vec![answer(1), answer(2)]));
    assert_eq!(kinds(&late), ["answer_late"; 2], "late answers meet nobody");
    assert!(late.iter().all(|entry| entry.subject == Subject::INSTITUTION));
    let late = bank.report(handed[0].message(), 0, ReceiptState::Delivered);
    assert_eq!(kinds(&late), ["receipt_parked"]);
    assert_eq!(late[0].subject, Subject::INSTITUTION);
}

#[test]
fn what_waits_is_stopped_and_given_back() {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", "13800000001"))]));
    bank.tell(transaction("E1", "C1", "10.00"));
    bank.at("2026-05-06 23:00").tell(instalment("E2", "C1"));
    let entries = bank.erase("C1");
    assert_eq!(kinds(&entries), ["message_blocked", "message_blocked", "customer_erased"]);
    assert_eq!(last_word(&entries[0]), ("erased", "the customer was erased"));
    assert_eq!(bank.reply, Reply::Erased(true));
    assert_eq!(bank.destroyed, [Subject(1)]);
    let state = bank.engine.state();
    assert!(state.customers.is_empty() && state.by_id.is_empty() && state.by_phone.is_empty());
    assert!(state.messages.is_empty() && state.timers.is_empty());
    assert_eq!(state.spent["account-change"], Cost::ZERO);
    assert_eq!(
        (state.totals.revoked, state.totals.of(Kind::MessageBlocked)),
        (1, 2),
        "the held one was never let pass"
    );
    assert!(bank.at("2026-05-08 10:00").send(100).is_empty());
}

#[test]
fn a_receipt_that_was_parked_and_matched_leaves_no_difference() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001"), customer("C2", "13800000002")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    let message = bank.send(1)[0].message();
    bank.report(message, 0, ReceiptState::Delivered);
    bank.accept();
    bank.erase("C1");
}

#[test]
fn a_ground_too_long_for_a_leaf_is_shortened_and_the_erasure_recorded() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    let entries =
        bank.tell(Input::Erase { customer: CustomerId::new("C1"), basis: "依".repeat(100).as_str().into() });
    let Fact::CustomerErased { basis } = &entries[0].fact else { panic!("{entries:?}") };
    assert_eq!(basis.chars().count(), 85, "255 bytes of three each");
}
