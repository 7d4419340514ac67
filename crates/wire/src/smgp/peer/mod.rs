//! The gateway's side of a link: for the carrier simulator. Same shape as `session`: bytes in, bytes and events out, the next
//! deadline as a value.
//!
//! It answers Active_Test, Exit and protocol mistakes itself; logins and Submits are for the caller to answer, in any order, by the
//! sequence number of the event. It keeps no messages and no secrets.

mod event;
mod receive;

pub use event::{BindRequest, Event, Message};

use super::command::CommandId;
use super::frame::Frames;
use super::pdu::{self, Deliver, LoginMode, LoginResp, MessageResp, Pdu, VERSION};
use super::session::{Octets, SubmitError, Why};
use super::status::Status;
use super::{EncodeError, MsgId, auth};
use crate::flight::Flight;
use crate::inbox::Inbox;
use model::{Span, Timestamp};
use std::collections::VecDeque;

/// How a gateway treats one link.
#[derive(Debug, Clone)]
pub struct Config {
    /// The version we say we speak.
    pub version: u8,
    /// How long a fresh connection may take to log in.
    pub bind_timeout: Span,
    /// After so long without a word from the client, ask whether it is there.
    pub enquire_after: Span,
    /// How long any request of ours may wait for its answer.
    pub response_timeout: Span,
    /// How many Delivers may wait for their answer at once; from 1.
    pub window: usize,
}

impl Default for Config {
    /// 10 s to log in, 60 s to enquire, 60 s for answers, a window of 16.
    fn default() -> Self {
        Self {
            version: VERSION,
            bind_timeout: Span::seconds(10),
            enquire_after: Span::seconds(60),
            response_timeout: Span::seconds(60),
            window: 16,
        }
    }
}

/// A link to one client. Made when its connection is accepted, thrown away after `Event::Closed`.
#[derive(Debug)]
pub struct ServerSession {
    config: Config,
    state: State,
    /// The AuthenticatorClient of the login that waits; what our answer builds on.
    authenticator: Octets,
    inbox: Inbox<Frames>,
    output: Octets,
    events: VecDeque<Event>,
    flight: Flight<Request>,
    deliveries: usize,
    heard: Timestamp,
    enquiring: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waits for a login until then.
    Open {
        until: Timestamp,
    },
    /// A login came; the caller has not answered it.
    Asked {
        mode: LoginMode,
        sequence: u32,
    },
    Bound(LoginMode),
    Unbinding,
    Closed,
}

#[derive(Debug, Clone, Copy)]
enum Request {
    Deliver(u64),
    Enquire { sent: Timestamp },
    Exit,
}

impl ServerSession {
    /// The connection was accepted.
    pub fn new(config: Config, now: Timestamp) -> Self {
        Self {
            state: State::Open { until: now.after(config.bind_timeout) },
            config,
            authenticator: Octets::default(),
            inbox: Inbox::default(),
            output: Octets::default(),
            events: VecDeque::new(),
            flight: Flight::new(),
            deliveries: 0,
            heard: now,
            enquiring: false,
        }
    }

    /// Accepts the login that `Event::Bind` told of, proving that we know the secret. Nothing happens when no login waits.
    pub fn accept_bind(&mut self, secret: &str) -> Result<(), EncodeError> {
        let State::Asked { mode, sequence } = self.state else { return Ok(()) };
        let sum = self.authenticator.0.first_chunk().copied().unwrap_or_default();
        let answer = LoginResp {
            status: Status::OK,
            authenticator: auth::server(Status::OK, &sum, secret.as_bytes()),
            version: self.config.version,
        };
        pdu::encode(&mut self.output.0, sequence, &Pdu::LoginResp(answer))?;
        self.state = State::Bound(mode);
        Ok(())
    }

    /// Refuses the login that `Event::Bind` told of, and ends the session.
    pub fn refuse_bind(&mut self, status: Status) {
        let State::Asked { sequence, .. } = self.state else { return };
        pdu::encode_bare(&mut self.output.0, sequence, CommandId::LOGIN_RESP, status);
        self.close(Why::BindRefused(status));
    }

    /// Answers a Submit. The id counts when the status accepts the message.
    pub fn answer_submit(&mut self, sequence: u32, status: Status, msg_id: MsgId) -> Result<(), EncodeError> {
        if self.state == State::Closed {
            return Ok(());
        }
        pdu::encode(&mut self.output.0, sequence, &Pdu::SubmitResp(MessageResp { msg_id, status }))
    }

    /// Sends a Deliver: a report or somebody's message. Returns its sequence number; the ticket comes back in
    /// `Event::DeliverAnswered` or `Event::DeliverUnanswered`.
    pub fn deliver(
        &mut self,
        ticket: u64,
        message: &Deliver<'_>,
        now: Timestamp,
    ) -> Result<u32, SubmitError> {
        match self.state {
            State::Bound(mode) if mode.delivers() => {}
            State::Bound(_) => return Err(SubmitError::NotBound { found: "bound to submit" }),
            _ => return Err(SubmitError::NotBound { found: "unbound" }),
        }
        if self.deliveries >= self.config.window || !self.flight.has_room() {
            return Err(SubmitError::Full { window: self.config.window });
        }
        let sequence = self.flight.next_sequence();
        pdu::encode(&mut self.output.0, sequence, &Pdu::Deliver(*message))?;
        self.flight.push(Request::Deliver(ticket), now.after(self.config.response_timeout));
        self.deliveries += 1;
        Ok(sequence)
    }

    /// How many more messages `deliver` would take now.
    pub fn window_free(&self) -> usize {
        match self.state {
            State::Bound(mode) if mode.delivers() && self.flight.has_room() => {
                self.config.window.saturating_sub(self.deliveries)
            }
            _ => 0,
        }
    }

    /// How the client is logged in, if it is.
    pub fn bound(&self) -> Option<LoginMode> {
        match self.state {
            State::Bound(mode) => Some(mode),
            _ => None,
        }
    }

    /// Asks the client whether it is there, without waiting for silence.
    pub fn enquire(&mut self, now: Timestamp) {
        if matches!(self.state, State::Bound(_)) && !self.enquiring {
            self.request(CommandId::ACTIVE_TEST, Request::Enquire { sent: now }, now);
            self.enquiring = true;
        }
    }

    /// Ends the session from our side: says Exit and closes on the answer.
    pub fn unbind(&mut self, now: Timestamp) {
        match self.state {
            State::Bound(_) => {
                self.state = State::Unbinding;
                self.request(CommandId::EXIT, Request::Exit, now);
            }
            State::Open { .. } | State::Asked { .. } => self.close(Why::Unbound),
            State::Unbinding | State::Closed => {}
        }
    }

    /// The connection broke.
    pub fn disconnected(&mut self) {
        if self.state != State::Closed {
            self.close(Why::ConnectionLost);
        }
    }

    /// Time passed: gives up on what waited too long, asks a silent client whether it is there.
    pub fn tick(&mut self, now: Timestamp) {
        if let State::Open { until } = self.state
            && now >= until
        {
            return self.close(Why::BindTimeout);
        }
        while let Some((_, request)) = self.flight.overdue(now) {
            match request {
                Request::Exit => return self.close(Why::Unbound),
                Request::Enquire { sent } if self.heard < sent => return self.close(Why::PeerSilent),
                Request::Enquire { .. } => self.enquiring = false,
                Request::Deliver(ticket) => {
                    self.deliveries = self.deliveries.saturating_sub(1);
                    self.events.push_back(Event::DeliverUnanswered { ticket, why: Why::ResponseTimeout });
                }
            }
        }
        if now >= self.heard.after(self.config.enquire_after) {
            self.enquire(now);
        }
    }

    /// When `tick` wants to be called, at the latest.
    pub fn deadline(&self) -> Option<Timestamp> {
        let own = match self.state {
            State::Open { until } => Some(until),
            State::Bound(_) if !self.enquiring => Some(self.heard.after(self.config.enquire_after)),
            _ => None,
        };
        match (own, self.flight.deadline()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// What to write to the connection. Take it before waiting.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output.0
    }

    /// The next event, oldest first.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn request(&mut self, command: CommandId, request: Request, now: Timestamp) {
        pdu::encode_bare(&mut self.output.0, self.flight.next_sequence(), command, Status::OK);
        self.flight.push(request, now.after(self.config.response_timeout));
    }

    fn close(&mut self, why: Why) {
        for request in self.flight.clear() {
            if let Request::Deliver(ticket) = request {
                self.events.push_back(Event::DeliverUnanswered { ticket, why });
            }
        }
        self.deliveries = 0;
        self.inbox.clear();
        self.state = State::Closed;
        self.events.push_back(Event::Closed { why });
    }
}
