//! Orders: accepted, held, repeated, blocked by a rule, refused before there is a message; and who is meant by a number.

use crate::bank::{Bank, finding, kinds, last_word, verdict};
use crate::desk::{ACCOUNT, account, as_offer, keyed, template_for, text_for};
use crate::people::{customer, known, willing};
use engine::decide::{OrderError, Ordered};
use engine::entry::{Fact, Standing};
use model::{AccountId, CustomerId};

const PHONE: &str = "13800000001";

fn bank(more: &str) -> Bank {
    Bank::with(&[(ACCOUNT, &account(more))])
}

#[test]
fn a_text_to_a_number_nobody_knew_is_decided_signed_and_counted_under_its_account() {
    let mut bank = bank("");
    let message = bank.accepted_order(text_for(PHONE, "您的申请已受理"));
    assert_eq!(kinds(&bank.ledger), ["world_published", "customer_recorded", "message_decided"]);
    let Fact::MessageDecided(decided) = &bank.ledger[2].fact else { panic!("{:?}", bank.ledger[2]) };
    assert_eq!(decided.matter.message, message);
    assert_eq!(decided.text.reveal(), "【鸿雁银行】您的申请已受理");
    assert_eq!(&*decided.matter.journey, "account:core@1");
    assert_eq!(bank.engine.state().spent["account:core"], decided.cost);
    assert_eq!(bank.customer("tel:+8613800000001").contacts.len(), 1);
    assert_eq!(bank.send(9).len(), 1);
}

#[test]
fn the_same_key_is_the_same_order_also_after_a_restart() {
    let mut bank = bank("");
    let first = bank.accepted_order(keyed(text_for(PHONE, "一"), "k1"));
    assert_eq!(bank.order(keyed(text_for(PHONE, "一"), "k1")), Ordered::Repeated(first));
    bank.restart();
    assert_eq!(bank.order(keyed(text_for(PHONE, "一"), "k1")), Ordered::Repeated(first));
    assert_ne!(bank.accepted_order(keyed(text_for(PHONE, "一"), "k2")), first);
    bank.accepted_order(keyed(text_for("13800000002", "一"), "k1"));
    bank.send(99);
    assert_eq!(bank.outbox.len(), 3);
}

#[test]
fn a_key_is_recognised_although_the_number_has_got_a_name_since() {
    let mut bank = bank("");
    let first = bank.accepted_order(keyed(text_for(PHONE, "一"), "k1"));
    bank.tell(known([customer("C1", PHONE)]));
    assert_eq!(bank.order(keyed(text_for(PHONE, "一"), "k1")), Ordered::Repeated(first));
}

#[test]
fn an_order_is_not_taken_again_after_its_customer_was_erased() {
    let mut bank = bank("");
    bank.accepted_order(keyed(text_for(PHONE, "一"), "k1"));
    bank.send(99);
    let kinds = kinds(&bank.erase(&format!("tel:+86{PHONE}")));
    assert_eq!(kinds, ["message_ended", "orders_spent", "customer_erased"]);
    assert_eq!(bank.order(keyed(text_for(PHONE, "一"), "k1")), Ordered::Refused(OrderError::Spent));
    bank.restart();
    assert_eq!(bank.order(keyed(text_for(PHONE, "一"), "k1")), Ordered::Refused(OrderError::Spent));
    // Another key, or another recipient under the same, is another order.
    bank.accepted_order(keyed(text_for(PHONE, "一"), "k2"));
    bank.accepted_order(keyed(text_for("13800000002", "一"), "k1"));
}

#[test]
fn keys_of_the_erased_are_forgotten_when_nobody_repeats_them_any_more() {
    let mut bank = bank("");
    bank.accepted_order(keyed(text_for(PHONE, "一"), "k1"));
    bank.erase(&format!("tel:+86{PHONE}"));
    assert_eq!(bank.engine.state().spent_orders.len(), 1);
    bank.later("745h");
    bank.accepted_order(keyed(text_for("13800000002", "一"), "k1"));
    bank.erase("tel:+8613800000002");
    assert_eq!(bank.engine.state().spent_orders.len(), 1, "only the younger");
}

#[test]
fn a_number_means_whom_the_institution_knows_by_it() {
    let mut bank = bank("");
    bank.accepted_order(text_for(PHONE, "一"));
    bank.tell(known([willing(customer("C1", PHONE))]));
    bank.accepted_order(as_offer(text_for(PHONE, "春季活动")));
    let subject = bank.subject("C1");
    assert_eq!(bank.ledger.last().unwrap().subject, subject, "its consent is found");
}

#[test]
fn a_number_that_went_to_another_makes_somebody_new_of_it() {
    let mut bank = bank("");
    bank.accepted_order(text_for(PHONE, "一"));
    let mut moved = customer("tel:+8613800000001", "13800000009");
    moved.profile.attributes.clear();
    bank.tell(known([moved]));
    bank.accepted_order(text_for(PHONE, "一"));
    let subjects = bank.engine.state().customers.len();
    assert_eq!((subjects, bank.engine.state().by_id.len()), (2, 2), "nobody has lost their name");
}

#[test]
fn whoever_may_not_write_to_strangers_is_refused_without_an_entry() {
    let mut bank = bank("strangers = false");
    let ordered = bank.order(text_for(PHONE, "一"));
    assert_eq!(ordered, Ordered::Refused(OrderError::Stranger(AccountId::new("core"))));
    assert_eq!(bank.ledger.len(), 1);
    bank.tell(known([customer("C1", PHONE)]));
    bank.accepted_order(text_for(PHONE, "一"));
}

#[test]
fn what_makes_no_message_is_refused_with_its_reason() {
    let mut bank = bank("");
    let mut unknown = text_for(PHONE, "一");
    unknown.order.account = AccountId::new("nobody");
    assert!(matches!(bank.order(unknown), Ordered::Refused(OrderError::UnknownAccount(_))));
    let ordered = bank.order(template_for(PHONE, "no-such", &[]));
    assert!(matches!(ordered, Ordered::Refused(OrderError::UnknownTemplate(_))));
    let mut nobody = text_for(PHONE, "一");
    nobody.to = engine::decide::Recipient::Customer(CustomerId::new("C9"));
    assert_eq!(bank.order(nobody), Ordered::Refused(OrderError::UnknownCustomer));
    assert_eq!(bank.ledger.len(), 1, "nothing was recorded");
}

#[test]
fn the_rules_bind_an_order_like_any_message() {
    let mut bank = bank("");
    bank.tell(known([customer("C1", PHONE)]));
    let Ordered::Blocked { rule, detail, .. } = bank.order(as_offer(text_for(PHONE, "活动"))) else {
        panic!("{:?}", bank.reply)
    };
    assert_eq!((rule, &*detail), ("consent", "marketing-consent: no consent"));
    let mut gone = customer("C2", "13800000002");
    gone.profile.standing = Standing::Deceased;
    bank.tell(known([gone]));
    let entries = {
        bank.order(text_for("13800000002", "一"));
        bank.ledger.last().cloned().unwrap()
    };
    assert_eq!(last_word(&entries), ("identity", "deceased"));
    assert!(bank.send(9).is_empty());
}

#[test]
fn an_account_that_answers_for_consent_is_believed_until_the_customer_says_no() {
    let mut bank = bank("consent = \"asserted\"");
    bank.accepted_order(as_offer(text_for(PHONE, "活动")));
    let said = finding(bank.ledger.last().unwrap(), "consent").detail.to_string();
    assert!(said.ends_with("the account answers for it"), "{said}");
    bank.hear(PHONE, "TD");
    assert!(bank.send(9).iter().all(|m| m.class() != model::MessageClass::Marketing), "L5");
    let ordered = bank.order(as_offer(text_for(PHONE, "活动")));
    assert!(matches!(ordered, Ordered::Blocked { rule: "suppression", .. }), "{ordered:?}");
}

#[test]
fn an_offer_at_night_is_held_and_judged_again_with_its_text_and_signature() {
    let mut bank = bank("consent = \"asserted\"\nsignatures = [\"鸿雁信用卡\"]");
    bank.at("2026-05-06 22:00");
    let mut offer = as_offer(text_for(PHONE, "【好礼】等您来"));
    offer.order.signature = Some("鸿雁信用卡".into());
    let Ordered::Accepted { message, parts: 0, until: Some(_) } = bank.order(offer) else {
        panic!("{:?}", bank.reply)
    };
    bank.restart();
    let entries = bank.at("2026-05-07 09:00").work();
    let Fact::MessageDecided(decided) = &verdict(&entries).fact else { panic!("{entries:?}") };
    assert_eq!(decided.matter.message, message);
    assert_eq!(decided.text.reveal(), "【鸿雁信用卡】【好礼】等您来拒收请回复R");
}

#[test]
fn what_waited_in_its_lane_into_the_night_keeps_its_text() {
    let mut bank = bank("consent = \"asserted\"");
    let message = bank.accepted_order(as_offer(text_for(PHONE, "【鸿雁银行】等您来")));
    bank.at("2026-05-06 22:00").send(9);
    assert!(bank.outbox.is_empty(), "held again at the last look");
    bank.restart();
    bank.at("2026-05-07 09:00").work();
    let handed = bank.send(9);
    assert_eq!(handed[0].message(), message);
    assert_eq!(handed[0].text().reveal(), "【鸿雁银行】等您来拒收请回复R", "signed once");
}
