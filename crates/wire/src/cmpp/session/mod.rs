//! Our side of a link to a gateway (a service provider, §7 and §8.3): logging in, window, time limits, keeping alive,
//! ending, dialling again. Without sockets: the caller tells what happened and when, and takes bytes, events and the next
//! deadline. Same shape as `smpp::session`.
//!
//! What it promises:
//! - every ticket given to `submit` comes back exactly once: as `Submitted`, `Refused` or `Unanswered`. Only after
//!   `Unanswered` may one more word follow: `LateAnswer`.
//! - a DELIVER is answered only when the caller says so (`acknowledge`), that is after it is durable; if the process dies
//!   before that, the gateway sends it again.
//! - one PDU costs constant time, and nothing a peer sends makes it panic or grow without limit, as long as the caller
//!   takes the events after each `receive`.
//!
//! It never sends a message twice, although §7.1 allows it, never retries one, and never decides what an unanswered one
//! means.

mod config;
mod submit;
mod event;
mod receive;

pub use config::{Config, ConfigError};
pub use event::{Delivery, DeliveryRef, Event, Inbound, Octets, ProtocolError, Why};
pub use submit::{Payload, Submit, SubmitError};

use super::frame::Frames;
use super::login::Authenticator;
use super::pdu::{self, MessageResp, Pdu};
use super::status::ResultCode;
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
    /// What we proved ourselves with on this connection.
    proof: Authenticator,
    /// How many of `flight` are submits.
    submits: usize,
    late: Late,
    /// How many messages of the gateway's wait for `acknowledge`.
    unacknowledged: usize,
    /// When the last PDU came.
    heard: Timestamp,
    /// Whether an ACTIVE_TEST of ours waits.
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
    Connect,
    Submit(u64),
    Enquire {
        sent: Timestamp,
        /// How often we asked, this time included.
        tries: u32,
    },
    Terminate,
}

impl Session {
    /// A session that is down and wants to be dialled at once. `seed` draws the jitter of the waits between dials:
    /// give each session its own.
    pub fn new(config: Config, seed: u64) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            state: State::Down,
            connection: 0,
            stop: false,
            dial_at: Timestamp(i64::MIN),
            backoff: Backoff::new(config.backoff_first, config.backoff_max, seed),
            inbox: Inbox::default(),
            output: Octets::default(),
            events: VecDeque::new(),
            flight: Flight::new(),
            proof: Authenticator::default(),
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

    /// The connection stands: logs in. `now` goes into the proof, so a clock far from the gateway's may cost the login.
    pub fn connected(&mut self, now: Timestamp) {
        if self.state != State::Down {
            self.close(now, Why::ConnectionLost);
        }
        self.connection += 1;
        self.stop = false;
        self.inbox.clear();
        self.output.0.clear();
        self.flight = Flight::new();
        debug_assert_eq!(self.flight.next_sequence(), CONNECT_SEQUENCE);
        self.flight.push(Request::Connect, now.after(self.config.response_timeout));
        let proof = self.config.connect(&mut self.output.0, now);
        debug_assert!(proof.is_ok(), "the configuration was checked");
        self.proof = proof.unwrap_or_default();
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
    /// and `Unanswered`. On an error nothing was written. A message to many counts once here; how many a gateway counts
    /// against its rate is the caller's to know.
    pub fn submit(&mut self, ticket: u64, message: &Submit<'_>, now: Timestamp) -> Result<(), SubmitError> {
        self.may_send()?;
        if self.submits >= self.config.window || !self.flight.has_room() {
            return Err(SubmitError::Full { window: self.config.window });
        }
        let Config { version, source_addr, .. } = &self.config;
        message.encode(&mut self.output.0, *version, source_addr, self.flight.next_sequence())?;
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

    /// Whether the gateway accepted our login and nobody has begun to end the session.
    pub fn is_bound(&self) -> bool {
        matches!(self.state, State::Bound { .. })
    }

    /// Answers a DELIVER: it is durable here. Does nothing if its connection is gone (the gateway will send it again).
    pub fn acknowledge(&mut self, delivery: DeliveryRef, now: Timestamp) {
        self.answer(delivery, ResultCode::OK, now);
    }

    /// Answers a DELIVER with an error, such as `ResultCode::FLOW`: it could not be made durable, and the gateway may try
    /// again.
    pub fn refuse(&mut self, delivery: DeliveryRef, result: ResultCode, now: Timestamp) {
        self.answer(delivery, result, now);
    }

    fn answer(&mut self, delivery: DeliveryRef, result: ResultCode, now: Timestamp) {
        if self.state == State::Down || delivery.connection != self.connection {
            return;
        }
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
        let response = MessageResp { msg_id: delivery.msg_id, result };
        self.write(delivery.sequence, &Pdu::DeliverResp(response));
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
                Request::Connect => return self.close(now, Why::BindTimeout),
                Request::Terminate => return self.close(now, Why::Unbound),
                // It does not answer ACTIVE_TEST but it is there.
                Request::Enquire { sent, .. } if self.heard >= sent => self.enquiring = false,
                Request::Enquire { tries, .. } if tries < self.config.enquire_tries => {
                    self.enquire(tries + 1, now);
                }
                Request::Enquire { .. } => return self.close(now, Why::PeerSilent),
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
            self.enquire(1, now);
        }
    }

    /// Ends the session in good order: takes no more submits, waits for the answers that are due and for the caller's
    /// acknowledgements, sends TERMINATE, and stays down. `Closed` tells when it is over.
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
            State::Bound { .. } => return Ok(()),
            State::Down => "down",
            State::Binding => "binding",
            State::Draining { .. } | State::Unbinding { .. } => "unbinding",
        };
        Err(SubmitError::NotBound { found })
    }

    fn enquire(&mut self, tries: u32, now: Timestamp) {
        self.request(&Pdu::ActiveTest, Request::Enquire { sent: now, tries }, now);
        self.enquiring = true;
    }

    fn request(&mut self, pdu: &Pdu<'_>, request: Request, now: Timestamp) {
        self.write(self.flight.next_sequence(), pdu);
        self.flight.push(request, now.after(self.config.response_timeout));
    }

    /// Appends a PDU of numbers only, which always fits.
    fn write(&mut self, sequence: u32, pdu: &Pdu<'_>) {
        let written = pdu::encode(&mut self.output.0, self.config.version, sequence, pdu);
        debug_assert!(written.is_ok(), "it has no text");
    }

    fn unbind_when_drained(&mut self, now: Timestamp) {
        let State::Draining { since, until } = self.state else { return };
        if (self.submits == 0 && self.unacknowledged == 0) || now >= until {
            self.state = State::Unbinding { since };
            self.request(&Pdu::Terminate, Request::Terminate, now);
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

/// The CONNECT is the first request of a connection.
const CONNECT_SEQUENCE: u32 = 1;
/// How many messages of the gateway's may wait for `acknowledge`; more are answered "flow control" and come again.
pub const UNACKNOWLEDGED_MAX: usize = 65_536;
