//! Quiet hours: held until the next opening on the recipient's own clock and calendar, judged again from the top.

use crate::bank::{Bank, finding, kinds, last_word, matter, time, verdict, verdicts};
use crate::people::{customer, instalment, known, living_in, offer, offer_to_all, rules, willing};
use engine::entry::Fact;
use model::Timestamp;

const FILE: &str = "rules/cn/quiet_hours.toml";

fn by_day(holidays: &str) -> String {
    let set = format!("{{ open = \"08:00\", close = \"21:00\", holidays = \"{holidays}\" }}");
    rules("quiet-hours", &[("by-day", r#""marketing""#, &set)])
}

/// Until when an offer made at this moment is held, for a customer in this zone; `None` when it passes.
fn held_until(holidays: &str, zone: &str, now: &str) -> Option<Timestamp> {
    let mut bank = Bank::with(&[(FILE, &by_day(holidays))]);
    bank.at(now).tell(known([living_in(willing(customer("C1", "13800000001")), zone)]));
    bank.launch(&offer("b1", "true", "validity = \"400h\""));
    match &verdict(&bank.work()).fact {
        Fact::MessageHeld(held) => Some(held.until),
        Fact::MessageDecided(_) => None,
        other => panic!("{other:?}"),
    }
}

/// Asserts until when it is held, in Shanghai's time; an empty text means it passes.
fn check(holidays: &str, zone: &str, now: &str, expect: &str) {
    let expect = (!expect.is_empty()).then(|| time(expect));
    assert_eq!(held_until(holidays, zone, now), expect, "{zone} at {now} with {holidays}");
}

#[test]
fn nights_are_held_until_the_opening_of_the_recipients_day() {
    check("as_usual", "Asia/Shanghai", "2026-05-06 07:59:59.999", "2026-05-06 08:00");
    check("as_usual", "Asia/Shanghai", "2026-05-06 08:00", "");
    check("as_usual", "Asia/Shanghai", "2026-05-06 20:59:59.999", "");
    check("as_usual", "Asia/Shanghai", "2026-05-06 21:00", "2026-05-07 08:00");
    // Two hours behind Beijing by the sun and by its own zone.
    check("as_usual", "Asia/Urumqi", "2026-05-06 09:59", "2026-05-06 10:00");
    check("as_usual", "Asia/Urumqi", "2026-05-06 22:59", "");
    // Seven hours behind in summer, eight in winter.
    check("as_usual", "Europe/London", "2026-05-06 14:59", "2026-05-06 15:00");
    check("as_usual", "Europe/London", "2026-12-02 15:59", "2026-12-02 16:00");
}

#[test]
fn the_clock_change_moves_the_opening() {
    // On 25 October 2026 London goes back to winter time, in the night.
    check("as_usual", "Europe/London", "2026-10-25 05:00", "2026-10-25 16:00");
    // On 29 March 2026 to summer time: the night is an hour shorter.
    check("as_usual", "Europe/London", "2026-03-29 06:00", "2026-03-29 15:00");
    check("as_usual", "Europe/London", "2026-03-28 06:00", "2026-03-28 16:00");
}

#[test]
fn holidays_are_quiet_where_the_rule_says_so() {
    check("quiet", "Asia/Shanghai", "2026-10-01 12:00", "2026-10-08 08:00");
    check("as_usual", "Asia/Shanghai", "2026-10-01 12:00", "");
    check("workdays_only", "Asia/Shanghai", "2026-05-08 22:00", "2026-05-09 08:00");
    check("workdays_only", "Asia/Shanghai", "2026-05-09 22:00", "2026-05-11 08:00");
    // The lunar new year of 2026: off from the 15th to the 23rd of February; the Saturdays around it are worked in exchange.
    check("quiet", "Asia/Shanghai", "2026-02-16 12:00", "2026-02-24 08:00");
    check("quiet", "Asia/Shanghai", "2026-02-14 22:00", "2026-02-24 08:00");
    check("workdays_only", "Asia/Shanghai", "2026-02-14 12:00", "");
    check("workdays_only", "Asia/Shanghai", "2026-02-28 12:00", "");
    check("workdays_only", "Asia/Shanghai", "2026-02-28 22:00", "2026-03-02 08:00");
}

#[test]
fn leap_days_and_ends_of_months_have_nights_too() {
    for (now, expect) in [
        ("2028-02-28 22:00", "2028-02-29 08:00"),
        ("2028-02-29 22:00", "2028-03-01 08:00"),
        ("2027-02-28 22:00", "2027-03-01 08:00"),
        ("2026-04-30 22:00", "2026-05-01 08:00"),
        ("2026-12-31 22:00", "2027-01-01 08:00"),
    ] {
        check("as_usual", "Asia/Shanghai", now, expect);
    }
}

#[test]
fn the_verdict_names_the_opening_and_the_zone() {
    let mut bank = Bank::with(&[(FILE, &by_day("as_usual"))]);
    bank.at("2026-05-06 09:00")
        .tell(known([living_in(willing(customer("C1", "13800000001")), "Asia/Urumqi")]));
    bank.launch(&offer_to_all("b1"));
    let entry = verdict(&bank.work()).clone();
    assert_eq!(last_word(&entry), ("quiet-hours", "by-day: opens 08:00 in Asia/Urumqi"));
    assert_eq!(finding(&entry, "quiet-hours").revision, 7);
}

#[test]
fn a_held_message_goes_at_the_opening_and_not_before() {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", "13800000001")), customer("C2", "13800000002")]));
    bank.at("2026-05-06 23:00").tell(instalment("E1", "C2"));
    assert_eq!(bank.engine.next_due(), Some(time("2026-05-07 07:00")));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    assert!(bank.at("2026-05-07 06:59:59.999").send(100).is_empty());
    bank.at("2026-05-07 07:00");
    assert_eq!(bank.send(0).len(), 1, "the credit of before still counts");
    let released =
        verdicts(&bank.ledger).into_iter().rfind(|e| &*matter(e).journey == "repayment-reminder@1");
    assert_eq!(released.unwrap().at, time("2026-05-07 07:00"));
    assert_eq!(bank.at("2026-05-07 08:00").send(0).len(), 1);
}

#[test]
fn a_hold_survives_a_restart() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.at("2026-05-06 23:00").tell(instalment("E1", "C1"));
    bank.restart();
    assert!(bank.at("2026-05-07 06:59").work().is_empty());
    let entries = bank.at("2026-05-07 12:00").work();
    assert_eq!(kinds(&entries), ["message_decided"]);
    let Fact::MessageDecided(decided) = &entries[0].fact else { panic!("{entries:?}") };
    assert!(decided.text.reveal().contains("3,200.00"), "the event's fields are still there");
}

#[test]
fn what_would_wait_longer_than_it_is_worth_is_blocked_at_once() {
    let mut bank = Bank::open();
    bank.at("2026-05-06 21:30").tell(known([willing(customer("C1", "13800000001"))]));
    bank.launch(&offer("b1", "true", "validity = \"10h\""));
    let entries = bank.work();
    let blocked = verdict(&entries);
    assert_eq!(last_word(blocked).0, "validity");
    assert!(
        last_word(blocked).1.starts_with("held until 2026-05-07T00:00:00.000Z"),
        "{:?}",
        last_word(blocked)
    );
    bank.launch(&offer("b2", "true", "validity = \"11h\""));
    assert_eq!(kinds(&bank.work())[0], "message_held");
}

#[test]
fn the_opening_itself_must_be_before_the_end_of_its_worth() {
    let mut bank = Bank::open();
    bank.at("2026-05-06 22:00").tell(known([willing(customer("C1", "13800000001"))]));
    bank.launch(&offer("b1", "true", "validity = \"10h\""));
    assert_eq!(
        last_word(verdict(&bank.work())).0,
        "validity",
        "it would be released and expire in one instant"
    );
}

#[test]
fn a_night_released_late_is_held_again() {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", "13800000001"))]));
    bank.at("2026-05-06 23:00").launch(&offer_to_all("b1"));
    bank.work();
    let entries = bank.at("2026-05-07 22:00").work();
    assert_eq!(
        kinds(&entries),
        ["message_held"],
        "the engine slept through the day: the next night is quiet too"
    );
    let entries = bank.at("2026-05-08 08:00").work();
    assert_eq!(kinds(&entries), ["message_decided"]);
}

#[test]
fn a_message_that_waited_in_its_lane_into_the_night_is_held_again() {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", "13800000001"))]));
    bank.at("2026-05-06 20:59").launch(&offer_to_all("b1"));
    bank.work();
    let reserved = bank.engine.state().spent["b1"];
    assert!(bank.at("2026-05-06 21:00").send(10).is_empty(), "the carrier was there too late");
    let state = bank.engine.state();
    assert_eq!(last_word(bank.ledger.last().unwrap()).0, "quiet-hours");
    assert_eq!(
        (state.spent["b1"], bank.customer("C1").contacts.len()),
        (model::Cost::ZERO, 0),
        "all given back"
    );
    bank.at("2026-05-07 08:00").work();
    assert_eq!(bank.outbox.len(), 1);
    assert_eq!((bank.engine.state().spent["b1"], bank.customer("C1").contacts.len()), (reserved, 1));
}

#[test]
fn what_waited_into_its_last_night_is_blocked() {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", "13800000001"))]));
    bank.at("2026-05-06 20:59").launch(&offer("b1", "true", "validity = \"11h\""));
    bank.work();
    bank.at("2026-05-06 21:00").send(10);
    assert_eq!(last_word(bank.ledger.last().unwrap()).0, "validity");
    assert_eq!(bank.engine.state().spent["b1"], model::Cost::ZERO);
}

#[test]
fn a_hold_does_not_make_a_message_worth_sending_longer() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.at("2026-05-06 23:00").tell(instalment("E1", "C1"));
    let entries = bank.at("2026-05-07 12:00").work();
    let Fact::MessageDecided(decided) = &verdict(&entries).fact else { panic!("{entries:?}") };
    assert_eq!(decided.expires, time("2026-05-08 23:00"));
}

#[test]
fn the_second_part_follows_the_first_by_night() {
    let mut bank = Bank::open();
    bank.tell(known(crate::people::crowd(1)));
    bank.at("2026-05-06 20:59").launch(&offer_to_all("b1"));
    bank.work();
    let message = bank.send(2)[0].message();
    bank.outbox.clear();
    let remote = crate::bank::remote(message, 0);
    bank.tell(engine::Input::Answers(vec![engine::deliver::Answer::Submitted {
        route: crate::bank::route(),
        message,
        part: 0,
        remote,
    }]));
    bank.tell(crate::bank::refused(message, 1, engine::deliver::Again::WhileValid));
    assert_eq!(bank.at("2026-05-06 21:01").send(1).len(), 1, "half a message is worse than a late one");
}
