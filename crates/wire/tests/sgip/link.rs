//! An enterprise and a gateway joined in memory by both connections, under a clock that only the test moves.

use model::{Span, Timestamp};
use wire::sgip::peer::{self, Message, Outlet, OutletConfig, ServerSession};
use wire::sgip::session::{Config, Event, Payload, Session, Submit, SubmitError};
use wire::sgip::{Inlet, Numbers, Sequence, Status, inlet};

/// The connection we make.
pub(crate) struct Link {
    pub(crate) client: Session,
    pub(crate) gateway: ServerSession,
    pub(crate) now: Timestamp,
    /// What the client has said and no test has looked at yet.
    pub(crate) said: Vec<Event>,
    /// The same of the gateway.
    pub(crate) heard: Vec<peer::Event>,
}

pub(crate) const NODE: u32 = 3_001_099_999;
pub(crate) const GATEWAY_NODE: u32 = 1_001_000_001;
pub(crate) const START: Timestamp = Timestamp(1_777_593_600_000);

pub(crate) fn config() -> Config {
    let mut config = Config::new("bank", "secret", NODE);
    config.window = 3;
    config.response_timeout = Span::seconds(10);
    config
}

pub(crate) fn gateway() -> ServerSession {
    ServerSession::new(peer::Config::default(), START)
}

pub(crate) fn submit() -> Submit<'static> {
    Submit {
        source: "1065510198",
        destinations: Numbers::List(&["8613000001234"]),
        payload: Payload(b"your balance"),
        corp_id: "99999",
        ..Submit::default()
    }
}

impl Link {
    pub(crate) fn down(config: Config) -> Self {
        let client = Session::new(config, 1).unwrap();
        Self { client, gateway: gateway(), now: START, said: Vec::new(), heard: Vec::new() }
    }

    /// Connected and bound, with the events of that taken away.
    pub(crate) fn bound(config: Config) -> Self {
        let mut link = Self::down(config);
        link.bind();
        link
    }

    pub(crate) fn bind(&mut self) {
        self.gateway = ServerSession::new(peer::Config::default(), self.now);
        self.client.connected(self.now);
        self.exchange();
        let Some(peer::Event::Bind(request)) = self.heard.pop() else { panic!("no bind") };
        assert!(request.knows("secret") && !request.knows("Secret"));
        self.gateway.accept_bind();
        self.exchange();
        assert_eq!(self.said.pop(), Some(Event::Bound));
    }

    /// Carries octets both ways until neither side has any.
    pub(crate) fn exchange(&mut self) {
        loop {
            let up = std::mem::take(self.client.output());
            let down = std::mem::take(self.gateway.output());
            if up.is_empty() && down.is_empty() {
                break;
            }
            self.gateway.receive(&up, self.now);
            self.client.receive(&down, self.now);
        }
        self.said.extend(std::iter::from_fn(|| self.client.event()));
        self.heard.extend(std::iter::from_fn(|| self.gateway.event()));
    }

    /// Lets time pass on both sides, stopping at every deadline on the way.
    pub(crate) fn pass(&mut self, span: Span) {
        let until = self.now.after(span);
        while let Some(next) = self.client.deadline().filter(|at| *at <= until) {
            assert!(next >= self.now, "a deadline in the past was left standing");
            self.now = next;
            self.client.tick(self.now);
            self.exchange();
        }
        self.now = until;
        self.gateway.tick(self.now);
        self.exchange();
    }

    pub(crate) fn submit(&mut self, ticket: u64) -> Result<Sequence, SubmitError> {
        self.client.submit(ticket, &submit(), self.now)
    }

    /// The Submits the gateway has got and not answered.
    pub(crate) fn submitted(&mut self) -> Vec<(Sequence, Message)> {
        self.exchange();
        let mut found = Vec::new();
        self.heard.retain_mut(|event| {
            let peer::Event::Submit { sequence, message } = event else { return true };
            found.push((*sequence, std::mem::take(&mut **message)));
            false
        });
        found
    }

    pub(crate) fn answer(&mut self, sequence: Sequence, status: Status) {
        self.gateway.answer_submit(sequence, status);
        self.exchange();
    }

    /// Takes what the client has said.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        self.exchange();
        std::mem::take(&mut self.said)
    }
}

/// The connection the gateway makes.
pub(crate) struct Back {
    pub(crate) outlet: Outlet,
    pub(crate) inlet: Inlet,
    pub(crate) now: Timestamp,
    /// What our side has said.
    pub(crate) said: Vec<Event>,
    /// What the gateway's side has said.
    pub(crate) heard: Vec<peer::Event>,
}

pub(crate) fn inlet_config() -> inlet::Config {
    inlet::Config::new("unicom", "their secret")
}

pub(crate) fn outlet_config() -> OutletConfig {
    OutletConfig::new("unicom", "their secret", GATEWAY_NODE)
}

impl Back {
    pub(crate) fn with(config: OutletConfig) -> Self {
        let mut back = Self {
            outlet: Outlet::connected(config, 1, START).unwrap(),
            inlet: Inlet::new(inlet_config(), 7, START),
            now: START,
            said: Vec::new(),
            heard: Vec::new(),
        };
        back.exchange();
        back
    }

    pub(crate) fn bound() -> Self {
        let mut back = Self::with(outlet_config());
        assert_eq!(back.said.pop(), Some(Event::Bound));
        assert_eq!(back.heard.pop(), Some(peer::Event::Bound));
        back
    }

    pub(crate) fn exchange(&mut self) {
        loop {
            let up = std::mem::take(self.inlet.output());
            let down = std::mem::take(self.outlet.output());
            if up.is_empty() && down.is_empty() {
                break;
            }
            self.outlet.receive(&up);
            self.inlet.receive(&down, self.now);
        }
        self.said.extend(std::iter::from_fn(|| self.inlet.event()));
        self.heard.extend(std::iter::from_fn(|| self.outlet.event()));
    }
}
