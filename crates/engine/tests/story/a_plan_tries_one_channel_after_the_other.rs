//! Plans of channels: push, then a text message; rich, else a text message. One message, one contact, whichever way.

use crate::bank::{Bank, kinds, refusal, refused, refused_over, taken, time, unanswered_over};
use crate::desk::{ACCOUNT, a_route, account, as_offer, by_plan, text_for};
use crate::people::{customer, having, known, offer, text, willing};
use engine::Input;
use engine::deliver::{Again, Report};
use engine::entry::{Entry, Fact, Late, NoticeKind, Outcome, ReceiptState, Rerouted, Scope, SwitchState};
use engine::state::Phase;
use model::{Cost, MessageId, RouteId};

const PHONE: &str = "13800000001";

/// A route of another channel at a provider.
fn provider(id: &str, channel: &str, price: &str) -> String {
    let smpp = a_route(id, 1, &format!("channel = \"{channel}\""));
    let (head, _) = smpp.split_once("[smpp]").unwrap();
    format!("{}[provider]\nkind = \"fake\"\n", head.replace("\"0.035\"", &format!("{price:?}")))
}

/// A bank with an app; C1 has it.
fn bank() -> Bank {
    let institution = library::files().find(|(path, _)| *path == "institution.toml").unwrap().1;
    let institution = format!("{institution}\n[contacts]\npush = \"token\"\n");
    let mut bank = Bank::with(&[
        ("institution.toml", &institution),
        (ACCOUNT, &account("consent = \"asserted\"")),
        ("routes/app.toml", &provider("app", "push", "0.001")),
        ("routes/rich.toml", &provider("rich", "rcs", "0.05")),
    ]);
    let report = having(willing(customer("C1", PHONE)), "token", Some(text("t-1")));
    bank.tell(known([report]));
    bank
}

fn pushed(bank: &mut Bank) -> MessageId {
    let message = bank.accepted_order(by_plan(text_for(PHONE, "一"), "push-then-sms"));
    assert_eq!(bank.send_over("app", 9), [message]);
    message
}

fn rerouted(entries: &[Entry]) -> &Rerouted {
    let found = entries.iter().find_map(|entry| match &entry.fact {
        Fact::MessageRerouted(rerouted) => Some(&**rerouted),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{:?}", kinds(entries)))
}

fn yuan(text: &str) -> Cost {
    Cost::parse_yuan(text).unwrap()
}

#[test]
fn a_push_without_a_receipt_is_followed_by_a_text_message_after_ten_minutes() {
    let mut bank = bank();
    let message = pushed(&mut bank);
    assert_eq!(bank.outbox[0].to().reveal(), "t-1");
    bank.accept();
    assert!(bank.later("9m").is_empty());
    bank.restart();
    let entries = bank.later("1m");
    let found = rerouted(&entries);
    assert_eq!((found.message, &*found.why, found.route.as_str()), (message, "no_receipt", "demo"));
    assert_eq!((found.cost, found.change), (yuan("0.035"), yuan("0.035")), "the push is paid all the same");
    assert_eq!(bank.engine.state().spent["account:core"], yuan("0.036"));
    assert_eq!(bank.send(9)[0].to().reveal(), "8613800000001");
    bank.accept();
    bank.report(message, 0, ReceiptState::Delivered);
    assert_eq!(bank.engine.state().totals.ended(Outcome::Delivered), 1);
    assert_eq!(bank.customer("C1").contacts.len(), 1, "one contact");
}

#[test]
fn a_push_that_arrives_is_all() {
    let mut bank = bank();
    let message = pushed(&mut bank);
    bank.accept();
    bank.report_over("app", message, ReceiptState::Delivered);
    bank.later("1h");
    assert!(bank.engine.state().messages.is_empty());
    assert_eq!(bank.engine.state().spent["account:core"], yuan("0.001"));
}

#[test]
fn a_push_that_fails_is_followed_at_once() {
    let mut bank = bank();
    let message = pushed(&mut bank);
    bank.accept();
    let entries = bank.report_over("app", message, ReceiptState::Undeliverable);
    assert_eq!(kinds(&entries), ["receipt_received", "message_rerouted"]);
    assert_eq!(&*rerouted(&entries).why, "failed");
}

#[test]
fn a_failure_that_is_known_before_the_answer_is_followed_at_once() {
    let mut bank = bank();
    let message = pushed(&mut bank);
    bank.report_over("app", message, ReceiptState::Undeliverable);
    let entries = bank.accept();
    assert_eq!(kinds(&entries), ["part_submitted", "receipt_received", "message_rerouted"]);
}

#[test]
fn a_push_that_is_refused_for_good_is_followed_at_once_and_costs_nothing() {
    let mut bank = bank();
    let message = pushed(&mut bank);
    bank.outbox.clear();
    let entries = bank.tell(refused_over("app", message, 0, Again::No));
    assert_eq!(kinds(&entries), ["part_refused", "message_rerouted"]);
    assert_eq!(bank.engine.state().spent["account:core"], yuan("0.035"));
    bank.send(9);
    let entries = bank.tell(refused(message, 0, Again::AFewTimes));
    assert_eq!(kinds(&entries), ["part_refused"], "the next leg has tries of its own");
    bank.outbox.clear();
    assert_eq!(bank.send(9).len(), 1);
}

#[test]
fn the_last_leg_that_is_refused_is_the_end() {
    let mut bank = bank();
    let message = pushed(&mut bank);
    bank.outbox.clear();
    bank.tell(refused_over("app", message, 0, Again::No));
    bank.send(9);
    bank.outbox.clear();
    bank.tell(refused(message, 0, Again::No));
    assert_eq!(bank.engine.state().totals.ended(Outcome::Refused), 1);
    assert_eq!(bank.engine.state().spent["account:core"], Cost::ZERO);
    let told = bank.notices().iter().filter(|(_, n)| matches!(n.kind, NoticeKind::Ended { .. })).count();
    assert_eq!(told, 1, "told once");
}

#[test]
fn a_doubtful_push_waits_no_longer_than_a_certain_one_and_its_late_answer_means_nothing() {
    let mut bank = bank();
    let message = bank.accepted_order(by_plan(as_offer(text_for(PHONE, "活动")), "push-then-sms"));
    bank.send_over("app", 9);
    bank.outbox.clear();
    bank.tell(unanswered_over("app", message, 0));
    let entries = bank.later("10m");
    rerouted(&entries);
    let late = bank.tell(Input::Answers(vec![taken(&app(), message, 0, "late".into())]));
    assert_eq!(kinds(&late), ["answer_late"]);
    assert_eq!(bank.message().phase, Phase::Ready);
    assert_eq!(bank.send(9).len(), 1);
}

/// An offer whose push was never answered, on its way as a text message, and not answered there either.
fn on_the_next_leg() -> (Bank, MessageId) {
    let mut bank = bank();
    let message = bank.accepted_order(by_plan(as_offer(text_for(PHONE, "活动")), "push-then-sms"));
    bank.send_over("app", 9);
    bank.tell(unanswered_over("app", message, 0));
    rerouted(&bank.later("10m"));
    bank.outbox.clear();
    assert_eq!(bank.send(9)[0].message(), message);
    (bank, message)
}

fn app() -> RouteId {
    RouteId::new("app")
}

#[test]
fn what_an_earlier_leg_takes_late_is_not_believed_of_the_leg_under_way() {
    let (mut bank, message) = on_the_next_leg();
    let entries = bank.tell(Input::Answers(vec![taken(&app(), message, 0, "late".into())]));
    let said = Late::Taken("late".into());
    assert_eq!(entries[0].fact, Fact::AnswerLate { message, part: 0, route: app(), said });
    assert_eq!((entries.len(), bank.message().phase), (1, Phase::Claimed), "the answer is still due");
    let report = Report { route: app(), remote: "late".into(), state: ReceiptState::Delivered, error: None };
    assert_eq!(kinds(&bank.tell(Input::Reports(vec![report]))), ["receipt_parked"], "no receipt of this leg");
    bank.accept();
    assert_eq!(bank.message().phase, Phase::Submitted);
    bank.report(message, 0, ReceiptState::Delivered);
    assert_eq!(bank.engine.state().totals.ended(Outcome::Delivered), 1);
}

#[test]
fn what_an_earlier_leg_refuses_late_does_not_end_the_leg_under_way() {
    for again in [Again::No, Again::Elsewhere, Again::AFewTimes, Again::WhileValid] {
        let (mut bank, message) = on_the_next_leg();
        let late = bank.tell(Input::Answers(vec![refusal(&app(), message, 0, 0x0b, again)]));
        assert_eq!(kinds(&late), ["answer_late"], "{again:?}");
        let entries = bank.tell(unanswered_over("app", message, 0));
        assert!(entries.is_empty(), "that it says nothing says nothing");
        assert_eq!(bank.message().phase, Phase::Claimed);
        bank.restart();
        assert_eq!(bank.message().phase, Phase::Uncertain, "the ledger says the same");
    }
}

#[test]
fn what_is_taken_after_the_end_is_recorded_and_nothing_else_is() {
    let (mut bank, message) = on_the_next_leg();
    bank.accept();
    bank.report(message, 0, ReceiptState::Delivered);
    let digest = |bank: &Bank| (bank.engine.state().spent.clone(), bank.notices().len());
    let before = digest(&bank);
    let late = bank.tell(Input::Answers(vec![taken(&app(), message, 0, "late".into())]));
    assert_eq!(kinds(&late), ["answer_late"]);
    assert_eq!(digest(&bank), before);
    let refused = bank.tell(Input::Answers(vec![refusal(&app(), message, 0, 8, Again::AFewTimes)]));
    assert!(refused.is_empty(), "a refusal says that nothing is there, which is what was thought");
}

#[test]
fn whoever_has_no_app_gets_the_text_message_first() {
    let mut bank = bank();
    let message = bank.accepted_order(by_plan(text_for("13800000002", "一"), "push-then-sms"));
    assert_eq!(bank.route_of(message), "demo");
    bank.send(9);
    bank.accept();
    assert!(bank.later("1h").is_empty(), "nothing comes after the last leg");
}

#[test]
fn a_rich_message_where_it_can_be_else_a_text_message() {
    let mut bank = bank();
    let message = bank.accepted_order(by_plan(text_for(PHONE, "一"), "rcs-else-sms"));
    assert_eq!(bank.send_over("rich", 9), [message]);
    bank.outbox.clear();
    let entries = bank.tell(refused_over("rich", message, 0, Again::Elsewhere));
    assert_eq!(kinds(&entries), ["part_refused", "message_rerouted"]);
    assert_eq!(bank.send(9)[0].message(), message, "the same message");
}

#[test]
fn a_leg_whose_routes_are_down_or_stopped_is_passed_over() {
    let mut bank = bank();
    bank.goes_down("app");
    let message = bank.accepted_order(by_plan(text_for(PHONE, "一"), "push-then-sms"));
    assert_eq!(bank.route_of(message), "demo");
    bank.health("app", engine::state::Health::default());
    let scope = Scope::parse("channel:push").unwrap();
    bank.tell(Input::Switch { scope, state: SwitchState::Killed, why: "a story".into() });
    let message = bank.accepted_order(by_plan(text_for(PHONE, "一"), "push-then-sms"));
    assert_eq!(bank.route_of(message), "demo");
}

#[test]
fn what_waits_for_a_push_that_is_down_goes_by_text_message() {
    let mut bank = bank();
    bank.accepted_order(by_plan(text_for(PHONE, "一"), "push-then-sms"));
    bank.goes_down("app");
    let entries = bank.later("31s");
    assert_eq!(&*rerouted(&entries).why, "route_down");
    assert_eq!(bank.engine.state().spent["account:core"], yuan("0.035"), "nothing was pushed");
}

#[test]
fn a_text_message_that_waits_for_the_morning_is_not_pushed_again() {
    let mut bank = bank();
    bank.at("2026-05-06 20:55");
    let message = bank.accepted_order(by_plan(as_offer(text_for(PHONE, "活动")), "push-then-sms"));
    assert_eq!(bank.send_over("app", 9), [message]);
    bank.accept();
    bank.at("2026-05-06 21:05").work();
    bank.send(9);
    assert_eq!(bank.message().phase, Phase::Held, "it is night by now");
    assert_eq!(bank.customer("C1").contacts.len(), 1, "the push has reached the customer");
    bank.restart();
    bank.at("2026-05-07 09:00").work();
    assert_eq!(bank.route_of(message), "demo", "on the leg it had come to");
    assert!(bank.send_over("app", 9).is_empty());
    assert_eq!(bank.send(9)[0].message(), message);
    assert_eq!(bank.customer("C1").contacts.len(), 1);
    assert_eq!(bank.now, time("2026-05-07 09:00"));
}

#[test]
fn a_broadcast_may_follow_a_plan() {
    let mut bank = bank();
    bank.launch(&offer("b1", "true", "plan = \"push-then-sms\""));
    bank.work();
    assert_eq!(bank.route_of(bank.message().id), "app");
}
