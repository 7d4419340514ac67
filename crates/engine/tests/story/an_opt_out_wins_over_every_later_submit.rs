//! Opt-outs: however typed, at once, confirmed once, before every later submit (L5), lifted by a new consent only.

use crate::bank::{Bank, kinds, last_word, matter, verdict, verdicts};
use crate::people::{crowd, customer, grant, known, offer_to_all, saying, transaction, willing};
use engine::entry::{Fact, ReceiptState, SuppressionCause};
use model::MessageClass;

const MARKETING: MessageClass = MessageClass::Marketing;
const PHONE: &str = "13800000001";

/// A bank with one willing customer, at ten in the morning.
fn bank() -> Bank {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", PHONE))]));
    bank
}

#[test]
fn a_full_width_word_suppresses_at_once_and_is_confirmed_once() {
    let mut bank = bank();
    let entries = bank.hear(PHONE, " ＴＤ。");
    assert_eq!(kinds(&entries), ["inbound_received", "suppression_recorded", "message_decided"]);
    let Fact::InboundReceived { keyword, .. } = &entries[0].fact else { panic!("{entries:?}") };
    assert_eq!(keyword.as_deref(), Some("TD"));
    let Fact::SuppressionRecorded { classes, why, phone, .. } = &entries[1].fact else {
        panic!("{entries:?}")
    };
    assert_eq!((classes.as_slice(), *why, *phone), (&[MARKETING][..], SuppressionCause::OptOut, None));
    let Fact::MessageDecided(decided) = &entries[2].fact else { panic!("{entries:?}") };
    assert!(decided.text.reveal().contains("退订"), "{}", decided.text.reveal());
    assert!(!decided.resend, "a confirmation is not repeated in doubt");
    assert_eq!(kinds(&bank.hear(PHONE, "退订")), ["inbound_received"], "said again, it is only recorded");
}

#[test]
fn other_words_are_recorded_and_stop_nothing() {
    let mut bank = bank();
    for word in ["T恤有货吗", "谢谢", "", "想办理贷款"] {
        assert_eq!(kinds(&bank.hear(PHONE, word)), ["inbound_received"], "{word}");
    }
    bank.launch(&offer_to_all("b1"));
    assert!(matches!(verdict(&bank.work()).fact, Fact::MessageDecided(_)));
}

#[test]
fn what_is_offered_later_is_blocked_and_service_goes_on() {
    let mut bank = bank();
    bank.hear(PHONE, "TD");
    bank.launch(&offer_to_all("b1"));
    let entries = bank.work();
    assert_eq!(last_word(verdict(&entries)), ("suppression", "opt_out since 2026-05-06T02:00:00.000Z"));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)));
}

#[test]
fn a_message_in_its_lane_is_stopped_and_its_money_and_its_place_given_back() {
    let mut bank = bank();
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let reserved = bank.engine.state().spent["b1"];
    assert!(reserved > model::Cost::ZERO);
    bank.hear(PHONE, "TD");
    let handed = bank.send(100);
    assert_eq!(handed.len(), 1, "only the confirmation goes out");
    assert_eq!(handed[0].class(), MessageClass::CustomerService);
    let stopped =
        verdicts(&bank.ledger).into_iter().rfind(|e| &*matter(e).journey != "opt-out-confirmation@1");
    assert_eq!(last_word(stopped.unwrap()).0, "suppression");
    let state = bank.engine.state();
    assert_eq!(state.spent["b1"], model::Cost::ZERO);
    let contacts = &bank.customer("C1").contacts;
    assert!(contacts.iter().all(|contact| contact.about.class != MARKETING), "{contacts:?}");
}

#[test]
fn what_the_carrier_has_already_cannot_be_taken_back_and_ends_as_it_ends() {
    let mut bank = bank();
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let message = bank.send(10)[0].message();
    bank.hear(PHONE, "TD");
    bank.outbox.clear();
    let remote = crate::bank::remote(message, 0);
    let answer = engine::deliver::Answer::Submitted { route: crate::bank::route(), message, part: 0, remote };
    bank.tell(engine::Input::Answers(vec![answer]));
    let answer = engine::deliver::Answer::Submitted {
        route: crate::bank::route(),
        message,
        part: 1,
        remote: crate::bank::remote(message, 1),
    };
    bank.tell(engine::Input::Answers(vec![answer]));
    bank.report(message, 0, ReceiptState::Delivered);
    bank.report(message, 1, ReceiptState::Delivered);
    assert_eq!(bank.engine.state().totals.journeys.iter().filter(|(_, t)| t.delivered == 1).count(), 1);
}

#[test]
fn a_held_message_meets_the_opt_out_at_its_release() {
    let mut bank = bank();
    bank.at("2026-05-06 23:00").launch(&offer_to_all("b1"));
    bank.work();
    bank.at("2026-05-06 23:30").hear(PHONE, "TD");
    let entries = bank.at("2026-05-07 08:00").work();
    let offer = verdicts(&entries).into_iter().find(|e| matter(e).class == MARKETING).unwrap();
    assert_eq!(last_word(offer).0, "suppression");
}

#[test]
fn only_a_consent_given_afterwards_lifts_it() {
    let mut bank = bank();
    bank.hear(PHONE, "TD");
    let offered = |bank: &mut Bank, id: &str| {
        bank.launch(&offer_to_all(id));
        let entries = bank.work();
        let offer = verdicts(&entries).into_iter().find(|e| matter(e).class == MARKETING).cloned();
        offer.expect("a verdict about the offer")
    };
    let old = grant(MARKETING, "2026-04-01", "form-2");
    bank.at("2026-05-06 11:00").tell(known([saying(willing(customer("C1", PHONE)), old.clone())]));
    assert_eq!(
        last_word(&offered(&mut bank, "b1")).0,
        "suppression",
        "a form of last month does not lift it"
    );
    let new = grant(MARKETING, "2026-05-06 11:30", "form-3");
    let report = saying(saying(willing(customer("C1", PHONE)), old), new);
    bank.at("2026-05-06 12:00").tell(known([report]));
    assert!(matches!(offered(&mut bank, "b2").fact, Fact::MessageDecided(_)));
    let entries = bank.at("2026-05-06 13:00").hear(PHONE, "TD");
    assert_eq!(kinds(&entries)[1], "suppression_recorded", "and can be said again");
    assert_eq!(last_word(&offered(&mut bank, "b3")).0, "suppression");
}

// As it is today: a refusal is kept with the customer who made it, not with the number: whoever is entered with the same number
// afterwards is not bound by it. Keeping the number itself would outlive the customer's erasure.
#[test]
fn a_refusal_of_a_customer_does_not_bind_who_takes_over_the_number() {
    let mut bank = bank();
    bank.hear(PHONE, "TD");
    bank.tell(known([willing(customer("C2", PHONE))]));
    bank.launch(&offer_to_all("b1"));
    assert_eq!(kinds(&bank.work()), ["message_blocked", "message_decided", "broadcast_ended"]);
}

#[test]
fn an_opt_out_in_the_middle_of_a_broadcast_wins() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(20)));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    assert_eq!(bank.send(10).len(), 5, "two parts each");
    bank.hear("13800000017", "stop");
    let handed = bank.send(100);
    let is_offer = |m: &engine::decide::Sendable| m.class() == MARKETING;
    assert_eq!(handed.iter().filter(|m| is_offer(m)).count(), 14);
    let to: Vec<String> = handed.iter().filter(|m| is_offer(m)).map(|m| m.to().reveal().to_owned()).collect();
    assert!(!to.contains(&"8613800000017".to_owned()));
}

#[test]
fn the_confirmation_is_sent_by_night_too_and_only_while_it_is_fresh() {
    let mut bank = bank();
    bank.at("2026-05-06 23:30");
    let entries = bank.hear(PHONE, "TD");
    assert_eq!(kinds(&entries)[2], "message_decided");
    let entries = bank.at("2026-05-07 00:31").work();
    assert_eq!(last_word(verdict(&entries)).0, "validity");
}

#[test]
fn a_consent_dated_tomorrow_lifts_nothing_today() {
    let mut bank = bank();
    bank.hear(PHONE, "TD");
    let early = grant(MARKETING, "2026-05-07 09:00", "form-4");
    bank.tell(known([saying(willing(customer("C1", PHONE)), early)]));
    bank.launch(&offer_to_all("b1"));
    assert_eq!(last_word(verdict(&bank.work())).0, "suppression");
    bank.at("2026-05-07 09:00").launch(&offer_to_all("b2"));
    assert!(kinds(&bank.work()).contains(&"message_decided"));
}

#[test]
fn a_family_with_one_phone_is_stopped_together_and_told_once() {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", PHONE)), willing(customer("C2", PHONE))]));
    let entries = bank.hear(PHONE, "退订");
    assert_eq!(
        kinds(&entries),
        ["inbound_received", "suppression_recorded", "suppression_recorded", "message_decided"],
        "both are stopped, and one confirmation goes to the phone they share"
    );
    bank.launch(&offer_to_all("b1"));
    assert!(verdicts(&bank.work()).iter().all(|entry| last_word(entry).0 == "suppression"));
}

#[test]
fn a_strangers_refusal_holds_for_whoever_comes_with_that_number() {
    let mut bank = Bank::open();
    let entries = bank.hear(PHONE, "TD");
    assert_eq!(kinds(&entries), ["inbound_received", "suppression_recorded"], "nobody to confirm it to");
    bank.at("2026-05-06 11:00").hear(PHONE, "TD");
    let stops: Vec<_> = bank.engine.state().refused_numbers.values().flatten().map(|stop| stop.at).collect();
    assert_eq!(stops, [bank.now], "the newest of the same kind says it all");
    bank.tell(known([willing(customer("C1", PHONE))]));
    bank.launch(&offer_to_all("b1"));
    assert_eq!(last_word(verdict(&bank.work())).0, "suppression");
}
