//! Reviews: where the institution says so, what a list wants a person to look at is held until one has, or the time is over. An
//! approval is of one text by somebody other than its sender, and the gate is asked again from the top.

use crate::bank::{Bank, finding, kinds, last_word, matter};
use crate::desk::{ACCOUNT, account, as_offer, text_for};
use engine::entry::{Entry, Fact, ReviewVerdict};
use engine::{Input, Reply, ReviewRequest, Reviewed};
use model::MessageId;
use proof::Hash;

const PHONE: &str = "13800000001";
const TEXT: &str = "本行积分商城全新上线，名额有限。";

fn bank(more: &[(&str, &str)]) -> Bank {
    let shipped = library::files().find(|(path, _)| *path == "institution.toml").expect("shipped").1;
    let institution = format!("{shipped}\nunreviewed = \"review\"\n");
    let account = account("consent = \"asserted\"");
    Bank::with(&[&[("institution.toml", institution.as_str()), (ACCOUNT, &account)], more].concat())
}

/// An order whose text a person should look at; it is held.
fn held(bank: &mut Bank) -> MessageId {
    let message = bank.accepted_order(as_offer(text_for(PHONE, TEXT)));
    let (rule, why) = last_word(bank.ledger.last().unwrap());
    assert_eq!(rule, "words");
    assert!(why.contains("wants a person to look at \"名额有限\""), "{why}");
    message
}

fn shown(bank: &Bank, message: MessageId) -> (String, Hash) {
    let found = bank.engine.in_review().find(|(found, _)| found.id == message).expect("it waits");
    let (text, hash) = bank.engine.text_in_review(found.0, bank.now).expect("a text");
    (text.reveal().to_owned(), hash)
}

fn says(bank: &mut Bank, message: MessageId, by: &str, verdict: ReviewVerdict) -> (Reviewed, Vec<Entry>) {
    let (_, hash) = shown(bank, message);
    let said = ReviewRequest { message, verdict, by: by.into(), remark: "looked".into(), hash };
    let entries = bank.tell(Input::Review(said));
    let Reply::Reviewed(reviewed) = bank.reply.clone() else { panic!("{:?}", bank.reply) };
    (reviewed, entries)
}

#[test]
fn an_approval_asks_the_gate_again_and_names_who_gave_it() {
    let mut bank = bank(&[]);
    let message = held(&mut bank);
    assert!(bank.send(10).is_empty(), "it waits for a person");
    bank.restart();
    let (text, _) = shown(&bank, message);
    assert!(text.contains(TEXT), "{text}");
    let (reviewed, entries) = says(&mut bank, message, "wang", ReviewVerdict::Approved);
    assert_eq!((reviewed, kinds(&entries)), (Reviewed::Recorded, vec!["review_decided", "message_decided"]));
    assert!(
        finding(&entries[1], "words")
            .detail
            .starts_with("looked at by wang: words/cn.words @cn-urgency-house")
    );
    assert_eq!(matter(&entries[1]).message, message);
    assert_eq!(bank.engine.in_review().count(), 0);
    assert_eq!(bank.send(10).len(), 1);
}

#[test]
fn an_approval_by_night_waits_for_the_day_and_is_not_asked_for_again() {
    let mut bank = bank(&[]);
    let message = held(&mut bank);
    bank.at("2026-05-06 23:00");
    let (_, entries) = says(&mut bank, message, "wang", ReviewVerdict::Approved);
    assert_eq!(last_word(&entries[1]).0, "quiet-hours", "the gate is asked from the top");
    assert_eq!(bank.engine.in_review().count(), 0);
    bank.restart();
    bank.at("2026-05-07 09:00");
    assert_eq!(kinds(&bank.work()), ["message_decided"]);
}

#[test]
fn a_rejection_blocks_with_who_and_a_silence_when_its_time_is_over() {
    let mut bank = bank(&[]);
    let message = held(&mut bank);
    let (_, entries) = says(&mut bank, message, "wang", ReviewVerdict::Rejected);
    assert_eq!(kinds(&entries), ["review_decided", "message_blocked"]);
    assert_eq!(last_word(&entries[1]), ("words", "wang has rejected it"));
    let message = held(&mut bank);
    bank.at("2026-05-07 09:59");
    assert!(bank.work().is_empty());
    bank.at("2026-05-07 10:00");
    let entries = bank.work();
    assert_eq!(matter(&entries[0]).message, message);
    assert!(last_word(&entries[0]).1.starts_with("nobody has approved it in time: "), "{entries:?}");
    assert_eq!(bank.engine.in_review().count(), 0);
}

#[test]
fn a_class_says_how_long_it_waits() {
    let shipped = library::files().find(|(path, _)| *path == "classes/marketing.toml").expect("shipped").1;
    let class = format!("review = \"2h\"\n{shipped}");
    let mut bank = bank(&[("classes/marketing.toml", &class)]);
    held(&mut bank);
    bank.at("2026-05-06 11:59");
    assert!(bank.work().is_empty());
    bank.at("2026-05-06 12:00");
    assert_eq!(kinds(&bank.work()), ["message_blocked"]);
}

#[test]
fn the_sender_does_not_approve_and_nobody_what_is_not_there() {
    let mut bank = bank(&[]);
    let message = held(&mut bank);
    assert_eq!(says(&mut bank, message, "core", ReviewVerdict::Approved), (Reviewed::Own, vec![]));
    let said = |message, hash| ReviewRequest {
        message,
        verdict: ReviewVerdict::Approved,
        by: "wang".into(),
        remark: "".into(),
        hash,
    };
    assert!(bank.tell(Input::Review(said(message, Hash::of(b"another text")))).is_empty());
    assert!(matches!(bank.reply, Reply::Reviewed(Reviewed::Changed)));
    assert!(bank.tell(Input::Review(said(MessageId(9_999), Hash::of(b"")))).is_empty());
    assert!(matches!(bank.reply, Reply::Reviewed(Reviewed::NotThere)));
}

#[test]
fn a_label_is_kept_and_decides_nothing() {
    let mut bank = bank(&[]);
    let message = held(&mut bank);
    let label = ReviewVerdict::Labelled("marketing".into());
    let (_, entries) = says(&mut bank, message, "wang", label.clone());
    assert_eq!(kinds(&entries), ["review_decided"]);
    let Fact::ReviewDecided(said) = &entries[0].fact else { panic!("{entries:?}") };
    assert!(said.verdict == label && said.text.reveal().contains(TEXT));
    bank.restart();
    let (_, review) = bank.engine.in_review().next().expect("it still waits");
    assert_eq!(review.label.as_deref(), Some("marketing"));
    bank.erase("tel:+8613800000001");
    assert_eq!(bank.engine.in_review().count(), 0);
}
