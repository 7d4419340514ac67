//! Caps: rolling and by the calendar, over everything, a class or a journey; they hold or block, and a message that
//! was never handed over gives its place back.

use crate::bank::{Bank, finding, kinds, last_word, matter, refused, time, verdict, verdicts};
use crate::people::{
    caps, code, customer, instalment, known, living_in, offer, offer_to_all, transaction, willing,
};
use engine::deliver::Again;
use engine::entry::{Entry, Fact};

const FILE: &str = "rules/cn/frequency.toml";
const PHONE: &str = "13800000001";

/// A bank with one willing customer under these caps.
fn capped(sets: &[(&str, &str, &str)]) -> Bank {
    let mut bank = Bank::with(&[(FILE, &caps(sets))]);
    bank.tell(known([willing(customer("C1", PHONE))]));
    bank
}

fn offered(bank: &mut Bank, id: &str) -> Entry {
    bank.launch(&offer_to_all(id));
    let entries = bank.work();
    let of_it = |entry: &&&Entry| matter(entry).journey.starts_with(&format!("{id}@"));
    verdicts(&entries).iter().find(of_it).map(|entry| Entry::clone(entry)).expect("a verdict about it")
}

#[test]
fn a_rolling_window_opens_to_the_millisecond() {
    let set = r#"{ scope = "class", window = "24h", max = 2, hold = false }"#;
    let mut bank = capped(&[("two-a-day", r#""marketing""#, set)]);
    assert_eq!(&*finding(&offered(&mut bank, "b1"), "frequency-cap").detail, "two-a-day: 0 of 2");
    bank.at("2026-05-06 11:00");
    assert_eq!(&*finding(&offered(&mut bank, "b2"), "frequency-cap").detail, "two-a-day: 1 of 2");
    let third = offered(&mut bank, "b3");
    assert_eq!(last_word(&third), ("frequency-cap", "two-a-day: 2 of 2"));
    assert_eq!(finding(&third, "frequency-cap").revision, 7, "the revision of the numbers is named (L2)");
    bank.at("2026-05-07 09:59:59.999");
    assert_eq!(last_word(&offered(&mut bank, "b4")).0, "frequency-cap");
    bank.at("2026-05-07 10:00");
    assert!(
        matches!(offered(&mut bank, "b5").fact, Fact::MessageDecided(_)),
        "exactly a window ago is outside"
    );
}

#[test]
fn a_holding_cap_releases_when_there_is_room_and_counts_again_then() {
    let set = r#"{ scope = "class", window = "24h", max = 1, hold = true }"#;
    let mut bank = capped(&[("one-a-day", r#""marketing""#, set)]);
    offered(&mut bank, "b1");
    bank.at("2026-05-06 12:00");
    let second = offered(&mut bank, "b2");
    let third = offered(&mut bank, "b3");
    for held in [&second, &third] {
        let Fact::MessageHeld(held) = &held.fact else { panic!("{held:?}") };
        assert_eq!(held.until, time("2026-05-07 10:00"));
    }
    assert_eq!(bank.engine.next_due(), Some(time("2026-05-06 10:00").after(model::Span::hours(24))));
    let entries = bank.at("2026-05-07 10:00").work();
    assert_eq!(kinds(&entries), ["message_decided", "message_held"], "one place, one message");
    assert_eq!(matter(&entries[0]).message, matter(&second).message);
    let Fact::MessageHeld(held) = &entries[1].fact else { panic!("{entries:?}") };
    assert_eq!(held.until, time("2026-05-08 10:00"));
    let entries = bank.at("2026-05-08 10:00").work();
    assert_eq!(kinds(&entries), ["message_decided"]);
}

#[test]
fn calendar_windows_end_at_the_recipients_midnight() {
    let day = r#"{ scope = "class", window = "day", max = 1, hold = true }"#;
    let quiet = crate::people::rules(
        "quiet-hours",
        &[(
            "open-all-day",
            r#""marketing""#,
            r#"{ open = "00:00", close = "24:00", holidays = "as_usual" }"#,
        )],
    );
    let mut bank = Bank::with(&[
        (FILE, &caps(&[("daily", r#""marketing""#, day)])),
        ("rules/cn/quiet_hours.toml", &quiet),
    ]);
    bank.tell(known([
        willing(customer("C1", "13800000001")),
        living_in(willing(customer("C2", "13800000002")), "Europe/London"),
    ]));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    bank.launch(&offer_to_all("b2"));
    let until: Vec<_> = verdicts(&bank.work())
        .iter()
        .map(|e| if let Fact::MessageHeld(held) = &e.fact { held.until } else { panic!("{e:?}") })
        .collect();
    // British summer time: midnight there is seven in the morning in Shanghai.
    assert_eq!(until, [time("2026-05-07 00:00"), time("2026-05-07 07:00")]);
}

#[test]
fn weeks_begin_on_monday_and_months_on_the_first() {
    let week = r#"{ scope = "class", window = "week", max = 1, hold = true }"#;
    let mut bank = capped(&[("weekly", r#""marketing""#, week)]);
    offered(&mut bank, "b1");
    assert_eq!(bank.send(5).len(), 1);
    let second = offered(&mut bank, "b2");
    assert_eq!(last_word(&second).0, "validity", "monday is too far for an offer of three days");
    assert_eq!(&*finding(&second, "frequency-cap").detail, "weekly: 1 of 1");
    bank.at("2026-05-10 20:59");
    assert!(
        matches!(offered(&mut bank, "b3").fact, Fact::MessageHeld(held) if held.until == time("2026-05-11 00:00"))
    );

    let month = r#"{ scope = "class", window = "month", max = 1, hold = false }"#;
    let mut bank = capped(&[("monthly", r#""marketing""#, month)]);
    offered(&mut bank, "b1");
    bank.send(5);
    bank.at("2026-05-31 12:00");
    assert_eq!(last_word(&offered(&mut bank, "b2")).0, "frequency-cap");
    bank.at("2026-06-01 12:00");
    assert!(matches!(offered(&mut bank, "b3").fact, Fact::MessageDecided(_)));
}

#[test]
fn a_global_cap_counts_its_classes_together_and_others_not_at_all() {
    let set = r#"{ scope = "global", window = "24h", max = 2, hold = false }"#;
    let mut bank = capped(&[("both", r#""marketing", "customer_service""#, set)]);
    bank.tell(transaction("E1", "C1", "10.00"));
    offered(&mut bank, "b1");
    let entries = bank.tell(transaction("E2", "C1", "10.00"));
    assert_eq!(last_word(verdict(&entries)), ("frequency-cap", "both: 2 of 2"));
    let login = vec![
        ("unusual", model::Value::Bool(true)),
        ("city", crate::people::text("北京")),
        ("at", model::Value::Time(time("2026-05-06 09:00"))),
    ];
    let entries = bank.tell(crate::people::happening("E3", "C1", "login", login));
    assert!(matches!(verdict(&entries).fact, Fact::MessageDecided(_)), "a warning is not bound");
}

#[test]
fn a_journey_cap_counts_the_journey_in_all_its_versions_and_no_other() {
    let set = r#"{ scope = "journey", window = "day", max = 1, hold = false }"#;
    let mut bank = capped(&[("once", r#""marketing""#, set)]);
    offered(&mut bank, "b1");
    assert!(matches!(offered(&mut bank, "b2").fact, Fact::MessageDecided(_)));
    bank.launch(&offer("b1", "true", "validity = \"1h\""));
    let entries = bank.work();
    assert_eq!(last_word(verdict(&entries)).0, "frequency-cap", "another version of b1 is still b1");
}

#[test]
fn codes_are_capped_by_the_minute_as_shipped() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", PHONE)]));
    assert!(matches!(verdict(&bank.tell(code("E1", "C1"))).fact, Fact::MessageDecided(_)));
    let entries = bank.tell(code("E2", "C1"));
    assert_eq!(last_word(verdict(&entries)), ("frequency-cap", "code-minute: 1 of 1"));
    bank.at("2026-05-06 10:01");
    assert!(matches!(verdict(&bank.tell(code("E3", "C1"))).fact, Fact::MessageDecided(_)));
}

#[test]
fn the_tightest_cap_speaks_and_every_cap_is_kept() {
    let mut bank = capped(&[
        ("a-wide", r#""marketing""#, r#"{ scope = "class", window = "24h", max = 9, hold = false }"#),
        ("b-tight", r#""marketing""#, r#"{ scope = "class", window = "1h", max = 1, hold = false }"#),
    ]);
    assert_eq!(&*finding(&offered(&mut bank, "b1"), "frequency-cap").detail, "b-tight: 0 of 1");
    assert_eq!(last_word(&offered(&mut bank, "b2")).1, "b-tight: 1 of 1");
}

#[test]
fn a_refused_message_gives_its_place_back() {
    let set = r#"{ scope = "journey", window = "7d", max = 1, hold = false }"#;
    let mut bank = capped(&[("one", r#""customer_service""#, set)]);
    bank.tell(instalment("E1", "C1"));
    let message = bank.send(1)[0].message();
    let entries = bank.tell(instalment("E2", "C1"));
    assert_eq!(last_word(verdict(&entries)).0, "frequency-cap");
    bank.tell(refused(message, 0, Again::No));
    assert!(matches!(verdict(&bank.tell(instalment("E3", "C1"))).fact, Fact::MessageDecided(_)));
}

#[test]
fn a_message_that_was_delivered_or_lost_keeps_its_place() {
    let set = r#"{ scope = "journey", window = "7d", max = 1, hold = false }"#;
    let mut bank = capped(&[("one", r#""customer_service""#, set)]);
    bank.tell(instalment("E1", "C1"));
    let message = bank.send(1)[0].message();
    bank.accept();
    bank.report(message, 0, engine::entry::ReceiptState::Undeliverable);
    assert_eq!(last_word(verdict(&bank.tell(instalment("E2", "C1")))).0, "frequency-cap");
}

/// Where a clock is put back at midnight, the hour before it comes twice, and midnight must not lie in the past.
#[test]
fn a_day_with_its_last_hour_twice_still_ends() {
    let day = r#"{ scope = "class", window = "day", max = 1, hold = true }"#;
    let mut bank = capped(&[("daily", r#""marketing", "customer_service""#, day)]);
    // In Beirut the clock goes from 24:00 back to 23:00 on 24 October 2026, at 21:00 UTC.
    bank.tell(known([living_in(willing(customer("C2", "13800000002")), "Asia/Beirut")]));
    bank.now = model::Timestamp::parse_rfc3339("2026-10-24T21:10:00Z").unwrap();
    bank.tell(transaction("E1", "C2", "1.00"));
    let entries = bank.tell(transaction("E2", "C2", "1.00"));
    let Fact::MessageHeld(held) = &verdict(&entries).fact else { panic!("{entries:?}") };
    assert_eq!(held.until, model::Timestamp::parse_rfc3339("2026-10-24T22:00:00Z").unwrap());
    bank.work();
}
