//! Budgets: reserved at the decision, given back when nothing was handed over, never exceeded by one part.

use crate::bank::{Bank, kinds, last_word, refused, verdicts};
use crate::people::{crowd, customer, having, known, offer, text, willing};
use engine::Input;
use engine::deliver::{Again, Answer};
use engine::entry::{AfterRefusal, Entry, Fact, Outcome};
use model::Cost;
use proof::entry::Kind;

fn yuan(text: &str) -> Cost {
    Cost::parse_yuan(text).unwrap()
}

/// The price of a part on the demo route is ¥0.035, and the shipped offer has two parts.
const OFFER: &str = "0.07";
const PART: &str = "0.035";

#[test]
fn a_broadcast_larger_than_its_budget_spends_it_to_the_last_part() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(50)));
    // Enough for twenty offers and one part more, which is not enough for an offer.
    bank.launch(&offer("b1", "true", "budget_yuan = \"1.435\""));
    bank.work();
    let totals = &bank.engine.state().totals;
    assert_eq!((totals.of(Kind::MessageDecided), totals.of(Kind::MessageBlocked)), (20, 30));
    assert_eq!(bank.engine.state().spent["b1"], yuan("1.40"));
    let blocked =
        verdicts(&bank.ledger).into_iter().find(|e| matches!(e.fact, Fact::MessageBlocked(_))).unwrap();
    assert_eq!(last_word(blocked), ("budget", "¥1.40 of ¥1.435 reserved, ¥0.07 more needed"));
}

#[test]
fn a_budget_of_exactly_so_much_is_spent_whole() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(5)));
    bank.launch(&offer("b1", "true", "budget_yuan = \"0.21\""));
    bank.work();
    assert_eq!(bank.engine.state().totals.of(Kind::MessageDecided), 3);
    assert_eq!(bank.engine.state().spent["b1"], yuan("0.21"));
}

#[test]
fn a_shorter_text_still_fits_where_a_longer_one_did_not() {
    let mut bank = Bank::open();
    let mut people = crowd(4);
    people[2] = having(people[2].clone(), "name", Some(text("王明")));
    bank.tell(known(people));
    // Three parts: the first offer takes two, the second finds one, the third needs only one.
    bank.launch(&offer("b1", "true", "budget_yuan = \"0.105\""));
    let entries = bank.work();
    assert_eq!(
        kinds(&entries)[..4],
        ["message_decided", "message_blocked", "message_decided", "message_blocked"]
    );
    assert_eq!(bank.engine.state().spent["b1"], yuan("0.105"));
}

#[test]
fn what_was_given_back_can_be_spent_again() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(1)));
    bank.launch(&offer("b1", "true", &format!("budget_yuan = \"{OFFER}\"")));
    bank.work();
    bank.hear("13800000001", "TD");
    bank.send(100);
    assert_eq!(bank.engine.state().spent["b1"], Cost::ZERO);
    bank.tell(known([willing(customer("C2", "13800000002"))]));
    bank.launch(&offer("b1", "customer.age == 40", &format!("budget_yuan = \"{OFFER}\"")));
    let entries = bank.work();
    assert!(kinds(&entries).contains(&"message_decided"), "{:?}", kinds(&entries));
}

#[test]
fn a_permanent_refusal_gives_back_and_a_delivery_does_not() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(crate::people::transaction("E1", "C1", "10.00"));
    let message = bank.send(1)[0].message();
    let entries = bank.tell(refused(message, 0, Again::No));
    let Fact::PartRefused { then: engine::entry::AfterRefusal::Fail(ending), .. } = &entries[0].fact else {
        panic!("{entries:?}")
    };
    assert_eq!((ending.outcome, ending.refund), (Outcome::Refused, yuan("0.035")));
    assert_eq!(bank.engine.state().spent["account-change"], Cost::ZERO);
}

/// An offer of two parts of which the carrier has taken the first: that one is paid for, whatever becomes of the second.
fn half_taken(bank: &mut Bank) -> model::MessageId {
    bank.tell(known(crowd(1)));
    bank.launch(&offer("b1", "true", ""));
    bank.work();
    let message = bank.send(2)[0].message();
    bank.outbox.clear();
    let remote = crate::bank::remote(message, 0);
    bank.tell(Input::Answers(vec![Answer::Submitted {
        route: crate::bank::route(),
        message,
        part: 0,
        remote,
    }]));
    message
}

#[test]
fn the_part_that_the_carrier_has_is_paid_for_when_the_rest_is_refused() {
    let mut bank = Bank::open();
    let message = half_taken(&mut bank);
    bank.tell(refused(message, 1, Again::No));
    assert_eq!(bank.engine.state().spent["b1"], yuan(PART));
    assert_eq!(bank.customer("C1").contacts.len(), 1, "half of it may be read: it counts");
}

#[test]
fn the_part_that_the_carrier_has_is_paid_for_when_the_rest_runs_out_of_time() {
    let mut bank = Bank::open();
    let message = half_taken(&mut bank);
    bank.tell(refused(message, 1, Again::WhileValid));
    bank.at("2026-05-20 10:00").work();
    assert!(bank.engine.state().messages.is_empty());
    assert_eq!(bank.engine.state().spent["b1"], yuan(PART), "one of its parts is with the carrier");
    assert_eq!(bank.customer("C1").contacts.len(), 1, "and it counts");
}

#[test]
fn the_part_that_the_carrier_has_is_paid_for_when_the_customer_opts_out() {
    let mut bank = Bank::open();
    let message = half_taken(&mut bank);
    bank.tell(refused(message, 1, Again::WhileValid));
    bank.hear("13800000001", "TD");
    bank.send(100);
    assert!(!bank.engine.state().messages.contains_key(&message));
    assert_eq!(bank.engine.state().spent["b1"], yuan(PART));
}

/// An offer of two parts, the first refused for good while the second's answer is due.
fn half_refused(bank: &mut Bank) -> model::MessageId {
    bank.tell(known(crowd(1)));
    bank.launch(&offer("b1", "true", ""));
    bank.work();
    let message = bank.send(2)[0].message();
    bank.outbox.clear();
    let entries = bank.tell(refused(message, 0, Again::No));
    assert!(matches!(entries[..], [Entry { fact: Fact::PartRefused { then: AfterRefusal::Await, .. }, .. }]));
    assert_eq!(bank.engine.state().spent["b1"], yuan(OFFER), "what the second will cost is not known yet");
    assert!(bank.send(9).is_empty(), "nothing of it is offered again");
    message
}

fn ended(bank: &Bank, spent: &str) {
    assert!(bank.engine.state().messages.is_empty());
    assert_eq!(bank.engine.state().totals.ended(Outcome::Refused), 1);
    assert_eq!(bank.engine.state().spent["b1"], yuan(spent));
}

#[test]
fn what_was_refused_is_given_back_when_the_other_part_is_taken() {
    let mut bank = Bank::open();
    let message = half_refused(&mut bank);
    let entries = bank.taken_part(message, 1);
    assert_eq!(kinds(&entries), ["part_submitted", "message_ended"]);
    ended(&bank, PART);
    assert_eq!(bank.customer("C1").contacts.len(), 1);
}

#[test]
fn everything_is_given_back_when_the_other_part_is_refused_as_well() {
    for again in [Again::No, Again::WhileValid, Again::AFewTimes, Again::Elsewhere] {
        let mut bank = Bank::open();
        let message = half_refused(&mut bank);
        let entries = bank.tell(refused(message, 1, again));
        assert_eq!(kinds(&entries), ["part_refused"], "{again:?}: it has failed, so nothing is tried again");
        ended(&bank, "0");
        assert!(bank.customer("C1").contacts.is_empty(), "it does not count");
    }
}

#[test]
fn the_other_part_is_paid_for_when_nobody_knows_and_a_late_answer_is_recorded() {
    let mut bank = Bank::open();
    let message = half_refused(&mut bank);
    let entries = bank.tell(crate::bank::unanswered(message, 1));
    assert_eq!(kinds(&entries), ["part_unanswered", "message_ended"]);
    ended(&bank, PART);
    assert_eq!(kinds(&bank.taken_part(message, 1)), ["answer_late"]);
    ended(&bank, PART);
}

#[test]
fn a_part_in_doubt_is_paid_for_when_another_is_refused_for_good() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(1)));
    bank.launch(&offer("b1", "true", ""));
    bank.work();
    let message = bank.send(2)[0].message();
    bank.tell(crate::bank::unanswered(message, 1));
    let entries = bank.tell(refused(message, 0, Again::No));
    assert_eq!(kinds(&entries), ["part_refused"]);
    ended(&bank, PART);
    assert_eq!(kinds(&bank.taken_part(message, 1)), ["answer_late"], "and what is said later is recorded");
}

#[test]
fn a_crash_while_the_other_answer_is_due_settles_as_well() {
    let mut bank = Bank::open();
    half_refused(&mut bank);
    assert_eq!(kinds(&bank.restart()), ["part_unanswered"]);
    assert_eq!(kinds(&bank.work()), ["message_ended"]);
    ended(&bank, PART);
}

#[test]
fn what_was_to_cost_nothing_does_not_count_when_it_is_stopped() {
    let free = crate::desk::a_route("demo", 1, "").replace("\"0.035\"", "\"0\"");
    let mut bank = Bank::with(&[("routes/demo.toml", &free)]);
    bank.tell(known(crowd(1)));
    bank.launch(&offer("b1", "true", ""));
    bank.work();
    assert_eq!(bank.customer("C1").contacts.len(), 1);
    bank.hear("13800000001", "TD");
    bank.send(100);
    assert!(
        bank.engine.state().messages.values().all(|message| message.class != model::MessageClass::Marketing)
    );
    let counted = &bank.customer("C1").contacts;
    let offers = counted.iter().filter(|c| c.about.class == model::MessageClass::Marketing).count();
    assert_eq!(offers, 0, "it never went out");
}

#[test]
fn what_was_sent_again_in_doubt_is_paid_for_when_it_is_stopped() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(crate::people::transaction("E1", "C1", "10.00"));
    let message = bank.send(1)[0].message();
    bank.tell(crate::bank::unanswered(message, 0));
    bank.at("2026-05-07 10:00").work();
    assert!(bank.engine.state().messages.is_empty(), "it waited until it was worth nothing");
    assert_eq!(bank.engine.state().spent["account-change"], yuan("0.035"), "the carrier may have it");
}
