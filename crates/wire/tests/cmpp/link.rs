//! A provider and a gateway joined in memory, under a clock that only the test moves.

use model::{Span, Timestamp};
use wire::Payload;
use wire::cmpp::login::CHINA_AHEAD;
use wire::cmpp::peer::{self, Account, Message, ServerSession};
use wire::cmpp::session::{Config, Event, Session, Submit, SubmitError};
use wire::cmpp::{MsgId, ResultCode, Version};

pub(crate) struct Link {
    pub(crate) client: Session,
    pub(crate) gateway: ServerSession,
    pub(crate) now: Timestamp,
    /// What the client has said and no test has looked at yet.
    pub(crate) said: Vec<Event>,
    /// The same of the gateway.
    pub(crate) heard: Vec<peer::Event>,
    /// Into pieces of so many octets the streams are cut, in turn.
    pub(crate) pieces: Vec<usize>,
}

pub(crate) const START: Timestamp = Timestamp(1_777_593_600_000);
pub(crate) const SECRET: &str = "888888";
pub(crate) const BOTH: [Version; 2] = [Version::V2, Version::V3];

pub(crate) fn config(version: Version) -> Config {
    let mut config = Config::new(version, "900001", SECRET);
    config.window = 3;
    config.enquire_after = Span::seconds(30);
    config.response_timeout = Span::seconds(10);
    config
}

pub(crate) fn gateway() -> ServerSession {
    let config = peer::Config { enquire_after: Span::seconds(3_600), ..peer::Config::default() };
    ServerSession::new(config, START)
}

pub(crate) fn account() -> Account<'static> {
    Account { secret: SECRET, version: None, skew_max: None, ahead: CHINA_AHEAD }
}

pub(crate) fn submit() -> Submit<'static> {
    Submit {
        src_id: "1069012345",
        destinations: &["13800001234"],
        registered_delivery: true,
        payload: Payload(b"your balance"),
        ..Submit::default()
    }
}

impl Link {
    pub(crate) fn down(config: Config) -> Self {
        let client = Session::new(config, 1).unwrap();
        Self {
            client,
            gateway: gateway(),
            now: START,
            said: Vec::new(),
            heard: Vec::new(),
            pieces: vec![usize::MAX],
        }
    }

    /// Connected and logged in, with the events of that taken away.
    pub(crate) fn bound(config: Config) -> Self {
        let mut link = Self::down(config);
        link.log_in();
        link
    }

    pub(crate) fn log_in(&mut self) {
        self.client.connected(self.now);
        self.exchange();
        let Some(peer::Event::Bind(request)) = self.heard.pop() else { panic!("no login came") };
        let version = request.check(&account(), self.now).unwrap();
        self.gateway.accept_bind(SECRET, version);
        self.exchange();
        assert!(matches!(self.said.pop(), Some(Event::Bound { .. })), "not bound");
    }

    /// Carries octets both ways until neither side has any.
    pub(crate) fn exchange(&mut self) {
        loop {
            let up = std::mem::take(self.client.output());
            let down = std::mem::take(self.gateway.output());
            if up.is_empty() && down.is_empty() {
                break;
            }
            for piece in cut(&up, &self.pieces) {
                self.gateway.receive(piece, self.now);
            }
            for piece in cut(&down, &self.pieces) {
                self.client.receive(piece, self.now);
            }
        }
        self.said.extend(std::iter::from_fn(|| self.client.event()));
        self.heard.extend(std::iter::from_fn(|| self.gateway.event()));
    }

    /// Lets time pass on both sides, stopping at every deadline of the client's on the way.
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

    /// Lets time pass for the client alone: the gateway neither reads nor answers. Returns what the client wrote.
    pub(crate) fn pass_in_silence(&mut self, span: Span) -> Vec<u8> {
        let (until, mut written) = (self.now.after(span), Vec::new());
        while let Some(next) = self.client.deadline().filter(|at| *at <= until) {
            assert!(next >= self.now, "a deadline in the past was left standing");
            self.now = next;
            self.client.tick(self.now);
            written.append(self.client.output());
            self.said.extend(std::iter::from_fn(|| self.client.event()));
        }
        self.now = until;
        written
    }

    pub(crate) fn submit(&mut self, ticket: u64) -> Result<(), SubmitError> {
        self.client.submit(ticket, &submit(), self.now)
    }

    /// The submits the gateway has got and not answered, with their sequence numbers.
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

    pub(crate) fn answer(&mut self, sequence: u32, result: ResultCode, id: u64) {
        self.gateway.answer_submit(sequence, result, MsgId(id));
        self.exchange();
    }

    /// Takes what the client has said.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        self.exchange();
        std::mem::take(&mut self.said)
    }

    /// Takes what the gateway has heard.
    pub(crate) fn heard(&mut self) -> Vec<peer::Event> {
        self.exchange();
        std::mem::take(&mut self.heard)
    }
}

/// Octets in pieces of these sizes, in turn.
fn cut<'a>(octets: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let (mut rest, mut pieces) = (octets, Vec::new());
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, left) = rest.split_at((*size).clamp(1, rest.len()));
        pieces.push(piece);
        rest = left;
    }
    pieces
}

/// `00 0a` and so on as octets.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|octet| !octet.is_ascii_whitespace())
        .map(|digit| char::from(digit).to_digit(16).unwrap() as u8)
        .collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
