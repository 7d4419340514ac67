//! Doubt: nobody knows whether the carrier has it. Codes go again; marketing waits, and is never claimed again (L6).

use crate::bank::{Bank, kinds, remote, route, unanswered};
use crate::people::{code, crowd, customer, known, offer_to_all, transaction};
use engine::Input;
use engine::deliver::{Again, Answer};
use engine::entry::{AfterSilence, Entry, Fact, Outcome, ReceiptState};
use engine::state::Phase;
use model::{MessageId, Span};

/// An offer (two parts), handed over.
fn offer() -> (Bank, MessageId) {
    let mut bank = Bank::open();
    bank.tell(known(crowd(1)));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let message = bank.send(2)[0].message();
    (bank, message)
}

/// An account movement (one part), handed over.
fn movement() -> (Bank, MessageId) {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    let message = bank.send(1)[0].message();
    (bank, message)
}

fn after(entries: &[Entry]) -> Vec<AfterSilence> {
    let then = |entry: &Entry| match entry.fact {
        Fact::PartUnanswered { then, .. } => Some(then),
        _ => None,
    };
    entries.iter().filter_map(then).collect()
}

#[test]
fn what_may_come_twice_is_sent_again() {
    let (mut bank, message) = movement();
    let entries = bank.tell(unanswered(message, 0));
    assert_eq!(after(&entries), [AfterSilence::Resend]);
    bank.outbox.clear();
    assert_eq!(bank.send(1)[0].message(), message);
}

#[test]
fn it_is_sent_again_five_times_at_most_then_waits() {
    let (mut bank, message) = movement();
    for _ in 1..5 {
        assert_eq!(after(&bank.tell(unanswered(message, 0))), [AfterSilence::Resend]);
        assert_eq!(bank.send(1).len(), 1);
    }
    assert!(matches!(after(&bank.tell(unanswered(message, 0)))[..], [AfterSilence::Wait { .. }]));
    assert!(bank.send(5).is_empty());
}

#[test]
fn a_code_that_is_dead_by_then_is_not_sent_again() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(code("E1", "C1"));
    let message = bank.send(1)[0].message();
    let entries = bank.at("2026-05-06 10:05").tell(unanswered(message, 0));
    assert!(matches!(after(&entries)[..], [AfterSilence::Wait { .. }]));
}

#[test]
fn what_must_not_come_twice_waits_and_is_never_claimed_again() {
    let (mut bank, message) = offer();
    let until = bank.now.after(Span::hours(72));
    assert_eq!(after(&bank.tell(unanswered(message, 0))), [AfterSilence::Wait { until }]);
    assert_eq!(bank.message().phase, Phase::Uncertain);
    bank.tell(unanswered(message, 1));
    assert!(bank.send(100).is_empty());
    bank.restart();
    assert!(bank.send(100).is_empty(), "not after a restart either");
    bank.now = until;
    let entries = bank.work();
    assert!(
        matches!(&entries[0].fact, Fact::MessageEnded { ending, .. } if ending.outcome == Outcome::Uncertain)
    );
    assert_eq!(bank.engine.state().totals.ended(Outcome::Uncertain), 1);
    assert_eq!(bank.engine.state().spent["b1"].to_string(), "¥0.07", "it may have been sent");
}

#[test]
fn a_late_answer_resolves_the_doubt() {
    let (mut bank, message) = offer();
    bank.tell(unanswered(message, 0));
    bank.tell(unanswered(message, 1));
    let answers =
        (0..2).map(|part| Answer::Submitted { route: route(), message, part, remote: remote(message, part) });
    bank.at("2026-05-06 10:10").tell(Input::Answers(answers.collect()));
    assert_eq!(bank.message().phase, Phase::Submitted);
    bank.report(message, 0, ReceiptState::Delivered);
    bank.report(message, 1, ReceiptState::Delivered);
    assert_eq!(bank.engine.state().totals.ended(Outcome::Delivered), 1);
    assert!(bank.engine.state().timers.is_empty());
}

#[test]
fn a_late_answer_after_it_went_again_counts_and_the_second_answer_does_not() {
    let (mut bank, message) = movement();
    bank.tell(unanswered(message, 0));
    bank.send(1);
    let first = Answer::Submitted { route: route(), message, part: 0, remote: "first".into() };
    let second = Answer::Submitted { route: route(), message, part: 0, remote: "second".into() };
    bank.tell(Input::Answers(vec![first]));
    assert!(bank.tell(Input::Answers(vec![second])).is_empty());
    assert_eq!(bank.engine.state().remote.len(), 1);
}

#[test]
fn after_a_crash_every_open_submit_is_in_doubt() {
    let mut bank = Bank::open();
    bank.tell(known(crowd(2)));
    bank.tell(transaction("E1", "C1", "10.00"));
    bank.launch(&offer_to_all("b1"));
    bank.work();
    assert_eq!(bank.send(5).len(), 3);
    let entries = bank.restart();
    assert_eq!(kinds(&entries), ["part_unanswered"; 5]);
    let resent = after(&entries).iter().filter(|then| **then == AfterSilence::Resend).count();
    assert_eq!(resent, 1, "the movement goes again, the offers do not");
    let handed = bank.send(100);
    assert_eq!(handed.len(), 1);
    assert!(bank.restart().len() == 1, "a second crash leaves one part in doubt");
}

#[test]
fn a_crash_between_two_answers_puts_only_the_open_part_in_doubt() {
    let (mut bank, message) = offer();
    bank.tell(Input::Answers(vec![Answer::Submitted {
        route: route(),
        message,
        part: 0,
        remote: remote(message, 0),
    }]));
    let entries = bank.restart();
    assert_eq!(kinds(&entries), ["part_unanswered"]);
    bank.report(message, 0, ReceiptState::Delivered);
    assert_eq!(bank.message().phase, Phase::Uncertain, "one part's receipt does not tell of the other");
    bank.tell(Input::Answers(vec![Answer::Submitted {
        route: route(),
        message,
        part: 1,
        remote: remote(message, 1),
    }]));
    bank.report(message, 1, ReceiptState::Delivered);
    assert_eq!(bank.engine.state().totals.ended(Outcome::Delivered), 1);
}

#[test]
fn what_was_decided_and_not_claimed_simply_goes_after_a_crash() {
    let mut bank = Bank::open();
    bank.tell(known([customer("C1", "13800000001")]));
    bank.tell(transaction("E1", "C1", "10.00"));
    assert!(bank.restart().is_empty());
    assert_eq!(bank.send(1).len(), 1);
}

#[test]
fn a_late_answer_keeps_a_message_from_going_again() {
    let (mut bank, message) = movement();
    bank.tell(unanswered(message, 0));
    bank.outbox.clear();
    bank.tell(Input::Answers(vec![Answer::Submitted {
        route: route(),
        message,
        part: 0,
        remote: remote(message, 0),
    }]));
    assert_eq!(bank.message().phase, Phase::Submitted);
    assert!(bank.send(10).is_empty(), "the carrier had it all along");
}

#[test]
fn half_in_doubt_half_refused_for_now_is_not_offered_again() {
    let (mut bank, message) = offer();
    bank.tell(unanswered(message, 0));
    bank.tell(crate::bank::refused(message, 1, Again::WhileValid));
    assert!(bank.send(100).is_empty(), "claiming it again would offer what the carrier may have");
    let (mut bank, message) = offer();
    bank.tell(crate::bank::refused(message, 1, Again::WhileValid));
    bank.tell(unanswered(message, 0));
    assert!(bank.send(100).is_empty());
}
