//! Scheduled orders, their validity, and cancelling.

use crate::bank::{Bank, last_word, time, verdict};
use crate::desk::{ACCOUNT, account, as_offer, keyed, named_account, text_for};
use engine::decide::Ordered;
use engine::entry::{Fact, NoticeKind};
use engine::{Cancelled, Input, Reply};
use model::{AccountId, Cost, MessageId, Span};

const PHONE: &str = "13800000001";

fn bank() -> Bank {
    Bank::with(&[
        (ACCOUNT, &account("consent = \"asserted\"")),
        ("accounts/other.toml", &named_account("other", "")),
    ])
}

fn at(local: &str) -> engine::decide::OrderRequest {
    let mut request = text_for(PHONE, "一");
    request.order.at = Some(time(local));
    request
}

fn cancel(bank: &mut Bank, account: &str, message: MessageId) -> Cancelled {
    bank.tell(Input::Cancel { account: AccountId::new(account), message });
    match &bank.reply {
        Reply::Cancelled(how) => *how,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_scheduled_order_goes_at_its_time_and_its_validity_begins_there() {
    let mut bank = bank();
    let ordered = bank.order(at("2026-05-09 15:00"));
    let Ordered::Accepted { message, until: Some(until), .. } = ordered else { panic!("{ordered:?}") };
    assert_eq!(until, time("2026-05-09 15:00"));
    bank.at("2026-05-09 14:59").work();
    assert!(bank.send(9).is_empty());
    bank.restart();
    bank.at("2026-05-09 15:00").work();
    assert_eq!(bank.engine.state().messages[&message].expires, time("2026-05-10 15:00"));
    assert_eq!(bank.send(9).len(), 1);
}

#[test]
fn a_time_that_is_over_means_at_once() {
    let mut bank = bank();
    let ordered = bank.order(at("2026-05-01 08:00"));
    assert!(matches!(ordered, Ordered::Accepted { until: None, .. }), "{ordered:?}");
}

#[test]
fn a_scheduled_offer_at_night_waits_for_the_morning_as_well() {
    let mut bank = bank();
    let message = bank.accepted_order(as_offer(at("2026-05-07 23:00")));
    let entries = bank.at("2026-05-07 23:00").work();
    assert_eq!(last_word(verdict(&entries)).0, "quiet-hours");
    bank.at("2026-05-08 09:00").work();
    assert_eq!(bank.message().id, message);
    assert_eq!(bank.send(9).len(), 1);
}

#[test]
fn an_order_is_worth_sending_as_long_as_it_says() {
    let mut bank = bank();
    let mut request = text_for(PHONE, "一");
    request.validity = Some(Span::seconds(60));
    bank.accepted_order(request);
    let entries = bank.later("2m");
    assert_eq!(last_word(verdict(&entries)).0, "validity");
    assert!(bank.send(9).is_empty());
    assert_eq!(bank.engine.state().spent["account:core"], Cost::ZERO);
}

#[test]
fn what_waits_is_taken_back_whole() {
    let mut bank = bank();
    let held = bank.accepted_order(at("2026-05-09 15:00"));
    let ready = bank.accepted_order(keyed(text_for("13800000002", "二"), "k"));
    assert_eq!(cancel(&mut bank, "core", held), Cancelled::Stopped);
    assert_eq!(cancel(&mut bank, "core", ready), Cancelled::Stopped);
    assert_eq!(last_word(bank.ledger.last().unwrap()), ("cancelled", "by core"));
    let state = bank.engine.state();
    assert!(state.messages.is_empty() && state.timers.is_empty());
    assert_eq!(state.spent["account:core"], Cost::ZERO);
    assert!(bank.customer("tel:+8613800000002").contacts.is_empty());
    assert!(bank.send(9).is_empty());
    let told: Vec<_> = bank.notices().iter().map(|(_, notice)| notice.message()).collect();
    assert_eq!(told, [Some(held), Some(ready)], "the account is told of both ends");
    assert_eq!(bank.order(keyed(text_for("13800000002", "二"), "k")), Ordered::Repeated(ready));
}

#[test]
fn only_its_own_account_takes_a_message_back_and_only_before_it_is_handed_over() {
    let mut bank = bank();
    let message = bank.accepted_order(text_for(PHONE, "一"));
    assert_eq!(cancel(&mut bank, "other", message), Cancelled::Unknown);
    bank.send(9);
    assert_eq!(cancel(&mut bank, "core", message), Cancelled::TooLate);
    bank.accept();
    assert_eq!(cancel(&mut bank, "core", message), Cancelled::TooLate);
    bank.report(message, 0, engine::entry::ReceiptState::Delivered);
    assert_eq!(cancel(&mut bank, "core", message), Cancelled::Unknown);
    assert!(bank.notices().iter().all(|(_, n)| !matches!(&n.kind, NoticeKind::Ended { outcome: None, .. })));
    assert!(!bank.ledger.iter().any(|entry| matches!(entry.fact, Fact::MessageBlocked(_))));
}
