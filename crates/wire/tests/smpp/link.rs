//! A client and a carrier joined in memory, under a clock that only the test moves.

use model::{Span, Timestamp};
use wire::smpp::peer::{self, Message, ServerSession};
use wire::smpp::session::{Config, Event, Payload, Session, Submit, SubmitError};
use wire::smpp::{Address, Status};

pub(crate) struct Link {
    pub(crate) client: Session,
    pub(crate) carrier: ServerSession,
    pub(crate) now: Timestamp,
    /// What the client has said and no test has looked at yet.
    pub(crate) said: Vec<Event>,
    /// The same of the carrier.
    pub(crate) heard: Vec<peer::Event>,
}

pub(crate) fn config() -> Config {
    let mut config = Config::new("hongyan", "secret08");
    config.window = 3;
    config.enquire_after = Span::seconds(30);
    config.response_timeout = Span::seconds(10);
    config
}

pub(crate) fn carrier() -> ServerSession {
    let mut config = peer::Config::new("SMSC");
    config.enquire_after = Span::seconds(3_600);
    ServerSession::new(config, START)
}

pub(crate) const START: Timestamp = Timestamp(1_777_593_600_000);

pub(crate) fn submit() -> Submit<'static> {
    Submit {
        source: Address::international("1069012345"),
        destination: Address::international("8613800001234"),
        payload: Payload(b"your balance"),
        ..Submit::default()
    }
}

impl Link {
    pub(crate) fn down(config: Config) -> Self {
        let client = Session::new(config, 1).unwrap();
        Self { client, carrier: carrier(), now: START, said: Vec::new(), heard: Vec::new() }
    }

    /// Connected and bound, with the events of that taken away.
    pub(crate) fn bound(config: Config) -> Self {
        let mut link = Self::down(config);
        link.client.connected(link.now);
        link.exchange();
        assert!(matches!(link.heard.pop(), Some(peer::Event::Bind(_))));
        link.carrier.accept_bind().unwrap();
        link.exchange();
        assert!(matches!(link.said.pop(), Some(Event::Bound { .. })), "not bound");
        link
    }

    /// Carries octets both ways until neither side has any.
    pub(crate) fn exchange(&mut self) {
        loop {
            let up = std::mem::take(self.client.output());
            let down = std::mem::take(self.carrier.output());
            if up.is_empty() && down.is_empty() {
                break;
            }
            self.carrier.receive(&up, self.now);
            self.client.receive(&down, self.now);
        }
        self.said.extend(std::iter::from_fn(|| self.client.event()));
        self.heard.extend(std::iter::from_fn(|| self.carrier.event()));
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
        self.carrier.tick(self.now);
        self.exchange();
    }

    /// Lets time pass for the client alone: the carrier neither reads nor answers.
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

    /// The submits the carrier has got and not answered, with their sequence numbers.
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

    pub(crate) fn answer(&mut self, sequence: u32, status: Status, message_id: &str) {
        self.carrier.answer_submit(sequence, status, message_id).unwrap();
        self.exchange();
    }

    /// Takes what the client has said.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        self.exchange();
        std::mem::take(&mut self.said)
    }
}
