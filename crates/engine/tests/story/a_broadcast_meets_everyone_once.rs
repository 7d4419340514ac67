//! Broadcasts: everyone who meets the condition, once, whatever comes between; and the preview that says so before.

use crate::bank::{Bank, kinds, last_word, time, verdicts};
use crate::people::{crowd, customer, having, known, offer, offer_to_all, text};
use engine::decide::{BroadcastError, Funnel, preview};
use engine::entry::Fact;
use engine::world::broadcast_from_text;
use engine::{Input, Reply};
use model::{Cost, Subject, Value};
use proof::entry::Kind;

#[test]
fn only_those_who_meet_the_condition_are_decided_about() {
    let mut bank = Bank::open();
    let aged = |n: usize| having(crowd(n).remove(n - 1), "age", Some(Value::Int(n as i64 * 10)));
    bank.tell(known((1..=6).map(aged)));
    let entries = bank.launch(&offer("b1", "customer.age >= 30 && customer.city == '上海'", ""));
    assert_eq!(kinds(&entries), ["broadcast_launched"]);
    let entries = bank.work();
    let met: Vec<u64> = verdicts(&entries).iter().map(|entry| entry.subject.0).collect();
    assert_eq!(met, [3, 4, 5, 6]);
    let Fact::BroadcastEnded { audience, .. } = &entries.last().unwrap().fact else { panic!("{entries:?}") };
    assert_eq!(*audience, 4);
    assert!(bank.work().is_empty(), "it has ended");
}

#[test]
fn it_goes_on_behind_the_last_decision_after_a_crash() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(40)));
    bank.launch(&offer("b1", "customer.age == 40", ""));
    for round in 1..=7 {
        bank.step(|engine, now, out| {
            engine.work(now, 5, out);
        });
        bank.restart();
        assert_eq!(bank.engine.state().totals.candidates, (round * 5).min(40));
    }
    bank.work();
    let everyone: Vec<u64> = verdicts(&bank.ledger).iter().map(|entry| entry.subject.0).collect();
    assert_eq!(everyone, (1..=40).collect::<Vec<_>>(), "each once, in order");
    assert_eq!(bank.engine.state().totals.of(Kind::BroadcastEnded), 1);
}

#[test]
fn background_work_comes_in_pieces_and_says_whether_there_is_more() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(25)));
    bank.launch(&offer_to_all("b1"));
    let mut rounds = Vec::new();
    loop {
        let mut more = false;
        let written = bank.step(|engine, now, out| more = engine.work(now, 10, out));
        rounds.push(written.len());
        if !more {
            break;
        }
    }
    assert_eq!(rounds, [10, 10, 6]);
}

#[test]
fn a_rare_audience_is_looked_for_in_pieces_too() {
    let mut bank = Bank::open();
    let mut people = crowd(4_500);
    people[4_400] = having(people[4_400].clone(), "city", Some(text("拉萨")));
    bank.tell(known(people));
    bank.launch(&offer("b1", "customer.city == '拉萨'", ""));
    let mut more = Vec::new();
    while more.last() != Some(&false) {
        bank.step(|engine, now, out| more.push(engine.work(now, 500, out)));
    }
    assert_eq!(more, [true, true, false], "two thousand looks at a time");
    assert_eq!(verdicts(&bank.ledger).len(), 1);
}

#[test]
fn the_same_file_is_launched_once_and_those_who_come_later_are_not_met() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(2)));
    let source = offer_to_all("b1");
    bank.launch(&source);
    bank.tell(known(crowd(5)));
    assert_eq!(verdicts(&bank.work()).len(), 2, "those who were known at the launch");
    assert!(bank.tell(Input::Launch(source.as_str().into())).is_empty());
    let Reply::NotLaunched(error) = &bank.reply else { panic!("{:?}", bank.reply) };
    assert!(matches!(error, BroadcastError::Again(_)), "{error}");
    bank.restart();
    bank.tell(Input::Launch(source.as_str().into()));
    assert!(matches!(bank.reply, Reply::NotLaunched(BroadcastError::Again(_))), "also after a restart");
}

#[test]
fn a_file_with_mistakes_is_not_launched_and_all_of_them_are_told() {
    let mut bank = Bank::open();
    let source = offer("b1", "customer.age >", "budget_yuan = \"many\"");
    assert!(bank.tell(Input::Launch(source.as_str().into())).is_empty());
    let Reply::NotLaunched(BroadcastError::Mistakes(mistakes)) = &bank.reply else {
        panic!("{:?}", bank.reply)
    };
    assert_eq!(mistakes.iter().map(|m| m.line).collect::<Vec<_>>(), [5, 6], "{mistakes:?}");
}

#[test]
fn who_has_no_answer_to_the_condition_is_left_out_and_reported() {
    let mut bank = Bank::open();
    let mut people = crowd(3);
    people[1] = having(people[1].clone(), "age", None);
    people[2] = having(people[2].clone(), "age", Some(text("四十")));
    bank.tell(known(people));
    bank.launch(&offer("b1", "customer.age >= 18", ""));
    let entries = bank.work();
    assert_eq!(kinds(&entries), ["message_decided", "broadcast_ended"]);
    let why: Vec<String> = bank.failures.iter().map(|failure| failure.error.to_string()).collect();
    assert_eq!(why.len(), 2, "{why:?}");
    assert!(why[0].contains("age"), "{why:?}");
    assert!(!why.concat().contains("四十"), "no value of a customer in a report: {why:?}");
}

#[test]
fn a_broadcast_to_nobody_ends_at_once() {
    let mut bank = Bank::open();
    bank.launch(&offer_to_all("b1"));
    assert_eq!(kinds(&bank.work()), ["broadcast_ended"]);
    bank.tell(known(crowd(1)));
    bank.launch(&offer("b2", "false", ""));
    assert_eq!(kinds(&bank.work()), ["broadcast_ended"]);
}

#[test]
fn two_broadcasts_at_once_each_meet_everyone() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(8)));
    bank.launch(&offer_to_all("b1"));
    bank.launch(&offer_to_all("b2"));
    bank.work();
    let totals = &bank.engine.state().totals;
    assert_eq!(totals.candidates, 16);
    assert_eq!(totals.of(Kind::BroadcastEnded), 2);
}

/// A bank in which an offer meets every kind of verdict: consent, opt-outs, caps, hours, lint, budget.
fn mixed() -> Bank {
    let mut bank = Bank::open();
    let mut people = Vec::new();
    for (n, person) in crowd(40).into_iter().enumerate() {
        people.push(match n % 8 {
            0 => customer(person.profile.id.reveal(), &format!("137{n:08}")),
            1 => having(person, "name", None),
            2 => crate::people::living_in(person, "America/New_York"),
            3 => having(person, "age", Some(Value::Int(12))),
            4 => having(person, "balance", None),
            _ => person,
        });
    }
    bank.tell(known(people));
    bank.hear("13800000006", "TD");
    bank.send(1);
    for (n, id) in ["warm-1", "warm-2"].iter().enumerate() {
        bank.now = time("2026-05-06 10:00").after(model::Span::hours(n as i64));
        bank.launch(&offer(id, "customer.age == 40 && customer.risk_level > 5", ""));
        bank.work();
    }
    bank
}

#[test]
fn the_preview_says_what_the_run_then_does() {
    let mut bank = mixed();
    let source = offer("b1", "customer.age >= 18 && customer.balance >= 10000.0", "budget_yuan = \"0.80\"");
    let journey = broadcast_from_text(&bank.world, "b1.toml", &source).unwrap();
    let before = bank.engine.state().digest();
    let mut funnel = Funnel::default();
    let mut from = Some(Subject(0));
    while let Some(next) = from {
        from = preview(&bank.world, bank.engine.state(), &journey, next, 7, bank.now, &mut funnel);
    }
    assert_eq!(bank.engine.state().digest(), before, "looking changes nothing");

    bank.failures.clear();
    bank.launch(&source);
    let entries = bank.work();
    let (mut to_send, mut parts, mut cost) = (0, 0, Cost::ZERO);
    let mut stopped = std::collections::BTreeMap::new();
    let mut held = std::collections::BTreeMap::new();
    for entry in verdicts(&entries) {
        match &entry.fact {
            Fact::MessageDecided(d) => {
                (to_send, parts, cost) = (to_send + 1, parts + u64::from(d.parts), cost.plus(d.cost));
            }
            Fact::MessageHeld(h) => *held.entry((last_word(entry).0, h.until)).or_insert(0) += 1,
            _ => *stopped.entry(last_word(entry).0).or_insert(0) += 1,
        }
    }
    assert_eq!((funnel.to_send, funnel.parts, funnel.cost), (to_send, parts, cost));
    assert_eq!((&funnel.blocked, &funnel.held), (&stopped, &held));
    assert_eq!(funnel.audience, verdicts(&entries).len() as u64);
    assert_eq!((funnel.customers, funnel.failures.len()), (40, bank.failures.len()));
    for rule in ["consent", "suppression", "lint", "budget"] {
        assert!(stopped.contains_key(rule), "the story should meet {rule}: {stopped:?}");
    }
    assert!(!held.is_empty() && to_send > 0, "{held:?}");
    let Fact::BroadcastEnded { audience, .. } = &entries.last().unwrap().fact else { panic!("{entries:?}") };
    assert_eq!(*audience, funnel.audience);
}

#[test]
fn a_preview_takes_what_is_spent_already_into_account() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(4)));
    bank.launch(&offer("b1", "true", "budget_yuan = \"0.21\""));
    bank.work();
    let again = offer("b1", "customer.age == 40", "budget_yuan = \"0.21\"");
    let journey = broadcast_from_text(&bank.world, "b1.toml", &again).unwrap();
    let mut funnel = Funnel::default();
    bank.at("2026-05-08 10:00");
    preview(&bank.world, bank.engine.state(), &journey, Subject(0), 100, bank.now, &mut funnel);
    assert_eq!((funnel.to_send, funnel.blocked["budget"]), (0, 4));
}
