//! Notices: what is told when, to whom, until it is settled; and that an erasure forgets them.

use crate::bank::{Bank, kinds, refused};
use crate::desk::{ACCOUNT, account, named_account, text_for};
use engine::Input;
use engine::deliver::Again;
use engine::entry::{Notice, NoticeKind, Outcome, ReceiptState, Settled, Tell, Told};
use model::{AccountId, MessageId};

const PHONE: &str = "13800000001";

fn bank() -> Bank {
    Bank::with(&[
        (ACCOUNT, &account("extension = \"12\"")),
        ("accounts/cards.toml", &named_account("cards", "extension = \"1277\"")),
    ])
}

fn ordered(bank: &mut Bank, tell: Tell) -> MessageId {
    let mut request = text_for(PHONE, "一");
    request.order.tell = tell;
    bank.accepted_order(request)
}

fn settle(bank: &mut Bank, notices: &[u64], how: Settled) {
    let account = AccountId::new("core");
    let entries = bank.tell(Input::Settled { account, notices: notices.to_vec(), how });
    assert_eq!(kinds(&entries), ["notices_settled"]);
}

fn told(notice: &Notice) -> &Told {
    match &notice.kind {
        NoticeKind::Submitted(told) | NoticeKind::Ended { told, .. } => told,
        NoticeKind::Inbound { .. } => panic!("{notice:?}"),
    }
}

/// The words for what is waiting to be told.
fn words(bank: &Bank) -> Vec<String> {
    let word = |notice: &Notice| match &notice.kind {
        NoticeKind::Submitted(_) => "submitted".to_owned(),
        NoticeKind::Ended { outcome, error, .. } => {
            let outcome = outcome.map_or("stopped", Outcome::name);
            format!("{outcome} {}", error.as_deref().unwrap_or("-"))
        }
        NoticeKind::Inbound { text, .. } => format!("wrote {}", text.reveal()),
    };
    bank.notices().into_iter().map(|(_, notice)| word(notice)).collect()
}

/// What is told of a message that arrives, one that the carrier refuses, and one that the gate stops late.
fn check(tell: Tell, expect: &[&str]) {
    let mut bank = bank();
    let arrives = ordered(&mut bank, tell);
    bank.send(9);
    bank.accept();
    bank.report(arrives, 0, ReceiptState::Delivered);
    let fails = ordered(&mut bank, tell);
    bank.send(9);
    bank.outbox.clear();
    bank.tell(refused(fails, 0, Again::No));
    ordered(&mut bank, tell);
    bank.later("25h");
    assert_eq!(words(&bank), expect, "{tell:?}");
}

#[test]
fn an_account_is_told_as_much_as_it_wants() {
    check(Tell::Nothing, &[]);
    check(Tell::Failure, &["refused 88", "stopped validity"]);
    check(Tell::End, &["delivered -", "refused 88", "stopped validity"]);
    check(Tell::Progress, &["submitted", "delivered -", "refused 88", "stopped validity"]);
}

#[test]
fn what_it_is_told_carries_its_own_reference_and_when_it_was_accepted() {
    let mut bank = bank();
    let accepted = bank.now;
    let message = ordered(&mut bank, Tell::End);
    bank.send(9);
    bank.accept();
    bank.later("5m");
    bank.report(message, 0, ReceiptState::Undeliverable);
    let notices = bank.notices();
    let (position, notice) = notices[0];
    assert_eq!(position, bank.engine.state().position - 1, "named by its cause");
    let told = told(notice);
    assert_eq!((told.message, told.reference.as_deref(), told.parts), (message, Some("ref-1"), 1));
    assert_eq!(told.to.map(|phone| phone.reveal().to_owned()).as_deref(), Some("8613800000001"));
    assert_eq!((told.accepted, notice.at), (accepted, bank.now));
    let NoticeKind::Ended { state, error, .. } = &notice.kind else { panic!("{notice:?}") };
    assert_eq!((*state, error.as_deref()), (Some(ReceiptState::Undeliverable), None));
}

#[test]
fn notices_wait_through_a_restart_until_they_are_settled() {
    let mut bank = bank();
    let message = ordered(&mut bank, Tell::Progress);
    bank.send(9);
    bank.accept();
    bank.report(message, 0, ReceiptState::Delivered);
    bank.restart();
    let positions: Vec<u64> = bank.notices().iter().map(|(position, _)| *position).collect();
    assert_eq!(words(&bank), ["submitted", "delivered -"]);
    settle(&mut bank, &positions[..1], Settled::Told);
    assert_eq!(words(&bank), ["delivered -"]);
    settle(&mut bank, &positions, Settled::Dead);
    assert_eq!(words(&bank), [] as [&str; 0]);
    assert_eq!(bank.engine.state().outboxes.dead(&AccountId::new("core")).count(), 1, "parked");
    bank.restart();
    settle(&mut bank, &positions, Settled::Revived);
    assert_eq!(words(&bank), ["delivered -"]);
    settle(&mut bank, &positions, Settled::Told);
    assert_eq!(bank.engine.state().outboxes.waiting().count(), 0, "nothing is left of the account");
}

#[test]
fn what_was_stopped_at_once_is_answered_and_not_told_again() {
    let mut bank = bank();
    bank.order(crate::desk::as_offer(text_for(PHONE, "活动")));
    assert_eq!(words(&bank), [] as [&str; 0]);
}

#[test]
fn an_answer_to_an_extension_is_its_accounts() {
    let mut bank = bank();
    ordered(&mut bank, Tell::Nothing);
    let write = |to: &str, text: &str| {
        Input::Inbound(vec![engine::converse::Inbound {
            route: crate::bank::route(),
            from: model::Phone::parse(PHONE, "86").unwrap(),
            to: to.into(),
            text: model::Private::new(text),
        }])
    };
    assert_eq!(bank.rings(&write("10690000112", "你好")), ["core"]);
    assert_eq!(bank.rings(&write("106900001127", "再见")), ["core"], "the longest beginning wins");
    assert_eq!(bank.rings(&write("10690000112779", "卡")), ["cards"]);
    assert!(bank.rings(&write("106900001", "无")).is_empty(), "the bare number is nobody's");
    assert!(bank.rings(&write("1069000013", "无")).is_empty());
    assert_eq!(words(&bank), ["wrote 你好", "wrote 再见"]);
}

#[test]
fn whoever_is_erased_is_not_spoken_of_any_more() {
    let mut bank = bank();
    let message = ordered(&mut bank, Tell::Progress);
    bank.send(9);
    bank.accept();
    ordered(&mut bank, Tell::Progress);
    assert_eq!(bank.notices().len(), 1);
    bank.erase("tel:+8613800000001");
    assert_eq!(words(&bank), [] as [&str; 0]);
    bank.report(message, 0, ReceiptState::Delivered);
    assert_eq!(bank.engine.state().outboxes.waiting().count(), 0);
    bank.restart();
    assert_eq!(bank.engine.state().outboxes.waiting().count(), 0);
}
