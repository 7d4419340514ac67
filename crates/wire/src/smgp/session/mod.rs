//! Our side of a link to a gateway of China Telecom: login, window, time limits, keeping alive, leaving, dialling again.
//! Without sockets: the caller tells what happened and when, and takes bytes, events and the next deadline. The same words
//! and the same promises as `smpp::session`.
//!
//! What it promises:
//! - every ticket given to `submit` comes back exactly once: as `Submitted`, `Refused` or `Unanswered`. Only after
//!   `Unanswered` may one more word follow: `LateAnswer`.
//! - a message from the gateway is answered only when the caller says so (`acknowledge`), that is after it is durable; if the
//!   process dies before that, the gateway sends it again.
//! - one PDU costs constant time, and nothing a peer sends makes it panic or grow without limit, as long as the caller
//!   takes the events after each `receive`.
//!
//! It never sends a message twice (the specification lets a client resend after a timeout; we do not), never retries one, and
//! never decides what an unanswered one means.

mod config;
mod submit;
mod event;
mod receive;

pub use config::{Config, ConfigError};
pub use event::{Delivery, DeliveryRef, Event, Inbound, Octets, ProtocolError, Why};
pub use submit::{Payload, Submit, SubmitError};

use super::command::CommandId;
use super::frame::Frames;
use super::pdu::{self, MessageResp, Pdu};
use super::status::Status;
use crate::backoff::Backoff;
use crate::flight::Flight;
use crate::inbox::Inbox;
use crate::late::Late;
use model::{Span, Timestamp};
use std::collections::VecDeque;

/// A session with one gateway over one connection at a time.
#[derive(Debug)]
pub struct Session {
    config: Config,
    state: State,
    /// Our AuthenticatorClient of this connection.
    authenticator: Octets,
    /// Counts connections, so that an acknowledgement never answers over a later one.
    connection: u64,
    /// Set by `unbind`: stay down when the link is gone.
    stop: bool,
    dial_at: Timestamp,
    backoff: Backoff,
    inbox: Inbox<Frames>,
    output: Octets,
    events: VecDeque<Event>,
    flight: Flight<Request>,
    /// How many of `flight` are submits.
    submits: usize,
    late: Late,
    /// How many messages of the gateway's wait for `acknowledge`.
    unacknowledged: usize,
    /// When the last PDU came.
    heard: Timestamp,
    /// Whether an Active_Test of ours waits.
    enquiring: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Down,
    Binding,
    Bound {
        since: Timestamp,
    },
    /// No new submits; waits for answers, at most until then.
    Draining {
        since: Timestamp,
        until: Timestamp,
    },
    Unbinding {
        since: Timestamp,
    },
}

/// What waits for an answer.
#[derive(Debug, Clone, Copy)]
enum Request {
    Login,
    Submit(u64),
    Enquire { sent: Timestamp },
    Exit,
}

impl Session {
    /// A session that is down and wants to be dialled at once. `seed` draws the jitter of the waits between dials:
    /// give each session its own.
    pub fn new(config: Config, seed: u64) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            state: State::Down,
            authenticator: Octets::default(),
            connection: 0,
            stop: false,
            dial_at: Timestamp(i64::MIN),
            backoff: Backoff::new(config.backoff_first, config.backoff_max, seed),
            inbox: Inbox::default(),
            output: Octets::default(),
            events: VecDeque::new(),
            flight: Flight::new(),
            submits: 0,
            late: Late::default(),
            unacknowledged: 0,
            heard: Timestamp(i64::MIN),
            enquiring: false,
            config,
        })
    }

    /// When to dial, while the session is down; none while it is up or was told to end.
    pub fn dial_at(&self) -> Option<Timestamp> {
        (self.state == State::Down && !self.stop).then_some(self.dial_at)
    }

    /// The connection stands: logs in.
    pub fn connected(&mut self, now: Timestamp) {
        if self.state != State::Down {
            self.close(now, Why::ConnectionLost);
        }
        self.connection += 1;
        self.stop = false;
        self.inbox.clear();
        self.output.0.clear();
        self.flight = Flight::new();
        debug_assert_eq!(self.flight.next_sequence(), LOGIN_SEQUENCE);
        self.flight.push(Request::Login, now.after(self.config.response_timeout));
        let login = self.config.login(&mut self.output.0, now);
        debug_assert!(login.is_ok(), "the configuration was checked when the session was made");
        self.authenticator.0 = login.unwrap_or_default().to_vec();
        self.state = State::Binding;
        self.heard = now;
        self.enquiring = false;
    }

    /// The connection ended or could not be made. Nothing happens when the session had closed it itself.
    pub fn disconnected(&mut self, now: Timestamp, why: Why) {
        if self.state != State::Down {
            self.close(now, why);
        } else if why == Why::DialFailed && !self.stop {
            self.dial_at = self.backoff.after_failure(now, Span(0));
            self.events.push_back(Event::Closed { why, may_retry_at: Some(self.dial_at) });
        }
    }

    /// Sends one message. `ticket` is the caller's name for it and comes back in exactly one of `Submitted`, `Refused`
    /// and `Unanswered`. On an error nothing was written.
    pub fn submit(&mut self, ticket: u64, message: &Submit<'_>, now: Timestamp) -> Result<(), SubmitError> {
        self.may_send()?;
        if self.submits >= self.config.window || !self.flight.has_room() {
            return Err(SubmitError::Full { window: self.config.window });
        }
        message.encode(&mut self.output.0, self.flight.next_sequence())?;
        self.flight.push(Request::Submit(ticket), now.after(self.config.response_timeout));
        self.submits += 1;
        Ok(())
    }

    /// How many more messages `submit` would take now.
    pub fn window_free(&self) -> usize {
        match self.may_send() {
            Ok(()) if self.flight.has_room() => self.config.window.saturating_sub(self.submits),
            _ => 0,
        }
    }

    /// How many submits wait for their answer.
    pub fn waiting(&self) -> usize {
        self.submits
    }

    /// Whether the gateway accepted our login and nobody has begun to leave.
    pub fn is_bound(&self) -> bool {
        matches!(self.state, State::Bound { .. })
    }

    /// Answers a message of the gateway's: it is durable here. Does nothing if its connection is gone (the gateway will send
    /// it again).
    pub fn acknowledge(&mut self, delivery: DeliveryRef, now: Timestamp) {
        self.answer(&delivery, Status::OK, now);
    }

    /// Answers a message of the gateway's with an error, such as `Status::BUSY`: it could not be made durable, and the gateway
    /// may try again.
    pub fn refuse(&mut self, delivery: DeliveryRef, status: Status, now: Timestamp) {
        self.answer(&delivery, status, now);
    }

    fn answer(&mut self, delivery: &DeliveryRef, status: Status, now: Timestamp) {
        if self.state == State::Down || delivery.connection != self.connection {
            return;
        }
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
        let answer = Pdu::DeliverResp(MessageResp { msg_id: delivery.msg_id, status });
        let written = pdu::encode(&mut self.output.0, delivery.sequence, &answer);
        debug_assert!(written.is_ok(), "an answer of fixed width always fits");
        self.unbind_when_drained(now);
    }

    /// What to write to the connection. Take it (`std::mem::take`, or write and `clear`) before waiting.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output.0
    }

    /// The next event, oldest first.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When `tick` wants to be called, at the latest. None while the session is down; see `dial_at`.
    pub fn deadline(&self) -> Option<Timestamp> {
        let enquire_at = self.heard.after(self.config.enquire_after);
        let own = match self.state {
            State::Down => return None,
            State::Bound { .. } if !self.enquiring => Some(enquire_at),
            State::Draining { until, .. } if !self.enquiring => Some(until.min(enquire_at)),
            State::Draining { until, .. } => Some(until),
            State::Bound { .. } | State::Binding | State::Unbinding { .. } => None,
        };
        match (own, self.flight.deadline()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Time passed: gives up on what waited too long, asks a silent gateway whether it is there.
    pub fn tick(&mut self, now: Timestamp) {
        while let Some((sequence, request)) = self.flight.overdue(now) {
            match request {
                Request::Login => return self.close(now, Why::BindTimeout),
                Request::Exit => return self.close(now, Why::Unbound),
                Request::Enquire { sent } if self.heard < sent => return self.close(now, Why::PeerSilent),
                // It does not answer Active_Test but it is there.
                Request::Enquire { .. } => self.enquiring = false,
                Request::Submit(ticket) => {
                    self.submits = self.submits.saturating_sub(1);
                    self.late.remember(sequence, ticket);
                    self.events.push_back(Event::Unanswered { ticket, why: Why::ResponseTimeout });
                }
            }
        }
        self.unbind_when_drained(now);
        let up = matches!(self.state, State::Bound { .. } | State::Draining { .. });
        if up && !self.enquiring && now >= self.heard.after(self.config.enquire_after) {
            self.request(CommandId::ACTIVE_TEST, Request::Enquire { sent: now }, now);
            self.enquiring = true;
        }
    }

    /// Ends the session in good order: takes no more submits, waits for the answers that are due and for the caller's
    /// acknowledgements, leaves, and stays down. `Closed` tells when it is over.
    pub fn unbind(&mut self, now: Timestamp) {
        self.stop = true;
        match self.state {
            State::Down => {}
            State::Binding => self.close(now, Why::Unbound),
            State::Bound { since } => {
                let until = now.after(self.config.response_timeout);
                self.state = State::Draining { since, until };
                self.unbind_when_drained(now);
            }
            State::Draining { .. } | State::Unbinding { .. } => {}
        }
    }

    /// Lets a session that was unbound be dialled again.
    pub fn resume(&mut self, now: Timestamp) {
        self.stop = false;
        self.dial_at = now;
    }

    fn may_send(&self) -> Result<(), SubmitError> {
        let found = match self.state {
            State::Bound { .. } if self.config.mode.submits() => return Ok(()),
            State::Bound { .. } => "bound to receive",
            State::Down => "down",
            State::Binding => "binding",
            State::Draining { .. } | State::Unbinding { .. } => "unbinding",
        };
        Err(SubmitError::NotBound { found })
    }

    fn request(&mut self, command: CommandId, request: Request, now: Timestamp) {
        pdu::encode_bare(&mut self.output.0, self.flight.next_sequence(), command, Status::OK);
        self.flight.push(request, now.after(self.config.response_timeout));
    }

    fn unbind_when_drained(&mut self, now: Timestamp) {
        let State::Draining { since, until } = self.state else { return };
        if (self.submits == 0 && self.unacknowledged == 0) || now >= until {
            self.state = State::Unbinding { since };
            self.request(CommandId::EXIT, Request::Exit, now);
        }
    }

    /// The link is over, whoever ended it. What `output` holds may still be written before the socket is closed.
    fn close(&mut self, now: Timestamp, why: Why) {
        for request in self.flight.clear() {
            if let Request::Submit(ticket) = request {
                self.events.push_back(Event::Unanswered { ticket, why });
            }
        }
        let lasted = match self.state {
            State::Bound { since } | State::Draining { since, .. } | State::Unbinding { since } => {
                now.since(since)
            }
            State::Down | State::Binding => Span(0),
        };
        self.submits = 0;
        self.unacknowledged = 0;
        self.late.clear();
        self.state = State::Down;
        self.dial_at = match why {
            Why::BindRefused(status) if status.refuses_credentials() => self.backoff.after_refusal(now),
            _ => self.backoff.after_failure(now, lasted),
        };
        self.events.push_back(Event::Closed { why, may_retry_at: self.dial_at() });
    }
}

/// The login is the first request of a connection.
const LOGIN_SEQUENCE: u32 = 1;
/// How many messages of the gateway's may wait for `acknowledge`; more are answered "busy" and come again.
pub const UNACKNOWLEDGED_MAX: usize = 65_536;
