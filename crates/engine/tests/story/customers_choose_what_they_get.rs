//! Choices: a class or a channel off, pauses, how often, at which hours, nothing personalised, no use of some data. Each is
//! in the ledger with its evidence, and wins over every later submit (L5).

use crate::bank::{Bank, finding, kinds, last_word, matter, time, verdict, verdicts, world};
use crate::desk::{ACCOUNT, account, as_offer, text_for};
use crate::people::{
    agreeing, code, customer, having, known, offer, offer_to_all, text, transaction, willing,
};
use engine::converse::{Heard, Wanted, Who, Wish};
use engine::decide::{Ordered, Verdict};
use engine::entry::{Choices, ClassChoice, Entry, Fact, Frequency, Hours, Per, ReceiptState, Through};
use engine::world::load;
use engine::{Input, Reply};
use model::{Channel, ClockTime, MessageClass, Span};
use std::collections::BTreeMap;

const MARKETING: MessageClass = MessageClass::Marketing;
const SERVICE: MessageClass = MessageClass::CustomerService;
const PHONE: &str = "13800000001";

fn bank() -> Bank {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", PHONE))]));
    bank
}

fn of(class: MessageClass, choice: ClassChoice) -> Choices {
    Choices { classes: BTreeMap::from([(class, choice)]), ..Choices::default() }
}

fn off(class: MessageClass) -> Choices {
    of(class, ClassChoice { off: true, ..ClassChoice::default() })
}

fn at_most(messages: u16, per: Per) -> Choices {
    of(MARKETING, ClassChoice { at_most: Some(Frequency { messages, per }), ..ClassChoice::default() })
}

fn between(open: &str, close: &str) -> Choices {
    let clock = |text| ClockTime::parse(text).unwrap();
    Choices { hours: Some(Hours { open: clock(open), close: clock(close) }), ..Choices::default() }
}

fn chooses(bank: &mut Bank, choices: Choices) -> (Heard, Vec<Entry>) {
    agrees(bank, choices, &[])
}

fn agrees(bank: &mut Bank, choices: Choices, agreed: &[MessageClass]) -> (Heard, Vec<Entry>) {
    let entries = bank.tell(agreeing("C1", choices, agreed));
    let Reply::Heard(heard) = bank.reply else { panic!("{:?}", bank.reply) };
    (heard, entries)
}

/// What the gate says to a broadcast of the offer.
fn offered(bank: &mut Bank, id: &str) -> Entry {
    bank.launch(&offer_to_all(id));
    let entries = bank.work();
    verdict(&entries).clone()
}

#[test]
fn a_choice_is_one_entry_with_its_evidence_and_the_same_again_is_none() {
    let mut bank = bank();
    let position = bank.engine.state().position;
    let (heard, entries) = chooses(&mut bank, off(MARKETING));
    assert_eq!((heard, kinds(&entries)), (Heard::Recorded(position), vec!["preference_changed"]));
    let Fact::PreferenceChanged(chosen) = &entries[0].fact else { panic!("{entries:?}") };
    assert_eq!((chosen.evidence.through, &*chosen.evidence.reference), (Through::Page, "link"));
    assert_eq!(chooses(&mut bank, off(MARKETING)), (Heard::Unchanged, vec![]));
    let silent = of(SERVICE, ClassChoice::default());
    let (heard, _) = chooses(&mut bank, silent);
    assert_eq!(heard, Heard::Recorded(position + 1), "all as it comes");
    assert_eq!(bank.customer("C1").chosen.as_ref().unwrap().choices, Choices::default());
    let who = Who::Subject(model::Subject(99));
    let what =
        Wanted::Choices { chosen: bank.customer("C1").chosen.as_deref().unwrap().clone(), agreed: vec![] };
    bank.tell(Input::Wish(Box::new(Wish { who, what })));
    assert_eq!(bank.reply, Reply::Heard(Heard::Unknown));
}

#[test]
fn a_class_that_is_off_is_blocked_and_what_must_be_sent_is_sent() {
    let mut bank = bank();
    let mut both = off(MARKETING);
    both.classes.extend(off(SERVICE).classes);
    chooses(&mut bank, both);
    assert_eq!(last_word(&offered(&mut bank, "b1")), ("preference", "marketing is off"));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert_eq!(last_word(verdict(&entries)), ("preference", "customer_service is off"));
    let entries = bank.tell(code("E2", "C1"));
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)), "a code is not theirs to switch off");
    let said = &finding(verdict(&entries), "preference").detail;
    assert_eq!(said, "not the customer's to switch off");
    chooses(&mut bank, Choices::default());
    assert!(matches!(offered(&mut bank, "b2").fact, Fact::MessageDecided(_)));
}

#[test]
fn what_waits_for_a_carrier_is_stopped_at_once_and_given_back() {
    let mut bank = bank();
    assert!(matches!(offered(&mut bank, "b1").fact, Fact::MessageDecided(_)));
    let (_, entries) = chooses(&mut bank, off(MARKETING));
    assert_eq!(kinds(&entries), ["preference_changed", "message_blocked"]);
    assert_eq!(last_word(verdict(&entries)).0, "preference");
    assert_eq!(bank.engine.state().spent["b1"], model::Cost::ZERO);
    assert!(bank.customer("C1").contacts.is_empty());
    assert_eq!(bank.send(10).len(), 0);
}

#[test]
fn what_a_carrier_has_in_part_goes_no_further_when_it_is_off() {
    let mut bank = Bank::open();
    let long = having(customer("C1", PHONE), "name", Some(text(crate::people::LONG_NAME)));
    bank.tell(known([willing(long)]));
    offered(&mut bank, "b1");
    let message = bank.send(10)[0].message();
    bank.outbox.clear();
    bank.taken_part(message, 0);
    bank.tell(crate::bank::refused(message, 1, engine::deliver::Again::WhileValid));
    chooses(&mut bank, off(MARKETING));
    assert_eq!(bank.send(10).len(), 0, "the second part is not handed over");
    bank.report(message, 0, ReceiptState::Delivered);
}

#[test]
fn a_pause_holds_what_can_wait_and_stops_what_cannot() {
    let mut bank = bank();
    let until = time("2026-05-07 12:00");
    let pause = ClassChoice { paused_until: Some(until), ..ClassChoice::default() };
    let mut both = of(MARKETING, pause.clone());
    both.classes.insert(SERVICE, pause);
    chooses(&mut bank, both);
    let held = offered(&mut bank, "b1");
    let Fact::MessageHeld(waits) = &held.fact else { panic!("{held:?}") };
    assert_eq!((last_word(&held).0, waits.until), ("preference", until));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert!(matches!(verdict(&entries).fact, Fact::MessageBlocked(_)), "a movement of yesterday is no news");
    let entries = bank.at("2026-05-07 12:00").work();
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)));
    // A pause that outlasts what the message is worth is the end of it.
    let long = ClassChoice { paused_until: Some(time("2026-06-30 00:00")), ..ClassChoice::default() };
    chooses(&mut bank, of(MARKETING, long));
    assert_eq!(last_word(&offered(&mut bank, "b2")).0, "validity");
}

#[test]
fn no_more_than_was_asked_for_comes_in_any_window() {
    let mut bank = bank();
    chooses(&mut bank, at_most(1, Per::Day));
    assert!(matches!(offered(&mut bank, "b1").fact, Fact::MessageDecided(_)));
    let second = offered(&mut bank, "b2");
    let Fact::MessageHeld(held) = &second.fact else { panic!("{second:?}") };
    assert_eq!(last_word(&second), ("preference", "marketing: 1 of 1 a day"));
    assert_eq!(held.until, time("2026-05-07 10:00"));
    bank.send(10);
    bank.accept();
    let entries = bank.at("2026-05-07 10:00").work();
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)));
}

#[test]
fn of_two_that_wait_for_a_carrier_the_first_goes_when_one_a_week_is_chosen() {
    let mut bank = bank();
    offered(&mut bank, "b1");
    offered(&mut bank, "b2");
    let (_, entries) = chooses(&mut bank, at_most(1, Per::Week));
    assert_eq!(kinds(&entries), ["preference_changed", "message_blocked"], "a week is more than it is worth");
    assert!(matter(&entries[1]).journey.starts_with("b2"), "{entries:?}");
    assert_eq!(bank.send(10).len(), 1);
}

#[test]
fn hours_hold_what_can_wait_and_both_must_be_open() {
    let mut bank = bank();
    chooses(&mut bank, between("18:00", "20:00"));
    let held = offered(&mut bank, "b1");
    let Fact::MessageHeld(waits) = &held.fact else { panic!("{held:?}") };
    assert_eq!((last_word(&held).0, waits.until), ("preference", time("2026-05-06 18:00")));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)), "a movement does not wait");
    let entries = bank.at("2026-05-06 18:00").work();
    assert!(kinds(&entries).contains(&"message_decided"), "{entries:?}");
    // In its lane until after the hours: held again, with its money given back.
    bank.at("2026-05-06 20:00").send(0);
    bank.tell(Input::Credit { route: crate::bank::route(), parts: 5 });
    let entries = bank.work();
    let again = verdicts(&entries).into_iter().find(|entry| matter(entry).class == MARKETING).unwrap();
    let Fact::MessageHeld(waits) = &again.fact else { panic!("{again:?}") };
    assert_eq!((waits.until, waits.refund.is_some()), (time("2026-05-07 18:00"), true));
    // From six on, but quiet until eight.
    chooses(&mut bank, between("06:00", "09:00"));
    let held = offered(&mut bank, "b2");
    let Fact::MessageHeld(waits) = &held.fact else { panic!("{held:?}") };
    assert_eq!(waits.until, time("2026-05-07 08:00"));
}

#[test]
fn hours_that_are_always_quiet_stop_it_and_hold_nothing_for_ever() {
    let mut bank = bank();
    chooses(&mut bank, between("22:00", "23:00"));
    let said = offered(&mut bank, "b1");
    assert!(matches!(said.fact, Fact::MessageBlocked(_)), "{said:?}");
    assert!(last_word(&said).1.ends_with("when it is always quiet"), "{said:?}");
}

#[test]
fn nothing_personalised_is_sent_to_who_wants_none() {
    let mut bank = bank();
    chooses(&mut bank, Choices { impersonal: true, ..Choices::default() });
    assert!(matches!(offered(&mut bank, "b1").fact, Fact::MessageDecided(_)), "to everybody alike");
    bank.launch(&offer("b2", "customer.city == '上海'", ""));
    let entries = bank.work();
    assert_eq!(last_word(verdict(&entries)), ("preference", "nothing personalised is wanted"));
    bank.launch(&offer("b3", "true", "personalised = true"));
    let entries = bank.work();
    assert_eq!(last_word(verdict(&entries)).0, "preference", "a list that was made elsewhere says so itself");
}

#[test]
fn a_choice_stops_what_was_personalised_before_it() {
    let mut bank = bank();
    bank.launch(&offer("b1", "customer.city == '上海'", ""));
    assert!(matches!(verdict(&bank.work()).fact, Fact::MessageDecided(_)));
    let (_, entries) = chooses(&mut bank, Choices { impersonal: true, ..Choices::default() });
    assert_eq!(last_word(verdict(&entries)).0, "preference");
    assert_eq!(bank.send(10).len(), 0);
}

#[test]
fn a_file_cannot_deny_that_it_looks_at_the_person_nor_use_what_nobody_can_refuse() {
    let mut bank = bank();
    let refused = |bank: &mut Bank, audience: &str, more: &str| {
        bank.tell(Input::Launch(offer("b1", audience, more).as_str().into()));
        format!("{:?}", bank.reply)
    };
    let said = refused(&mut bank, "customer.age > 3", "personalised = false");
    assert!(said.contains("expected true: its condition looks at the person"), "{said}");
    let said = refused(&mut bank, "true", "uses = [\"socail\"]");
    assert!(said.contains("the nearest is") && said.contains("social"), "{said}");
    assert!(refused(&mut bank, "true", "personalised = false").starts_with("Launched"));
}

#[test]
fn data_that_must_not_be_used_stops_what_uses_it() {
    let mut bank = bank();
    let unused = ["location".into()].into();
    chooses(&mut bank, Choices { unused, ..Choices::default() });
    bank.launch(&offer("b1", "true", "uses = [\"social\", \"location\"]"));
    assert_eq!(last_word(verdict(&bank.work())), ("preference", "location must not be used"));
    bank.launch(&offer("b2", "true", "uses = [\"social\"]"));
    assert!(matches!(verdict(&bank.work()).fact, Fact::MessageDecided(_)));
}

#[test]
fn an_account_is_bound_by_choices_too() {
    let file = account("consent = \"asserted\"\npersonalised = true");
    let mut bank = Bank::open_with(world(&[(ACCOUNT, &file)]));
    bank.tell(known([willing(customer("C1", PHONE))]));
    chooses(&mut bank, Choices { impersonal: true, ..Choices::default() });
    let ordered = bank.order(as_offer(text_for(PHONE, "五一优惠")));
    let Ordered::Blocked { rule, .. } = ordered else { panic!("{ordered:?}") };
    assert_eq!(rule, "preference");
}

#[test]
fn a_channel_that_is_off_is_avoided_by_plans_and_stops_what_has_no_other() {
    let mut bank = bank();
    let by_sms =
        |class| of(class, ClassChoice { channels_off: [Channel::Sms].into(), ..ClassChoice::default() });
    chooses(&mut bank, by_sms(MARKETING));
    assert_eq!(last_word(&offered(&mut bank, "b1")), ("preference", "marketing by sms is off"));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)), "of another class it may come");
}

#[test]
fn who_switches_marketing_on_on_their_page_agrees_to_it_and_the_entry_is_the_evidence() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", PHONE)]));
    assert_eq!(last_word(&offered(&mut bank, "b1")).0, "consent");
    bank.hear(PHONE, "TD");
    bank.now = bank.now.after(Span::seconds(60));
    let (heard, entries) = agrees(&mut bank, Choices::default(), &[MARKETING]);
    assert_eq!(kinds(&entries), ["preference_changed", "consent_recorded"]);
    let Heard::Recorded(position) = heard else { panic!("{heard:?}") };
    let let_pass = offered(&mut bank, "b2");
    assert!(matches!(let_pass.fact, Fact::MessageDecided(_)), "it lifts an opt-out before it: {let_pass:?}");
    assert!(finding(&let_pass, "consent").detail.ends_with(&format!("evidence preference:{position}")));
}

#[test]
fn an_erased_customers_choices_are_gone() {
    let mut bank = bank();
    chooses(&mut bank, off(MARKETING));
    bank.erase("C1");
    bank.tell(known([willing(customer("C1", PHONE))]));
    assert!(bank.customer("C1").chosen.is_none(), "whoever comes back is somebody new");
}

#[test]
fn every_finding_of_the_rule_passes_where_nothing_was_chosen() {
    let mut bank = bank();
    let passed = offered(&mut bank, "b1");
    let said = finding(&passed, "preference");
    assert_eq!((said.verdict, &*said.detail), (Verdict::Pass, "none"));
}

#[test]
fn what_must_be_sent_is_data_with_its_reason_in_both_languages() {
    let world =
        load(&library::files().map(|(p, t)| (p.to_owned(), t.to_owned())).collect::<Vec<_>>()).unwrap();
    let must = |class, subtype: Option<&str>| {
        world.class(class).of(subtype.map(model::Subtype::new).as_ref()).must.as_ref()
    };
    let code = must(SERVICE, Some("verification_code")).unwrap();
    assert!(code.zh.contains("验证码") && code.en.contains("account"));
    assert!(must(MARKETING, None).is_none() && must(SERVICE, None).is_none());
    assert!(
        must(MessageClass::Regulatory, Some("terms_notice")).is_some(),
        "a subtype has its class's reason"
    );
}
