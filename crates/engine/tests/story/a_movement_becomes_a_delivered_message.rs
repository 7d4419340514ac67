//! From an event to a message whose end is known, and what is not new.

use crate::bank::{Bank, finding, kinds, last_word, verdict, verdicts};
use crate::people::{customer, grant, happening, having, known, saying, text, transaction, willing, yuan};
use engine::entry::{Fact, Outcome, ReceiptState, Standing};
use engine::state::Phase;
use engine::{Input, Reply};
use model::{MessageClass, MessageId};
use proof::entry::Kind;

#[test]
fn a_movement_is_decided_claimed_submitted_delivered_and_gone() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    let entries = bank.tell(transaction("E1", "C1", "128.50"));
    assert_eq!(kinds(&entries), ["event_accepted", "message_decided"]);
    let Fact::MessageDecided(decided) = &entries[1].fact else { panic!("{entries:?}") };
    assert_eq!(
        decided.text.reveal(),
        "【鸿雁银行】您尾号0123的账户支出128.50元（便利店），5月6日09:58，余额8,888.88元。"
    );
    assert_eq!((decided.to.reveal(), decided.parts, decided.lane), ("8613800000001", 1, 1));
    assert_eq!(decided.cost.to_string(), "¥0.035");
    assert!(decided.resend, "an account movement is sent again in doubt");
    let id = decided.matter.message;
    assert_eq!(id, MessageId(3), "a message's number is the position of the first entry about it");

    assert!(bank.work().is_empty(), "nothing is claimed before the carrier has room");
    let handed = bank.send(1);
    assert_eq!(handed.len(), 1);
    assert_eq!((handed[0].message(), handed[0].parts()), (id, &[0][..]));
    assert_eq!(bank.message().phase, Phase::Claimed);
    assert_eq!(kinds(&bank.accept()), ["part_submitted"]);
    assert_eq!(bank.message().phase, Phase::Submitted);
    assert_eq!(kinds(&bank.report(id, 0, ReceiptState::Enroute)), ["receipt_received"]);
    assert_eq!(bank.message().phase, Phase::Submitted, "a receipt on the way ends nothing");
    let entries = bank.report(id, 0, ReceiptState::Delivered);
    assert!(
        matches!(&entries[0].fact, Fact::ReceiptReceived { ends: Some(e), .. } if e.outcome == Outcome::Delivered)
    );

    let state = bank.engine.state();
    assert!(state.messages.is_empty() && state.timers.is_empty() && state.remote.is_empty());
    assert_eq!((state.totals.ended(Outcome::Delivered), state.totals.submitted), (1, 1));
    let journey = &state.totals.journeys["account-change@1"];
    assert_eq!((journey.candidates, journey.decided, journey.delivered, journey.parts), (1, 1, 1, 1));
}

#[test]
fn the_same_event_again_changes_nothing() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001"), customer("C2", "13800000002")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    assert!(bank.tell(transaction("E1", "C1", "99.00")).is_empty(), "the id counts, not the content");
    assert_eq!(bank.reply, Reply::Taken { accepted: 0, unchanged: 1, strangers: vec![] });
    assert_eq!(bank.tell(transaction("E1", "C2", "10.00")).len(), 2, "another customer's event is another");
    bank.restart();
    assert!(bank.tell(transaction("E1", "C1", "10.00")).is_empty(), "also after a restart");
}

#[test]
fn an_event_about_a_stranger_is_said_and_not_recorded() {
    let mut bank = Bank::open();
    assert!(bank.tell(transaction("E1", "C9", "10.00")).is_empty());
    assert_eq!(bank.reply, Reply::Taken { accepted: 0, unchanged: 0, strangers: vec![0] });
    bank.tell(known([customer("C9", "13800000009")]));
    assert_eq!(bank.tell(transaction("E1", "C9", "10.00")).len(), 2, "it may come again once they are known");
}

#[test]
fn a_customer_as_they_were_makes_no_entry() {
    let mut bank = Bank::open();
    let first = willing(customer("C1", "13800000001"));
    assert_eq!(kinds(&bank.tell(known([first.clone()]))), ["customer_recorded", "consent_recorded"]);
    assert!(bank.tell(known([first.clone()])).is_empty());
    assert_eq!(bank.reply, Reply::Taken { accepted: 0, unchanged: 1, strangers: vec![] });
    let moved = having(first.clone(), "city", Some(text("北京")));
    assert_eq!(kinds(&bank.tell(known([moved.clone()]))), ["customer_recorded"]);
    let again = saying(moved, grant(MessageClass::TechnicalSupport, "2026-02-01", "form-2"));
    assert_eq!(kinds(&bank.tell(known([again]))), ["consent_recorded"]);
    assert_eq!(bank.engine.state().customers.len(), 1);
}

#[test]
fn a_customer_twice_in_one_batch_is_one() {
    let mut bank = Bank::open();
    let first = willing(customer("C1", "13800000001"));
    let entries = bank.tell(known([first.clone(), first.clone(), customer("C2", "13800000002")]));
    assert_eq!(kinds(&entries), ["customer_recorded", "consent_recorded", "customer_recorded"]);
    assert_eq!(bank.engine.state().next_subject, 3);
}

#[test]
fn one_event_can_be_two_messages() {
    let mut bank = Bank::open();
    let careful = having(customer("C1", "13800000001"), "alert_threshold", Some(yuan("1000")));
    bank.tell(known([careful]));
    let entries = bank.tell(transaction("E1", "C1", "2500.00"));
    assert_eq!(kinds(&entries), ["event_accepted", "message_decided", "message_decided"]);
    let journeys: Vec<&str> = verdicts(&entries).iter().map(|e| &*crate::bank::matter(e).journey).collect();
    assert_eq!(journeys, ["abnormal-activity@1", "account-change@1"]);
}

#[test]
fn a_condition_without_an_answer_is_not_met_and_not_silent() {
    let mut bank = Bank::open();
    bank.tell(known([having(customer("C1", "13800000001"), "alert_threshold", None)]));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert_eq!(kinds(&entries), ["event_accepted", "message_decided"], "the other journey is not disturbed");
    assert_eq!(bank.failures.len(), 1);
    assert_eq!(&*bank.failures[0].journey, "abnormal-activity@1");
    assert!(bank.failures[0].error.to_string().contains("alert_threshold"), "{:?}", bank.failures);
}

#[test]
fn an_event_that_no_journey_waits_for_is_only_recorded() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    assert_eq!(kinds(&bank.tell(happening("E1", "C1", "birthday", vec![]))), ["event_accepted"]);
}

#[test]
fn nobody_is_written_to_who_cannot_or_must_not_be() {
    let mut bank = Bank::open();
    let cases = [
        ("C1", Standing::Deceased, true, "deceased"),
        ("C2", Standing::DoNotContact, true, "do not contact"),
        ("C3", Standing::Normal, false, "no phone"),
    ];
    for (id, standing, has_phone, expect) in cases {
        let mut report = customer(id, "13800000001");
        report.profile.standing = standing;
        report.profile.phone = report.profile.phone.filter(|_| has_phone);
        bank.tell(known([report]));
        let entries = bank.tell(transaction("E1", id, "10.00"));
        assert_eq!(last_word(verdict(&entries)), ("identity", expect));
    }
    assert_eq!(bank.engine.state().totals.rules[&("identity".into(), true)], 3);
}

#[test]
fn who_dies_while_a_message_waits_gets_it_no_more() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    let mut report = customer("C1", "13800000001");
    report.profile.standing = Standing::Deceased;
    bank.tell(known([report]));
    assert!(bank.send(10).is_empty());
    assert_eq!(bank.engine.state().totals.revoked, 1);
    assert_eq!(last_word(verdict(&bank.ledger[4..])), ("identity", "deceased"));
}

#[test]
fn a_message_that_waited_too_long_is_not_worth_sending() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    assert_eq!(bank.engine.next_due(), Some(crate::bank::time("2026-05-06 16:00")));
    let entries = bank.at("2026-05-06 15:59").work();
    assert!(entries.is_empty());
    let entries = bank.at("2026-05-06 16:00").work();
    assert_eq!(last_word(verdict(&entries)).0, "validity");
    assert!(bank.send(10).is_empty());
    assert_eq!(bank.engine.state().spent["account-change"], model::Cost::ZERO, "nothing was spent");
}

#[test]
fn the_world_is_published_once_and_deeds_are_recorded() {
    let mut bank = Bank::open();
    assert_eq!(kinds(&bank.ledger), ["world_published"]);
    assert!(bank.restart().is_empty(), "the same configuration is not published again");
    assert_eq!(kinds(&bank.tell(Input::Admin("a key was made".into()))), ["admin_acted"]);
    assert_eq!(bank.engine.state().totals.of(Kind::WorldPublished), 1);
}

#[test]
fn every_verdict_names_its_world_its_template_and_every_rule_asked() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    let decided = verdict(&entries);
    let matter = crate::bank::matter(decided);
    assert_eq!(matter.world, bank.world.hash);
    assert_eq!(matter.template_hash, bank.world.templates[&matter.template].hash);
    let asked: Vec<&str> = matter.findings.iter().map(|finding| finding.rule.id()).collect();
    let order = [
        "identity",
        "account",
        "switch",
        "class-policy",
        "approval",
        "consent",
        "suppression",
        "preference",
        "validity",
        "schedule",
        "suitability",
        "holdout",
        "experiment",
        "arbitration",
        "frequency-cap",
        "quiet-hours",
        "budget",
        "lint",
        "words",
        "declared-class",
        "length",
        "route",
    ];
    assert_eq!(asked, order);
    assert_eq!(&*finding(decided, "route").detail, "demo");
}

#[test]
fn a_message_never_goes_to_a_number_the_customer_has_given_up() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    bank.tell(known([customer("C1", "13911111111")]));
    assert!(
        bank.send(10).is_empty(),
        "its text is about an account, and the number may be somebody else's now"
    );
    assert_eq!(last_word(bank.ledger.last().unwrap()).0, "identity");
}

#[test]
fn a_statement_twice_in_one_report_is_recorded_once() {
    let mut bank = Bank::open();
    let twice = willing(willing(customer("C1", "13800000001")));
    assert_eq!(kinds(&bank.tell(known([twice]))), ["customer_recorded", "consent_recorded"]);
}

#[test]
fn a_journey_sends_every_one_of_its_steps_and_each_is_a_message() {
    let journey = "id = \"account-change\"\nversion = 2\nclass = \"customer_service\"\nsubtype = \"account_change\"\n\
                   [trigger]\nevent = \"transaction\"\n[[steps]]\nsend = \"account-change\"\n[[steps]]\nsend = \"thanks\"\n";
    let template = "id = \"thanks\"\nclass = \"customer_service\"\nsubtype = \"account_change\"\nlanguage = \"zh-CN\"\n\
                    parts_max = 1\ntext = \"谢谢{{ name }}\"\n[variables]\nname = { type = \"name\", from = \"customer.name\" }\n";
    let mut bank =
        Bank::with(&[("journeys/account-change.toml", journey), ("templates/thanks.toml", template)]);
    bank.tell(known([customer("C1", "13800000001")]));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert_eq!(kinds(&entries), ["event_accepted", "message_decided", "message_decided"]);
    let said: Vec<String> = bank.send(2).iter().map(|sendable| sendable.text().reveal().to_owned()).collect();
    assert_eq!(said[1], "【鸿雁银行】谢谢王小明");
    assert!(said[0].contains("支出10.00元"), "{said:?}");
}
