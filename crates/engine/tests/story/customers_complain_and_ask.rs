//! Cases: a complaint stops marketing at once and waits for an answer; what a customer asks for by law has a term. What
//! leaves say of a case outlives its customer.

use crate::bank::{Bank, kinds, last_word, matter, verdict, verdicts};
use crate::people::{customer, known, offer_to_all, willing};
use engine::converse::{Heard, Wanted, Who, Wish};
use engine::entry::{
    CaseClosed, CaseId, CaseKind, CaseNoted, CaseOutcome, Entry, Evidence, Fact, SuppressionCause, Through,
};
use engine::{Input, Reply};
use model::{CustomerId, MessageClass, Private, Span};

const PHONE: &str = "13800000001";

fn bank() -> Bank {
    let mut bank = Bank::open();
    bank.tell(known([willing(customer("C1", PHONE))]));
    bank
}

fn wishes(bank: &mut Bank, who: Who, what: Wanted) -> (Heard, Vec<Entry>) {
    let entries = bank.tell(Input::Wish(Box::new(Wish { who, what })));
    let Reply::Heard(heard) = bank.reply else { panic!("{:?}", bank.reply) };
    (heard, entries)
}

fn opens(bank: &mut Bank, kind: CaseKind) -> (Heard, Vec<Entry>) {
    let evidence = Evidence { through: Through::Page, at: bank.now, reference: "link".into() };
    let what = Wanted::Open { kind, message: None, text: Private::new("太多了"), evidence };
    wishes(bank, Who::Customer(CustomerId::new("C1")), what)
}

fn closes(bank: &mut Bank, case: CaseId, outcome: CaseOutcome, resume: bool) -> (Heard, Vec<Entry>) {
    let note = Private::new("答复");
    let what = Wanted::Close(CaseClosed { case, outcome, by: "li".into(), note, resume });
    wishes(bank, Who::Case(case), what)
}

fn case(heard: Heard) -> CaseId {
    let Heard::Recorded(position) = heard else { panic!("{heard:?}") };
    CaseId(position)
}

fn offered(bank: &mut Bank, id: &str) -> Entry {
    bank.launch(&offer_to_all(id));
    verdict(&bank.work()).clone()
}

#[test]
fn a_complaint_stops_marketing_at_once_also_what_waits_for_a_carrier() {
    let mut bank = bank();
    offered(&mut bank, "b1");
    let (heard, entries) = opens(&mut bank, CaseKind::Complaint);
    assert_eq!(kinds(&entries)[..2], ["case_opened", "suppression_recorded"]);
    let Fact::SuppressionRecorded { why, classes, .. } = &entries[1].fact else { panic!("{entries:?}") };
    assert_eq!((*why, classes.as_slice()), (SuppressionCause::Complaint, &[MessageClass::Marketing][..]));
    let offers = bank.send(100).into_iter().filter(|sent| sent.class() == MessageClass::Marketing).count();
    assert_eq!(offers, 0, "what waited in its lane is stopped at the last look (L5)");
    assert_eq!(last_word(&offered(&mut bank, "b2")).0, "suppression");
    let cases = &bank.engine.state().cases;
    let opened = cases.get(case(heard)).unwrap();
    assert_eq!((opened.kind, cases.open(), opened.due > opened.at), (CaseKind::Complaint, 1, true));
    assert_eq!(cases.overdue(opened.due), 0);
    assert_eq!(cases.overdue(opened.due.after(Span::millis(1))), 1);
}

#[test]
fn who_answers_a_complaint_may_take_its_stop_back_and_no_other() {
    let mut bank = bank();
    let first = case(opens(&mut bank, CaseKind::Complaint).0);
    bank.now = bank.now.after(Span::seconds(60));
    let second = case(opens(&mut bank, CaseKind::Complaint).0);
    closes(&mut bank, first, CaseOutcome::Upheld, true);
    assert_eq!(last_word(&offered(&mut bank, "b1")).0, "suppression", "the other complaint still stands");
    closes(&mut bank, second, CaseOutcome::Rejected, false);
    assert_eq!(last_word(&offered(&mut bank, "b2")).0, "suppression", "closed, and not resumed");
    assert_eq!(bank.engine.state().cases.open(), 0);
    assert_eq!(closes(&mut bank, first, CaseOutcome::Done, true), (Heard::Unchanged, vec![]), "it is closed");
    let third = case(opens(&mut bank, CaseKind::Complaint).0);
    closes(&mut bank, third, CaseOutcome::Done, true);
    assert_eq!(last_word(&offered(&mut bank, "b3")).0, "suppression");
}

#[test]
fn a_complaint_that_is_settled_with_resumption_lets_marketing_come_again() {
    let mut bank = bank();
    let id = case(opens(&mut bank, CaseKind::Complaint).0);
    let note =
        CaseNoted { case: id, by: "li".into(), assignee: Some("wang".into()), note: Private::new("致电") };
    wishes(&mut bank, Who::Case(id), Wanted::Note(note));
    let assignee = |bank: &Bank| bank.engine.state().cases.get(id)?.matter.as_ref()?.assignee.clone();
    assert_eq!(assignee(&bank).as_deref(), Some("wang"));
    closes(&mut bank, id, CaseOutcome::Upheld, true);
    assert!(matches!(offered(&mut bank, "b1").fact, Fact::MessageDecided(_)));
}

#[test]
fn the_same_request_twice_is_one_case_and_complaints_have_an_end() {
    let mut bank = bank();
    let first = case(opens(&mut bank, CaseKind::Erasure).0);
    assert_eq!(opens(&mut bank, CaseKind::Erasure), (Heard::Already(first), vec![]));
    assert_ne!(case(opens(&mut bank, CaseKind::Access).0), first);
    let mut opened = 0;
    while opens(&mut bank, CaseKind::Complaint).0 != Heard::TooMany {
        opened += 1;
        assert!(opened < 100, "there is no end");
    }
    assert!(opened >= 3, "{opened}");
}

#[test]
fn an_open_case_outlives_its_customer_without_a_word_of_theirs() {
    let mut bank = bank();
    let id = case(opens(&mut bank, CaseKind::Erasure).0);
    bank.erase("C1");
    let left = bank.engine.state().cases.get(id).unwrap().clone();
    assert_eq!((left.kind, left.closed, left.matter), (CaseKind::Erasure, None, None));
    let (heard, entries) = closes(&mut bank, id, CaseOutcome::Done, false);
    assert!(matches!(heard, Heard::Recorded(_)), "{heard:?}");
    assert_eq!(entries[0].subject, model::Subject::INSTITUTION, "there is no key of theirs any more");
    assert_eq!(bank.engine.state().cases.open(), 0);
}

#[test]
fn a_complaint_by_text_message_opens_a_case_and_is_answered_once() {
    let mut bank = bank();
    let entries = bank.hear(PHONE, "我要投诉你们");
    assert_eq!(kinds(&entries)[..3], ["inbound_received", "case_opened", "suppression_recorded"]);
    let told = verdicts(&entries);
    assert_eq!(told.len(), 1, "{:?}", kinds(&entries));
    assert_eq!(&*matter(told[0]).journey, "complaint-confirmation@1");
    assert_eq!(last_word(&offered(&mut bank, "b1")).0, "suppression");
    let mut stranger = Bank::open();
    let entries = stranger.hear("13999999999", "投诉");
    assert_eq!(
        kinds(&entries),
        ["inbound_received", "suppression_recorded"],
        "nobody whose case it could be"
    );
}

#[test]
fn an_export_is_an_entry() {
    let mut bank = bank();
    let who = Who::Customer(CustomerId::new("C1"));
    let (heard, entries) = wishes(&mut bank, who, Wanted::Exported { by: "li".into() });
    assert!(matches!(heard, Heard::Recorded(_)));
    assert_eq!(kinds(&entries), ["data_exported"]);
}
