//! The gate compares what is to be sent with what was approved, by hash, when it decides and when it hands over (L7).

use crate::bank::{Bank, finding, kinds, last_word, verdict, verdicts, world};
use crate::no_change_without_a_second_pair_of_eyes::{
    POLICY, asked, careful_bank, person, propose, publish, review,
};
use crate::people::{crowd, customer, known, offer_to_all, transaction, willing};
use engine::decide::{BroadcastError, Reach};
use engine::entry::Need;
use engine::state::POLICY_FILE;
use engine::{ChangeRequest, Engine, Input, Reply};
use model::Cost;
use std::sync::Arc;

const TEMPLATE: &str = "templates/account-change.toml";

fn reworded(word: &str) -> String {
    library::file(TEMPLATE).unwrap().replace("您尾号", word)
}

/// A change of the template goes the whole way.
fn change_text(bank: &mut Bank, word: &str) -> u64 {
    let number = propose(bank, "li", TEMPLATE, Some(&reworded(word)), Vec::new()).unwrap();
    review(bank, number, person("wang", &["checker"]), true).unwrap();
    publish(bank, number, person("li", &["maker"]), None).unwrap();
    bank.world = Arc::clone(bank.engine.world());
    number
}

#[test]
fn a_verdict_says_who_approved_what_is_sent() {
    let mut bank = careful_bank();
    bank.tell(known([customer("C1", "13800000001")]));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    let said = &finding(verdict(&entries), "approval").detail;
    assert_eq!(said, "journey: change 1, adopted by start; text: change 1, adopted by start");
    change_text(&mut bank, "您好，尾号");
    let entries = bank.tell(transaction("E2", "C1", "10.00"));
    let said = &finding(verdict(&entries), "approval").detail;
    assert_eq!(said, "journey: change 1, adopted by start; text: change 2, approved by wang");
    bank.send(10);
    bank.later("1s");
    let texts: Vec<&str> = bank.outbox.iter().map(|sendable| sendable.text().reveal()).collect();
    assert!(texts.iter().all(|text| text.contains("您好，尾号")) && texts.len() == 2, "{texts:?}");
}

#[test]
fn what_waits_for_a_carrier_goes_by_the_new_text() {
    let mut bank = careful_bank();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    change_text(&mut bank, "尊敬的客户，尾号");
    let entries = bank.tell(Input::Credit { route: crate::bank::route(), parts: 9 });
    assert_eq!(kinds(&entries), [""; 0]);
    let entries = bank.work();
    assert_eq!(kinds(&entries), ["message_held"], "the last look finds another text");
    let (rule, said) = last_word(&entries[0]);
    assert_eq!((rule, said), ("approval", "the text account-change is another since it was decided"));
    let entries = bank.later("1s");
    assert_eq!(kinds(&entries), ["message_decided", "message_claimed"]);
    assert!(bank.outbox[0].text().reveal().contains("尊敬的客户"));
}

#[test]
fn a_journey_that_is_taken_out_of_force_sends_nothing_more() {
    let mut bank = careful_bank();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    let number = propose(&mut bank, "li", "journeys/account-change.toml", None, Vec::new()).unwrap();
    review(&mut bank, number, person("wang", &["checker"]), true).unwrap();
    publish(&mut bank, number, person("li", &["maker"]), None).unwrap();
    bank.world = Arc::clone(bank.engine.world());
    bank.tell(Input::Credit { route: crate::bank::route(), parts: 9 });
    bank.work();
    let entries = bank.later("1s");
    assert_eq!(kinds(&entries), ["message_blocked"]);
    assert!(bank.outbox.is_empty());
}

#[test]
fn a_configuration_that_nobody_approved_sends_nothing() {
    let bank = careful_bank();
    for (path, text) in [
        (TEMPLATE, reworded("点击领取")),
        (
            "journeys/account-change.toml",
            library::file("journeys/account-change.toml").unwrap().to_owned() + "# x\n",
        ),
    ] {
        let exchanged = world(&[(POLICY_FILE, POLICY), (path, text.as_str())]);
        let mut other = Bank::open_with(Arc::clone(&exchanged));
        other.engine = Engine::new(exchanged);
        other.ledger.clear();
        for entry in &bank.ledger {
            other.engine.replay(entry);
            other.ledger.push(entry.clone());
        }
        other.step(|engine, now, out| engine.publish(now, out));
        other.tell(known([customer("C1", "13800000001")]));
        let entries = other.tell(transaction("E1", "C1", "10.00"));
        let (rule, said) = last_word(verdict(&entries));
        assert_eq!(rule, "approval");
        let hash = proof::Hash::of(text.as_bytes());
        assert_eq!(said, format!("{path} with the hash {hash} was not approved"));
    }
}

#[test]
fn without_the_policy_the_rule_is_not_asked_for() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    let entries = bank.tell(transaction("E1", "C1", "10.00"));
    assert_eq!(finding(verdict(&entries), "approval").detail, "not asked for");
}

fn launch(bank: &mut Bank, source: &str, people: u64, millifen: i64) -> Result<(), BroadcastError> {
    let reach = Reach { people, cost: Cost { millifen } };
    bank.tell(Input::LaunchCounted(source.into(), reach));
    match &bank.reply {
        Reply::Launched(_) => Ok(()),
        Reply::NotLaunched(why) => Err(why.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_broadcast_needs_more_people_the_more_people_it_goes_to() {
    let mut bank = careful_bank();
    bank.tell(known(crowd(3).into_iter().map(willing)));
    let source = offer_to_all("b1");
    assert!(matches!(launch(&mut bank, &source, 3, 0), Err(BroadcastError::NotApproved(_))));
    let path = "broadcasts/b1.toml";
    let two =
        Need { checkers: 2, roles: vec!["checker".into(), "compliance".into()], why: "marketing".into() };
    let number = propose(&mut bank, "li", path, Some(&source), vec![two]).unwrap();
    review(&mut bank, number, person("wang", &["checker"]), true).unwrap();
    review(&mut bank, number, person("zhao", &["compliance", "director"]), true).unwrap();
    publish(&mut bank, number, person("li", &["maker"]), None).unwrap();
    bank.tell(Input::Launch(source.as_str().into()));
    assert_eq!(bank.reply, Reply::NotLaunched(BroadcastError::Uncounted));
    let money = launch(&mut bank, &source, 11, 10_000_001).unwrap_err().to_string();
    assert!(money.contains("0 of 1 with the role treasurer"), "{money}");
    assert_eq!(
        launch(&mut bank, &(source.clone() + "# other\n"), 3, 0)
            .map_err(|e| e.to_string().contains("no approved broadcast")),
        Err(true)
    );
    assert_eq!(launch(&mut bank, &source, 11, 0), Ok(()));
    let entries = bank.work();
    let said = &finding(verdicts(&entries)[0], "approval").detail;
    assert_eq!(said, "journey: change 2, approved by wang, zhao; text: change 1, adopted by start");
}

#[test]
fn a_broadcast_that_is_taken_out_of_force_stops_on_its_way() {
    let mut bank = careful_bank();
    bank.tell(known(crowd(3).into_iter().map(willing)));
    let (source, path) = (offer_to_all("b1"), "broadcasts/b1.toml");
    let number = propose(&mut bank, "li", path, Some(&source), Vec::new()).unwrap();
    let number = publish(&mut bank, number, person("chen", &["emergency"]), Some("a recall")).unwrap();
    assert_eq!(bank.engine.state().approvals.unreviewed_emergencies().count(), 1);
    launch(&mut bank, &source, 3, 0).unwrap();
    bank.step(|engine, now, out| {
        engine.work(now, 2, out);
    });
    let number_out = propose(&mut bank, "li", path, None, Vec::new()).unwrap();
    review(&mut bank, number_out, person("wang", &["checker"]), true).unwrap();
    publish(&mut bank, number_out, person("li", &["maker"]), None).unwrap();
    let entries = bank.work();
    let (rule, said) = last_word(verdicts(&entries)[0]);
    assert!(rule == "approval" && said.starts_with("a broadcast with the hash"), "{rule} {said}");
    bank.tell(Input::Credit { route: crate::bank::route(), parts: 9 });
    bank.work();
    bank.later("1s");
    assert!(bank.outbox.is_empty(), "nor does what was decided before");
    // Somebody else looks at the emergency afterwards; neither of the two whose it was.
    for own in ["li", "chen"] {
        assert!(review(&mut bank, number, person(own, &["checker"]), true).is_err());
    }
    review(&mut bank, number, person("wang", &["checker"]), true).unwrap();
    assert_eq!(bank.engine.state().approvals.unreviewed_emergencies().count(), 0);
    assert_eq!(bank.engine.state().approvals.emergencies(), 1);
}

#[test]
fn an_emergency_needs_its_role_and_a_reason() {
    let mut bank = careful_bank();
    let number = propose(&mut bank, "li", TEMPLATE, Some(&reworded("甲")), Vec::new()).unwrap();
    let refused = publish(&mut bank, number, person("li", &["maker"]), Some("now")).unwrap_err().to_string();
    assert!(refused.contains("expected a key with the role emergency"), "{refused}");
    let refused =
        publish(&mut bank, number, person("li", &["emergency"]), Some(" ")).unwrap_err().to_string();
    assert!(refused.contains("reason of the emergency"), "{refused}");
    assert!(publish(&mut bank, number, person("li", &["emergency"]), Some("the text is wrong")).is_ok());
    bank.world = Arc::clone(bank.engine.world());
    let adopt = ChangeRequest::Adopt { by: person("x", &[]), emergency: None, files: Default::default() };
    assert!(asked(&mut bank, adopt).is_err(), "what is in force is not adopted over without a reason");
}
