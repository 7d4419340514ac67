//! The digest covers every field of the state: whichever is changed, it is another. Without this, an equal digest after
//! a replay (L3) would prove little.

use crate::bank::{Bank, refused, unanswered};
use crate::people::{
    code, crowd, customer, happening, instalment, known, offer_to_all, text, transaction, yuan,
};
use engine::Input;
use engine::converse::{Wanted, Who, Wish};
use engine::deliver::Again;
use engine::entry::{CaseKind, Choices, Event, Evidence, Standing, Through};
use engine::measure::click::Click;
use engine::perceive::MarketReport;
use engine::state::{About, Cases, Message, Part, Phase, Sending, State};
use model::{Cost, CustomerId, Fields, MessageId, Phone, Private, RemoteId, RouteId, Subject, Timestamp};
use smallvec::smallvec;
use std::sync::Arc;

/// A state in which every collection holds something.
fn full() -> Bank {
    let mut bank = Bank::open();
    bank.tell(known(crowd(5)));
    let overdue = vec![("loan_id", text("L1")), ("amount", yuan("5")), ("account_tail", text("1"))];
    bank.tell(happening("E0", "C4", "loan_overdue_30", overdue));
    bank.tell(transaction("E1", "C1", "10.00"));
    bank.tell(code("E2", "C2"));
    bank.send(1);
    bank.accept();
    bank.launch(&offer_to_all("b1"));
    bank.work();
    let message = bank.send(3)[0].message();
    bank.tell(refused(message, 0, Again::WhileValid));
    bank.tell(unanswered(message, 1));
    bank.report(MessageId(9_999), 0, engine::entry::ReceiptState::Delivered);
    bank.hear("13999999999", "TD");
    bank.hear("13800000003", "TD");
    bank.tell(known([customer("C9", "13800000009")]));
    bank.at("2026-05-06 23:00").tell(instalment("E3", "C9"));
    bank.tell(happening("E4", "C9", "birthday", vec![("wish", text("好"))]));
    let event =
        Arc::new(Event { id: "M1".into(), kind: "moved".into(), at: bank.now, fields: Fields::new() });
    bank.tell(Input::Markets(vec![MarketReport { event, instrument: "F1".into() }]));
    bank.tell(crate::people::choice("C1", Choices { impersonal: true, ..Choices::default() }));
    for kind in [CaseKind::Access, CaseKind::Erasure] {
        let evidence = Evidence { through: Through::Page, at: bank.now, reference: "link".into() };
        let what = Wanted::Open { kind, message: None, text: Private::new("请"), evidence };
        let who = Who::Customer(CustomerId::new("C1"));
        bank.tell(Input::Wish(Box::new(Wish { who, what })));
    }
    let (class, journey) = (model::MessageClass::CustomerService, Arc::from("j@1"));
    let click = Click { message, target: 7, subject: Subject(1), class, journey, machine: None };
    bank.tell(Input::Click(click));
    bank.tell(Input::Admin("a key was made".into()));
    bank
}

fn state(bank: &Bank) -> State {
    let mut state = State::default();
    bank.ledger.iter().for_each(|entry| engine::apply(&mut state, entry));
    state
}

type Change = (&'static str, fn(&mut State));

fn first_message(state: &mut State, is_it: fn(&Message) -> bool) -> &mut Message {
    let id = state.messages.values().filter(|message| is_it(message)).map(|message| message.id).min();
    state.messages.get_mut(&id.expect("such a message")).expect("just found")
}

fn held(state: &mut State) -> &mut Message {
    first_message(state, |message| message.phase == Phase::Held)
}

fn about(state: &mut State) -> &mut About {
    Arc::make_mut(&mut held(state).about)
}

fn sending(state: &mut State) -> &mut Sending {
    first_message(state, |message| message.phase == Phase::Submitted).sending.as_mut().expect("what is sent")
}

fn change_event(message: &mut Message, change: fn(&mut Event)) {
    let mut event = Event::clone(message.event.as_ref().expect("an event"));
    change(&mut event);
    message.event = Some(Arc::new(event));
}

const OF_STATE: &[Change] = &[
    ("position", |s| s.position += 1),
    ("world", |s| s.world = None),
    ("next subject", |s| s.next_subject += 1),
    ("customers", |s| drop(s.customers.pop_last())),
    ("by id", |s| s.by_id.retain(|id, _| *id != CustomerId::new("C1"))),
    ("by phone", |s| drop(s.by_phone.remove(&Phone::parse("13800000001", "86").unwrap()))),
    ("messages", |s| s.messages.retain(|_, m| m.phase != Phase::Held)),
    ("timers", |s| s.timers.clear()),
    ("remote", |s| s.remote.clear()),
    ("remote part", |s| s.remote.values_mut().for_each(|(_, part)| *part += 1)),
    ("parked", |s| s.parked.clear()),
    ("parked order", |s| s.parked_order.clear()),
    ("parked position", |s| s.parked.values_mut().for_each(|parked| parked.position += 1)),
    ("spent", |s| s.spent.values_mut().for_each(|spent| spent.millifen += 1)),
    ("broadcasts", |s| s.broadcasts.clear()),
    ("reached", |s| s.broadcasts.values_mut().for_each(|b| b.reached = Subject(1))),
    ("tasks", |s| s.tasks.clear()),
    ("clicks", |s| s.customers.values_mut().for_each(|c| c.clicks = None)),
    ("habits", |s| s.customers.values_mut().for_each(|c| c.habits = None)),
    ("markets", |s| s.markets.clear()),
    ("markets' reach", |s| s.markets.values_mut().for_each(|m| m.reached = Subject(1))),
    ("markets' end", |s| s.markets.values_mut().for_each(|m| m.ended = true)),
    ("refused numbers", |s| s.refused_numbers.clear()),
    ("cases", |s| s.cases = Cases::default()),
    ("totals", |s| s.totals.candidates += 1),
    ("totals of clicks", |s| s.totals.clicks.clear()),
    ("journeys' totals", |s| s.totals.journeys.values_mut().for_each(|j| j.parts += 1)),
];

const OF_CUSTOMERS: &[Change] = &[
    ("phone", |s| s.customers.values_mut().for_each(|c| c.profile.phone = None)),
    ("zone", |s| s.customers.values_mut().for_each(|c| c.profile.zone = Some(model::Zone::UTC))),
    ("standing", |s| s.customers.values_mut().for_each(|c| c.profile.standing = Standing::Deceased)),
    ("attributes", |s| s.customers.values_mut().for_each(|c| c.profile.attributes = Fields::new())),
    ("name", |s| {
        let names = s.customers.values_mut().filter_map(|c| c.profile.attributes.get_mut("name"));
        names.for_each(|name| *name = text("别人"));
    }),
    ("consents", |s| s.customers.values_mut().for_each(|c| c.consents.clear())),
    ("evidence", |s| {
        s.customers.values_mut().flat_map(|c| &mut c.consents).for_each(|c| c.evidence = "x".into())
    }),
    ("choices", |s| {
        let chosen = s.customers.values_mut().filter_map(|c| c.chosen.as_mut());
        chosen.for_each(|chosen| chosen.choices.impersonal = false);
    }),
    ("evidence of choices", |s| {
        let chosen = s.customers.values_mut().filter_map(|c| c.chosen.as_mut());
        chosen.for_each(|chosen| chosen.evidence.reference = "x".into());
    }),
    ("suppressions", |s| s.customers.values_mut().for_each(|c| c.suppressions.clear())),
    ("contacts", |s| s.customers.values_mut().for_each(|c| c.contacts.clear())),
    ("when of contacts", |s| {
        s.customers.values_mut().flat_map(|c| &mut c.contacts).for_each(|c| c.at = Timestamp(0));
    }),
    ("seen", |s| s.customers.values_mut().for_each(|c| c.seen.clear())),
];

const OF_MESSAGES: &[Change] = &[
    ("subject", |s| held(s).subject = Subject(1)),
    ("journey", |s| about(s).journey = "x@1".into()),
    ("class", |s| about(s).class = model::MessageClass::Regulatory),
    ("subtype", |s| about(s).subtype = None),
    ("template", |s| about(s).template = "x".into()),
    ("template hash", |s| about(s).template_hash = proof::Hash([0; 32])),
    ("phase", |s| held(s).phase = Phase::Ready),
    ("event", |s| held(s).event = None),
    ("event's fields", |s| change_event(held(s), |event| event.fields.clear())),
    ("event's time", |s| change_event(held(s), |event| event.at = Timestamp(0))),
    ("expires", |s| held(s).expires = Timestamp(0)),
    ("due", |s| held(s).due = None),
    ("route", |s| sending(s).route = RouteId::new("x")),
    ("to", |s| sending(s).to = Phone::parse("13911111111", "86").unwrap().into()),
    ("text", |s| sending(s).text = Private::new("x")),
    ("cost", |s| sending(s).cost = Cost::ZERO),
    ("lane", |s| sending(s).lane += 1),
    ("resend", |s| sending(s).resend = !sending(s).resend),
    ("attempt", |s| sending(s).attempt += 1),
    ("in doubt", |s| sending(s).doubted.get_or_insert_default().extend([0])),
    ("asked about", |s| sending(s).asked = true),
    ("parts", |s| sending(s).parts = smallvec![Part::Waiting]),
    ("carrier's id", |s| sending(s).parts = smallvec![Part::Submitted(RemoteId::new("x"))]),
];

#[test]
fn whatever_is_changed_the_digest_is_another() {
    let bank = full();
    let digest = bank.engine.state().digest();
    assert_eq!(state(&bank).digest(), digest);
    for (what, change) in OF_STATE.iter().chain(OF_CUSTOMERS).chain(OF_MESSAGES) {
        let mut state = state(&bank);
        change(&mut state);
        assert_ne!(state.digest(), digest, "{what}");
    }
}
