//! Switches: pause, kill, and setting going again, by every scope; before and after a message was handed over.

use crate::bank::{Bank, last_word, refused, route, verdicts};
use crate::desk::{ACCOUNT, a_route, account, text_for};
use crate::people::{code, crowd, customer, known, offer_to_all, transaction};
use engine::Input;
use engine::decide::Ordered;
use engine::deliver::Again;
use engine::entry::{Fact, Scope, SwitchState};
use engine::state::Phase;
use model::{Channel, Cost, MessageClass, RouteId};

fn switch(bank: &mut Bank, scope: &str, state: SwitchState) {
    let scope = Scope::parse(scope).unwrap();
    bank.tell(Input::Switch { scope, state, why: "a story".into() });
}

fn bank() -> Bank {
    let mut bank = Bank::with(&[(ACCOUNT, &account(""))]);
    bank.tell(known(crowd(4)));
    bank
}

#[test]
fn every_scope_pauses_what_it_is_about_and_nothing_else() {
    let check = |scope: &str, waits: bool| {
        let mut bank = bank();
        bank.tell(transaction("E1", "C1", "10.00"));
        switch(&mut bank, scope, SwitchState::Paused);
        assert_eq!(bank.send(9).is_empty(), waits, "{scope}");
        switch(&mut bank, scope, SwitchState::On);
        bank.send(9);
        assert_eq!(bank.outbox.len(), 1, "{scope}: it went on, once");
        assert!(bank.engine.state().switches.is_empty());
    };
    check("all", true);
    check("class:customer_service", true);
    check("class:marketing", false);
    check("channel:sms", true);
    check("channel:push", false);
    check("route:demo", true);
    check("route:other", false);
    check("journey:account-change", true);
    check("journey:account", false);
    check("account:core", false);
}

#[test]
fn what_is_paused_is_still_decided_and_waits_through_a_restart() {
    let mut bank = bank();
    switch(&mut bank, "account:core", SwitchState::Paused);
    let message = bank.accepted_order(text_for("13800000001", "一"));
    bank.restart();
    assert!(bank.send(9).is_empty());
    bank.tell(code("E1", "C2"));
    assert_eq!(bank.send(0).len(), 1, "others pass it");
    switch(&mut bank, "account:core", SwitchState::On);
    let sent: Vec<_> = bank.send(9).iter().map(engine::decide::Sendable::message).collect();
    assert_eq!(sent, [message]);
}

#[test]
fn what_is_killed_ends_and_its_money_comes_back() {
    let mut bank = bank();
    bank.launch(&offer_to_all("b1"));
    bank.work();
    bank.tell(code("E1", "C1"));
    assert!(bank.engine.state().spent["b1"] > Cost::ZERO);
    switch(&mut bank, "class:marketing", SwitchState::Killed);
    let entries = bank.work();
    let stopped = verdicts(&entries);
    assert_eq!(stopped.len(), 4);
    assert!(stopped.iter().all(|entry| last_word(entry) == ("switch", "class:marketing is stopped")));
    assert_eq!(bank.engine.state().spent["b1"], Cost::ZERO);
    assert_eq!(bank.send(9).len(), 1, "the code goes");
    assert!(bank.customer("C2").contacts.is_empty());
}

#[test]
fn nothing_new_passes_what_is_killed_until_it_is_on_again() {
    let mut bank = bank();
    switch(&mut bank, "account:core", SwitchState::Killed);
    let ordered = bank.order(text_for("13800000001", "一"));
    let Ordered::Blocked { rule, detail, .. } = ordered else { panic!("{ordered:?}") };
    assert_eq!((rule, &*detail), ("switch", "account:core is stopped"));
    bank.tell(transaction("E1", "C1", "10.00"));
    assert!(matches!(bank.ledger.last().unwrap().fact, Fact::MessageDecided(_)));
    switch(&mut bank, "account:core", SwitchState::On);
    bank.accepted_order(text_for("13800000001", "一"));
    assert_eq!(bank.send(9).len(), 2);
}

#[test]
fn what_is_scheduled_is_stopped_when_its_time_comes() {
    let mut bank = bank();
    let mut request = text_for("13800000001", "一");
    request.order.at = Some(crate::bank::time("2026-05-06 12:00"));
    bank.accepted_order(request);
    switch(&mut bank, "all", SwitchState::Killed);
    bank.work();
    assert_eq!(bank.message().phase, Phase::Held);
    let entries = bank.at("2026-05-06 12:00").work();
    assert_eq!(last_word(&entries[0]).0, "switch");
    assert!(bank.engine.state().messages.is_empty());
}

#[test]
fn what_was_handed_over_and_not_sent_yet_is_taken_back() {
    let mut bank = bank();
    bank.tell(transaction("E1", "C1", "10.00"));
    bank.tell(code("E2", "C2"));
    let both = bank.send(9);
    let bulk = both.iter().find(|s| s.lane() == 1).unwrap().message();
    switch(&mut bank, "journey:account-change", SwitchState::Killed);
    assert_eq!(bank.outbox.len(), 1, "the connection gave it back");
    bank.tell(refused(bulk, 0, Again::WhileValid));
    let entries = bank.work();
    assert_eq!(last_word(verdicts(&entries)[0]).0, "switch");
    assert_eq!(bank.engine.state().spent["account-change"], Cost::ZERO);
}

#[test]
fn the_rest_of_what_the_carrier_has_in_part_does_not_follow_a_stop() {
    let mut bank = bank();
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let message = bank.send(1)[0].message();
    bank.outbox.clear();
    bank.taken_as(message, "m1");
    bank.tell(refused(message, 1, Again::WhileValid));
    let before = bank.engine.state().spent["b1"];
    switch(&mut bank, "journey:b1", SwitchState::Killed);
    bank.work();
    assert!(!bank.engine.state().messages.contains_key(&message), "it does not wait for nothing");
    let after = bank.engine.state().spent["b1"];
    assert_eq!(
        (before.millifen, after.millifen),
        (4 * 7_000, 3_500),
        "half of it is with the carrier, and paid"
    );
    assert!(bank.send(99).is_empty());
}

#[test]
fn the_strongest_switch_counts() {
    let mut bank = bank();
    switch(&mut bank, "class:customer_service", SwitchState::Paused);
    switch(&mut bank, "channel:sms", SwitchState::Killed);
    bank.tell(transaction("E1", "C1", "10.00"));
    assert_eq!(last_word(bank.ledger.last().unwrap()), ("switch", "channel:sms is stopped"));
    let switches: Vec<_> = bank.engine.state().switches.keys().cloned().collect();
    assert_eq!(switches, [Scope::Class(MessageClass::CustomerService), Scope::Channel(Channel::Sms)]);
}

#[test]
fn a_route_that_is_stopped_or_paused_gets_nothing_new_while_another_is_there() {
    for state in [SwitchState::Paused, SwitchState::Killed] {
        let mut bank = Bank::with(&[("routes/b.toml", &a_route("b", 7, ""))]);
        bank.tell(known([customer("C1", "13800000001")]));
        switch(&mut bank, "route:demo", state);
        bank.tell(transaction("E1", "C1", "10.00"));
        assert_eq!(bank.message().sending.as_ref().unwrap().route, RouteId::new("b"), "{state:?}");
        switch(&mut bank, "route:demo", SwitchState::On);
        bank.tell(transaction("E2", "C1", "10.00"));
        let Fact::MessageDecided(decided) = &bank.ledger.last().unwrap().fact else { panic!() };
        assert_eq!(decided.route, route(), "{state:?}");
    }
}
