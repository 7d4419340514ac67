//! A real engine on one side of a link, the carrier's half of SMPP on the other, and what lies between them.

mod binds;
mod counts;
mod ids;
mod refusals;
mod shaping;

use super::*;
use engine::Output;
use engine::entry::{Event, Fact, Profile, Standing};
use engine::perceive::{CustomerReport, EventReport};
use engine::state::{Health, Phase};
use engine::world::ErrorPolicy;
use engine::{Action, Engine};
use model::{Consent, ConsentState, CustomerId, EvidenceId, Fields, MessageClass, Value};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use wire::Concat;
use wire::smpp::esm::EsmClass;
use wire::smpp::pdu::ShortMessage;
use wire::smpp::peer::{self, Event as Heard, Message, ServerSession};
use wire::smpp::{Address, Npi, Status, Ton};

/// 10:00 in Shanghai, so that no quiet hours are in the way.
const NOON: Timestamp = Timestamp(1_780_452_000_000);

static WORLD: LazyLock<Arc<engine::world::World>> = LazyLock::new(|| world(&[]));

/// What ships, with a journey of notes, and these files put in the place of, or beside, its own.
fn world(exchanged: &[(&str, &str)]) -> Arc<engine::world::World> {
    let mut files: Vec<(String, String)> = library::files()
        .filter(|(path, _)| !exchanged.iter().any(|(other, _)| other == path))
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    for (path, text) in [("templates/note.toml", TEMPLATE), ("journeys/note.toml", JOURNEY)] {
        files.push((path.to_owned(), text.to_owned()));
    }
    files.extend(exchanged.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    Arc::new(engine::world::load(&files).unwrap())
}

const TEMPLATE: &str = r#"
id = "note"
class = "customer_service"
language = "zh-CN"
parts_max = 10
text = "{{ words }}"
[variables]
words = { type = "text(400)", from = "event.words" }
"#;

const JOURNEY: &str = r#"
id = "note"
version = 1
class = "customer_service"
[trigger]
event = "note"
[[steps]]
send = "note"
"#;

const BROADCAST: &str = r#"
id = "offer"
class = "marketing"
subtype = "offer"
template = "spring-offer"
"#;

/// The whole of it. Batches are committed when `commit` says so.
struct Rig {
    engine: Engine,
    link: Link,
    carriers: Vec<ServerSession>,
    now: Timestamp,
    events: u64,
    /// Submits the carrier has not answered, and everything it ever saw, with the connection it came over.
    unanswered: Vec<(usize, u32, Box<Message>)>,
    seen: Vec<(Timestamp, Box<Message>)>,
    over: Vec<usize>,
    healths: Vec<Health>,
    acknowledged: Vec<u64>,
    decided: u64,
    last: u64,
}

impl Rig {
    fn new(window: u32, tps: Option<u32>) -> Self {
        Self::with(1, window, tps, &[])
    }

    fn with(binds: u32, window: u32, tps: Option<u32>, errors: &[(&str, ErrorPolicy)]) -> Self {
        let mut route = Route::clone(WORLD.routes.values().next().unwrap());
        (route.binds, route.window, route.tps) = (binds, window, tps);
        route.errors = errors.iter().map(|(code, policy)| (Arc::from(*code), *policy)).collect();
        Self::of(&WORLD, &route)
    }

    fn of(world: &Arc<engine::world::World>, route: &Route) -> Self {
        let mut rig = Self {
            engine: Engine::new(Arc::clone(world)),
            link: Link::new(route, &world.institution, "secret", 1).unwrap(),
            carriers: (0..route.binds).map(|_| ServerSession::new(peer::Config::new("smsc"), NOON)).collect(),
            now: NOON,
            events: 0,
            unanswered: Vec::new(),
            seen: Vec::new(),
            over: Vec::new(),
            healths: Vec::new(),
            acknowledged: Vec::new(),
            decided: 0,
            last: 0,
        };
        rig.engine.publish(NOON, &mut Output::default());
        let customers = (0..10).map(customer).collect();
        rig.step(&[Input::Customers(customers)]);
        rig
    }

    fn connect(&mut self) {
        for connection in 0..self.carriers.len() {
            if self.link.dial_at(connection).is_some_and(|at| at <= self.now) {
                self.carriers[connection] = ServerSession::new(peer::Config::new("smsc"), self.now);
                self.link.connected(connection, self.now);
            }
        }
        self.talk();
        self.commit();
    }

    fn is_due(&self) -> bool {
        (0..self.carriers.len()).any(|c| self.link.dial_at(c).is_some_and(|at| at <= self.now))
    }

    fn lose(&mut self, connection: usize) {
        self.unanswered.retain(|(over, ..)| *over != connection);
        self.carriers[connection].disconnected();
        self.link.disconnected(connection, self.now, Lost::Broken);
    }

    /// Bytes both ways until nobody has any left.
    fn talk(&mut self) {
        loop {
            let mut quiet = true;
            for connection in 0..self.carriers.len() {
                let up = std::mem::take(self.link.output(connection).unwrap());
                let down = std::mem::take(self.carriers[connection].output());
                quiet &= up.is_empty() && down.is_empty();
                self.carriers[connection].receive(&up, self.now);
                self.link.receive(connection, &down, self.now);
                self.hear(connection);
            }
            if quiet {
                return;
            }
        }
    }

    fn hear(&mut self, connection: usize) {
        while let Some(event) = self.carriers[connection].event() {
            match event {
                Heard::Bind(_) => self.carriers[connection].accept_bind().unwrap(),
                Heard::Submit { sequence, message } => {
                    self.seen.push((self.now, message.clone()));
                    self.over.push(connection);
                    self.unanswered.push((connection, sequence, message));
                }
                Heard::DeliverAnswered { ticket, status, .. } if status.is_ok() => {
                    self.acknowledged.push(ticket);
                }
                _ => {}
            }
        }
    }

    fn step(&mut self, inputs: &[Input]) {
        let mut out = Output::default();
        for input in inputs {
            if let Input::Health { health, .. } = input {
                self.healths.push(health.clone());
            }
            self.engine.handle(input, self.now, &mut out);
        }
        self.engine.work(self.now, 2_000, &mut out);
        let decided = |e: &&engine::entry::Entry| matches!(e.fact, Fact::MessageDecided(_));
        self.decided += out.entries.iter().filter(decided).count() as u64;
        for action in out.actions {
            if let Action::Submit(sendable) = action {
                self.link.submit(sendable, self.now);
            }
        }
    }

    /// Gives the engine what the link has for it, tells the link, and lets both talk, until all is quiet.
    fn commit(&mut self) {
        while let Some(Batch { number, inputs }) = self.link.inputs(self.now) {
            self.step(&inputs);
            self.link.committed(number, self.now);
            self.talk();
        }
    }

    fn note(&mut self, customer: u64, words: &str) {
        self.events += 1;
        let id = format!("e{}", self.events);
        let fields = Fields::from([(Arc::from("words"), Value::Text(words.into()))]);
        let event = Event { id: id.as_str().into(), kind: "note".into(), at: self.now, fields };
        let report =
            EventReport { customer: CustomerId::new(format!("c{customer}")), event: Arc::new(event) };
        self.step(&[Input::Events(vec![report])]);
        self.talk();
    }

    fn answer(&mut self, status: Status) {
        for (connection, sequence, _) in std::mem::take(&mut self.unanswered) {
            self.last += 1;
            self.carriers[connection].answer_submit(sequence, status, &format!("r{}", self.last)).unwrap();
        }
        self.talk();
    }

    fn deliver(&mut self, ticket: u64, from: &str, esm_class: EsmClass, payload: &[u8], data_coding: u8) {
        self.deliver_over(0, ticket, from, esm_class, payload, data_coding);
    }

    fn deliver_over(
        &mut self,
        connection: usize,
        ticket: u64,
        from: &str,
        esm_class: EsmClass,
        payload: &[u8],
        data_coding: u8,
    ) {
        let message = ShortMessage {
            source: Address::international(from),
            destination: Address::new(Ton::UNKNOWN, Npi::ISDN, "106900001"),
            esm_class,
            short_message: payload,
            data_coding,
            ..ShortMessage::default()
        };
        self.carriers[connection].deliver(ticket, &message, self.now).unwrap();
        self.talk();
    }

    fn later(&mut self, span: Span) {
        self.now = self.now.after(span);
        self.link.tick(self.now);
        self.carriers.iter_mut().for_each(|carrier| carrier.tick(self.now));
        self.talk();
    }

    fn phases(&self) -> Vec<Phase> {
        let messages: BTreeMap<_, _> =
            self.engine.state().messages.iter().map(|(id, m)| (*id, m.phase)).collect();
        messages.into_values().collect()
    }
}

fn customer(n: u64) -> CustomerReport {
    CustomerReport {
        profile: Profile {
            id: CustomerId::new(format!("c{n}")),
            phone: Some(Phone::parse(&format!("1380000{n:04}"), "86").unwrap()),
            zone: None,
            standing: Standing::Normal,
            attributes: Fields::from([(Arc::from("name"), Value::Text("李雷".into()))]),
        },
        consents: vec![Consent {
            class: MessageClass::Marketing,
            state: ConsentState::Granted,
            at: Timestamp(0),
            until: None,
            evidence: EvidenceId::new("form-1"),
        }],
    }
}

#[test]
fn a_message_goes_out_is_answered_and_ends_with_its_receipt() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    rig.note(1, "您好");
    assert_eq!(rig.phases(), [Phase::Claimed]);
    rig.answer(Status::OK);
    rig.commit();
    assert_eq!(rig.phases(), [Phase::Submitted]);
    rig.deliver(7, "8613800000001", EsmClass::RECEIPT, b"id:r1 sub:001 dlvrd:001 stat:DELIVRD err:000", 0);
    assert!(rig.acknowledged.is_empty(), "a receipt is acknowledged after it is durable");
    rig.commit();
    assert_eq!((rig.phases(), rig.acknowledged), (vec![], vec![7]));
}

#[test]
fn a_long_message_is_cut_tied_and_sent_part_by_part() {
    let mut rig = Rig::new(2, None);
    rig.connect();
    rig.note(1, &"汉".repeat(200));
    assert_eq!(rig.seen.len(), 2, "the window is two");
    rig.answer(Status::OK);
    rig.commit();
    rig.answer(Status::OK);
    rig.commit();
    let places: Vec<_> = rig.seen.iter().map(|(_, m)| m.concat.map(|c| (c.number, c.total))).collect();
    assert_eq!(places, [Some((1, 4)), Some((2, 4)), Some((3, 4)), Some((4, 4))]);
    let references: Vec<_> = rig.seen.iter().filter_map(|(_, m)| m.concat.map(|c| c.reference)).collect();
    assert!(references.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(rig.phases(), [Phase::Submitted]);
}

#[test]
fn a_lost_connection_leaves_doubt_only_about_what_left() {
    let mut rig = Rig::new(3, None);
    rig.connect();
    rig.note(1, &"汉".repeat(300));
    rig.note(2, "您好");
    assert_eq!((rig.seen.len(), rig.link.queued()), (3, 2));
    rig.lose(0);
    let batch = rig.link.inputs(rig.now).unwrap();
    let Input::Health { health, .. } = &batch.inputs[0] else { panic!("no health") };
    assert_eq!(health.down_since, Some(rig.now));
    assert!(matches!(batch.inputs[1], Input::Disconnected(_)));
    let Input::Answers(answers) = &batch.inputs[2] else { panic!("no answers") };
    let doubts = answers.iter().filter(|a| matches!(a, Answer::Unanswered { .. })).count();
    let unsent = answers.iter().filter(|a| matches!(a, Answer::Refused { status: NOT_SENT, .. })).count();
    assert_eq!((doubts, unsent, rig.link.queued()), (3, 2, 0));
    // The link comes up before the engine knows that it was down: no credit yet.
    rig.now = rig.link.dial_at(0).unwrap();
    rig.carriers[0] = ServerSession::new(peer::Config::new("smsc"), rig.now);
    rig.link.connected(0, rig.now);
    rig.talk();
    let up = rig.link.inputs(rig.now).unwrap();
    assert!(matches!(&up.inputs[..], [Input::Health { health, .. }] if health.down_since.is_none()));
    rig.step(&batch.inputs);
    rig.link.committed(batch.number, rig.now);
    rig.commit();
    assert_eq!(rig.seen.len(), 6, "notices are sent again: late is worse than twice");
}

#[test]
fn an_acknowledged_opt_out_takes_back_what_waits_for_the_customer() {
    let mut rig = Rig::new(10, Some(3));
    rig.connect();
    rig.step(&[Input::Launch(BROADCAST.into())]);
    for wait in [340, 340, 0] {
        rig.talk();
        rig.commit();
        rig.later(Span::millis(wait));
    }
    assert_eq!(rig.seen.len(), 3);
    let waiting = rig.engine.state().queues.waiting(&rig.link.options.route) as u64 + rig.link.queued();
    assert!(waiting == 7);
    for n in 0..10 {
        let phone = format!("861380000{n:04}");
        rig.deliver(n, &phone, EsmClass::DEFAULT, b"TD", 0);
    }
    rig.commit();
    assert_eq!(rig.acknowledged.len(), 10);
    let before = rig.seen.len();
    for _ in 0..20 {
        rig.answer(Status::OK);
        rig.commit();
        rig.later(Span::millis(600));
        rig.commit();
    }
    let after: Vec<_> =
        rig.seen[before..].iter().filter(|(_, m)| m.payload.0.len() > 90).map(|(_, m)| m.clone()).collect();
    assert!(after.is_empty(), "only confirmations, which are short, may follow");
}

#[test]
fn a_carriers_trouble_is_not_met_with_five_tries_in_a_millisecond() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    rig.note(1, "您好");
    rig.answer(Status::SYSTEM_ERROR);
    rig.commit();
    assert_eq!((rig.phases(), rig.seen.len()), (vec![Phase::Claimed], 1));
    rig.later(Span::seconds(2));
    rig.commit();
    assert_eq!(rig.seen.len(), 2);
    rig.answer(Status::INVALID_DESTINATION);
    rig.commit();
    assert!(rig.phases().is_empty(), "what the carrier refuses for good has failed");
}

#[test]
fn a_long_answer_from_a_customer_is_read_as_one() {
    let mut rig = Rig::new(10, None);
    rig.connect();
    let mut parts = Vec::new();
    let mut text = Vec::new();
    wire::smpp::coding::encode_ucs2(&mut text, "请😀退订");
    for (number, octets) in [(1, &text[..4]), (2, &text[4..])] {
        let mut payload = Vec::new();
        let place = Concat { reference: 9, total: 2, number };
        wire::smpp::concat::write_header(&mut payload, place, wire::Width::Eight);
        payload.extend(octets);
        parts.push(payload);
    }
    rig.deliver(2, "8613800000003", EsmClass::UDHI, &parts[1], 8);
    rig.commit();
    assert!(rig.acknowledged.is_empty(), "half a message is not acknowledged");
    rig.deliver(1, "8613800000003", EsmClass::UDHI, &parts[0], 8);
    let batch = rig.link.inputs(rig.now).unwrap();
    let Some(Input::Inbound(messages)) = batch.inputs.iter().find(|i| matches!(i, Input::Inbound(_))) else {
        panic!("no message")
    };
    assert_eq!((messages.len(), messages[0].text.reveal()), (1, "请😀退订"));
    assert_eq!(rig.link.writers(batch.number).count(), 2);
    rig.step(&batch.inputs);
    rig.link.committed(batch.number, rig.now);
    rig.talk();
    rig.acknowledged.sort_unstable();
    assert_eq!(rig.acknowledged, [1, 2]);
    // A part whose rest never comes is read as it is.
    rig.deliver(3, "8613800000004", EsmClass::UDHI, &parts[1], 8);
    assert_eq!(rig.link.deadline(rig.now).map(|at| at <= rig.now.after(super::join::JOIN_WAIT)), Some(true));
    rig.later(super::join::JOIN_WAIT);
    rig.commit();
    assert_eq!(rig.acknowledged, [1, 2, 3]);
}

#[test]
fn unbinding_waits_for_answers_and_takes_back_the_rest() {
    let mut rig = Rig::new(2, None);
    rig.connect();
    rig.note(1, &"汉".repeat(200));
    rig.link.unbind(rig.now);
    assert!(!rig.link.is_down(0));
    rig.answer(Status::OK);
    rig.commit();
    assert!(rig.link.is_down(0) && rig.link.dial_at(0).is_none());
    assert_eq!(rig.phases(), [Phase::Ready], "its two parts that never left wait for the next start");
}

/// Something that may happen.
#[derive(Debug, Clone)]
enum Happening {
    Note { customer: u64, characters: usize },
    Answer(u32),
    Inbound(u64),
    Lose(usize),
    Later(i64),
    Commit,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => (0u64..10, 1usize..380).prop_map(|(customer, characters)| Happening::Note { customer, characters }),
        4 => prop_oneof![Just(0u32), Just(0), Just(0x58), Just(0x08), Just(0x0b), Just(0x04)]
            .prop_map(Happening::Answer),
        1 => (0u64..10).prop_map(Happening::Inbound),
        1 => (0usize..3).prop_map(Happening::Lose),
        3 => (1i64..3_000).prop_map(Happening::Later),
        4 => Just(Happening::Commit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever happens: the contract's rate is kept, the link never owes the engine an answer once all is quiet, and
    /// the engine's and the link's idea of the credit do not drift apart.
    #[test]
    fn nothing_is_lost_between_engine_and_carrier(
        happenings in proptest::collection::vec(happening(), 0..80),
        window in 1u32..12,
        tps in proptest::option::of(1u32..20),
        binds in 1u32..4,
    ) {
        let mut rig = Rig::with(binds, window, tps, &[]);
        rig.connect();
        for happening in happenings {
            match happening {
                Happening::Note { customer, characters } => rig.note(customer, &"汉".repeat(characters)),
                Happening::Answer(status) => rig.answer(Status(status)),
                Happening::Inbound(n) => {
                    if rig.carriers[0].bound().is_some() {
                        rig.deliver(n, &format!("861380000{n:04}"), EsmClass::DEFAULT, b"hello", 0);
                    }
                }
                Happening::Lose(n) => rig.lose(n % binds as usize),
                Happening::Later(ms) => rig.later(Span::millis(ms)),
                Happening::Commit => rig.commit(),
            }
            if rig.is_due() {
                rig.connect();
            }
            prop_assert!(rig.link.unanswered() <= window as usize);
        }
        for _ in 0..2_000 {
            if rig.is_due() {
                rig.connect();
            }
            rig.answer(Status::OK);
            rig.commit();
            if rig.phases().iter().all(|p| !matches!(p, Phase::Ready | Phase::Claimed)) {
                break;
            }
            rig.later(Span::millis(250));
        }
        prop_assert!(rig.phases().iter().all(|p| !matches!(p, Phase::Ready | Phase::Claimed)), "{:?}", rig.phases());
        prop_assert_eq!((rig.link.queued(), rig.link.unanswered()), (0, 0));
        if let Some(tps) = tps {
            for (at, _) in &rig.seen {
                let second = rig.seen.iter().filter(|(t, _)| *t >= *at && *t < at.after(Span::seconds(1)));
                prop_assert!(second.count() <= tps as usize);
            }
        }
    }
}
