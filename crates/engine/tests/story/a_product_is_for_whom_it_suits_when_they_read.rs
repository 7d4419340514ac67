//! Products are spoken of to whom they suit alone, and messages wait for the hour in which somebody reads: their own habits,
//! their segment's, everybody's; never beyond the time that is given, never into the night.

use crate::bank::{Bank, kinds, last_word, time, verdict};
use crate::people::{customer, happening, having, known, rules, text, willing};
use engine::world::{Days, Until};
use model::{Date, Timestamp, Value, Zone};

const TEXT: &str = r#"
id = "word"
class = "marketing"
subtype = "offer"
language = "zh-CN"
parts_max = 1
text = "{{ who }}有新的活动，可在手机银行查看。拒收请回复R"
[variables]
who = { type = "name", from = "institution.name" }
"#;

fn journey(head: &str, steps: &str) -> String {
    format!(
        "id = \"j\"\nversion = 1\nclass = \"marketing\"\nsubtype = \"offer\"\n{head}\n[trigger]\nevent = \"due\"\n{steps}"
    )
}

fn bank(head: &str, steps: &str, best: &[(&str, &str, &str)]) -> Bank {
    let best = if best.is_empty() { "rule = []".to_owned() } else { rules("best-time", best) };
    Bank::with(&[
        ("templates/word.toml", TEXT),
        ("journeys/j.toml", &journey(head, steps)),
        ("rules/cn/best_time.toml", &best),
    ])
}

const SEND: &str = "[[steps]]\nsend = \"word\"";

#[test]
fn a_risk_above_the_level_or_a_level_that_is_not_known_is_blocked_with_its_reason() {
    let day = |text: &str| Some(Value::Date(Date::parse(text).unwrap()));
    for (head, level, assessed, expected) in [
        ("product_risk = 3", Some(Value::Int(3)), day("2026-01-01"), None),
        (
            "product_risk = 4",
            Some(Value::Int(3)),
            day("2026-01-01"),
            Some("product risk 4, customer level 3"),
        ),
        ("product_risk = 1", None, day("2026-01-01"), Some("no level in customer.risk_level")),
        ("product_risk = 1", Some(Value::Int(3)), None, Some("no day of assessment")),
        ("product_risk = 1", Some(Value::Int(3)), day("2025-05-05"), Some("assessed more than 365 days ago")),
        (
            "product_risk = \"event.risk\"",
            Some(Value::Int(3)),
            day("2026-01-01"),
            Some("the product's risk is not known"),
        ),
        ("", None, None, None),
    ] {
        let mut bank = bank(head, SEND, &[]);
        let person = having(willing(customer("C1", "13800000001")), "risk_level", level);
        bank.tell(known([having(person, "risk_assessed_on", assessed)]));
        let entries = bank.tell(happening("E1", "C1", "due", vec![]));
        match expected {
            None => assert!(kinds(&entries).contains(&"message_decided"), "{head}"),
            Some(why) => {
                let (rule, detail) = last_word(verdict(&entries));
                assert_eq!(rule, "suitability", "{head}");
                assert!(detail.contains(why), "{head}: {detail}");
            }
        }
    }
}

const WAIT: &str = "[[steps]]\nwait = { best_time = \"3d\" }\n[[steps]]\nsend = \"word\"";
const NEVER_ELSEWHERE: &str = "own_from = 3, explore_percent = 0";

fn due(bank: &mut Bank, id: &str) -> Option<Timestamp> {
    bank.tell(happening(id, "C1", "due", vec![]));
    let last = bank.customer("C1").passages.values().next_back();
    last.and_then(|passage| passage.stay.due)
}

#[test]
fn who_is_not_known_is_written_to_in_the_window_of_their_segment_or_of_everybody() {
    for (sets, now, expected) in [
        (
            vec![("all", "days = \"workdays\", open = \"10:00\", close = \"11:30\"")],
            "2026-05-06 12:00",
            Some("2026-05-07 10:00"),
        ),
        (vec![("all", "days = \"workdays\", open = \"10:00\", close = \"11:30\"")], "2026-05-06 10:30", None),
        (
            vec![("all", "days = [\"sat\", \"sun\"], open = \"19:00\", close = \"21:00\"")],
            "2026-05-07 12:00",
            Some("2026-05-09 19:00"),
        ),
        // The weekend is further away than the time that is given.
        (
            vec![("all", "days = [\"sat\", \"sun\"], open = \"19:00\", close = \"21:00\"")],
            "2026-05-11 12:00",
            None,
        ),
        // A window in the night is none.
        (vec![("all", "open = \"22:00\", close = \"23:00\"")], "2026-05-06 12:00", None),
        (
            vec![
                ("all", "open = \"19:00\", close = \"20:00\""),
                ("theirs", "open = \"15:00\", close = \"16:00\", segment = \"city\", is = \"上海\""),
            ],
            "2026-05-06 12:00",
            Some("2026-05-06 15:00"),
        ),
        (
            vec![("pay", "open = \"09:00\", close = \"11:00\", after = \"payday\", within_days = 3")],
            "2026-05-06 12:00",
            Some("2026-05-08 09:00"),
        ),
    ] {
        let sets: Vec<(&str, String)> =
            sets.into_iter().map(|(id, set)| (id, format!("{{ {set}, {NEVER_ELSEWHERE} }}"))).collect();
        let sets: Vec<_> = sets.iter().map(|(id, set)| (*id, "\"marketing\"", set.as_str())).collect();
        let mut bank = bank("", WAIT, &sets);
        bank.at(now);
        bank.tell(known([having(willing(customer("C1", "13800000001")), "payday", Some(Value::Int(8)))]));
        assert_eq!(due(&mut bank, "E1"), expected.map(time), "{sets:?} at {now}");
    }
}

#[test]
fn who_answers_and_clicks_is_written_to_at_their_own_hour() {
    let set = format!("{{ open = \"10:00\", close = \"11:00\", {NEVER_ELSEWHERE} }}");
    let mut bank = bank("", &format!("{SEND}\n{WAIT}"), &[("all", "\"marketing\"", &set)]);
    bank.tell(known([willing(customer("C1", "13800000001"))]));
    // Each is told of something, and answers in the afternoon.
    for (n, day) in ["2026-04-08", "2026-04-15", "2026-04-22"].into_iter().enumerate() {
        bank.at(&format!("{day} 10:30"));
        bank.tell(happening(&format!("T{n}"), "C1", "due", vec![]));
        bank.at(&format!("{day} 16:20"));
        if n == 1 {
            bank.tell(happening(&format!("L{n}"), "C1", "link_clicked", vec![]));
        } else {
            bank.hear("13800000001", "好的");
        }
    }
    bank.restart();
    bank.at("2026-05-06 12:00");
    assert_eq!(due(&mut bank, "E9"), Some(time("2026-05-06 16:00")));
}

#[test]
fn some_are_tried_at_another_hour_by_who_they_are_and_the_day() {
    let set = "{ open = \"10:00\", close = \"11:00\", own_from = 3, explore_percent = 30 }";
    let mut bank = bank("", WAIT, &[("all", "\"marketing\"", set)]);
    let people = 300;
    let person = |n| willing(customer(&format!("C{n}"), &format!("138{n:08}")));
    bank.tell(known((1..=people).map(person)));
    bank.at("2026-05-06 12:00");
    let mut elsewhere = 0;
    for n in 1..=people {
        bank.tell(happening(&format!("E{n}"), &format!("C{n}"), "due", vec![("x", text("x"))]));
        let due =
            bank.customer(&format!("C{n}")).passages.values().next().and_then(|passage| passage.stay.due);
        let due = due.unwrap_or(bank.now);
        let (_, clock) = Zone::SHANGHAI.local(due);
        assert!((8 * 60..21 * 60).contains(&clock.minutes()), "{clock}");
        assert!(due <= time("2026-05-09 12:00"));
        elsewhere += usize::from(due != time("2026-05-07 10:00"));
    }
    // 90 are expected, give or take four standard deviations.
    assert!((58..=122).contains(&elsewhere), "{elsewhere}");
}

#[test]
fn a_wait_for_the_best_time_is_read_with_its_class() {
    let bank = bank("", WAIT, &[]);
    let journey = bank.world.journeys.get("j").unwrap();
    let until = journey.steps[0].kind.until().unwrap();
    assert!(matches!(until, Until::Best { within, .. } if within.to_string() == "3d"), "{until:?}");
    assert_ne!(Days::Trading, Days::Workdays);
}
