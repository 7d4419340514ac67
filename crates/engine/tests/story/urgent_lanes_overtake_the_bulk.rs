//! Lanes: strict, first come first served within one; a part the carrier has no room for goes back to the head.

use crate::bank::{Bank, kinds, last_word, refused, route};
use crate::people::{code, crowd, customer, known, offer_to_all, transaction};
use engine::Input;
use engine::deliver::Again;
use engine::entry::{Fact, Outcome};
use engine::state::Phase;
use model::MessageClass;

#[test]
fn a_code_overtakes_a_waiting_broadcast_under_one_credit_at_a_time() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(30)));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    assert_eq!(bank.send(1).len(), 1, "one credit is one message, however long");
    assert!(bank.send(1).is_empty(), "its second part has used the next credit up");
    assert_eq!(bank.send(1)[0].class(), MessageClass::Marketing);
    bank.tell(transaction("E1", "C1", "10.00"));
    bank.tell(code("E2", "C2"));
    let lanes =
        |bank: &mut Bank| bank.send(1).iter().map(engine::decide::Sendable::lane).collect::<Vec<u8>>();
    assert_eq!(lanes(&mut bank), [0], "the code does not wait for the credit that the bulk has used up");
    assert!(lanes(&mut bank).is_empty(), "but it is paid back");
    assert_eq!([lanes(&mut bank), lanes(&mut bank)], [[1], [3]], "then service, then the bulk");
    let claimed: Vec<u8> = bank.outbox.iter().map(engine::decide::Sendable::lane).collect();
    assert_eq!(claimed, [3, 3, 0, 1, 3]);
}

#[test]
fn codes_go_a_few_parts_beyond_what_a_connection_asked_for_and_not_to_one_that_is_down() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(9)));
    for n in 1..=6 {
        bank.tell(code(&format!("E{n}"), &format!("C{n}")));
    }
    bank.work();
    assert!(bank.outbox.is_empty(), "nobody has asked for anything");
    assert_eq!(bank.send(1).len(), 5, "one that was asked for, four beyond");
    bank.work();
    assert_eq!(bank.outbox.len(), 5);
    bank.tell(Input::Disconnected(route()));
    bank.work();
    assert_eq!(bank.outbox.len(), 5, "nothing goes where nobody is");
}

#[test]
fn within_a_lane_the_first_decided_goes_first() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(5)));
    for n in [3, 1, 2] {
        bank.tell(transaction("E1", &format!("C{n}"), "10.00"));
    }
    let to: Vec<String> = bank.send(3).iter().map(|m| m.to().reveal().to_owned()).collect();
    assert_eq!(to, ["8613800000003", "8613800000001", "8613800000002"]);
}

#[test]
fn what_the_carrier_had_no_room_for_stands_at_the_head_again() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(3)));
    for n in 1..=3 {
        bank.tell(transaction("E1", &format!("C{n}"), "10.00"));
    }
    let first = bank.send(1)[0].message();
    let entries = bank.tell(refused(first, 0, Again::WhileValid));
    assert_eq!(kinds(&entries), ["part_refused"]);
    bank.outbox.clear();
    let handed = bank.send(1);
    assert_eq!((handed[0].message(), handed[0].parts()), (first, &[0][..]));
    let Fact::MessageClaimed { attempt, .. } = bank.ledger.last().unwrap().fact else { panic!("no claim") };
    assert_eq!(attempt, 2);
}

#[test]
fn a_busy_carrier_is_asked_again_as_long_as_the_message_is_worth_it() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    for _ in 0..20 {
        let message = bank.send(1)[0].message();
        bank.tell(refused(message, 0, Again::WhileValid));
    }
    assert_eq!(bank.message().phase, Phase::Ready);
    let entries = bank.at("2026-05-06 16:00").work();
    assert_eq!(last_word(&entries[0]).0, "validity");
    assert_eq!(bank.engine.state().spent["account-change"], model::Cost::ZERO, "the carrier never had it");
}

#[test]
fn a_fault_that_may_pass_is_tried_five_times() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    for attempt in 1..=5 {
        let handed = bank.send(1);
        assert_eq!(handed.len(), 1, "attempt {attempt}");
        bank.tell(refused(handed[0].message(), 0, Again::AFewTimes));
    }
    assert!(bank.send(5).is_empty());
    assert_eq!(bank.engine.state().totals.ended(Outcome::Refused), 1);
}

#[test]
fn a_lost_connection_takes_its_room_with_it() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(Input::Credit { route: route(), parts: 10 });
    bank.tell(Input::Disconnected(route()));
    bank.tell(transaction("E1", "C1", "10.00"));
    bank.work();
    assert!(bank.outbox.is_empty());
    assert_eq!(bank.send(1).len(), 1);
}

#[test]
fn a_broadcast_does_not_decide_far_ahead_of_the_carriers() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(3_000)));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let waiting = bank.engine.state().queues.waiting(&route());
    assert_eq!(waiting, 2_000, "as many as are decided ahead");
    bank.send(1_000);
    assert_eq!(bank.engine.state().queues.waiting(&route()), 2_000, "what went out is decided anew");
    let entries = bank.tell(code("E1", "C2999"));
    assert!(matches!(entries[1].fact, Fact::MessageDecided(_)), "a code is decided at once all the same");
}
