//! A real engine on one side of a provider's link, a provider on loopback on the other, under a clock that the test moves.

use crate::deliver::channels::provider::link::{Batch, ProviderLink};
use crate::deliver::channels::provider::{Opened, Provider, Told, open};
use engine::entry::{Event, Fact, Outcome, Profile, Standing};
use engine::perceive::{CustomerReport, EventReport};
use engine::state::Phase;
use engine::world::World;
use engine::{Action, Engine, Input, Output};
use model::{
    Consent, ConsentState, Contact, CustomerId, EvidenceId, Fields, MessageClass, Phone, Span, Timestamp,
    Value,
};
use std::sync::Arc;

/// 10:00 in Shanghai, so that no quiet hours are in the way.
pub(super) const NOON: Timestamp = Timestamp(1_780_452_000_000);

const TEMPLATE: &str = r#"
id = "note"
class = "customer_service"
subtype = "collection"
language = "zh-CN"
parts_max = 10
text = "{{ words }}"
[variables]
words = { type = "text(400)", from = "event.words" }
"#;

/// Of the class that must never be sent twice.
const JOURNEY: &str = r#"
id = "note"
version = 1
class = "customer_service"
subtype = "collection"
[trigger]
event = "note"
[[steps]]
send = "note"
"#;

/// A world whose only route is over this provider. `route` holds lines of the route's own table, such as its rate.
pub(super) fn world(kind: &str, route: &str, settings: &[(&str, String)]) -> Arc<World> {
    let library = library::files().filter(|(path, _)| !path.starts_with("routes/"));
    let mut files: Vec<(String, String)> =
        library.map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let mut table = format!(
        "id = \"r\"\nclasses = [\"customer_service\", \"marketing\", \"risk_notice\", \"technical_support\", \"regulatory\"]\n\
         price_yuan = \"0.035\"\npreference = 1\nsignature = \"none\"\nconcatenation = \"udh\"\nsource = \"106900001\"\n\
         window = 50\nreceipt_wait = \"72h\"\n{route}\n[provider]\nkind = \"{kind}\"\n"
    );
    for (key, value) in settings {
        table.push_str(&format!("{key:?} = {}\n", serde_json::Value::from(value.as_str())));
    }
    files.push(("routes/r.toml".to_owned(), table));
    // Codes go at any hour.
    for (path, text) in [("templates/warning.toml", TEMPLATE), ("journeys/warning.toml", JOURNEY)] {
        let text = text.replace("collection", "verification_code").replace("note", "warning");
        files.push((path.to_owned(), text));
    }
    files.push(("templates/note.toml".to_owned(), TEMPLATE.to_owned()));
    files.push(("journeys/note.toml".to_owned(), JOURNEY.to_owned()));
    Arc::new(engine::world::load(&files).unwrap())
}

/// The provider of such a world.
pub(super) fn opened(world: &World) -> Result<Opened, String> {
    open(world.routes.values().next().unwrap(), &world.institution)
}

pub(super) struct Rig {
    pub(super) engine: Engine,
    pub(super) link: ProviderLink,
    provider: Arc<dyn Provider>,
    /// Where messages go, whatever the engine says: engines reach phones here.
    to: Contact,
    pub(super) now: Timestamp,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) submitted: Vec<String>,
    pub(super) inbound: usize,
    events: u32,
}

impl Rig {
    pub(super) fn new(world: Arc<World>, to: &str) -> Self {
        let provider = opened(&world).map(|opened| opened.provider).unwrap();
        let link = ProviderLink::new(world.routes.values().next().unwrap(), &world.institution);
        let phone = Phone::parse("13800000001", "86").unwrap();
        let to = match to {
            "" => Contact::Phone(phone),
            named => Contact::Named(model::Channel::Push, model::Private::new(named)),
        };
        let mut rig = Self {
            engine: Engine::new(world),
            link,
            provider,
            to,
            now: NOON,
            outcomes: Vec::new(),
            submitted: Vec::new(),
            inbound: 0,
            events: 0,
        };
        rig.engine.publish(NOON, &mut Output::default());
        rig.step(&[Input::Customers((1..20).map(customer).collect())]);
        rig.settle();
        rig
    }

    fn step(&mut self, inputs: &[Input]) {
        let mut out = Output::default();
        for input in inputs {
            self.engine.handle(input, self.now, &mut out);
        }
        self.engine.work(self.now, 10_000, &mut out);
        for entry in &out.entries {
            match &entry.fact {
                Fact::ReceiptReceived { ends: Some(ending), .. } | Fact::MessageEnded { ending, .. } => {
                    self.outcomes.push(ending.outcome);
                }
                Fact::PartRefused { then: engine::entry::AfterRefusal::Fail(ending), .. } => {
                    self.outcomes.push(ending.outcome);
                }
                Fact::PartSubmitted { remote, .. } => self.submitted.push(remote.as_str().to_owned()),
                Fact::InboundReceived { .. } => self.inbound += 1,
                _ => {}
            }
        }
        for action in out.actions {
            match action {
                Action::Submit(sendable) => self.link.submit(sendable),
                Action::Withdraw(scope) => self.link.withdraw_scope(&scope),
                // A provider has no such question.
                Action::Query { .. } | Action::Call(_) | Action::DestroyKey(_) => {}
            }
        }
    }

    /// Gives the engine what the link has for it until both are quiet.
    pub(super) fn settle(&mut self) {
        while let Some(Batch { number, inputs }) = self.link.inputs(self.now) {
            self.step(&inputs);
            self.link.committed(number);
        }
    }

    /// Sets off one message.
    pub(super) fn note(&mut self, customer: u32, words: &str) {
        self.events += 1;
        let fields = Fields::from([(Arc::from("words"), Value::Text(words.into()))]);
        let id = format!("e{}", self.events);
        let event = Event { id: id.as_str().into(), kind: "note".into(), at: self.now, fields };
        let customer = CustomerId::new(format!("c{customer}"));
        self.step(&[Input::Events(vec![EventReport { customer, event: Arc::new(event) }])]);
        self.settle();
    }

    /// Makes every call that may be made, one after the other.
    pub(super) async fn run(&mut self) {
        while let Some(mut errand) = self.link.next(self.now) {
            errand.letter.to = self.to.clone();
            let verdict = self.provider.send(&errand.letter, self.now).await;
            self.link.answered(errand.letter.message, &verdict, self.now);
            self.settle();
        }
        self.settle();
    }

    pub(super) fn later(&mut self, span: Span) {
        self.now = self.now.after(span);
        self.step(&[]);
        self.settle();
    }

    pub(super) fn tell(&mut self, told: Vec<Told>) {
        self.link.told(told, |_| None);
        self.settle();
    }

    pub(super) fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    pub(super) fn phases(&self) -> Vec<Phase> {
        self.engine.state().messages.values().map(|message| message.phase).collect()
    }
}

fn customer(n: u32) -> CustomerReport {
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

/// A customer, and an event that sets off a message at any hour.
pub(super) fn warning() -> Vec<Input> {
    let at = crate::clock::now();
    let fields = Fields::from([(Arc::from("words"), Value::Text("您好".into()))]);
    let event = Event { id: "w1".into(), kind: "warning".into(), at, fields };
    let report = EventReport { customer: CustomerId::new("c1"), event: Arc::new(event) };
    vec![Input::Customers(vec![customer(1)]), Input::Events(vec![report])]
}
