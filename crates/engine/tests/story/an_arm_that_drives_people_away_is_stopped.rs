//! Guardrails: opt-outs and complaints are credited to the message before them, and an arm of which more come than of the others is
//! stopped by an entry; from then on nothing new of it goes out, until a person lets it go on.

use crate::bank::{Bank, kinds, last_word, matter, verdict, verdicts};
use crate::people::{customer, happening, having, known, text, willing};
use engine::converse::{Wanted, Who, Wish};
use engine::entry::{
    ArmResumed, ArmStopped, CaseKind, Entry, Evidence, Fact, Left, SuppressionCause, Through,
};
use engine::{Input, Reply, Resumed};
use model::{CustomerId, MessageId, Private};

const HEAD: &str = r#"
id = "j"
version = 1
class = "marketing"
subtype = "offer"
[trigger]
event = "asked"
"#;
const USUAL: &str = r#"
[[steps]]
split = "tone"
arms = [
  { name = "usual", weight = 1, to = "send", usual = true },
  { name = "bold", weight = 1, to = "send" },
]
[[steps]]
name = "send"
send = "spring-offer"
"#;
const ARM: &str = "j@1#tone.bold";

fn bank(steps: &str) -> Bank {
    Bank::with(&[("journeys/j.toml", &format!("{HEAD}{steps}"))])
}

fn phone(n: usize) -> String {
    format!("138{n:08}")
}

fn asks(bank: &mut Bank, n: usize) -> Vec<Entry> {
    let id = format!("C{n}");
    bank.tell(known([willing(customer(&id, &phone(n)))]));
    bank.tell(happening(&format!("E{n}-{}", bank.ledger.len()), &id, "asked", Vec::new()))
}

fn reference(entries: &[Entry]) -> String {
    matter(verdict(entries)).journey.to_string()
}

/// People from `n` on ask until so many have got what is sent to this arm; returns their numbers.
fn met(bank: &mut Bank, n: &mut usize, arm: &str, count: usize) -> Vec<usize> {
    let mut found = Vec::new();
    while found.len() < count {
        *n += 1;
        if reference(&asks(bank, *n)) == arm {
            found.push(*n);
        }
    }
    bank.send(10_000);
    bank.accept();
    found
}

fn stopped(entries: &[Entry]) -> Option<&ArmStopped> {
    entries.iter().find_map(|entry| match &entry.fact {
        Fact::ArmStopped(stopped) => Some(&**stopped),
        _ => None,
    })
}

fn credit(entries: &[Entry]) -> Option<(MessageId, &str)> {
    entries.iter().find_map(|entry| match &entry.fact {
        Fact::SuppressionRecorded { credited, .. } => {
            credited.as_ref().map(|credited| (credited.message, &*credited.journey))
        }
        _ => None,
    })
}

/// Drives so many people of the bold arm away that it is stopped; returns the last number given away.
fn driven(bank: &mut Bank) -> usize {
    let mut n = 0;
    for (count, who) in met(bank, &mut n, ARM, EIGHT).into_iter().enumerate() {
        let entries = bank.hear(&phone(who), "R");
        assert_eq!(credit(&entries).map(|(_, arm)| arm), Some(ARM));
        assert_eq!(stopped(&entries).is_some(), count + 1 == EIGHT, "after {} of them", count + 1);
    }
    n
}

/// The evidence of so many in one arm and none in the other, of equal weights, is above 40 for the first time: with 7 it is
/// 2 / 8 · (2⁷ - 2⁻¹) = 31.9, with 8 it is 2 / 9 · (2⁸ - 2⁻¹) = 56.8.
const EIGHT: usize = 8;

#[test]
fn when_the_sequential_test_says_so_and_not_before() {
    let mut bank = bank(USUAL);
    driven(&mut bank);
    bank.restart();
    let said = bank.engine.state().trials.stopped(ARM).expect("a stopped arm").said.clone();
    let expected = ArmStopped {
        journey: ARM.into(),
        why: SuppressionCause::OptOut,
        events: 8,
        compared: 0,
        weight: 1,
        weights: 1,
        bound: 40,
    };
    assert_eq!(said, expected);
    assert_eq!(bank.engine.state().totals.journeys[ARM].opt_outs, 8);
}

#[test]
fn it_goes_on_while_the_others_lose_as_many() {
    let mut bank = bank(USUAL);
    let mut n = 0;
    let bold = met(&mut bank, &mut n, ARM, 12);
    let usual = met(&mut bank, &mut n, "j@1#tone.usual", 12);
    for (a, b) in bold.into_iter().zip(usual) {
        assert_eq!(stopped(&bank.hear(&phone(b), "R")), None, "what is usual is never stopped");
        assert_eq!(stopped(&bank.hear(&phone(a), "R")), None);
    }
}

#[test]
fn nobody_new_gets_it_and_what_waits_for_a_carrier_is_stopped() {
    let mut bank = bank(USUAL);
    let mut n = 100;
    let first = met(&mut bank, &mut n, ARM, EIGHT);
    let waiting = loop {
        n += 1;
        if reference(&asks(&mut bank, n)) == ARM {
            break n;
        }
    };
    first.iter().for_each(|who| drop(bank.hear(&phone(*who), "R")));
    let sent = bank.send(10_000);
    let theirs = bank.customer(&format!("C{waiting}")).subject;
    let last = bank.ledger.iter().rev().find(|entry| entry.subject == theirs).unwrap();
    assert_eq!(last_word(last).0, "experiment");
    assert!(last_word(last).1.contains("stopped by its guardrail (opt_out), entry "), "{last:?}");
    assert!(sent.iter().all(|sendable| sendable.message() != matter(last).message));
    bank.restart();
    for n in 1_000..1_040 {
        assert_eq!(reference(&asks(&mut bank, n)), "j@1#tone.usual");
    }
}

#[test]
fn a_person_lets_it_go_on_and_it_counts_anew() {
    let mut bank = bank(USUAL);
    let mut n = driven(&mut bank);
    let resume = |arm: &str| {
        Input::ResumeArm(ArmResumed {
            journey: arm.into(),
            by: "wang".into(),
            why: "the text was changed".into(),
        })
    };
    assert!(bank.tell(resume("j@1#tone.usual")).is_empty());
    assert!(matches!(bank.reply, Reply::Resumed(Resumed::NotStopped)));
    assert_eq!(kinds(&bank.tell(resume(ARM))), ["arm_resumed"]);
    assert!(matches!(bank.reply, Reply::Resumed(Resumed::GoesOn)));
    bank.erase("C1");
    bank.restart();
    let again = met(&mut bank, &mut n, ARM, EIGHT);
    for (count, who) in again.into_iter().enumerate() {
        assert_eq!(stopped(&bank.hear(&phone(who), "R")).is_some(), count + 1 == EIGHT);
    }
    assert_eq!(bank.engine.state().totals.journeys[ARM].opt_outs, 16, "totals go on");
}

#[test]
fn a_stop_is_credited_once_in_time_and_to_what_was_sent() {
    let mut bank = bank(USUAL);
    let (mut n, arm) = (0, "j@1#tone.usual");
    let who = met(&mut bank, &mut n, arm, 3);
    bank.at("2026-05-09 09:59");
    assert_eq!(credit(&bank.hear(&phone(who[0]), "R")).map(|(_, journey)| journey), Some(arm));
    bank.at("2026-05-09 10:00");
    assert_eq!(credit(&bank.hear(&phone(who[1]), "R")), None, "three days have passed");
    n += 1;
    asks(&mut bank, n);
    assert_eq!(credit(&bank.hear(&phone(n), "R")), None, "it still waits for a carrier");
    let complains = |n: usize, message, at| {
        let evidence = Evidence { through: Through::Page, at, reference: "link".into() };
        let what =
            Wanted::Open { kind: CaseKind::Complaint, message, text: Private::new("太多了"), evidence };
        Input::Wish(Box::new(Wish { who: Who::Customer(CustomerId::new(format!("C{n}"))), what }))
    };
    bank.at("2026-05-09 09:00");
    let last = who[2];
    let message = bank.customer(&format!("C{last}")).contacts[0].message;
    let input = complains(last, Some(message), bank.now);
    assert_eq!(credit(&bank.tell(input)), Some((message, arm)));
    let input = complains(last, None, bank.now);
    assert_eq!(credit(&bank.tell(input)), None, "a person counts once");
    let counted = &bank.engine.state().totals.journeys[arm];
    assert_eq!((counted.opt_outs, counted.complaints), (1, 1));
}

/// Two messages, a day apart.
fn twice(begun: &str) -> String {
    format!("{}\n[[steps]]\nwait = \"2d\"\n[[steps]]\nsend = \"spring-offer\"\n", USUAL.replace(
        "name = \"bold\", weight = 1, to = \"send\" },\n]",
        &format!("name = \"bold\", weight = 1, to = \"send\" }},\n]\nguardrail = {{ within = \"1d\", begun = {begun:?} }}"),
    ))
}

#[test]
fn those_who_have_begun_leave_or_finish_as_the_experiment_says() {
    for (begun, finishes) in [("leave", false), ("finish", true)] {
        let mut bank = bank(&twice(begun));
        let mut n = 200;
        let others = met(&mut bank, &mut n, ARM, 1);
        driven(&mut bank);
        bank.at("2026-05-08 10:00");
        let entries = bank.work();
        let theirs = bank.customer(&format!("C{}", others[0])).subject;
        let theirs: Vec<Entry> = entries.into_iter().filter(|entry| entry.subject == theirs).collect();
        let left = theirs.iter().find_map(|entry| match &entry.fact {
            Fact::JourneyLeft { how, .. } => Some(*how),
            _ => None,
        });
        let expected = if finishes { (1, Some(Left::Completed)) } else { (0, Some(Left::Killed)) };
        assert_eq!((verdicts(&theirs).len(), left), expected, "{begun}: {:?}", kinds(&theirs));
    }
}

#[test]
fn where_none_is_usual_an_arm_is_compared_with_all_the_others() {
    let three = USUAL.replace(", usual = true", "").replace(
        "  { name = \"bold\"",
        "  { name = \"calm\", weight = 2, to = \"send\" },\n  { name = \"bold\"",
    );
    let mut bank = bank(&three);
    let mut n = 0;
    let all = met(&mut bank, &mut n, ARM, 12);
    let mut after = 0;
    for who in all {
        after += 1;
        if let Some(said) = stopped(&bank.hear(&phone(who), "R")) {
            assert_eq!((said.weight, said.weights, said.compared, said.bound), (1, 3, 0, 120));
            break;
        }
    }
    // A quarter of the people: 4/3 · ∫ from 1/4 to 1 of (4θ)^x dθ is above 120 first with x = 5: 4/3 · 4⁵/6 = 227.5 (x = 4: 68.2).
    assert_eq!(after, 5);
}

#[test]
fn a_control_that_is_sent_nothing_is_no_comparison() {
    let mut bank = bank(&USUAL.replace("usual = true", "control = true"));
    let mut n = 0;
    for who in met(&mut bank, &mut n, ARM, 12) {
        assert_eq!(stopped(&bank.hear(&phone(who), "R")), None);
    }
    assert_eq!(bank.engine.state().totals.journeys[ARM].opt_outs, 12, "they are counted all the same");
}

#[test]
fn a_guardrail_can_be_switched_off() {
    let mut bank = bank(&USUAL.replace("split = ", "guardrail = false\nsplit = "));
    let mut n = 0;
    for who in met(&mut bank, &mut n, ARM, 12) {
        assert_eq!(stopped(&bank.hear(&phone(who), "R")), None);
    }
}

#[test]
fn a_family_that_shares_a_phone_is_two_people() {
    let mut bank = bank(USUAL);
    for id in ["C1", "C2"] {
        bank.tell(known([willing(having(customer(id, &phone(1)), "name", Some(text("王"))))]));
        bank.tell(happening(&format!("E-{id}"), id, "asked", Vec::new()));
    }
    bank.send(100);
    bank.accept();
    bank.hear(&phone(1), "R");
    let counted = bank.engine.state().totals.journeys.values();
    assert_eq!(counted.map(|counted| counted.opt_outs).sum::<u64>(), 2);
}
