//! Days that come again: schedules, paydays, birthdays, on clocks that skip and repeat hours, in leap years, at the end of
//! months and over the new year's holidays with the weekends that are worked in exchange.

use crate::bank::{Bank, kinds, time};
use crate::people::{NOTE, customer, happening, having, known, living_in, text};
use engine::entry::Fact;
use engine::world::{Mistake, load};
use model::{Date, Timestamp, Value, Zone};

fn journey(trigger: &str, steps: &str) -> String {
    format!("id = \"j\"\nversion = 1\nclass = \"customer_service\"\n[trigger]\n{trigger}\n{steps}")
}

const SEND: &str = "[[steps]]\nsend = \"note\"";

/// A bank whose story begins at a moment in Shanghai.
fn bank(trigger: &str, steps: &str, start: &str) -> Bank {
    let mut bank =
        Bank::with(&[("templates/note.toml", NOTE), ("journeys/j.toml", &journey(trigger, steps))]);
    // The clock of the first look ahead is the bank's own; a start makes it anew.
    bank.at(start).restart();
    bank
}

/// When messages are decided, on the clock in Shanghai, within so many days.
fn decided(bank: &mut Bank, days: i64) -> Vec<String> {
    let end = bank.now.after(model::Span::days(days));
    let mut seen = Vec::new();
    while let Some(due) = bank.engine.next_due().filter(|due| *due <= end) {
        bank.now = bank.now.max(due);
        let entries = bank.work();
        let decided = entries.iter().filter(|entry| matches!(entry.fact, Fact::MessageDecided(_)));
        seen.extend(decided.map(|entry| {
            let (day, clock) = Zone::SHANGHAI.local(entry.at);
            format!("{day} {clock}")
        }));
    }
    bank.now = end;
    seen
}

fn day(text: &str) -> Value {
    Value::Date(Date::parse(text).unwrap())
}

#[test]
fn schedules_follow_their_rule_and_the_calendar() {
    for (trigger, start, days, expected) in [
        (
            "schedule = \"FREQ=WEEKLY;BYDAY=WE\"\nat = \"10:00\"",
            "2026-05-06 22:01",
            15,
            &["2026-05-13 10:00", "2026-05-20 10:00"][..],
        ),
        // The first day on which the exchanges trade: after the new year's holidays, after National Day.
        (
            "schedule = \"FREQ=MONTHLY;BYSETPOS=1\"\ndays = \"trading\"\nat = \"09:45\"",
            "2026-09-29 00:00",
            40,
            &["2026-10-08 09:45", "2026-11-02 09:45"],
        ),
        (
            "schedule = \"FREQ=MONTHLY;BYSETPOS=1\"\ndays = \"trading\"\nat = \"09:45\"",
            "2025-12-20 00:00",
            60,
            &["2026-01-05 09:45", "2026-02-02 09:45"],
        ),
        // The last workday of a month may be a Saturday that is worked in exchange.
        (
            "schedule = \"FREQ=MONTHLY;BYSETPOS=-1\"\ndays = \"workdays\"\nat = \"09:00\"",
            "2026-02-01 00:00",
            30,
            &["2026-02-28 09:00"],
        ),
        (
            "schedule = \"FREQ=MONTHLY;BYSETPOS=-1\"\ndays = \"trading\"\nat = \"09:00\"",
            "2026-02-01 00:00",
            30,
            &["2026-02-27 09:00"],
        ),
        // Every workday around the lunar new year of 2026: the 14th and the 28th are worked in exchange.
        (
            "schedule = \"FREQ=DAILY\"\ndays = \"workdays\"\nat = \"09:00\"",
            "2026-02-13 00:00",
            16,
            &[
                "2026-02-13 09:00",
                "2026-02-14 09:00",
                "2026-02-24 09:00",
                "2026-02-25 09:00",
                "2026-02-26 09:00",
                "2026-02-27 09:00",
                "2026-02-28 09:00",
            ],
        ),
        // A month without a 31st is passed over; the end of the month is said otherwise.
        (
            "schedule = \"FREQ=MONTHLY;BYMONTHDAY=31\"\nat = \"09:00\"",
            "2026-01-31 21:01",
            62,
            &["2026-03-31 09:00"],
        ),
        (
            "schedule = \"FREQ=MONTHLY;BYMONTHDAY=-1\"\nat = \"09:00\"",
            "2028-01-31 21:01",
            62,
            &["2028-02-29 09:00", "2028-03-31 09:00"],
        ),
        (
            "schedule = \"FREQ=YEARLY\"\nbegin = \"2024-02-29\"\nat = \"09:00\"",
            "2026-03-01 00:00",
            1_000,
            &["2028-02-29 09:00"],
        ),
    ] {
        let mut bank = bank(trigger, SEND, start);
        bank.tell(known([customer("C1", "13800000001")]));
        assert_eq!(decided(&mut bank, days), expected, "{trigger} from {start}");
    }
}

#[test]
fn what_is_due_while_nothing_runs_is_caught_up_within_its_time_and_never_twice() {
    let mut bank = bank("schedule = \"FREQ=WEEKLY;BYDAY=WE\"\nat = \"10:00\"", SEND, "2026-05-12 10:00");
    bank.tell(known((1..=3).map(|n| customer(&format!("C{n}"), &format!("1380000000{n}")))));
    bank.at("2026-05-13 10:00");
    // The process dies after the first of them.
    let first = bank.step(|engine, now, out| {
        engine.work(now, 1, out);
    });
    assert_eq!(kinds(&first), ["message_decided", "journey_entered"]);
    bank.at("2026-05-13 21:59").restart();
    assert_eq!(kinds(&bank.work()), ["message_decided", "journey_entered"].repeat(2));
    bank.restart();
    bank.work();
    assert_eq!(bank.engine.state().totals.journeys["j@1"].entered, 3);
    bank.at("2026-05-20 22:01").restart();
    bank.work();
    assert_eq!(bank.engine.state().totals.journeys["j@1"].entered, 3, "too late for the 20th");
}

#[test]
fn a_schedule_is_for_whom_its_condition_names() {
    let trigger = "schedule = \"FREQ=DAILY\"\nat = \"10:00\"\nwhen = \"customer.city == '上海'\"";
    let mut bank = bank(trigger, SEND, "2026-05-06 09:00");
    let far = having(customer("C2", "13800000002"), "city", Some(text("北京")));
    bank.tell(known([customer("C1", "13800000001"), far]));
    assert_eq!(decided(&mut bank, 2).len(), 2);
    bank.at("2026-05-08 23:00");
    bank.tell(known([having(customer("C1", "13800000001"), "city", None)]));
    bank.work();
    assert_eq!(decided(&mut bank, 1).len(), 0);
    assert!(bank.failures.iter().all(|failure| failure.error.to_string().contains("city")));
    assert!(!bank.failures.is_empty(), "a condition without an answer is reported");
}

#[test]
fn paydays_and_birthdays_come_again_on_the_customers_clock() {
    let payday =
        |offset: &str| format!("date = \"payday\"\nevery = \"month\"\noffset = \"{offset}\"\nat = \"09:00\"");
    for (trigger, value, start, days, expected) in [
        (payday("0d"), Value::Int(31), "2026-01-31 21:01", 62, &["2026-02-28 09:00", "2026-03-31 09:00"][..]),
        (payday("1d"), Value::Int(15), "2026-05-01 00:00", 31, &["2026-05-16 09:00"]),
        // The second workday behind the 15th of February 2026, in the holidays of the new year.
        (payday("2wd"), Value::Int(15), "2026-02-01 00:00", 30, &["2026-02-25 09:00"]),
        // The payday itself, or the workday behind it.
        (payday("0wd"), Value::Int(2), "2026-05-01 00:00", 30, &["2026-05-06 09:00"]),
        (payday("-1wd"), Value::Int(10), "2026-05-01 00:00", 30, &["2026-05-09 09:00"]),
        (payday("1td"), Value::Int(8), "2026-05-01 00:00", 30, &["2026-05-11 09:00"]),
        (payday("0d"), day("2020-03-07"), "2026-05-01 00:00", 40, &["2026-05-07 09:00", "2026-06-07 09:00"]),
        (
            "date = \"payday\"\nevery = \"year\"\nat = \"09:00\"".to_owned(),
            day("1988-02-29"),
            "2027-01-01 00:00",
            500,
            &["2027-02-28 09:00", "2028-02-29 09:00"],
        ),
    ] {
        let mut bank = bank(&trigger, SEND, start);
        bank.tell(known([having(customer("C1", "13800000001"), "payday", Some(value))]));
        assert_eq!(decided(&mut bank, days), expected, "{trigger} from {start}");
    }
}

#[test]
fn who_is_inside_on_a_day_that_comes_again_may_be_passed_over_and_comes_in_the_next_time() {
    let trigger = "date = \"payday\"\nevery = \"month\"\nagain = \"not_inside\"\nat = \"09:00\"";
    let mut bank = bank(trigger, "[[steps]]\nsend = \"note\"\n[[steps]]\nwait = \"40d\"", "2026-05-01 00:00");
    bank.tell(known([having(customer("C1", "13800000001"), "payday", Some(Value::Int(8)))]));
    assert_eq!(decided(&mut bank, 75), ["2026-05-08 09:00", "2026-07-08 09:00"]);
}

/// London skips 01:00 to 02:00 on 29 March 2026, and shows it twice on 25 October.
#[test]
fn clocks_that_skip_or_repeat_an_hour_are_followed_once() {
    let utc = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
    for (start, until, expected) in [
        ("2026-03-28T12:00:00Z", "01:30", "2026-03-29T01:00:00Z"),
        ("2026-03-28T12:00:00Z", "09:00", "2026-03-29T08:00:00Z"),
        ("2026-10-24T12:00:00Z", "01:30", "2026-10-25T00:30:00Z"),
        // In the second showing of 01:30 it is not waited for a second time that day.
        ("2026-10-25T00:45:00Z", "01:30", "2026-10-26T01:30:00Z"),
    ] {
        let steps = format!("[[steps]]\nwait = {{ until = \"{until}\" }}");
        let mut bank = bank("event = \"due\"", &steps, "2026-03-01 00:00");
        bank.now = utc(start);
        bank.tell(known([living_in(customer("C1", "13800000001"), "Europe/London")]));
        bank.tell(happening("E1", "C1", "due", vec![]));
        let due = bank.customer("C1").passages.values().next().unwrap().stay.due;
        assert_eq!(due, Some(utc(expected)), "{start} until {until}");
    }
    for (on, expected) in [("2026-03-29", "2026-03-29T01:00:00Z"), ("2026-10-25", "2026-10-25T00:30:00Z")] {
        let mut bank = bank("date = \"on\"\nat = \"01:30\"", SEND, "2026-03-01 00:00");
        let person = living_in(customer("C1", "13800000001"), "Europe/London");
        bank.tell(known([having(person, "on", Some(day(on)))]));
        assert_eq!(bank.engine.next_due(), Some(utc(expected)), "{on}");
    }
}

#[test]
fn waits_and_offsets_know_days_of_trade_and_of_work() {
    for (wait, expect) in [
        ("{ until = \"09:30\", days = \"trading\" }", "2026-10-08 09:30"),
        ("{ until = \"09:30\", days = \"workdays\" }", "2026-10-08 09:30"),
        ("{ date = \"due_on\", offset = \"2wd\", at = \"09:30\" }", "2026-10-09 09:30"),
        ("{ date = \"due_on\", offset = \"3wd\", at = \"09:30\" }", "2026-10-10 09:30"),
        ("{ date = \"due_on\", offset = \"3td\", at = \"09:30\" }", "2026-10-12 09:30"),
    ] {
        let mut bank = bank("event = \"due\"", &format!("[[steps]]\nwait = {wait}"), "2026-09-30 10:00");
        bank.tell(known([having(customer("C1", "13800000001"), "due_on", Some(day("2026-10-01")))]));
        bank.tell(happening("E1", "C1", "due", vec![]));
        let due = bank.customer("C1").passages.values().next().unwrap().stay.due;
        assert_eq!(due, Some(time(expect)), "{wait}");
    }
}

#[test]
fn waits_cross_leap_days_ends_of_months_and_the_new_year() {
    for (start, due_on, wait, expect) in [
        (
            "2028-02-20 10:00",
            "2028-03-01",
            "{ date = \"due_on\", offset = \"-1d\", at = \"09:30\" }",
            "2028-02-29 09:30",
        ),
        (
            "2027-02-20 10:00",
            "2027-03-01",
            "{ date = \"due_on\", offset = \"-1d\", at = \"09:30\" }",
            "2027-02-28 09:30",
        ),
        (
            "2028-02-20 10:00",
            "2028-02-29",
            "{ date = \"due_on\", offset = \"1d\", at = \"09:30\" }",
            "2028-03-01 09:30",
        ),
        (
            "2026-01-20 10:00",
            "2026-01-31",
            "{ date = \"due_on\", offset = \"1d\", at = \"09:30\" }",
            "2026-02-01 09:30",
        ),
        ("2028-02-28 10:00", "2028-02-28", "\"1d\"", "2028-02-29 10:00"),
        ("2028-02-29 10:00", "2028-02-29", "{ until = \"09:00\" }", "2028-03-01 09:00"),
        ("2026-12-31 23:59", "2026-12-31", "{ until = \"00:00\" }", "2027-01-01 00:00"),
        // The Saturday before the lunar new year is worked; then nothing is until the 24th.
        ("2026-02-13 10:00", "2026-02-13", "{ until = \"09:30\", days = \"workdays\" }", "2026-02-14 09:30"),
        ("2026-02-14 10:00", "2026-02-14", "{ until = \"09:30\", days = \"workdays\" }", "2026-02-24 09:30"),
        ("2026-02-13 10:00", "2026-02-13", "{ until = \"09:30\", days = \"trading\" }", "2026-02-24 09:30"),
        ("2026-02-14 10:00", "2026-02-14", "{ until = \"09:30\", days = \"days_off\" }", "2026-02-15 09:30"),
        (
            "2026-02-10 10:00",
            "2026-02-17",
            "{ date = \"due_on\", offset = \"0wd\", at = \"09:30\" }",
            "2026-02-24 09:30",
        ),
        (
            "2026-02-10 10:00",
            "2026-02-17",
            "{ date = \"due_on\", offset = \"-1wd\", at = \"09:30\" }",
            "2026-02-14 09:30",
        ),
    ] {
        let mut bank = bank("event = \"due\"", &format!("[[steps]]\nwait = {wait}"), start);
        bank.tell(known([having(customer("C1", "13800000001"), "due_on", Some(day(due_on)))]));
        bank.tell(happening("E1", "C1", "due", vec![]));
        let due = bank.customer("C1").passages.values().next().unwrap().stay.due;
        assert_eq!(due, Some(time(expect)), "{wait} from {start}");
    }
    // A day of waiting is twenty-four hours, whatever the clock on the wall does meanwhile.
    let mut bank = bank("event = \"due\"", "[[steps]]\nwait = \"1d\"", "2026-03-01 00:00");
    bank.now = Timestamp::parse_rfc3339("2026-03-28T12:00:00Z").unwrap();
    bank.tell(known([living_in(customer("C1", "13800000001"), "Europe/London")]));
    bank.tell(happening("E1", "C1", "due", vec![]));
    let due = bank.customer("C1").passages.values().next().unwrap().stay.due;
    assert_eq!(due, Some(Timestamp::parse_rfc3339("2026-03-29T12:00:00Z").unwrap()));
}

fn refusal(trigger: &str) -> String {
    let mut files: Vec<(String, String)> =
        library::files().map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
    files.push(("templates/note.toml".to_owned(), NOTE.to_owned()));
    files.push(("journeys/j.toml".to_owned(), journey(trigger, SEND)));
    let mistakes = load(&files).unwrap_err();
    mistakes.iter().map(|Mistake { message, .. }| message.as_str()).collect::<Vec<_>>().join("; ")
}

#[test]
fn triggers_that_mean_nothing_are_refused_with_what_was_expected() {
    for (trigger, expected) in [
        ("schedule = \"FREQ=SOMETIMES\"\nat = \"09:00\"", "expected FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"),
        (
            "schedule = \"FREQ=DAILY\"\nat = \"09:00\"\nagain = \"30d\"",
            "expected again = \"always\" or \"not_inside\"",
        ),
        (
            "date = \"payday\"\nevery = \"month\"\nagain = \"never\"\nat = \"09:00\"",
            "expected again = \"always\"",
        ),
        (
            "date = \"payday\"\nevery = \"month\"\noffset = \"60d\"\nat = \"09:00\"",
            "at most 31 days with every",
        ),
        ("date = \"payday\"\noffset = \"2x\"\nat = \"09:00\"", "workdays \"2wd\""),
        ("market = \"moved\"", "holds"),
        ("call = false", "expected true, found false"),
    ] {
        let found = refusal(trigger);
        assert!(found.contains(expected), "{trigger}: {found}");
    }
}
