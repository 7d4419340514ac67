//! Fairness within a lane: by weight, from the first message on, also for whoever comes late or was paused; lanes stay
//! strict.

use crate::bank::Bank;
use crate::desk::{named_account, text_for};
use crate::people::{code, customer, known};
use engine::Input;
use engine::decide::OrderRequest;
use engine::entry::{Scope, SwitchState};
use model::AccountId;
use std::collections::BTreeMap;

fn bank() -> Bank {
    let file = |id: &str, weight: u32| named_account(id, &format!("weight = {weight}"));
    let mut bank = Bank::with(&[
        ("accounts/a.toml", &file("a", 1)),
        ("accounts/b.toml", &file("b", 3)),
        ("accounts/z.toml", &file("z", 1)),
    ]);
    bank.tell(known([customer("C1", "13900000001")]));
    bank
}

fn orders(bank: &mut Bank, account: &str, count: usize) {
    let one = |n: usize| {
        let mut request = text_for(&format!("138{n:08}"), "一");
        request.order.account = AccountId::new(account);
        request
    };
    let all: Vec<OrderRequest> = (0..count).map(one).collect();
    bank.tell(Input::Orders(all));
}

/// How many of each account the next parts are.
fn shares(bank: &mut Bank, parts: u32) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    for message in bank.send(parts) {
        let journey = &bank.engine.state().messages[&message.message()].journey;
        let name = journey.strip_prefix("account:").unwrap_or(journey).replace("@1", "");
        *shares.entry(name).or_insert(0) += 1;
    }
    shares
}

fn map(pairs: &[(&str, usize)]) -> BTreeMap<String, usize> {
    pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn a_weight_of_three_gets_three_times_as_much() {
    let mut bank = bank();
    orders(&mut bank, "a", 100);
    orders(&mut bank, "b", 100);
    assert_eq!(shares(&mut bank, 80), map(&[("a", 20), ("b", 60)]));
}

#[test]
fn nobody_starves_whatever_the_names() {
    let mut bank = bank();
    orders(&mut bank, "a", 100);
    orders(&mut bank, "z", 100);
    assert_eq!(shares(&mut bank, 10), map(&[("a", 5), ("z", 5)]));
}

#[test]
fn whoever_comes_late_neither_waits_nor_catches_up() {
    let mut bank = bank();
    orders(&mut bank, "a", 200);
    orders(&mut bank, "b", 30);
    shares(&mut bank, 100);
    orders(&mut bank, "z", 100);
    let next = shares(&mut bank, 20);
    assert_eq!(next, map(&[("a", 10), ("z", 10)]));
}

#[test]
fn whoever_was_paused_is_owed_nothing_and_holds_up_nobody_who_comes_meanwhile() {
    let mut bank = bank();
    orders(&mut bank, "a", 200);
    orders(&mut bank, "z", 100);
    let switch = |bank: &mut Bank, state| {
        let scope = Scope::parse("account:z").unwrap();
        bank.tell(Input::Switch { scope, state, why: "a story".into() });
    };
    shares(&mut bank, 2);
    switch(&mut bank, SwitchState::Paused);
    assert_eq!(shares(&mut bank, 50), map(&[("a", 50)]));
    orders(&mut bank, "b", 40);
    assert_eq!(shares(&mut bank, 40), map(&[("a", 10), ("b", 30)]));
    switch(&mut bank, SwitchState::On);
    assert_eq!(shares(&mut bank, 10), map(&[("a", 2), ("b", 6), ("z", 2)]));
}

#[test]
fn lanes_stay_strict() {
    let mut bank = bank();
    orders(&mut bank, "a", 10);
    orders(&mut bank, "b", 10);
    bank.tell(code("E1", "C1"));
    assert_eq!(bank.send(1)[0].lane(), 0);
}
