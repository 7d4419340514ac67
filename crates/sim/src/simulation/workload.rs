//! What happens to a small bank in a day or so, by seed: customers, their events, broadcasts, refusals that race them,
//! consents given again, erasures; and which faults strike when.

use super::desk::ACCOUNT;
use crate::Dice;
use crate::carrier::{Behaviour, Ids, ReceiptForm, Slow, Stall, Throttle};
use engine::Input;
use engine::decide::{OrderRequest, Recipient};
use engine::entry::{Body, Event, Order, Place, Profile, Scope, Standing, SwitchState, Tell};
use engine::perceive::{CustomerReport, EventReport};
use model::{
    AccountId, Consent, ConsentState, Currency, CustomerId, EvidenceId, Fields, MessageClass, Money, Phone,
    Private, Span, Timestamp, Value, Zone,
};
use std::sync::Arc;
use store::disk::Fault;
use wire::smpp::Status;

/// A customer of the small bank.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: CustomerId,
    pub(crate) phone: Phone,
    pub(crate) name: String,
    pub(crate) consents: Vec<Consent>,
    /// Words that stand in nobody else's messages.
    pub(crate) secret: String,
}

/// Something that happens at its time.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    /// A system of the institution, or an employee, calls; again and again until it is heard.
    Call(Input),
    /// A person writes.
    Write { phone: String, text: &'static str },
    /// The process is killed; whatever was written stays.
    Kill,
    /// The power goes; what was not synced is lost, or not.
    PowerCut,
    /// The next fitting operation of the disk fails.
    Fault(Which, Fault),
    /// A connection breaks.
    Lose(usize),
}

/// One of the two disks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The journal's.
    Journal,
    /// The key table's.
    Keys,
}

/// A run's plan.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) people: Vec<Person>,
    pub(crate) tasks: Vec<(Timestamp, Task)>,
}

/// What refuses.
pub(crate) const REFUSALS: [&str; 5] = ["退订", "TD", "ｔｄ", "R", "我要退订服务"];
/// What does not.
const CHATTER: [&str; 3] = ["谢谢", "好的", "利率多少？"];

/// 2026-06-03 in Shanghai.
const FIRST_DAY: Timestamp = Timestamp(1_780_416_000_000);

/// Plans a run.
pub(crate) fn plan(dice: &mut Dice) -> Plan {
    let start = FIRST_DAY.after(Span(dice.between(0, Span::days(30).0)));
    let span = Span::hours(dice.between(3, 30));
    let mut planner =
        Planner { dice: dice.split(), start, span, people: Vec::new(), tasks: Vec::new(), number: 0 };
    planner.people();
    planner.events();
    planner.broadcasts();
    planner.orders();
    planner.changes();
    planner.faults();
    let Planner { people, mut tasks, .. } = planner;
    tasks.sort_by_key(|(at, _)| *at);
    Plan { people, tasks }
}

struct Planner {
    dice: Dice,
    start: Timestamp,
    span: Span,
    people: Vec<Person>,
    tasks: Vec<(Timestamp, Task)>,
    number: u64,
}

impl Planner {
    fn some_time(&mut self) -> Timestamp {
        self.start.after(Span(1_000 + self.dice.between(0, self.span.0)))
    }

    fn at(&mut self, at: Timestamp, task: Task) {
        self.tasks.push((at, task));
    }

    fn people(&mut self) {
        let count = self.dice.between(5, 60);
        for n in 0..count {
            let phone = format!("1390000{n:04}");
            // Digits only and a range of our own, so it reads.
            let Ok(phone) = Phone::parse(&phone, "86") else { continue };
            let mut consents = Vec::new();
            if self.dice.permille(750) {
                consents.push(say(
                    ConsentState::Granted,
                    self.start.before(Span::days(1)),
                    self.dice.throw(),
                ));
            }
            let name = format!("甄{}", char::from_u32(0x4e00 + n as u32 * 7).unwrap_or('平'));
            let secret = format!("密{:08x}", self.dice.throw() as u32);
            self.people.push(Person {
                id: CustomerId::new(format!("KH{n:05}")),
                phone,
                name,
                consents,
                secret,
            });
        }
        let reports: Vec<CustomerReport> = self.people.iter().map(|person| person.report()).collect();
        for (i, chunk) in reports.chunks(20).enumerate() {
            let at = self.start.after(Span::millis(i as i64 * 50));
            self.at(at, Task::Call(Input::Customers(chunk.to_vec())));
        }
    }

    fn events(&mut self) {
        for person in self.people.clone() {
            for _ in 0..self.dice.below(8) {
                let at = self.some_time();
                let event = self.event(&person, at);
                let report = EventReport { customer: person.id.clone(), event: Arc::new(event) };
                self.at(at, Task::Call(Input::Events(vec![report.clone()])));
                if self.dice.permille(50) {
                    let again = at.after(Span::seconds(self.dice.between(0, 600)));
                    self.at(again, Task::Call(Input::Events(vec![report])));
                }
            }
        }
    }

    fn event(&mut self, person: &Person, at: Timestamp) -> Event {
        self.number += 1;
        let number = self.number;
        let text = |words: String| Value::Text(words.into());
        let money = |fen: i64| Value::Money(Money { minor: fen, currency: Currency::CNY });
        let (kind, fields): (&str, Vec<(&str, Value)>) = match self.dice.below(3) {
            0 => {
                let code = format!("{:06}", self.dice.below(1_000_000));
                ("verification_code", vec![("code", text(code)), ("purpose", text(format!("登录{number}")))])
            }
            1 => {
                let amount = self.dice.between(100, 9_000_000);
                let fields = vec![
                    ("account_tail", text(format!("{:04}", self.dice.below(10_000)))),
                    ("at", Value::Time(at)),
                    ("direction_text", text("支出".to_owned())),
                    ("amount", money(amount)),
                    ("merchant", text(format!("{}{number}", person.secret))),
                    ("balance", money(amount * 3)),
                ];
                ("transaction", fields)
            }
            _ => {
                let words = format!("{}{number}。", person.secret).repeat(self.dice.between(1, 20) as usize);
                ("note", vec![("words", text(words))])
            }
        };
        let fields: Fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
        Event { id: format!("e{number}").into(), kind: kind.into(), at, fields }
    }

    /// What the core system orders: to customers and to strangers, short, long, in pieces, later, and some of it taken
    /// back or handed in twice.
    fn orders(&mut self) {
        for n in 0..self.dice.below(80) {
            let at = self.some_time();
            let phone = match self.dice.pick(&self.people) {
                Some(person) if self.dice.permille(700) => person.phone,
                _ => match Phone::parse(&format!("1860000{:04}", self.dice.below(50)), "86") {
                    Ok(phone) => phone,
                    Err(_) => continue,
                },
            };
            let (secret, repeated) = (self.dice.throw() as u32, self.dice.between(1, 12) as usize);
            let text = format!("第{n}号通知{secret:08x}，请留意账户变动。").repeat(repeated);
            let later = at.after(Span(self.dice.between(60_000, 7_200_000)));
            let order = Order {
                account: AccountId::new(ACCOUNT),
                reference: Some(format!("ref-{n}").into()),
                body: Some(Body::Text(Private::new(text.as_str()))),
                signature: None,
                extension: None,
                tell: Tell::End,
                at: self.dice.permille(150).then_some(later),
                // By two channels: what the first says late must not be believed of the second.
                plan: self.dice.permille(300).then(|| super::bank::PLAN.into()),
                replays: None,
                key: None,
                pieces: Vec::new(),
            };
            let key: Arc<str> = format!("order-{n}").into();
            let whole = OrderRequest {
                order,
                to: Recipient::Phone(phone),
                key: Some(key),
                class: None,
                subtype: None,
                validity: self.dice.permille(300).then_some(Span::hours(6)),
                piece: None,
            };
            let pieces = if self.dice.permille(200) { self.pieces(&whole, &text) } else { vec![whole] };
            for piece in pieces {
                let when = at.after(Span(self.dice.between(0, 1_500)));
                self.at(when, Task::Call(Input::Orders(vec![piece.clone()])));
                if self.dice.permille(150) {
                    let again = when.after(Span(self.dice.between(0, 600_000)));
                    self.at(again, Task::Call(Input::Orders(vec![piece])));
                }
            }
        }
        for _ in 0..self.dice.below(4) {
            self.pause();
        }
    }

    /// A text cut into two or three, as a client does that cuts its own long messages.
    fn pieces(&mut self, whole: &OrderRequest, text: &str) -> Vec<OrderRequest> {
        let characters: Vec<char> = text.chars().collect();
        let total = self.dice.between(2, 3) as usize;
        let mark: Arc<str> = format!("10690000077/{}", self.dice.below(256)).into();
        let cut = characters.chunks(characters.len().div_ceil(total)).enumerate();
        cut.map(|(number, characters)| {
            let text: String = characters.iter().collect();
            let place = Place { mark: Arc::clone(&mark), number: number as u8 + 1, total: total as u8 };
            let order = Order { body: Some(Body::Text(Private::new(text))), ..whole.order.clone() };
            OrderRequest { order, piece: Some(place), ..whole.clone() }
        })
        .collect()
    }

    /// Somebody pauses something, and sets it going again.
    fn pause(&mut self) {
        let at = self.some_time();
        let scopes = [
            Scope::All,
            Scope::Class(MessageClass::Marketing),
            Scope::Route(model::RouteId::new(super::bank::ROUTES[0])),
            Scope::Journey(format!("account:{ACCOUNT}").into()),
        ];
        let Some(scope) = self.dice.pick(&scopes).cloned() else { return };
        let state = if self.dice.permille(250) { SwitchState::Killed } else { SwitchState::Paused };
        let until = at.after(Span(self.dice.between(1_000, 3_600_000)));
        let switch = |state| Input::Switch { scope: scope.clone(), state, why: "a drill".into() };
        self.at(at, Task::Call(switch(state)));
        self.at(until, Task::Call(switch(SwitchState::On)));
    }

    fn broadcasts(&mut self) {
        for n in 0..self.dice.between(1, super::bank::CAMPAIGNS) {
            let at = self.some_time();
            let budget = match self.dice.below(3) {
                0 => String::new(),
                _ => format!("budget_yuan = \"{}.{}\"\n", self.dice.below(3), self.dice.between(1, 9)),
            };
            let validity = if self.dice.permille(300) { "validity = \"2h\"\n" } else { "" };
            let source = format!(
                "id = \"campaign-{n}\"\nclass = \"marketing\"\nsubtype = \"offer\"\ntemplate = \"campaign-{n}\"\n{budget}{validity}"
            );
            self.at(at, Task::Call(Input::Launch(source.into())));
            // Refusals race it, and misfortune likes a crowd.
            for person in self.people.clone() {
                if self.dice.permille(200) {
                    let when = at.after(Span::millis(self.dice.between(-2_000, 60_000)));
                    self.writes(&person, when);
                }
            }
            if self.dice.permille(600) {
                let when = at.after(Span::millis(self.dice.between(0, 3_000)));
                self.misfortune(when);
            }
        }
    }

    fn writes(&mut self, person: &Person, at: Timestamp) {
        let words: &[&str] = if self.dice.permille(800) { &REFUSALS } else { &CHATTER };
        let text = self.dice.pick(words).copied().unwrap_or("TD");
        self.at(at, Task::Write { phone: person.phone.reveal().to_owned(), text });
    }

    fn changes(&mut self) {
        for mut person in self.people.clone() {
            if self.dice.permille(150) {
                let at = self.some_time();
                self.writes(&person, at);
            }
            if self.dice.permille(100) {
                let at = self.some_time();
                let state =
                    if self.dice.permille(600) { ConsentState::Granted } else { ConsentState::Withdrawn };
                person.consents.push(say(state, at, self.dice.throw()));
                self.at(at, Task::Call(Input::Customers(vec![person.report()])));
            }
            if self.dice.permille(60) {
                let at = self.some_time();
                let customer = person.id.clone();
                self.at(at, Task::Call(Input::Erase { customer, basis: "PIPL art. 47".into() }));
            }
        }
        for _ in 0..self.dice.below(3) {
            let at = self.some_time();
            let phone = format!("8615000{:06}", self.dice.below(1_000_000));
            self.at(at, Task::Write { phone, text: "TD" });
        }
    }

    fn faults(&mut self) {
        for _ in 0..self.dice.below(6) {
            let at = self.some_time();
            self.misfortune(at);
        }
        // Within a second of an event, when something is on its way.
        let busy: Vec<Timestamp> =
            self.tasks.iter().filter(|(_, task)| matches!(task, Task::Call(_))).map(|(at, _)| *at).collect();
        for _ in 0..self.dice.below(6) {
            let at = self.dice.pick(&busy).copied().unwrap_or(self.start);
            let when = at.after(Span::millis(self.dice.between(0, 1_000)));
            self.misfortune(when);
        }
    }

    fn misfortune(&mut self, at: Timestamp) {
        let which = if self.dice.permille(700) { Which::Journal } else { Which::Keys };
        let route = self.dice.below(super::bank::ROUTES.len() as u64) as usize;
        let task = match self.dice.below(8) {
            0 | 1 => Task::Kill,
            2 => Task::PowerCut,
            3 => Task::Fault(which, Fault::PowerLoss),
            4 => Task::Fault(which, Fault::WriteError),
            5 => Task::Fault(which, Fault::SyncError),
            6 => Task::Fault(which, Fault::ShortWrite),
            _ => Task::Lose(route),
        };
        self.at(at, task);
    }
}

impl Person {
    fn report(&self) -> CustomerReport {
        let fields = [
            ("name", Value::Text(self.name.as_str().into())),
            ("alert_threshold", Value::Money(Money { minor: 5_000_000, currency: Currency::CNY })),
        ];
        CustomerReport {
            profile: Profile {
                id: self.id.clone(),
                phone: Some(self.phone),
                zone: Some(Zone::SHANGHAI),
                standing: Standing::Normal,
                attributes: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            },
            consents: self.consents.clone(),
        }
    }
}

fn say(state: ConsentState, at: Timestamp, evidence: u64) -> Consent {
    let evidence = EvidenceId::new(format!("form-{evidence:016x}"));
    Consent { class: MessageClass::Marketing, state, at, until: None, evidence }
}

/// The habits of a carrier in this run.
pub(crate) fn behaviour(dice: &mut Dice) -> Behaviour {
    let mut rare = |most: u64| if dice.permille(500) { dice.below(most) as u16 } else { 0 };
    let mut behaviour = Behaviour {
        undeliverable: rare(100),
        expired: rare(50),
        rejected: rare(50),
        unreported: rare(100),
        duplicate: rare(200),
        early: rare(300),
        unknown: rare(100),
        silent: rare(40),
        errors: vec![
            (Status::SYSTEM_ERROR, rare(60)),
            (Status::INVALID_DESTINATION, rare(20)),
            (Status::THROTTLED, rare(40)),
        ],
        ..Behaviour::default()
    };
    behaviour.latency = Span(dice.between(0, 60));
    behaviour.jitter = Span(dice.between(0, 100));
    behaviour.receipt_latency = Span(dice.between(0, 5_000));
    behaviour.receipt_jitter = Span(dice.between(0, 600_000));
    behaviour.tps = dice.permille(400).then(|| dice.between(2, 100) as u32);
    behaviour.drop_after = dice.permille(400).then(|| dice.between(5, 120) as u64);
    behaviour.ids = if dice.permille(500) { Ids::Decimal } else { Ids::Hex };
    // Receipts under names that nobody was given.
    if dice.permille(150) {
        let lies = [Ids::HexThenDecimal, Ids::DecimalThenHex, Ids::PaddedInReceipt, Ids::PaddedInAnswer];
        behaviour.ids = dice.pick(&lies).copied().unwrap_or(Ids::Decimal);
    }
    let burst = Throttle::Bucket(dice.between(1, 60) as u32);
    let throttles = [Throttle::Sliding, Throttle::Fixed, burst];
    behaviour.throttle = dice.pick(&throttles).copied().unwrap_or_default();
    behaviour.garbage = if dice.permille(250) { dice.below(30) as u16 } else { 0 };
    let stall = Stall { every: Span::seconds(900), lasting: Span::seconds(dice.between(5, 90)) };
    behaviour.stall = dice.permille(250).then_some(stall);
    behaviour.queries = dice.permille(600);
    behaviour.receipt = dice
        .pick(&[ReceiptForm::Tlv, ReceiptForm::Text, ReceiptForm::Both])
        .copied()
        .unwrap_or(ReceiptForm::Both);
    let slow = Slow { every: Span::seconds(600), lasting: Span::seconds(60), extra: Span::seconds(12) };
    behaviour.slow = dice.permille(300).then_some(slow);
    behaviour.replies = true;
    behaviour
}
