//! Our side of the connection that we make to a gateway of China Unicom: bind, window, time limits, unbinding, dialling again.
//! Without sockets: the caller tells what happened and when, and takes bytes, events and the next deadline. The same words
//! and the same promises as `smpp::session`.
//!
//! What it promises:
//! - every ticket given to `submit` comes back exactly once: as `Submitted`, `Refused` or `Unanswered`. Only after
//!   `Unanswered` may one more word follow: `LateAnswer`.
//! - one PDU costs constant time, and nothing a peer sends makes it panic or grow without limit, as long as the caller
//!   takes the events after each `receive`.
//! - no two messages of a node get one sequence number, as long as its sessions have different lanes: the number counts on over
//!   connections, and a new process begins at another count in each millisecond of a second.
//!
//! SGIP has no keep-alive. So a gateway that has said nothing since a Submit whose time is over is taken for gone: the connection is
//! closed and made again. Gateways close idle connections as they please; a connection that lasted is dialled again
//! at once.
//!
//! It never sends a message twice, never retries one, and never decides what an unanswered one means. Messages and reports come over
//! the other connection (`inlet`); a gateway that sends them here is forgiven, they are `Delivered` all the same.

mod config;
mod submit;
mod event;
mod receive;

pub use config::{Config, ConfigError, LANES};
pub use event::{Delivery, DeliveryRef, Event, Inbound, Octets, ProtocolError, Receipt, Why};
pub use submit::{Payload, ReportFlag, Submit, SubmitError, WE_PAY};

use super::frame::Frames;
use super::pdu::{self, Pdu};
use super::sequence::Sequence;
use super::status::Status;
use crate::backoff::Backoff;
use crate::clock::stamp;
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
    /// How many of `flight` are submits.
    submits: usize,
    late: Late,
    /// The times in the sequence numbers of those in `late`.
    late_times: Late,
    /// How many messages of the gateway's wait for `acknowledge`.
    unacknowledged: usize,
    /// When the last PDU came.
    heard: Timestamp,
    /// Whether `flight` counts already.
    counting: bool,
    /// The count of this connection's Bind.
    bind_counter: u32,
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
    Bind,
    Submit { ticket: u64, id: Sequence, sent: Timestamp },
    Unbind,
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
            submits: 0,
            late: Late::default(),
            late_times: Late::default(),
            unacknowledged: 0,
            heard: Timestamp(i64::MIN),
            counting: false,
            bind_counter: 0,
            config,
        })
    }

    /// When to dial, while the session is down; none while it is up or was told to end.
    pub fn dial_at(&self) -> Option<Timestamp> {
        (self.state == State::Down && !self.stop).then_some(self.dial_at)
    }

    /// The connection stands: binds.
    pub fn connected(&mut self, now: Timestamp) {
        if self.state != State::Down {
            self.close(now, Why::ConnectionLost);
        }
        self.connection += 1;
        self.stop = false;
        self.inbox.clear();
        self.output.0.clear();
        if !self.counting {
            self.counting = true;
            self.flight = Flight::starting_at(first_counter(self.config.lane, now));
        }
        let sequence = self.next_sequence(now);
        self.bind_counter = sequence.counter;
        self.flight.push(Request::Bind, now.after(self.config.response_timeout));
        let bind = self.config.bind(&mut self.output.0, sequence);
        debug_assert!(bind.is_ok(), "the configuration was checked when the session was made");
        self.state = State::Binding;
        self.heard = now;
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
    /// and `Unanswered`. Returns the message's id, which its Report will name. On an error nothing was written.
    pub fn submit(
        &mut self,
        ticket: u64,
        message: &Submit<'_>,
        now: Timestamp,
    ) -> Result<Sequence, SubmitError> {
        self.may_send()?;
        if self.submits >= self.config.window || !self.flight.has_room() {
            return Err(SubmitError::Full { window: self.config.window });
        }
        let id = self.next_sequence(now);
        message.encode(&mut self.output.0, id)?;
        let request = Request::Submit { ticket, id, sent: now };
        self.flight.push(request, now.after(self.config.response_timeout));
        self.submits += 1;
        Ok(id)
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

    /// Whether the gateway accepted our Bind and nobody has begun to unbind.
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
        pdu::encode_answer(&mut self.output.0, delivery.sequence, delivery.command, status);
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

    /// When `tick` wants to be called, at the latest. None while the session is down (see `dial_at`), and while it is up and
    /// nothing waits.
    pub fn deadline(&self) -> Option<Timestamp> {
        let own = match self.state {
            State::Draining { until, .. } => Some(until),
            State::Down | State::Bound { .. } | State::Binding | State::Unbinding { .. } => None,
        };
        match (own, self.flight.deadline()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Time passed: gives up on what waited too long, and on a gateway that has said nothing since.
    pub fn tick(&mut self, now: Timestamp) {
        while let Some((counter, request)) = self.flight.overdue(now) {
            match request {
                Request::Bind => return self.close(now, Why::BindTimeout),
                Request::Unbind => return self.close(now, Why::Unbound),
                Request::Submit { ticket, id, sent } => {
                    self.submits = self.submits.saturating_sub(1);
                    let silent = self.heard <= sent;
                    let why = if silent { Why::PeerSilent } else { Why::ResponseTimeout };
                    self.events.push_back(Event::Unanswered { ticket, why });
                    if silent {
                        return self.close(now, why);
                    }
                    self.late.remember(counter, ticket);
                    self.late_times.remember(counter, u64::from(id.time));
                }
            }
        }
        self.unbind_when_drained(now);
    }

    /// Ends the session in good order: takes no more submits, waits for the answers that are due and for the caller's
    /// acknowledgements, unbinds, and stays down. `Closed` tells when it is over.
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

    fn next_sequence(&self, now: Timestamp) -> Sequence {
        let time = stamp(now, self.config.clock_ahead);
        Sequence { node: self.config.node, time, counter: self.flight.next_sequence() }
    }

    fn unbind_when_drained(&mut self, now: Timestamp) {
        let State::Draining { since, until } = self.state else { return };
        if (self.submits == 0 && self.unacknowledged == 0) || now >= until {
            self.state = State::Unbinding { since };
            let sequence = self.next_sequence(now);
            let written = pdu::encode(&mut self.output.0, sequence, &Pdu::Unbind);
            debug_assert!(written.is_ok(), "a header always fits");
            self.flight.push(Request::Unbind, now.after(self.config.response_timeout));
        }
    }

    /// The link is over, whoever ended it. What `output` holds may still be written before the socket is closed.
    fn close(&mut self, now: Timestamp, why: Why) {
        let next = self.flight.next_sequence();
        for request in self.flight.clear() {
            if let Request::Submit { ticket, .. } = request {
                self.events.push_back(Event::Unanswered { ticket, why });
            }
        }
        self.flight = Flight::starting_at(next);
        let lasted = match self.state {
            State::Bound { since } | State::Draining { since, .. } | State::Unbinding { since } => {
                now.since(since)
            }
            State::Down | State::Binding => Span(0),
        };
        self.submits = 0;
        self.unacknowledged = 0;
        self.late.clear();
        self.late_times.clear();
        self.state = State::Down;
        self.dial_at = match why {
            Why::BindRefused(status) if status.refuses_credentials() => self.backoff.after_refusal(now),
            _ => self.backoff.after_failure(now, lasted),
        };
        self.events.push_back(Event::Closed { why, may_retry_at: self.dial_at() });
    }
}

/// Where a session's count begins: in its lane, at another place in each millisecond of a second, so that a process that
/// starts again within a second does not repeat the numbers of the one before.
fn first_counter(lane: u8, now: Timestamp) -> u32 {
    // Below 1,000.
    let millis = now.0.rem_euclid(1_000) as u32;
    (u32::from(lane) << 24) + millis * (LANE_COUNTS / 1_000) + 1
}

/// How many numbers a lane has.
const LANE_COUNTS: u32 = 1 << 24;
/// How many messages of the gateway's may wait for `acknowledge`; more are answered "busy" and come again.
pub const UNACKNOWLEDGED_MAX: usize = 65_536;
