//! What happens to an instrument reaches everybody who holds it, once each, also when the process dies on the way; and a
//! system calls for a journey for one customer, once for each key.

use crate::bank::{Bank, kinds};
use crate::people::{NOTE, customer, having, known, text};
use engine::entry::{Entry, Event, Scope, SwitchState};
use engine::perceive::{EventReport, MarketReport};
use engine::{Entering, Input, Reply};
use model::{CustomerId, JourneyId, Value};
use std::sync::Arc;

const MOVED: &str = r#"
id = "j"
version = 1
class = "customer_service"
[trigger]
market = "moved"
holds = "holdings"
when = "event.percent >= 3.0"
[[steps]]
send = "note"
"#;

fn moved(id: &str, instrument: &str, percent: f64) -> Input {
    let fields = [("percent".into(), Value::Float(percent))].into();
    let at = crate::bank::time("2026-05-06 10:00");
    let event = Arc::new(Event { id: id.into(), kind: "moved".into(), at, fields });
    Input::Markets(vec![MarketReport { event, instrument: instrument.into() }])
}

/// Five people: the odd ones hold F1, all but the first hold F2, and somebody holds F10 alone.
fn bank(more: &str) -> Bank {
    let mut bank =
        Bank::with(&[("templates/note.toml", NOTE), ("journeys/j.toml", &format!("{MOVED}{more}"))]);
    let holdings = ["F1", "F2", "F1, F2", "F2;F3", "F2 F1"];
    let person = |(n, held): (usize, &str)| {
        having(customer(&format!("C{}", n + 1), &format!("1380000000{n}")), "holdings", Some(text(held)))
    };
    bank.tell(known(holdings.into_iter().enumerate().map(person)));
    bank.tell(known([having(customer("C9", "13800000009"), "holdings", Some(text("F10")))]));
    bank
}

fn entered(bank: &Bank) -> u64 {
    bank.engine.state().totals.journeys.get("j@1").map_or(0, |totals| totals.entered)
}

#[test]
fn everybody_who_holds_it_enters_and_nobody_else() {
    let mut bank = bank("");
    assert_eq!(kinds(&bank.tell(moved("M1", "F1", 3.2))), ["market_event_accepted"]);
    let entries = bank.work();
    let mut expected = ["message_decided", "journey_entered"].repeat(3);
    expected.push("market_event_ended");
    assert_eq!(kinds(&entries), expected);
    let subjects: Vec<_> =
        entries.iter().filter(|e| e.fact.kind().name() == "journey_entered").map(|e| e.subject).collect();
    assert_eq!(subjects, ["C1", "C3", "C5"].map(|id| bank.subject(id)));
    assert!(bank.tell(moved("M1", "F1", 3.2)).is_empty(), "the same event is taken once");
    assert_eq!(bank.reply, Reply::Taken { accepted: 0, unchanged: 1, strangers: vec![] });
    bank.tell(moved("M2", "F1", 2.9));
    assert_eq!(kinds(&bank.work()), ["market_event_ended"], "the condition is not met");
    bank.tell(moved("M3", "F1", 4.0));
    bank.work();
    assert_eq!(entered(&bank), 6);
}

#[test]
fn a_crash_on_the_way_tells_nobody_twice_and_leaves_nobody_out() {
    for dies_after in 1..=8 {
        let mut bank = bank("");
        bank.tell(moved("M1", "F2", 3.0));
        for _ in 0..dies_after {
            bank.step(|engine, now, out| {
                engine.work(now, 1, out);
            });
        }
        bank.restart();
        bank.work();
        assert_eq!(entered(&bank), 4, "after {dies_after}");
        bank.restart();
        assert!(bank.work().is_empty());
    }
}

#[test]
fn somebody_who_is_erased_on_the_way_stops_nobody() {
    let mut bank = bank("");
    bank.tell(moved("M1", "F2", 3.0));
    bank.step(|engine, now, out| {
        engine.work(now, 1, out);
    });
    bank.erase("C2");
    bank.restart();
    bank.work();
    assert_eq!(entered(&bank), 4);
}

#[test]
fn a_pause_holds_the_walk_and_a_stop_ends_it() {
    let switch = |state| Input::Switch { scope: Scope::Journey("j".into()), state, why: "a story".into() };
    let mut bank = bank("");
    bank.tell(switch(SwitchState::Paused));
    bank.tell(moved("M1", "F1", 3.0));
    assert!(bank.work().is_empty());
    bank.tell(switch(SwitchState::On));
    bank.work();
    assert_eq!(entered(&bank), 3);
    bank.tell(switch(SwitchState::Killed));
    bank.tell(moved("M2", "F1", 3.0));
    assert_eq!(kinds(&bank.work()).last(), Some(&"market_event_ended"));
    assert_eq!(entered(&bank), 3);
}

#[test]
fn how_often_somebody_may_enter_counts_for_markets_too() {
    let trigger = "holds = \"holdings\"\nagain = \"1d\"";
    let journey = MOVED.replace("holds = \"holdings\"", trigger);
    let mut bank = Bank::with(&[("templates/note.toml", NOTE), ("journeys/j.toml", &journey)]);
    bank.tell(known([having(customer("C1", "13800000001"), "holdings", Some(text("F1")))]));
    for (id, at) in [("M1", "2026-05-06 10:00"), ("M2", "2026-05-06 14:00"), ("M3", "2026-05-07 10:00")] {
        bank.at(at).tell(moved(id, "F1", 5.0));
        bank.work();
    }
    assert_eq!(entered(&bank), 2);
}

const CALLED: &str = r#"
id = "j"
version = 1
class = "customer_service"
[trigger]
call = true
when = "event.amount > 0"
[[steps]]
send = "note"
[[steps]]
wait = "1d"
"#;

fn call(bank: &mut Bank, key: &str, customer: &str, journey: &str, amount: i64) -> (Entering, Vec<Entry>) {
    let fields = [("amount".into(), Value::Int(amount))].into();
    let id = format!("journey/{journey}/{key}").into();
    let event = Arc::new(Event { id, kind: format!("journey/{journey}").into(), at: bank.now, fields });
    let report = EventReport { customer: CustomerId::new(customer), event };
    let entries = bank.tell(Input::Enter { journey: JourneyId::new(journey), report });
    match bank.reply {
        Reply::Entering(entering) => (entering, entries),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_lets_one_customer_enter_once_for_each_key() {
    let mut bank = Bank::with(&[("templates/note.toml", NOTE), ("journeys/j.toml", CALLED)]);
    bank.tell(known([customer("C1", "13800000001")]));
    let (said, entries) = call(&mut bank, "K1", "C1", "j", 5);
    assert_eq!(said, Entering::Entered);
    assert_eq!(kinds(&entries), ["event_accepted", "message_decided", "journey_entered"]);
    bank.restart();
    let mut ask = |key: &str, customer: &str, journey: &str, amount| {
        let (said, entries) = call(&mut bank, key, customer, journey, amount);
        assert_eq!(entries.is_empty(), said != Entering::Entered);
        said
    };
    assert_eq!(ask("K1", "C1", "j", 5), Entering::Again);
    assert_eq!(ask("K2", "C1", "j", 0), Entering::NotNow);
    assert_eq!(ask("K2", "C1", "j", 1), Entering::Entered);
    assert_eq!(ask("K3", "C8", "j", 1), Entering::Stranger);
    assert_eq!(ask("K3", "C1", "k", 1), Entering::Unknown);
    assert_eq!(ask("K3", "C1", "card-payment", 1), Entering::Unknown);
}
