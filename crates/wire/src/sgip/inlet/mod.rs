//! Our side of the connection that a gateway makes to us: it binds (login type 2), delivers messages and reports, and we answer.
//! The server listens, makes an `Inlet` for each connection it accepts, and throws it away after `Closed`. Same shape and
//! same events as `session`; nothing is submitted here.
//!
//! A message is answered only when the caller says so (`acknowledge`), that is after it is durable; if the process dies before
//! that, the gateway sends it again. Nobody gets to deliver anything before they have bound with the name and the password
//! of the configuration: a report from a stranger would be a lie in the ledger.

pub(super) mod delivered;

use super::frame::{Frame, Frames};
use super::pdu::{self, Bind, LOGIN_TO_DELIVER, Pdu};
use super::session::{Delivery, DeliveryRef, Event, Octets, ProtocolError, UNACKNOWLEDGED_MAX, Why};
use super::status::Status;
use crate::fixed::{Number, same_secret};
use crate::inbox::Inbox;
use model::{Span, Timestamp};
use std::collections::VecDeque;

/// Whom we let in, and how patiently.
#[derive(Clone)]
pub struct Config {
    /// The gateway's name with us; at most 16 octets.
    pub login_name: String,
    /// At most 16 octets. Never printed.
    pub password: String,
    /// How long a fresh connection may take to bind.
    pub bind_timeout: Span,
    /// After so long without a word the connection is closed: there is no keep-alive, and a gateway that has something to say
    /// dials again.
    pub idle_max: Span,
}

impl Config {
    /// 10 s to bind, an hour without a word.
    pub fn new(login_name: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            login_name: login_name.into(),
            password: password.into(),
            bind_timeout: Span::seconds(10),
            idle_max: Span::hours(1),
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Config(lets {} in)", self.login_name)
    }
}

/// One connection that a gateway made.
#[derive(Debug)]
pub struct Inlet {
    config: Config,
    /// The caller's number for the connection, so that an answer never goes over another one.
    connection: u64,
    state: State,
    inbox: Inbox<Frames>,
    output: Octets,
    events: VecDeque<Event>,
    unacknowledged: usize,
    heard: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waits for a Bind until then.
    Open {
        until: Timestamp,
    },
    Bound,
    /// Takes nothing new; waits for the caller's answers, at most until then.
    Draining {
        until: Timestamp,
    },
    Closed,
}

impl Inlet {
    /// The connection was accepted. Give each connection a number of its own.
    pub fn new(config: Config, connection: u64, now: Timestamp) -> Self {
        Self {
            state: State::Open { until: now.after(config.bind_timeout) },
            config,
            connection,
            inbox: Inbox::default(),
            output: Octets::default(),
            events: VecDeque::new(),
            unacknowledged: 0,
            heard: now,
        }
    }

    /// Takes bytes from the connection, cut anywhere.
    pub fn receive(&mut self, bytes: &[u8], now: Timestamp) {
        if self.state == State::Closed {
            return;
        }
        let mut inbox = std::mem::take(&mut self.inbox);
        let cut = inbox.each(bytes, |frame| {
            self.heard = now;
            self.frame(&frame);
            self.state != State::Closed
        });
        self.inbox = inbox;
        if let Err(error) = cut {
            self.complain(ProtocolError::Frame(error), &[]);
            self.close(Why::BadStream);
        }
    }

    /// Answers a message or report: it is durable here. Does nothing if it came over another connection or this one is closed
    /// (the gateway will send it again).
    pub fn acknowledge(&mut self, delivery: DeliveryRef, now: Timestamp) {
        self.refuse(delivery, Status::OK, now);
    }

    /// Answers a message or report with an error, such as `Status::BUSY`: it could not be made durable, and the gateway may try
    /// again.
    pub fn refuse(&mut self, delivery: DeliveryRef, status: Status, now: Timestamp) {
        if self.state == State::Closed || delivery.connection != self.connection {
            return;
        }
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
        pdu::encode_answer(&mut self.output.0, delivery.sequence, delivery.command, status);
        self.close_when_drained(now);
    }

    /// What to write to the connection. Take it before waiting.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output.0
    }

    /// The next event, oldest first.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether the gateway has bound and nobody has begun to end it.
    pub fn is_bound(&self) -> bool {
        self.state == State::Bound
    }

    /// When `tick` wants to be called, at the latest; none when it is closed.
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Open { until } | State::Draining { until } => Some(until),
            State::Bound => Some(self.heard.after(self.config.idle_max)),
            State::Closed => None,
        }
    }

    /// Time passed: closes what does not bind or says nothing.
    pub fn tick(&mut self, now: Timestamp) {
        if self.deadline().is_some_and(|at| at <= now) {
            self.close(match self.state {
                State::Open { .. } => Why::BindTimeout,
                State::Draining { .. } => Why::Unbound,
                State::Bound | State::Closed => Why::PeerSilent,
            });
        }
    }

    /// Ends the connection in good order: what comes from now on is refused as busy, what waits may still be answered for as
    /// long as a bind may take, and then it is closed.
    pub fn unbind(&mut self, now: Timestamp) {
        match self.state {
            State::Open { .. } => self.close(Why::Unbound),
            State::Bound => {
                self.state = State::Draining { until: now.after(self.config.bind_timeout) };
                self.close_when_drained(now);
            }
            State::Draining { .. } | State::Closed => {}
        }
    }

    /// The connection broke.
    pub fn disconnected(&mut self) {
        if self.state != State::Closed {
            self.close(Why::ConnectionLost);
        }
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        match pdu::decode(frame) {
            Ok(Pdu::Bind(bind)) => self.bind(frame, &bind),
            Ok(Pdu::Unbind) => {
                self.reply(frame, Status::OK);
                self.events.push_back(Event::PeerUnbound);
                self.close(Why::PeerUnbound);
            }
            Ok(Pdu::Deliver(_) | Pdu::Report(_)) if matches!(self.state, State::Open { .. }) => {
                self.reply(frame, Status::BAD_LOGIN);
                self.complain(ProtocolError::UnexpectedRequest(frame.command), &[]);
            }
            Ok(Pdu::Deliver(message)) => {
                let (from, to, content) = delivered::message(&message);
                self.arrived(frame, from, to, content);
            }
            Ok(Pdu::Report(report)) => {
                let (from, to, content) = delivered::report(&report, frame.body);
                self.arrived(frame, from, to, content);
            }
            Ok(_) => {
                if !frame.command.is_response() {
                    self.reply(frame, Status::BAD_COMMAND);
                }
                self.complain(delivered::misplaced(frame), frame.body);
            }
            Err(error) => {
                if !frame.command.is_response() {
                    self.reply(frame, Status::BAD_LENGTH);
                }
                self.complain(ProtocolError::Body(error), frame.body);
            }
        }
    }

    fn bind(&mut self, frame: &Frame<'_>, bind: &Bind<'_>) {
        if !matches!(self.state, State::Open { .. }) {
            self.reply(frame, Status::REPEATED_LOGIN);
            return self.complain(ProtocolError::UnexpectedRequest(frame.command), &[]);
        }
        let known = same_secret(bind.login_name, self.config.login_name.as_bytes())
            & same_secret(bind.password, self.config.password.as_bytes());
        let status = match (known, bind.login_type) {
            (false, _) => Status::BAD_LOGIN,
            (true, LOGIN_TO_DELIVER) => Status::OK,
            (true, _) => Status::BAD_LOGIN_TYPE,
        };
        self.reply(frame, status);
        if status.is_ok() {
            self.state = State::Bound;
            self.events.push_back(Event::Bound);
        } else {
            self.events.push_back(Event::BindRefused { status });
            self.close(Why::BindRefused(status));
        }
    }

    fn arrived(&mut self, frame: &Frame<'_>, from: Number, to: Number, content: Delivery) {
        if self.state != State::Bound {
            return self.reply(frame, Status::BUSY);
        }
        if self.unacknowledged >= UNACKNOWLEDGED_MAX {
            self.reply(frame, Status::BUSY);
            return self.complain(ProtocolError::TooManyUnacknowledged { max: UNACKNOWLEDGED_MAX }, &[]);
        }
        self.unacknowledged += 1;
        let delivery = delivered::reference(self.connection, frame);
        self.events.push_back(Event::Delivered { delivery, from, to, content });
    }

    fn close_when_drained(&mut self, now: Timestamp) {
        if let State::Draining { until } = self.state
            && (self.unacknowledged == 0 || now >= until)
        {
            self.close(Why::Unbound);
        }
    }

    fn reply(&mut self, frame: &Frame<'_>, status: Status) {
        pdu::encode_answer(&mut self.output.0, frame.sequence, frame.command, status);
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }

    fn close(&mut self, why: Why) {
        self.unacknowledged = 0;
        self.inbox.clear();
        self.state = State::Closed;
        self.events.push_back(Event::Closed { why, may_retry_at: None });
    }
}
