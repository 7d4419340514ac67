//! The link without a provider: rates, windows, parts, what is taken back, what codes ask for.

use super::rig::{NOON, Rig, world};
use crate::deliver::channels::provider::{Fate, Told, Verdict};
use engine::Input;
use engine::entry::{Outcome, ReceiptState, Scope};
use engine::state::Phase;
use model::{Phone, Private, Span};

fn rig(route: &str) -> Rig {
    let settings = [("base_url", "http://127.0.0.1:1".to_owned()), ("id_pointer", "/id".to_owned())];
    Rig::new(world("generic", route, &settings), "")
}

fn taken(remote: &str) -> Verdict {
    Verdict::Taken { remote: remote.to_owned() }
}

fn receipt(remote: &str, state: ReceiptState) -> Told {
    Told::Receipt { remote: remote.to_owned(), state, code: None }
}

#[test]
fn no_second_holds_more_calls_than_the_contract_allows() {
    let mut rig = rig("tps = 7");
    (0..60).for_each(|n| rig.note(n % 15 + 1, "您好"));
    let mut begun = Vec::new();
    for _ in 0..400 {
        while let Some(errand) = rig.link.next(rig.now) {
            begun.push(rig.now);
            rig.link.answered(errand.letter.message, &taken(&format!("r{}", begun.len())), rig.now);
        }
        rig.settle();
        rig.later(Span::millis(37));
    }
    assert!(begun.len() > 30, "{}", begun.len());
    for (first, at) in begun.iter().enumerate() {
        let within = begun.iter().skip(first).take_while(|other| other.since(*at) < Span::seconds(1)).count();
        assert!(within <= 7, "{within} from {at:?}");
    }
}

#[test]
fn the_window_bounds_the_calls_under_way() {
    let mut rig = rig("binds = 1");
    (0..100).for_each(|n| rig.note(n % 15 + 1, "您好"));
    let errands: Vec<_> = std::iter::from_fn(|| rig.link.next(NOON)).collect();
    assert!(!errands.is_empty() && errands.len() <= 50, "{}", errands.len());
    rig.link.answered(errands[0].letter.message, &taken("r"), NOON);
    rig.settle();
    assert!(rig.link.next(NOON).is_some() || errands.len() < 50);
}

#[test]
fn a_message_of_many_parts_is_one_call_and_its_receipt_is_one_for_all() {
    let mut rig = rig("");
    let long = "长".repeat(200);
    rig.note(1, &long);
    let errand = rig.link.next(NOON).unwrap();
    assert_eq!(errand.letter.text.reveal(), long);
    rig.link.answered(errand.letter.message, &taken("r1"), NOON);
    rig.settle();
    assert_eq!(rig.submitted, ["r1", "r1/1", "r1/2"]);
    rig.tell(vec![receipt("r1", ReceiptState::Delivered)]);
    assert_eq!(rig.outcomes, [Outcome::Delivered]);

    // The receipt may be faster than the answer.
    rig.note(2, &long);
    let errand = rig.link.next(NOON).unwrap();
    rig.tell(vec![receipt("r2", ReceiptState::Undeliverable)]);
    rig.link.answered(errand.letter.message, &taken("r2"), NOON);
    rig.settle();
    assert_eq!(rig.outcomes, [Outcome::Delivered, Outcome::Undelivered]);

    // After a restart only the engine knows how many parts there were.
    rig.note(3, &long);
    let errand = rig.link.next(NOON).unwrap();
    rig.link.answered(errand.letter.message, &taken("r3"), NOON);
    rig.settle();
    let route = rig.engine.world().routes.values().next().unwrap().clone();
    rig.link =
        crate::deliver::channels::provider::link::ProviderLink::new(&route, &rig.engine.world().institution);
    rig.link.told(vec![receipt("r3", ReceiptState::Delivered)], |id| (id == "r3").then_some(3));
    rig.settle();
    assert_eq!(rig.outcomes.len(), 3);
}

#[test]
fn an_opt_out_takes_back_what_waits_before_it_is_acknowledged() {
    let mut rig = rig("tps = 1");
    rig.note(1, "一");
    assert!(rig.link.next(NOON).is_some());
    rig.note(2, "二");
    rig.note(3, "三");
    let from = Private::new("+8613800000002");
    let batch =
        rig.link.told(vec![Told::Said { from, to: String::new(), text: Private::new("TD") }], |_| None);
    let inputs = rig.link.inputs(NOON).unwrap();
    assert_eq!(inputs.number, batch);
    let writers = rig.link.committed(batch);
    assert_eq!(writers, [Phone::parse("13800000002", "86").unwrap()]);
    let later = NOON.after(Span::seconds(2));
    assert!(rig.link.next(later).is_none(), "it was taken back, and the other one waits with the engine");
    let given_back = rig.link.inputs(later).unwrap();
    assert!(
        matches!(&given_back.inputs[..], [Input::Answers(answers), ..] if answers.len() == 1),
        "{given_back:?}"
    );
}

#[test]
fn a_switch_takes_back_what_waits() {
    let mut rig = rig("tps = 1");
    rig.note(1, "一");
    assert!(rig.link.next(NOON).is_some());
    rig.note(2, "二");
    rig.link.withdraw_scope(&Scope::All);
    let batch = rig.link.inputs(NOON).unwrap();
    assert!(matches!(&batch.inputs[..], [Input::Answers(answers), ..] if answers.len() == 1), "{batch:?}");
}

#[test]
fn the_routes_table_says_what_a_code_asks_for() {
    let table = "[errors]\n\"E1\" = \"permanent\"\n\"E2\" = \"retry 30s\"\n\"E3\" = \"throttle\"\n\"E4\" = \"suspend 5m\"";
    for (code, fate, outcome, phase) in [
        ("E1", Fate::Retry, vec![Outcome::Refused], vec![]),
        ("E2", Fate::Fail, vec![], vec![Phase::Claimed]),
        ("E3", Fate::Fail, vec![], vec![Phase::Claimed]),
        ("E4", Fate::Fail, vec![], vec![Phase::Claimed]),
        ("E5", Fate::Fail, vec![Outcome::Refused], vec![]),
    ] {
        let mut rig = rig(table);
        rig.note(1, "一");
        let errand = rig.link.next(NOON).unwrap();
        rig.link.answered(errand.letter.message, &Verdict::refused(code, fate), NOON);
        rig.settle();
        assert_eq!((&rig.outcomes, rig.phases()), (&outcome, phase), "{code}");
        assert!(rig.link.next(NOON).is_none(), "{code}: nothing at once");
        assert_eq!(rig.link.health().suspended_until.is_some(), code == "E4", "{code}");
    }
}

#[test]
fn a_provider_that_is_not_there_rests_for_growing_times() {
    let mut rig = rig("");
    rig.note(1, "一");
    let mut rested = Vec::new();
    for _ in 0..300 {
        while let Some(errand) = rig.link.next(rig.now) {
            rig.link.answered(
                errand.letter.message,
                &Verdict::refused("unreachable", Fate::Unserved),
                rig.now,
            );
        }
        rig.settle();
        let until = rig.link.health().suspended_until;
        if until.is_some() && rested.last() != until.as_ref() {
            rested.extend(until);
        }
        rig.later(Span::seconds(1));
    }
    assert!(rested.len() >= 3, "{rested:?}");
    let gaps: Vec<i64> = rested.windows(2).map(|pair| pair[1].since(pair[0]).0).collect();
    assert!(gaps.windows(2).all(|pair| pair[0] < pair[1]), "{gaps:?}");
    assert!(rig.outcomes.is_empty(), "the message is nothing the matter with");
}

#[test]
fn a_route_that_ends_gives_back_what_waits_and_doubts_what_is_under_way() {
    let mut rig = rig("tps = 1");
    rig.note(1, "一");
    let _under_way = rig.link.next(NOON).unwrap();
    rig.note(2, "二");
    rig.link.stop();
    assert!(!rig.link.is_idle());
    rig.link.give_up();
    rig.settle();
    let mut phases = rig.phases();
    phases.sort_by_key(|phase| format!("{phase:?}"));
    assert_eq!(phases, [Phase::Ready, Phase::Uncertain]);
}
