//! A client and a gateway joined in memory, under a clock that only the test moves.

use model::{Span, Timestamp};
use wire::smgp::peer::{self, Message, ServerSession};
use wire::smgp::session::{Config, Event, Payload, Session, Submit, SubmitError};
use wire::smgp::{MsgId, Numbers, Status};

pub(crate) struct Link {
    pub(crate) client: Session,
    pub(crate) gateway: ServerSession,
    pub(crate) now: Timestamp,
    /// What the client has said and no test has looked at yet.
    pub(crate) said: Vec<Event>,
    /// The same of the gateway.
    pub(crate) heard: Vec<peer::Event>,
}

pub(crate) const SECRET: &str = "888888";
pub(crate) const START: Timestamp = Timestamp(1_777_593_600_000);

pub(crate) fn config() -> Config {
    let mut config = Config::new("10659000", SECRET);
    config.window = 3;
    config.enquire_after = Span::seconds(30);
    config.response_timeout = Span::seconds(10);
    config
}

pub(crate) fn gateway() -> ServerSession {
    let config = peer::Config { enquire_after: Span::hours(1), ..peer::Config::default() };
    ServerSession::new(config, START)
}

pub(crate) fn submit() -> Submit<'static> {
    Submit {
        source: "1065900012",
        destinations: Numbers::List(&["13800001234"]),
        payload: Payload(b"your balance"),
        ..Submit::default()
    }
}

impl Link {
    pub(crate) fn down(config: Config) -> Self {
        let client = Session::new(config, 1).unwrap();
        Self { client, gateway: gateway(), now: START, said: Vec::new(), heard: Vec::new() }
    }

    /// Connected and logged in, with the events of that taken away.
    pub(crate) fn bound(config: Config) -> Self {
        let mut link = Self::down(config);
        link.client.connected(link.now);
        link.exchange();
        let Some(peer::Event::Bind(request)) = link.heard.pop() else { panic!("no login") };
        assert!(request.knows(SECRET) && !request.knows("888889"));
        link.gateway.accept_bind(SECRET).unwrap();
        link.exchange();
        assert_eq!(link.said.pop(), Some(Event::Bound { version: 0x30, authentic: true }));
        link
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

    /// Lets time pass for the client alone: the gateway neither reads nor answers.
    pub(crate) fn pass_in_silence(&mut self, span: Span) {
        let until = self.now.after(span);
        while let Some(next) = self.client.deadline().filter(|at| *at <= until) {
            assert!(next >= self.now, "a deadline in the past was left standing");
            self.now = next;
            self.client.tick(self.now);
            self.client.output().clear();
            self.said.extend(std::iter::from_fn(|| self.client.event()));
        }
        self.now = until;
    }

    pub(crate) fn submit(&mut self, ticket: u64) -> Result<(), SubmitError> {
        self.client.submit(ticket, &submit(), self.now)
    }

    /// The Submits the gateway has got and not answered, with their sequence numbers.
    pub(crate) fn submitted(&mut self) -> Vec<(u32, Message)> {
        self.exchange();
        let mut found = Vec::new();
        self.heard.retain_mut(|event| {
            let peer::Event::Submit { sequence, message } = event else { return true };
            found.push((*sequence, std::mem::take(&mut **message)));
            false
        });
        found
    }

    pub(crate) fn answer(&mut self, sequence: u32, status: Status, msg_id: MsgId) {
        self.gateway.answer_submit(sequence, status, msg_id).unwrap();
        self.exchange();
    }

    /// Takes what the client has said.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        self.exchange();
        std::mem::take(&mut self.said)
    }
}
