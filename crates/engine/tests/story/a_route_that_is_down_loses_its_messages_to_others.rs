//! Failover: after its time what waits goes another way, never what the carrier may have; and what one route refuses,
//! another may take.

use crate::bank::{Bank, kinds, refused, refused_over, route, unanswered};
use crate::desk::{ACCOUNT, a_route, account, as_offer, text_for};
use crate::people::{code, customer, known};
use engine::Input;
use engine::deliver::Again;
use engine::entry::{AfterRefusal, Entry, Fact, ReceiptState, Rerouted};
use engine::state::{Health, Phase};
use model::Cost;

const PHONE: &str = "13800000001";

/// The demo route, which is preferred, and one that costs more.
fn bank(more: &str) -> Bank {
    let b = a_route("b", 7, more).replace("\"0.035\"", "\"0.05\"");
    let mut bank = Bank::with(&[(ACCOUNT, &account("consent = \"asserted\"")), ("routes/b.toml", &b)]);
    bank.tell(known([customer("C1", PHONE)]));
    bank
}

fn yuan(text: &str) -> Cost {
    Cost::parse_yuan(text).unwrap()
}

fn reroutes(entries: &[Entry]) -> Vec<&Rerouted> {
    let found = entries.iter().filter_map(|entry| match &entry.fact {
        Fact::MessageRerouted(rerouted) => Some(&**rerouted),
        _ => None,
    });
    found.collect()
}

#[test]
fn what_waits_goes_another_way_after_the_time_that_the_route_says() {
    let mut bank = bank("");
    let message = bank.accepted_order(text_for(PHONE, "一"));
    bank.goes_down("demo");
    assert!(reroutes(&bank.later("29s")).is_empty(), "not yet");
    let entries = bank.later("2s");
    let found = reroutes(&entries);
    assert_eq!((found.len(), found[0].message, &*found[0].why), (1, message, "route_down"));
    assert_eq!((found[0].cost, found[0].change), (yuan("0.05"), yuan("0.015")));
    assert_eq!(bank.engine.state().spent["account:core"], yuan("0.05"));
    assert!(bank.send(9).is_empty(), "the old route has nothing any more");
    assert_eq!(bank.send_over("b", 9), [message]);
    bank.accept();
    bank.report_over("b", message, ReceiptState::Delivered);
    assert!(bank.engine.state().messages.is_empty());
    let contacts = &bank.customer("C1").contacts;
    assert_eq!(contacts.len(), 1, "one contact, whichever way it went");
}

#[test]
fn the_engine_says_when_it_wants_to_look_again() {
    let mut bank = bank("");
    bank.accepted_order(text_for(PHONE, "一"));
    bank.goes_down("demo");
    bank.work();
    let due = bank.engine.next_due().unwrap();
    assert_eq!(due, bank.now.after(model::Span::seconds(30)), "not only when something else happens");
}

#[test]
fn a_route_that_comes_back_in_time_keeps_what_waits() {
    let mut bank = bank("");
    bank.accepted_order(text_for(PHONE, "一"));
    bank.goes_down("demo");
    bank.later("20s");
    bank.health("demo", Health::default());
    assert!(reroutes(&bank.later("20s")).is_empty());
    assert_eq!(bank.send(9).len(), 1);
}

#[test]
fn what_is_new_avoids_a_route_that_is_down_at_once() {
    let mut bank = bank("");
    bank.goes_down("demo");
    let message = bank.accepted_order(text_for(PHONE, "一"));
    assert_eq!(bank.route_of(message), "b");
    bank.goes_down("b");
    let message = bank.accepted_order(text_for(PHONE, "一"));
    assert_eq!(bank.route_of(message), "demo", "where all are down the order counts again");
}

#[test]
fn a_suspended_route_is_left_at_once() {
    let mut bank = bank("");
    bank.accepted_order(text_for(PHONE, "一"));
    let until = Some(bank.now.after(model::Span::seconds(300)));
    bank.health("demo", Health { suspended_until: until, ..Health::default() });
    assert_eq!(reroutes(&bank.work()).len(), 1);
}

#[test]
fn what_has_no_other_way_does_not_stand_in_the_way_of_the_rest() {
    // The other route carries everything but verification codes' class.
    let b = a_route("b", 7, "").replace("[\"customer_service\", ", "[");
    let mut bank = Bank::with(&[(ACCOUNT, &account("consent = \"asserted\"")), ("routes/b.toml", &b)]);
    bank.tell(known([customer("C1", PHONE)]));
    bank.tell(code("E1", "C1"));
    let offer = bank.accepted_order(as_offer(text_for(PHONE, "活动")));
    bank.goes_down("demo");
    let entries = bank.later("31s");
    let found = reroutes(&entries);
    assert_eq!((found.len(), found[0].message), (1, offer));
}

#[test]
fn what_the_carrier_may_have_stays_where_it_is() {
    let mut bank = bank("");
    let message = bank.accepted_order(as_offer(text_for(PHONE, "活动")));
    bank.send(9);
    bank.tell(unanswered(message, 0));
    bank.goes_down("demo");
    assert!(reroutes(&bank.later("1h")).is_empty(), "L6");
    assert_eq!(bank.message().phase, Phase::Uncertain);
    assert!(bank.send_over("b", 9).is_empty());
}

#[test]
fn what_goes_again_in_doubt_goes_the_same_way() {
    let mut bank = bank("");
    let message = bank.accepted_order(text_for(PHONE, "一"));
    bank.send(1);
    bank.outbox.clear();
    bank.tell(unanswered(message, 0));
    bank.goes_down("demo");
    assert!(reroutes(&bank.later("1h")).is_empty());
    assert_eq!(bank.message().phase, Phase::Ready, "it waits for its route");
}

#[test]
fn what_one_route_refuses_another_takes() {
    let mut bank = bank("");
    let message = bank.accepted_order(text_for(PHONE, "一"));
    bank.send(9);
    bank.outbox.clear();
    let entries = bank.tell(refused(message, 0, Again::Elsewhere));
    assert_eq!(kinds(&entries), ["part_refused", "message_rerouted"]);
    assert_eq!(&*reroutes(&entries)[0].why, "refused");
    assert_eq!(bank.send_over("b", 9), [message]);
    // What the first one says now is no answer any more.
    bank.restart();
    assert_eq!(bank.route_of(message), "b");
}

#[test]
fn a_message_that_nobody_takes_ends_after_a_few_tries() {
    let mut bank = bank("");
    let message = bank.accepted_order(text_for(PHONE, "一"));
    for _ in 0..9 {
        let Some(found) = bank.engine.state().messages.get(&message) else { break };
        let route = found.sending.as_ref().unwrap().route.clone();
        assert_eq!(bank.send_over(route.as_str(), 1), [message]);
        bank.outbox.clear();
        bank.tell(Input::Disconnected(route.clone()));
        bank.tell(refused_over(route.as_str(), message, 0, Again::Elsewhere));
        bank.later("2s");
    }
    assert!(bank.engine.state().messages.is_empty(), "not for ever");
    assert_eq!(bank.engine.state().spent["account:core"], Cost::ZERO);
}

#[test]
fn what_has_nowhere_else_to_go_is_tried_again_after_the_routes_own_time_and_not_at_once() {
    let slow = a_route("demo", 1, "retry_after = \"20s\"");
    let mut bank = Bank::with(&[(ACCOUNT, &account("")), ("routes/demo.toml", &slow)]);
    let message = bank.accepted_order(text_for(PHONE, "一"));
    for attempt in 1..5 {
        assert_eq!(bank.send_over("demo", 1), [message], "attempt {attempt}");
        bank.outbox.clear();
        assert_eq!(kinds(&bank.tell(refused(message, 0, Again::Elsewhere))), ["part_refused"]);
        assert!(bank.send_over("demo", 0).is_empty(), "not at once");
        bank.tell(Input::Credit { route: route(), parts: 1 });
        let wakes = bank.now.after(model::Span::seconds(20));
        assert_eq!(bank.engine.next_due(), Some(wakes));
        bank.later("19s");
        assert!(bank.outbox.is_empty(), "not before its time");
        // Others do not wait for it.
        let other = bank.accepted_order(text_for("13800000009", "二"));
        assert_eq!(bank.send_over("demo", 0), [other]);
        bank.accept();
        bank.now = wakes;
    }
    assert_eq!(bank.send_over("demo", 1), [message]);
    let entries = bank.tell(refused(message, 0, Again::Elsewhere));
    assert!(
        matches!(&entries[0].fact, Fact::PartRefused { then: AfterRefusal::Fail(_), .. }),
        "the fifth is the last"
    );
}

#[test]
fn a_number_that_has_changed_is_not_followed_to_another_route() {
    let mut bank = bank("");
    let mut request = text_for(PHONE, "一");
    request.to = engine::decide::Recipient::Customer(model::CustomerId::new("C1"));
    bank.accepted_order(request);
    bank.tell(known([customer("C1", "13800000002")]));
    bank.goes_down("demo");
    assert!(reroutes(&bank.later("1m")).is_empty());
    bank.health("demo", Health::default());
    let entries = {
        bank.send(9);
        bank.ledger.last().cloned().unwrap()
    };
    assert_eq!(crate::bank::last_word(&entries), ("identity", "the sms address has changed"));
}

#[test]
fn a_rerouted_budget_is_exact_and_never_exceeded() {
    let b = a_route("b", 7, "").replace("\"0.035\"", "\"0.05\"");
    let mut bank = Bank::with(&[(ACCOUNT, &account("budget_yuan = \"0.085\"")), ("routes/b.toml", &b)]);
    bank.accepted_order(text_for(PHONE, "一"));
    bank.accepted_order(text_for(PHONE, "二"));
    bank.goes_down("demo");
    let entries = bank.later("31s");
    assert_eq!(reroutes(&entries).len(), 1, "the second would be too dear");
    assert_eq!(bank.engine.state().spent["account:core"], yuan("0.085"));
    bank.later("25h");
    assert_eq!(
        bank.engine.state().spent["account:core"],
        Cost::ZERO,
        "what was never handed over comes back"
    );
    assert_eq!(route().as_str(), "demo");
}
