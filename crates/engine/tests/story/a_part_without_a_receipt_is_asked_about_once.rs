//! Questions: what a carrier took under a name, and never reported, is asked about once before it is given up; only where
//! the carrier answers questions.

use crate::bank::{Bank, kinds, refused, remote, route, unanswered};
use crate::desk::{ACCOUNT, a_route, account, text_for};
use crate::people::{crowd, known, offer_to_all};
use engine::Input;
use engine::deliver::Again;
use engine::entry::{Fact, Outcome, ReceiptState};
use engine::state::Phase;
use model::{MessageId, Span};

/// A bank whose carrier answers questions, with an offer of two parts that the carrier took.
fn submitted(queries: bool) -> (Bank, MessageId) {
    let asks = a_route("demo", 1, "").replace("[smpp]", &format!("[smpp]\nqueries = {queries}"));
    let mut bank = Bank::with(&[("routes/demo.toml", &asks), (ACCOUNT, &account(""))]);
    bank.tell(known(crowd(1)));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let message = bank.send(2)[0].message();
    bank.accept();
    (bank, message)
}

#[test]
fn before_it_is_given_up_the_carrier_is_asked_about_every_part_without_a_receipt() {
    let (mut bank, message) = submitted(true);
    bank.report(message, 0, ReceiptState::Delivered);
    let entries = bank.later("72h");
    assert_eq!(kinds(&entries), ["carrier_asked"]);
    let until = bank.now.after(Span::seconds(60));
    assert_eq!(entries[0].fact, Fact::CarrierAsked { message, route: route(), parts: 1, until });
    assert_eq!(bank.questions, [(remote(message, 1), None)], "what is known is not asked");
    assert_eq!(bank.message().phase, Phase::Submitted);
    bank.report(message, 1, ReceiptState::Delivered);
    assert_eq!(bank.engine.state().totals.ended(Outcome::Delivered), 1);
}

#[test]
fn a_question_that_is_not_answered_is_asked_once_over_all_restarts() {
    let (mut bank, _) = submitted(true);
    bank.later("72h");
    bank.restart();
    assert!(bank.later("59s").is_empty());
    let entries = bank.later("1s");
    assert!(matches!(&entries[..], [entry] if matches!(&entry.fact, Fact::MessageEnded { ending, .. }
        if ending.outcome == Outcome::NoReceipt)));
    assert_eq!(bank.questions.len(), 2, "both parts, once");
}

#[test]
fn a_carrier_that_answers_no_questions_is_not_asked() {
    let (mut bank, _) = submitted(false);
    assert_eq!(kinds(&bank.later("72h")), ["message_ended"]);
    assert!(bank.questions.is_empty());
}

#[test]
fn of_a_message_in_doubt_the_parts_with_a_name_are_asked_about() {
    let asks = a_route("demo", 1, "").replace("[smpp]", "[smpp]\nqueries = true");
    let mut bank = Bank::with(&[("routes/demo.toml", &asks)]);
    bank.tell(known(crowd(1)));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let message = bank.send(2)[0].message();
    bank.taken_part(message, 0);
    bank.tell(unanswered(message, 1));
    assert_eq!(kinds(&bank.later("72h")), ["carrier_asked"]);
    assert_eq!(bank.questions, [(remote(message, 0), None)]);
    bank.report(message, 0, ReceiptState::Delivered);
    assert_eq!(bank.message().phase, Phase::Uncertain, "of the other part nobody knows");
    assert_eq!(kinds(&bank.later("60s")), ["message_ended"]);
    assert_eq!(bank.engine.state().totals.ended(Outcome::Uncertain), 1);
}

#[test]
fn what_nobody_took_is_not_asked_about() {
    let asks = a_route("demo", 1, "").replace("[smpp]", "[smpp]\nqueries = true");
    let mut bank = Bank::with(&[("routes/demo.toml", &asks), (ACCOUNT, &account(""))]);
    let message = bank.accepted_order(text_for("13800000001", "一"));
    bank.send(1);
    bank.tell(refused(message, 0, Again::WhileValid));
    bank.tell(Input::Disconnected(route()));
    bank.later("73h");
    assert!(bank.questions.is_empty());
}
