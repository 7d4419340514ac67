//! Journeys that wait: for time, for days, for events; who may enter again; what takes people out; versions.

use crate::bank::{Bank, finding, kinds, last_word, time, verdicts, world};
use crate::people::{NOTE, customer, happening, having, known, text};
use engine::entry::{Fact, Left, Scope, SwitchState};
use engine::{Engine, Input};
use model::{Date, Value};

/// A journey of this trigger and these steps, which may name the shipped bank's note.
fn journey(version: u32, trigger: &str, steps: &str) -> String {
    format!("id = \"j\"\nversion = {version}\nclass = \"customer_service\"\n[trigger]\n{trigger}\n{steps}")
}

fn bank(trigger: &str, steps: &str) -> Bank {
    let mut bank =
        Bank::with(&[("templates/note.toml", NOTE), ("journeys/j.toml", &journey(1, trigger, steps))]);
    bank.tell(known([customer("C1", "13800000001")]));
    bank
}

fn happens(bank: &mut Bank, id: &str, kind: &str) -> Vec<&'static str> {
    kinds(&bank.tell(happening(id, "C1", kind, vec![("loan", text(id))])))
}

fn how_left(bank: &Bank) -> Left {
    match &bank.ledger.last().unwrap().fact {
        Fact::JourneyLeft { how, .. } => *how,
        other => panic!("{other:?}"),
    }
}

fn is_inside(bank: &Bank) -> bool {
    !bank.customer("C1").passages.is_empty()
}

const STEPS: &str = r#"
[[steps]]
send = "note"
[[steps]]
wait = "3d"
[[steps]]
send = "note"
"#;

#[test]
fn somebody_waits_and_goes_on_also_after_a_restart() {
    let mut bank = bank("event = \"asked\"", STEPS);
    assert_eq!(happens(&mut bank, "E1", "asked"), ["event_accepted", "message_decided", "journey_entered"]);
    assert_eq!(bank.engine.next_due(), Some(time("2026-05-07 10:00")), "the message is worth a day");
    bank.restart();
    bank.at("2026-05-09 09:59");
    bank.work();
    assert!(is_inside(&bank));
    bank.at("2026-05-09 10:00");
    assert_eq!(kinds(&bank.work()), ["message_decided", "journey_left"]);
    assert_eq!(how_left(&bank), Left::Completed);
    assert!(!is_inside(&bank));
}

#[test]
fn a_journey_that_never_waits_leaves_no_trace_but_its_messages() {
    let mut bank = bank("event = \"asked\"", "[[steps]]\nsend = \"note\"\n[[steps]]\nsend = \"note\"");
    assert_eq!(happens(&mut bank, "E1", "asked"), ["event_accepted", "message_decided", "message_decided"]);
}

#[test]
fn an_event_in_time_leads_on_and_silence_elsewhere() {
    let steps = r#"
[[steps]]
wait_for = "paid"
when = "got.loan == event.loan"
timeout = "2d"
otherwise = "remind"
[[steps]]
exit = true
[[steps]]
name = "remind"
send = "note"
"#;
    let mut bank = bank("event = \"due\"", steps);
    happens(&mut bank, "E1", "due");
    // Another loan is paid: the condition is not met, and that is no failure.
    bank.tell(happening("E2", "C1", "paid", vec![("loan", text("other"))]));
    assert!(is_inside(&bank));
    assert!(bank.failures.is_empty());
    bank.tell(happening("E3", "C1", "paid", vec![("loan", text("E1"))]));
    assert_eq!(how_left(&bank), Left::Exited);
    happens(&mut bank, "E4", "due");
    bank.at("2026-05-08 10:00");
    assert_eq!(kinds(&bank.work()), ["message_decided", "journey_left"]);
}

#[test]
fn who_has_been_there_comes_again_as_often_as_the_journey_says() {
    let steps = "[[steps]]\nwait = \"1h\"";
    let entered = |trigger: &str, hours: [i64; 3]| {
        let mut bank = bank(trigger, steps);
        let mut entered = Vec::new();
        for (n, hour) in hours.into_iter().enumerate() {
            bank.now = time("2026-05-06 10:00").after(model::Span::hours(hour));
            bank.work();
            bank.restart();
            let what = vec![("loan", text(if n == 1 { "b" } else { "a" }))];
            let entries = bank.tell(happening(&format!("E{n}"), "C1", "due", what));
            entered.push(kinds(&entries).contains(&"journey_entered"));
        }
        entered
    };
    assert_eq!(entered("event = \"due\"", [0, 0, 0]), [true, true, true]);
    assert_eq!(entered("event = \"due\"\nagain = \"not_inside\"", [0, 0, 2]), [true, false, true]);
    assert_eq!(entered("event = \"due\"\nagain = \"never\"", [0, 2, 9_000]), [true, false, false]);
    assert_eq!(entered("event = \"due\"\nagain = \"30d\"", [0, 719, 720]), [true, false, true]);
    assert_eq!(entered("event = \"due\"\nagain = \"never\"\nper = \"loan\"", [0, 2, 3]), [true, true, false]);
}

#[test]
fn what_takes_people_out_does_so_wherever_they_are() {
    let watches = r#"
[[exits]]
event = "paid"
[goal]
event = "renewed"
[[steps]]
wait = "3d"
"#;
    for (event, how) in [("paid", Left::Withdrawn), ("renewed", Left::Goal)] {
        let mut bank = bank("event = \"due\"", watches);
        happens(&mut bank, "E1", "due");
        assert_eq!(happens(&mut bank, "E2", event), ["event_accepted", "journey_left"]);
        assert_eq!(how_left(&bank), how);
    }
}

#[test]
fn moments_are_on_the_customers_clock_and_calendar() {
    // Wednesday the 6th, 10:00; Labour Day is over.
    for (wait, expect) in [
        ("\"90m\"", "2026-05-06 11:30"),
        ("{ until = \"10:00\" }", "2026-05-07 10:00"),
        ("{ until = \"10:01\" }", "2026-05-06 10:01"),
        ("{ until = \"09:30\", days = \"days_off\" }", "2026-05-10 09:30"),
        ("{ until = \"09:30\", days = [\"tue\"] }", "2026-05-12 09:30"),
        ("{ date = \"due_on\", offset = \"-3d\", at = \"09:30\" }", "2026-05-17 09:30"),
    ] {
        let mut bank = bank("event = \"due\"", &format!("[[steps]]\nwait = {wait}"));
        let day = Value::Date(Date::parse("2026-05-20").unwrap());
        bank.tell(known([having(customer("C1", "13800000001"), "due_on", Some(day))]));
        happens(&mut bank, "E1", "due");
        let due = bank.customer("C1").passages.values().next().unwrap().stay.due;
        assert_eq!(due, Some(time(expect)), "{wait}");
    }
}

#[test]
fn a_day_that_moves_moves_the_wait_and_one_that_is_not_known_is_waited_for_visibly() {
    let mut bank = bank(
        "event = \"due\"",
        "[[steps]]\nwait = { date = \"due_on\", at = \"09:30\" }\n[[steps]]\nsend = \"note\"",
    );
    happens(&mut bank, "E1", "due");
    assert_eq!(bank.engine.state().inside.of("j").unwrap().stuck(), 1);
    let on = |day: &str| {
        let day = Value::Date(Date::parse(day).unwrap());
        known([having(customer("C1", "13800000001"), "due_on", Some(day))])
    };
    bank.tell(on("2026-05-20"));
    assert_eq!(bank.engine.state().inside.of("j").unwrap().stuck(), 0);
    bank.tell(on("2026-05-08"));
    bank.restart();
    bank.at("2026-05-08 09:30");
    assert_eq!(kinds(&bank.work()), ["message_decided", "journey_left"]);
}

#[test]
fn a_day_sets_a_journey_off_once_for_each_day_it_is_moved_to() {
    let mut bank = bank("date = \"due_on\"\noffset = \"-15d\"\nat = \"09:30\"", "[[steps]]\nsend = \"note\"");
    let on = |day: &str| {
        let day = Value::Date(Date::parse(day).unwrap());
        known([having(customer("C1", "13800000001"), "due_on", Some(day))])
    };
    bank.tell(on("2026-05-30"));
    assert_eq!(bank.engine.next_due(), Some(time("2026-05-15 09:30")));
    bank.tell(on("2026-05-29"));
    bank.at("2026-05-14 09:30");
    assert_eq!(kinds(&bank.work()), ["message_decided", "journey_entered"]);
    bank.restart();
    assert_eq!(kinds(&bank.work()), [] as [&str; 0], "not twice for one day");
    bank.tell(on("2026-06-29"));
    bank.at("2026-06-14 09:31");
    assert_eq!(kinds(&bank.work()), ["message_blocked", "message_decided", "journey_entered"]);
    // Nobody is reminded of a day that has long passed.
    bank.tell(on("2026-06-20"));
    assert_eq!(kinds(&bank.work()), [] as [&str; 0]);
}

#[test]
fn people_who_come_into_a_segment_or_out_of_it_enter() {
    let rich =
        |balance: i64| known([having(customer("C1", "13800000001"), "points", Some(Value::Int(balance)))]);
    let mut bank = bank("segment = \"customer.points >= 100\"", "[[steps]]\nsend = \"note\"");
    let mut seen = Vec::new();
    for points in [50, 100, 200, 50, 150] {
        seen.push(kinds(&bank.tell(rich(points))).len() > 1);
    }
    assert_eq!(seen, [false, true, false, false, true]);
    let mut bank =
        self::bank("segment = \"customer.points >= 100\"\non = \"left\"", "[[steps]]\nsend = \"note\"");
    bank.tell(rich(100));
    assert_eq!(kinds(&bank.tell(rich(99))), ["customer_recorded", "message_decided"]);
}

#[test]
fn a_word_sets_a_journey_off() {
    let mut bank = bank("keywords = [\"查余额\", \"balance\"]", "[[steps]]\nsend = \"note\"");
    assert_eq!(kinds(&bank.hear("13800000001", " Balance。")), ["inbound_received", "message_decided"]);
    assert_eq!(kinds(&bank.hear("13800000001", "你好")), ["inbound_received"]);
}

#[test]
fn people_are_divided_and_noted_and_sent_back() {
    let steps = r#"
[[steps]]
name = "again"
branch = [{ when = "has(tag.round) && tag.round == 'two'", to = "end" }]
[[steps]]
send = "note"
[[steps]]
wait = "1h"
[[steps]]
name = "back"
go_to = "again"
at_most = 2
[[steps]]
tag = { round = "two" }
[[steps]]
name = "once-more"
go_to = "again"
at_most = 1
"#;
    let mut bank = bank("event = \"asked\"", steps);
    happens(&mut bank, "E1", "asked");
    let mut all = Vec::new();
    for hour in 11..=14 {
        bank.at(&format!("2026-05-06 {hour}:00"));
        all.extend(kinds(&bank.work()));
        bank.restart();
    }
    let round = ["message_decided", "journey_moved"];
    assert_eq!(all, [&round[..], &round[..], &["customer_tagged", "journey_left"]].concat());
    assert_eq!(bank.customer("C1").tags.len(), 1);
}

#[test]
fn an_experiment_names_its_arm_and_sends_nothing_to_its_control_group() {
    let steps = r#"
[[steps]]
split = "greeting"
arms = [
  { name = "a", weight = 1, to = "send" },
  { name = "control", weight = 1, to = "send", control = true },
]
[[steps]]
name = "send"
send = "note"
"#;
    let mut bank = bank("event = \"asked\"", steps);
    let mut arms = std::collections::BTreeMap::new();
    for n in 1..=40 {
        let id = format!("C{n}");
        bank.tell(known([customer(&id, &format!("138000000{n:02}"))]));
        let mut seen = Vec::new();
        for round in 0..2 {
            let entries = bank.tell(happening(&format!("E{n}-{round}"), &id, "asked", Vec::new()));
            let verdict = verdicts(&entries)[0];
            let journey = crate::bank::matter(verdict).journey.to_string();
            match journey.as_str() {
                "j@1#greeting.a" => assert!(matches!(verdict.fact, Fact::MessageDecided(_))),
                "j@1#greeting.control" => assert_eq!(last_word(verdict).0, "experiment"),
                other => panic!("{other}"),
            }
            assert!(finding(verdict, "experiment").detail.starts_with("greeting."));
            seen.push(journey);
        }
        assert_eq!(seen[0], seen[1], "the same person, the same arm");
        *arms.entry(seen.swap_remove(0)).or_insert(0) += 1;
    }
    assert!(arms.len() == 2 && arms.values().all(|count| *count >= 8), "{arms:?}");
}

#[test]
fn a_goal_is_counted_for_the_arm_that_reached_it() {
    let steps = r#"
[goal]
event = "renewed"
[[steps]]
split = "greeting"
arms = [{ name = "a", weight = 1, to = "wait" }, { name = "b", weight = 1, to = "wait" }]
[[steps]]
name = "wait"
wait = "3d"
"#;
    let mut bank = bank("event = \"due\"", steps);
    happens(&mut bank, "E1", "due");
    happens(&mut bank, "E2", "renewed");
    let goals = engine::measure::experiment::report::goals(&bank.engine.state().totals, "greeting");
    assert_eq!(goals.values().sum::<u64>(), 1, "{goals:?}");
    assert!(goals.keys().all(|arm| arm == "a" || arm == "b"), "{goals:?}");
}

#[test]
fn a_paused_journey_waits_and_a_stopped_one_lets_everybody_go() {
    let switch = |state| Input::Switch { scope: Scope::Journey("j".into()), state, why: "a story".into() };
    let mut bank = bank("event = \"asked\"", STEPS);
    happens(&mut bank, "E1", "asked");
    bank.tell(switch(SwitchState::Paused));
    bank.at("2026-05-09 10:30");
    bank.work();
    assert!(is_inside(&bank));
    assert_eq!(bank.engine.next_due(), None, "nothing is due while it is paused");
    bank.tell(switch(SwitchState::On));
    assert_eq!(kinds(&bank.work()), ["message_decided", "journey_left"]);
    happens(&mut bank, "E2", "asked");
    bank.tell(switch(SwitchState::Killed));
    bank.work();
    assert_eq!(how_left(&bank), Left::Killed);
}

#[test]
fn those_inside_keep_their_version_until_a_newer_one_says_where_they_go() {
    let first = journey(
        1,
        "event = \"asked\"",
        "[[steps]]\nname = \"pause\"\nwait = \"3d\"\n[[steps]]\nsend = \"note\"",
    );
    let second = journey(2, "event = \"asked\"", "[[steps]]\nname = \"rest\"\nwait = \"5d\"");
    let moving = second.replace("[trigger]", "[moves.1]\npause = \"rest\"\n[trigger]");
    let files = |all: &[(&'static str, &str)]| {
        let mut files = vec![("templates/note.toml", NOTE.to_owned())];
        files.extend(all.iter().map(|(path, text)| (*path, (*text).to_owned())));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        world(&files)
    };
    let publish = |bank: &mut Bank, world| {
        bank.world = world;
        bank.restart();
        bank.work();
    };
    let both = files(&[("journeys/j.toml", &first), ("journeys/j-2.toml", &second)]);
    let mut bank = Bank::open_with(files(&[("journeys/j.toml", &first)]));
    bank.tell(known([customer("C1", "13800000001")]));
    happens(&mut bank, "E1", "asked");
    // The newer version is there, and the older for whoever is inside.
    publish(&mut bank, both);
    happens(&mut bank, "E2", "asked");
    let references = |bank: &Bank| {
        bank.customer("C1").passages.values().map(|p| p.journey.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(references(&bank), ["j@1", "j@2"]);
    // The older one is gone: whoever is inside is stuck, and is counted.
    publish(&mut bank, files(&[("journeys/j.toml", &second)]));
    bank.at("2026-05-09 10:00");
    bank.work();
    assert_eq!(bank.engine.state().inside.of("j").unwrap().stuck(), 1);
    // A map says where they go.
    publish(&mut bank, files(&[("journeys/j.toml", &moving)]));
    assert_eq!(references(&bank), ["j@2", "j@2"]);
    assert_eq!(bank.engine.state().inside.of("j").unwrap().stuck(), 0);
}

#[test]
fn whoever_is_erased_is_inside_nothing() {
    let mut bank = bank("event = \"asked\"", STEPS);
    happens(&mut bank, "E1", "asked");
    bank.erase("C1");
    assert_eq!(bank.engine.state().inside.iter().count(), 0);
    bank.restart();
    bank.at("2026-05-09 10:00");
    assert_eq!(kinds(&bank.work()), [] as [&str; 0]);
}

#[test]
fn a_journey_that_goes_round_without_waiting_is_stopped_and_shown() {
    let mut bank = bank(
        "event = \"asked\"",
        "[[steps]]\nname = \"a\"\ntag = { x = 1 }\n[[steps]]\ngo_to = \"a\"\nat_most = 1000",
    );
    happens(&mut bank, "E1", "asked");
    let engine: &Engine = &bank.engine;
    assert_eq!(engine.state().inside.of("j").unwrap().stuck(), 1);
}
