//! Parts and receipts: each part has its own fate; a message has arrived when all of them have.

use crate::bank::{Bank, accepted, kinds, refusal, refused, remote, route};
use crate::people::{crowd, customer, known, offer_to_all, transaction};
use engine::Input;
use engine::deliver::{Again, Answer, Report};
use engine::entry::{Entry, Fact, Outcome, ReceiptState};
use engine::state::{Part, Phase};
use model::{MessageId, RemoteId};

/// An offer of two parts, handed over.
fn two_parts() -> (Bank, MessageId) {
    let mut bank = Bank::open();
    bank.tell(known(crowd(1)));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let handed = bank.send(2);
    assert_eq!(handed[0].parts(), [0, 1]);
    let message = handed[0].message();
    (bank, message)
}

fn submitted(bank: &mut Bank, message: MessageId, part: u8) -> Vec<Entry> {
    bank.tell(Input::Answers(vec![Answer::Submitted {
        route: route(),
        message,
        part,
        remote: remote(message, part),
    }]))
}

fn outcome(entries: &[Entry]) -> Option<Outcome> {
    entries.iter().find_map(|entry| match &entry.fact {
        Fact::ReceiptReceived { ends: Some(ending), .. } | Fact::MessageEnded { ending, .. } => {
            Some(ending.outcome)
        }
        _ => None,
    })
}

#[test]
fn a_message_is_submitted_when_the_carrier_has_all_of_it() {
    let (mut bank, message) = two_parts();
    submitted(&mut bank, message, 1);
    assert_eq!((bank.message().phase, bank.engine.state().totals.submitted), (Phase::Claimed, 0));
    let entries = submitted(&mut bank, message, 0);
    assert!(matches!(entries[0].fact, Fact::PartSubmitted { completes: Some(_), .. }));
    assert_eq!((bank.message().phase, bank.engine.state().totals.submitted), (Phase::Submitted, 1));
}

#[test]
fn it_is_delivered_only_when_all_parts_are() {
    let (mut bank, message) = two_parts();
    bank.accept();
    assert_eq!(outcome(&bank.report(message, 1, ReceiptState::Delivered)), None);
    assert_eq!(outcome(&bank.report(message, 0, ReceiptState::Accepted)), Some(Outcome::Delivered));
}

#[test]
fn one_undelivered_part_is_an_undelivered_message() {
    for (first, second) in [
        (ReceiptState::Delivered, ReceiptState::Expired),
        (ReceiptState::Undeliverable, ReceiptState::Delivered),
    ] {
        let (mut bank, message) = two_parts();
        bank.accept();
        assert_eq!(outcome(&bank.report(message, 0, first)), None);
        assert_eq!(
            outcome(&bank.report(message, 1, second)),
            Some(Outcome::Undelivered),
            "{first:?} {second:?}"
        );
    }
}

#[test]
fn the_same_receipt_again_ends_nothing() {
    let (mut bank, message) = two_parts();
    bank.accept();
    bank.report(message, 0, ReceiptState::Delivered);
    assert_eq!(outcome(&bank.report(message, 0, ReceiptState::Delivered)), None);
    assert_eq!(bank.message().phase, Phase::Submitted);
    assert_eq!(outcome(&bank.report(message, 1, ReceiptState::Delivered)), Some(Outcome::Delivered));
    let late = bank.report(message, 1, ReceiptState::Delivered);
    assert!(late.iter().all(|e| matches!(e.fact, Fact::ReceiptParked { .. })), "{:?}", kinds(&late));
    assert_eq!(bank.engine.state().totals.ended(Outcome::Delivered), 1);
}

#[test]
fn a_receipt_that_outruns_its_answer_is_parked_then_matched() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    let message = bank.send(1)[0].message();
    assert_eq!(kinds(&bank.report(message, 0, ReceiptState::Delivered)), ["receipt_parked"]);
    assert!(bank.report(message, 0, ReceiptState::Delivered).is_empty(), "a repetition is nothing new");
    assert_eq!(bank.message().phase, Phase::Claimed);
    let entries = submitted(&mut bank, message, 0);
    assert_eq!(kinds(&entries), ["part_submitted", "receipt_received"]);
    assert_eq!(outcome(&entries), Some(Outcome::Delivered));
    assert!(bank.engine.state().messages.is_empty());
}

#[test]
fn early_receipts_of_both_parts_end_the_message_with_the_last_answer() {
    let (mut bank, message) = two_parts();
    bank.report(message, 0, ReceiptState::Delivered);
    bank.report(message, 1, ReceiptState::Undeliverable);
    assert_eq!(outcome(&submitted(&mut bank, message, 0)), None);
    assert_eq!(outcome(&submitted(&mut bank, message, 1)), Some(Outcome::Undelivered));
}

#[test]
fn a_receipt_for_nobody_is_forgotten_after_three_days() {
    let mut bank = Bank::open();
    let report = |bank: &mut Bank, remote: &str| {
        let report = Report {
            route: route(),
            remote: RemoteId::new(remote),
            state: ReceiptState::Delivered,
            error: Some("000".into()),
        };
        bank.tell(Input::Reports(vec![report]))
    };
    assert_eq!(kinds(&report(&mut bank, "a")), ["receipt_parked"]);
    report(bank.at("2026-05-09 10:00"), "b");
    assert_eq!(bank.engine.state().parked.len(), 2);
    report(bank.at("2026-05-09 10:00:00.001"), "c");
    let left: Vec<_> =
        bank.engine.state().parked.keys().map(|(_, remote)| remote.as_str().to_owned()).collect();
    assert_eq!(left, ["b", "c"]);
    assert_eq!(bank.engine.state().parked_order.len(), 2);
}

#[test]
fn a_newer_state_of_a_parked_receipt_replaces_the_older() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    let message = bank.send(1)[0].message();
    bank.report(message, 0, ReceiptState::Enroute);
    assert_eq!(kinds(&bank.report(message, 0, ReceiptState::Undeliverable)), ["receipt_parked"]);
    assert_eq!((bank.engine.state().parked.len(), bank.engine.state().parked_order.len()), (1, 1));
    assert_eq!(outcome(&submitted(&mut bank, message, 0)), Some(Outcome::Undelivered));
}

#[test]
fn only_the_part_that_was_refused_is_offered_again() {
    let (mut bank, message) = two_parts();
    submitted(&mut bank, message, 0);
    bank.tell(refused(message, 1, Again::WhileValid));
    bank.outbox.clear();
    let handed = bank.send(2);
    assert_eq!((handed[0].message(), handed[0].parts()), (message, &[1][..]));
    bank.report(message, 0, ReceiptState::Delivered);
    let answers = accepted(&handed[0]);
    bank.tell(Input::Answers(answers));
    assert_eq!(outcome(&bank.report(message, 1, ReceiptState::Delivered)), Some(Outcome::Delivered));
}

#[test]
fn a_message_is_not_offered_again_while_an_answer_is_due() {
    let (mut bank, message) = two_parts();
    bank.tell(refused(message, 0, Again::WhileValid));
    bank.outbox.clear();
    assert!(bank.send(10).is_empty(), "the second part's answer is still due");
    submitted(&mut bank, message, 1);
    assert_eq!(bank.send(0)[0].parts(), [0]);
}

#[test]
fn without_receipts_a_submitted_message_ends_when_the_route_says() {
    let (mut bank, _) = two_parts();
    bank.accept();
    let wait = bank.world.routes[&route()].receipt_wait;
    assert_eq!(bank.engine.next_due(), Some(bank.now.after(wait)));
    bank.now = bank.now.after(wait);
    assert_eq!(outcome(&bank.work()), Some(Outcome::NoReceipt));
    assert_eq!(bank.engine.state().spent["b1"].to_string(), "¥0.07", "it was sent, so it was paid for");
}

#[test]
fn answers_and_receipts_about_nothing_change_nothing() {
    let (mut bank, message) = two_parts();
    let nonsense = [
        Answer::Submitted { route: route(), message: MessageId(999), part: 0, remote: RemoteId::new("x") },
        Answer::Submitted { route: route(), message, part: 9, remote: RemoteId::new("x") },
        refusal(&route(), MessageId(0), 0, 1, Again::No),
        Answer::Unanswered { route: route(), message, part: 255 },
    ];
    assert!(bank.tell(Input::Answers(nonsense.into())).is_empty());
    bank.accept();
    let again = [
        Answer::Submitted { route: route(), message, part: 0, remote: RemoteId::new("other") },
        refusal(&route(), message, 1, 1, Again::No),
        Answer::Unanswered { route: route(), message, part: 0 },
    ];
    assert!(bank.tell(Input::Answers(again.into())).is_empty(), "what is settled is settled");
    let parts = &bank.message().sending.as_ref().unwrap().parts;
    assert!(parts.iter().all(|part| matches!(part, Part::Submitted(_))));
}

#[test]
fn a_parked_receipt_of_a_reused_id_belongs_to_nobody_new() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    let report =
        Report { route: route(), remote: RemoteId::new("7"), state: ReceiptState::Delivered, error: None };
    bank.tell(Input::Reports(vec![report]));
    bank.at("2026-05-06 11:00").tell(transaction("E1", "C1", "10.00"));
    let message = bank.send(1)[0].message();
    let entries = bank.tell(Input::Answers(vec![Answer::Submitted {
        route: route(),
        message,
        part: 0,
        remote: RemoteId::new("7"),
    }]));
    assert_eq!(kinds(&entries), ["part_submitted"], "a receipt cannot be older than its message");
}

#[test]
fn leaves_number_parts_from_one() {
    let (mut bank, message) = two_parts();
    let numbers =
        |entries: &[Entry]| entries.iter().map(|e| engine::prove::leaf(e).parts).collect::<Vec<_>>();
    assert_eq!(numbers(&bank.accept()), [Some(1), Some(2)]);
    assert_eq!(numbers(&bank.report(message, 1, ReceiptState::Delivered)), [Some(2)]);
}
