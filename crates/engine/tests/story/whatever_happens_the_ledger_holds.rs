//! Random days at a small bank: whatever is told in whatever order, with crashes and erasures between, the audit
//! holds (see [`crate::audit`]), and so do caps, budgets, opt-outs and quiet hours, counted anew from the ledger alone.

use crate::bank::{Bank, accepted, refusal, remote, route, world};
use crate::people::{
    LONG_NAME, NOTE, caps, choice, code, customer, having, instalment, known, living_in, offer, saying, text,
    transaction,
};
use engine::deliver::{Again, Answer, Report};
use engine::entry::{
    AfterRefusal, Choices, ClassChoice, Ending, Entry, Event, Fact, Follower, Frequency, Hours, Per,
    ReceiptState, SuppressionCause,
};
use engine::measure::click::Click;
use engine::perceive::{CustomerReport, EventReport, MarketReport};
use engine::state::Part;
use engine::world::World;
use engine::{Input, Reply, Return};
use model::{
    Channel, ClockTime, Consent, ConsentState, Cost, MessageClass, MessageId, RouteId, Span, Subject,
    Timestamp, Zone, consent_at,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

/// How many people there are; two and two share a phone.
const PEOPLE: u8 = 6;
/// What each of the broadcasts may spend: some parts.
const BUDGET: &str = "0.245";
/// At most so many marketing messages in a window of [`WINDOW`].
const MARKETING_MAX: usize = 2;
const WINDOW: Span = Span::hours(6);
/// At most so many messages of any kind on a calendar day.
const DAY_MAX: usize = 5;

static TIGHT: LazyLock<Arc<World>> = LazyLock::new(|| {
    let all = r#""marketing", "customer_service", "risk_notice""#;
    let sets = [
        (
            "some-hours",
            r#""marketing""#,
            format!("{{ scope = \"class\", window = \"6h\", max = {MARKETING_MAX}, hold = true }}"),
        ),
        (
            "any-day",
            all,
            format!("{{ scope = \"global\", window = \"day\", max = {DAY_MAX}, hold = false }}"),
        ),
    ];
    let sets: Vec<_> = sets.iter().map(|(id, classes, set)| (*id, *classes, set.as_str())).collect();
    world(&[
        ("rules/cn/frequency.toml", &caps(&sets)),
        ("templates/note.toml", NOTE),
        ("hooks/points.toml", HOOK),
        ("journeys/long.toml", LONG),
        ("journeys/held.toml", HELD),
        ("journeys/daily.toml", DAILY),
    ])
});

const HOOK: &str = "id = \"points\"\nurl = \"https://points.example\"\nsecret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n";
/// A journey through every step that waits for somebody.
const LONG: &str = r#"
id = "long"
version = 1
class = "customer_service"
[trigger]
call = true
[[exits]]
event = "transaction"
[[steps]]
wait_for_all = [{ event = "verification_code" }, { event = "repayment_due" }]
timeout = "6h"
otherwise = "asks"
[[steps]]
name = "asks"
ask = "note"
again = "note"
answer = { yes = ["你好"], no = ["不好"] }
save = "said"
timeout = "5h"
otherwise = "calls"
[[steps]]
name = "calls"
webhook = "points"
with = { city = "customer.city", said = "tag.said" }
timeout = "3h"
otherwise = "people"
[[steps]]
send = "note"
[[steps]]
name = "people"
hand_over = "care"
what = "请回电"
timeout = { until = "18:00", days = "workdays" }
otherwise = "end"
[[steps]]
go_to = "asks"
at_most = 2
"#;
/// What happens to what people hold.
const HELD: &str = r#"
id = "held"
version = 1
class = "customer_service"
[trigger]
market = "moved"
holds = "city"
again = "2h"
[[steps]]
send = "note"
[[steps]]
wait = "90m"
[[steps]]
send = "note"
"#;
/// Everybody, each day.
const DAILY: &str = r#"
id = "daily"
version = 1
class = "customer_service"
[trigger]
schedule = "FREQ=DAILY"
at = "15:00"
[[steps]]
send = "note"
"#;

/// Something that happens.
#[derive(Debug, Clone)]
enum Deed {
    Report { who: u8, variant: u8 },
    Says { who: u8, granted: bool, ago_minutes: i64 },
    Moves { who: u8, number: u8 },
    AsksForCode { who: u8, number: u8 },
    Owes { who: u8, number: u8 },
    Writes { phone: u8, word: &'static str },
    Launch { id: u8, all: bool },
    Chooses { who: u8, wish: u8 },
    Credit(u32),
    Disconnect,
    Answer { pick: usize, how: How },
    Receipt { pick: usize, part: u8, state: ReceiptState },
    Erase { who: u8 },
    Follows { pick: usize, machine: bool },
    Calls { who: u8, key: u8 },
    Happens { id: u8 },
    Returns { pick: usize, done: bool },
    Wait { minutes: i64 },
    Work { entries: usize },
    Crash,
}

/// What becomes of a part that was handed over.
#[derive(Debug, Clone, Copy)]
enum How {
    Accepted,
    FirstAccepted,
    Busy,
    Fault,
    Refused,
    Silence,
}

fn deed() -> impl Strategy<Value = Deed> {
    let who = || 0..PEOPLE;
    let state = prop_oneof![
        Just(ReceiptState::Delivered),
        Just(ReceiptState::Undeliverable),
        Just(ReceiptState::Enroute),
        Just(ReceiptState::Unknown)
    ];
    let how = prop_oneof![
        4 => Just(How::Accepted),
        1 => Just(How::FirstAccepted),
        1 => Just(How::Busy),
        1 => Just(How::Fault),
        1 => Just(How::Refused),
        2 => Just(How::Silence)
    ];
    let word = prop_oneof![Just("ＴＤ"), Just("退订"), Just("你好"), Just("TDQB")];
    prop_oneof![
        2 => (who(), 0..5_u8).prop_map(|(who, variant)| Deed::Report { who, variant }),
        2 => (who(), any::<bool>(), -60..300_i64).prop_map(|(who, granted, ago_minutes)| Deed::Says { who, granted, ago_minutes }),
        4 => (who(), any::<u8>()).prop_map(|(who, number)| Deed::Moves { who, number }),
        2 => (who(), any::<u8>()).prop_map(|(who, number)| Deed::AsksForCode { who, number }),
        1 => (who(), any::<u8>()).prop_map(|(who, number)| Deed::Owes { who, number }),
        1 => (0..PEOPLE, word).prop_map(|(phone, word)| Deed::Writes { phone, word }),
        3 => (0..4_u8, any::<bool>()).prop_map(|(id, all)| Deed::Launch { id, all }),
        2 => (who(), 0..WISHES).prop_map(|(who, wish)| Deed::Chooses { who, wish }),
        4 => (1..8_u32).prop_map(Deed::Credit),
        1 => Just(Deed::Disconnect),
        6 => (any::<usize>(), how).prop_map(|(pick, how)| Deed::Answer { pick, how }),
        6 => (any::<usize>(), 0..2_u8, state).prop_map(|(pick, part, state)| Deed::Receipt { pick, part, state }),
        1 => who().prop_map(|who| Deed::Erase { who }),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(pick, machine)| Deed::Follows { pick, machine }),
        3 => (who(), any::<u8>()).prop_map(|(who, key)| Deed::Calls { who, key }),
        1 => (0..6_u8).prop_map(|id| Deed::Happens { id }),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(pick, done)| Deed::Returns { pick, done }),
        4 => (1..400_i64).prop_map(|minutes| Deed::Wait { minutes }),
        6 => (1..40_usize).prop_map(|entries| Deed::Work { entries }),
        1 => Just(Deed::Crash),
    ]
}

/// A random day: the bank, and what is remembered to be able to go on.
struct Day {
    bank: Bank,
    people: Vec<CustomerReport>,
}

impl Day {
    fn begin() -> Self {
        let person = |who: u8| {
            let report = customer(&format!("C{who}"), &format!("1380000{:04}", who / 2));
            match who % 3 {
                0 => having(report, "name", Some(text(LONG_NAME))),
                1 => living_in(report, "Europe/London"),
                _ => report,
            }
        };
        let people: Vec<CustomerReport> = (0..PEOPLE).map(person).collect();
        let mut bank = Bank::open_with(Arc::clone(&TIGHT));
        bank.tell(known(people.clone()));
        Self { bank, people }
    }

    fn live(&mut self, deed: &Deed) {
        let id = |who: &u8| format!("C{who}");
        let event = |number: &u8| format!("E{number}");
        match deed {
            Deed::Report { who, variant } => self.report(*who, *variant),
            Deed::Says { who, granted, ago_minutes } => {
                let at = self.bank.now.before(Span::seconds(ago_minutes * 60));
                self.says(*who, *granted, at);
            }
            Deed::Moves { who, number } => {
                drop(self.bank.tell(transaction(&event(number), &id(who), "12.00")))
            }
            Deed::AsksForCode { who, number } => drop(self.bank.tell(code(&event(number), &id(who)))),
            Deed::Owes { who, number } => drop(self.bank.tell(instalment(&event(number), &id(who)))),
            Deed::Writes { phone, word } => drop(self.bank.hear(&format!("1380000{phone:04}"), word)),
            Deed::Launch { id, all } => {
                let audience = if *all { "true" } else { "customer.city == '上海'" };
                let budget = format!("budget_yuan = \"{BUDGET}\"");
                self.bank.tell(Input::Launch(offer(&format!("b{id}"), audience, &budget).as_str().into()));
            }
            Deed::Chooses { who, wish } => {
                let choices = wished(*wish, self.bank.now);
                drop(self.bank.tell(choice(&id(who), choices)));
            }
            Deed::Credit(parts) => drop(self.bank.tell(Input::Credit { route: route(), parts: *parts })),
            Deed::Disconnect => self.disconnect(),
            Deed::Answer { pick, how } => self.answer(*pick, *how),
            Deed::Receipt { pick, part, state } => self.receipt(*pick, *part, *state),
            Deed::Calls { who, key } => {
                let event = self.happening(format!("journey/long/{key}"), "journey/long");
                let report = EventReport { customer: model::CustomerId::new(id(who)), event };
                self.bank.tell(Input::Enter { journey: "long".into(), report });
            }
            Deed::Happens { id } => {
                let event = self.happening(format!("M{id}"), "moved");
                self.bank.tell(Input::Markets(vec![MarketReport { event, instrument: "上海".into() }]));
            }
            Deed::Returns { pick, done } => self.returns(*pick, *done),
            Deed::Follows { pick, machine } => self.follows(*pick, *machine),
            Deed::Erase { who } => drop(self.bank.erase(&id(who))),
            Deed::Wait { minutes } => self.bank.now = self.bank.now.after(Span::seconds(minutes * 60)),
            Deed::Work { entries } => drop(self.bank.step(|engine, now, out| {
                engine.work(now, *entries, out);
            })),
            Deed::Crash => drop(self.bank.restart()),
        }
    }

    fn happening(&self, id: String, kind: &str) -> Arc<Event> {
        let fields = [("points".into(), model::Value::Int(3))].into();
        Arc::new(Event { id: id.into(), kind: kind.into(), at: self.bank.now, fields })
    }

    /// Somebody follows a link of a message, perhaps long after it, and perhaps erased since.
    fn follows(&mut self, pick: usize, machine: bool) {
        let passed = self.bank.ledger.iter().filter_map(|entry| match &entry.fact {
            Fact::MessageDecided(decided) => Some((entry.subject, &decided.matter)),
            _ => None,
        });
        let passed: Vec<_> = passed.collect();
        let Some((subject, matter)) = passed.get(pick % passed.len().max(1)).copied() else { return };
        let (message, class, journey) = (matter.message, matter.class, Arc::clone(&matter.journey));
        let machine = machine.then_some(Follower::Preview);
        let target = 1_001 + (pick % 3) as u16;
        self.bank.tell(Input::Click(Click { message, target, subject, class, journey, machine }));
    }

    /// A system or people say what came of something that was asked for, perhaps long ago.
    fn returns(&mut self, pick: usize, done: bool) {
        let state = self.bank.engine.state();
        let asked: Vec<(u64, bool)> = state.tasks.keys().map(|at| (*at, true)).collect();
        let calls: Vec<u64> = self.bank.engine.calls(0).map(|call| call.at).collect();
        let asked: Vec<_> = asked.into_iter().chain(calls.into_iter().map(|at| (at, false))).collect();
        let Some((of, is_task)) = asked.get(pick % asked.len().max(1)).copied() else { return };
        let returned = Return { of, is_done: done, fields: model::Fields::new() };
        let input =
            |returned| if is_task { Input::TaskReturned(returned) } else { Input::CallReturned(returned) };
        self.bank.tell(input(returned.clone()));
        assert_eq!(self.bank.reply, Reply::Returned(true));
        assert!(self.bank.tell(input(returned)).is_empty(), "nothing is said twice");
    }

    fn report(&mut self, who: u8, variant: u8) {
        let report = self.people[usize::from(who)].clone();
        let report = match variant {
            0 => having(report, "city", Some(text("北京"))),
            1 => having(report, "name", None),
            2 => customer(&format!("C{who}"), &format!("1380000{:04}", (who + 2) % PEOPLE)),
            _ => report,
        };
        self.people[usize::from(who)] = report.clone();
        self.bank.tell(known([report]));
    }

    fn says(&mut self, who: u8, granted: bool, at: Timestamp) {
        let state = if granted { ConsentState::Granted } else { ConsentState::Withdrawn };
        let consent =
            Consent { class: MessageClass::Marketing, state, at, until: None, evidence: "f".into() };
        let report = saying(self.people[usize::from(who)].clone(), consent);
        self.people[usize::from(who)] = report.clone();
        self.bank.tell(known([report]));
    }

    fn disconnect(&mut self) {
        self.bank.tell(Input::Disconnected(route()));
        let lost = std::mem::take(&mut self.bank.outbox);
        let silence =
            |message: MessageId, part: &u8| Answer::Unanswered { route: route(), message, part: *part };
        let answers = lost.iter().flat_map(|s| s.parts().iter().map(|part| silence(s.message(), part)));
        self.bank.tell(Input::Answers(answers.collect()));
    }

    fn answer(&mut self, pick: usize, how: How) {
        if self.bank.outbox.is_empty() {
            return;
        }
        let place = pick % self.bank.outbox.len();
        let sendable = self.bank.outbox.remove(place);
        let message = sendable.message();
        let of_part = |part: &u8| match how {
            How::Accepted | How::FirstAccepted => unreachable!("answered whole"),
            How::Busy => refusal(&route(), message, *part, 0x58, Again::WhileValid),
            How::Fault => refusal(&route(), message, *part, 8, Again::AFewTimes),
            How::Refused => refusal(&route(), message, *part, 11, Again::No),
            How::Silence => Answer::Unanswered { route: route(), message, part: *part },
        };
        let answers = match how {
            How::Accepted => accepted(&sendable),
            How::FirstAccepted => {
                let rest = sendable.parts().iter().skip(1);
                let rest = rest.map(|part| refusal(&route(), message, *part, 0x58, Again::WhileValid));
                accepted(&sendable).into_iter().take(1).chain(rest).collect()
            }
            _ => sendable.parts().iter().map(of_part).collect(),
        };
        self.bank.tell(Input::Answers(answers));
    }

    /// A receipt for something that was claimed once, whether its submit has been answered or not, or late.
    fn receipt(&mut self, pick: usize, part: u8, state: ReceiptState) {
        let is_claim = |entry: &&Entry| matches!(entry.fact, Fact::MessageClaimed { .. });
        let claimed: Vec<MessageId> =
            self.bank.ledger.iter().filter(is_claim).filter_map(|e| e.fact.public().message).collect();
        if claimed.is_empty() {
            return;
        }
        let message = claimed[pick % claimed.len()];
        let report =
            Report { route: route(), remote: remote(message, part), state, error: Some("E1".into()) };
        self.bank.tell(Input::Reports(vec![report]));
        let is_known = |(_, part): (&(RouteId, model::RemoteId), &(MessageId, u8))| *part;
        let mapped: BTreeSet<_> = self.bank.engine.state().remote.iter().map(is_known).collect();
        assert_eq!(
            mapped.len(),
            self.bank.engine.state().remote.len(),
            "one part under two of the carrier's ids"
        );
    }
}

/// How many different wishes there are.
const WISHES: u8 = 9;

/// One of the things that people wish.
fn wished(wish: u8, now: Timestamp) -> Choices {
    let of = |class, choice| Choices { classes: BTreeMap::from([(class, choice)]), ..Choices::default() };
    let marketing = |choice| of(MessageClass::Marketing, choice);
    let clock = |text| ClockTime::parse(text).unwrap();
    match wish {
        0 => marketing(ClassChoice { off: true, ..ClassChoice::default() }),
        1 => of(MessageClass::CustomerService, ClassChoice { off: true, ..ClassChoice::default() }),
        2 => marketing(ClassChoice { channels_off: [Channel::Sms].into(), ..ClassChoice::default() }),
        3 => {
            let paused_until = Some(now.after(Span::hours(5)));
            marketing(ClassChoice { paused_until, ..ClassChoice::default() })
        }
        4 | 5 => {
            let at_most = Some(Frequency { messages: 1, per: Per::ALL[usize::from(wish - 4)] });
            marketing(ClassChoice { at_most, ..ClassChoice::default() })
        }
        6 => Choices {
            hours: Some(Hours { open: clock("11:00"), close: clock("17:00") }),
            ..Choices::default()
        },
        7 => Choices { impersonal: true, ..Choices::default() },
        _ => Choices::default(),
    }
}

/// What the ledger says of one let-pass message.
struct Passed {
    must: bool,
    personal: bool,
    subject: Subject,
    at: Timestamp,
    class: MessageClass,
    journey: String,
    cost: Cost,
    price: Cost,
}

/// Everything that is counted anew from the ledger.
#[derive(Default)]
struct Count {
    choices: BTreeMap<Subject, Choices>,
    personal: BTreeSet<Arc<str>>,
    /// Messages that carriers have, or may have.
    out: BTreeSet<MessageId>,
    taken: BTreeSet<MessageId>,
    passed: BTreeMap<MessageId, Passed>,
    zones: BTreeMap<Subject, Zone>,
    consents: BTreeMap<Subject, Vec<Consent>>,
    stops: BTreeMap<Subject, Timestamp>,
    spent: BTreeMap<String, Cost>,
    billed: BTreeMap<String, Cost>,
}

impl Count {
    fn see(&mut self, entry: &Entry) {
        let (at, subject) = (entry.at, entry.subject);
        match &entry.fact {
            Fact::CustomerRecorded(profile) => {
                self.zones.insert(subject, profile.zone.unwrap_or(Zone::SHANGHAI));
            }
            Fact::ConsentRecorded(consent) => self.consents.entry(subject).or_default().push(consent.clone()),
            Fact::SuppressionRecorded { why: SuppressionCause::OptOut, phone: None, classes, .. }
                if classes.contains(&MessageClass::Marketing) =>
            {
                self.stops.insert(subject, at);
            }
            Fact::MessageDecided(d) => {
                let journey = d.matter.journey.split('@').next().unwrap_or_default().to_owned();
                let price = Cost { millifen: d.cost.millifen / i64::from(d.parts) };
                let policy = TIGHT.class(d.matter.class).of(d.matter.subtype.as_ref());
                let (must, personal) = (policy.must.is_some(), self.personal.contains(&d.matter.journey));
                let passed = Passed {
                    must,
                    personal,
                    subject,
                    at,
                    class: d.matter.class,
                    journey,
                    cost: d.cost,
                    price,
                };
                self.check_caps(&passed);
                self.check_hours(&passed, at);
                self.spend(&passed);
                self.passed.insert(d.matter.message, passed);
            }
            Fact::MessageClaimed { message, attempt, .. } => {
                self.check_will(*message, at);
                self.check_choices(*message, at, *attempt == 1);
                self.out.insert(*message);
                if *attempt == 1 {
                    self.check_hours(&self.passed[message], at);
                }
            }
            Fact::MessageHeld(held) => self.give_back(held.matter.message, held.refund),
            Fact::PreferenceChanged(chosen) => drop(self.choices.insert(subject, chosen.choices.clone())),
            Fact::BroadcastLaunched { source, reference, .. } if source.contains("customer.city") => {
                self.personal.insert(Arc::clone(reference));
            }
            Fact::PartUnanswered { message, .. } => drop(self.taken.insert(*message)),
            Fact::PartRefused { message, then: AfterRefusal::Requeue, .. }
                if !self.taken.contains(message) =>
            {
                self.out.remove(message);
            }
            Fact::PartSubmitted { message, .. } => {
                self.taken.insert(*message);
                let passed = &self.passed[message];
                let billed = self.billed.entry(passed.journey.clone()).or_default();
                *billed = billed.plus(passed.price);
            }
            Fact::MessageBlocked(blocked) => self.give_back(blocked.matter.message, blocked.refund),
            Fact::PartRefused { message, then: AfterRefusal::Fail(Ending { refund, .. }), .. } => {
                self.give_back(*message, Some(*refund));
            }
            Fact::MessageEnded { message, ending } => self.give_back(*message, Some(ending.refund)),
            _ => {}
        }
    }

    fn give_back(&mut self, message: MessageId, refund: Option<Cost>) {
        let Some(refund) = refund.filter(|refund| *refund > Cost::ZERO) else { return };
        let passed = &self.passed[&message];
        assert_eq!(refund.millifen % passed.price.millifen, 0, "whole parts are given back");
        let spent = self.spent.entry(passed.journey.clone()).or_default();
        *spent = spent.minus(refund);
        // What went out in part counts towards caps, and is paid as far as it went.
        if refund == passed.cost {
            self.passed.remove(&message);
        } else {
            assert!(refund < passed.cost, "no more than was reserved");
        }
    }

    fn spend(&mut self, passed: &Passed) {
        let spent = self.spent.entry(passed.journey.clone()).or_default();
        *spent = spent.plus(passed.cost);
        let budget = Cost::parse_yuan(BUDGET).expect("an amount");
        assert!(
            passed.class != MessageClass::Marketing || *spent <= budget,
            "{} is overspent",
            passed.journey
        );
    }

    fn check_caps(&self, new: &Passed) {
        let before = || self.passed.values().filter(|p| p.subject == new.subject);
        if new.class == MessageClass::Marketing {
            let counts = |p: &&Passed| p.class == new.class && p.at > new.at.before(WINDOW);
            assert!(before().filter(counts).count() < MARKETING_MAX, "more than {MARKETING_MAX} in {WINDOW}");
        }
        let day = |at| self.zones[&new.subject].local(at).0;
        assert!(
            before().filter(|p| day(p.at) == day(new.at)).count() < DAY_MAX,
            "more than {DAY_MAX} on a day"
        );
    }

    /// Neither let pass nor handed over at night.
    fn check_hours(&self, new: &Passed, at: Timestamp) {
        let (_, clock) = self.zones[&new.subject].local(at);
        let is_open = (8 * 60..21 * 60).contains(&clock.minutes());
        assert!(is_open || new.class != MessageClass::Marketing, "let pass or handed over at {clock}");
    }

    /// L5: whatever somebody has chosen holds from then on, also for what was let pass before.
    fn check_choices(&self, message: MessageId, at: Timestamp, is_first: bool) {
        let passed = &self.passed[&message];
        let Some(choices) = self.choices.get(&passed.subject).filter(|_| !passed.must) else { return };
        let choice = choices.of(passed.class).cloned().unwrap_or_default();
        assert!(
            !choice.off && choice.channels_off.is_empty(),
            "{message} was claimed although it is off (L5)"
        );
        if passed.class != MessageClass::Marketing {
            return;
        }
        assert!(!choices.impersonal || !passed.personal, "{message} is personalised and was claimed");
        if self.taken.contains(&message) || !is_first {
            return;
        }
        assert!(choice.paused_until.is_none_or(|until| until <= at), "{message} was claimed in a pause");
        if let Some(hours) = choices.hours {
            let (_, clock) = self.zones[&passed.subject].local(at);
            assert!(hours.open <= clock && clock < hours.close, "{message} was claimed at {clock}");
        }
        let Some(most) = choice.at_most else { return };
        let counts = |(id, other): &(&MessageId, &Passed)| {
            let is_recent = other.at > at.before(most.per.span());
            **id != message && is_recent && self.out.contains(id) && other.subject == passed.subject
        };
        let others = self.passed.iter().filter(counts).filter(|(_, other)| other.class == passed.class);
        assert!(others.count() < usize::from(most.messages), "{message} is one more than was wanted");
    }

    /// L5: a marketing message is claimed only under a consent in force that is younger than every opt-out.
    fn check_will(&self, message: MessageId, at: Timestamp) {
        let passed = &self.passed[&message];
        if passed.class != MessageClass::Marketing {
            return;
        }
        let said = self.consents.get(&passed.subject).and_then(|said| consent_at(said, passed.class, at));
        let said = said.unwrap_or_else(|| panic!("{message} was claimed without consent"));
        assert_eq!(said.state, ConsentState::Granted, "{message} was claimed after a withdrawal");
        let stop = self.stops.get(&passed.subject);
        assert!(stop.is_none_or(|stop| said.at > *stop), "{message} was claimed after an opt-out (L5)");
    }
}

fn check(day: &Day) {
    let mut count = Count::default();
    day.bank.ledger.iter().for_each(|entry| count.see(entry));
    let state = day.bank.engine.state();
    for (journey, spent) in &count.spent {
        assert_eq!(state.spent.get(journey.as_str()), Some(spent), "{journey}");
    }
    let budget = Cost::parse_yuan(BUDGET).expect("an amount");
    for (journey, billed) in count.billed.iter().filter(|(journey, _)| journey.starts_with('b')) {
        assert!(*billed <= budget, "the carrier bills {billed} for {journey}, {budget} were allowed");
    }
    for message in state.messages.values() {
        let parts = message.sending.iter().flat_map(|sending| &sending.parts);
        let is_known = |part: &&Part| matches!(part, Part::Submitted(_) | Part::Final { .. });
        let known = parts.filter(is_known).count();
        let mapped = state.remote.values().filter(|(id, _)| *id == message.id).count();
        assert_eq!(mapped, known, "{} and the carrier's ids disagree", message.id);
    }
}

/// Days per property: some seconds of them.
const DAYS: u32 = 96;

proptest! {
    #![proptest_config(ProptestConfig { cases: DAYS, max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn random_days_break_no_promise(deeds in prop::collection::vec(deed(), 1..150)) {
        let mut day = Day::begin();
        for deed in &deeds {
            day.live(deed);
        }
        check(&day);
        drop(day);
    }

    #[test]
    fn random_days_in_which_everybody_is_erased_at_last(deeds in prop::collection::vec(deed(), 1..100)) {
        let mut day = Day::begin();
        for deed in &deeds {
            day.live(deed);
        }
        for who in 0..PEOPLE {
            day.bank.erase(&format!("C{who}"));
        }
        let state = day.bank.engine.state();
        prop_assert!(state.customers.is_empty() && state.messages.is_empty() && state.timers.is_empty());
        prop_assert!(state.remote.is_empty() && state.by_phone.is_empty() && state.by_id.is_empty());
        drop(day);
    }
}
