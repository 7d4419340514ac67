//! The connection that a gateway makes to an enterprise, to deliver messages and reports: what `inlet` is the other side of.

use super::super::EncodeError;
use super::super::frame::{Frame, Frames};
use super::super::inlet::delivered::misplaced;
use super::super::pdu::{self, Answer, Bind, Deliver, LOGIN_TO_DELIVER, Pdu, Report};
use super::super::sequence::Sequence;
use super::super::session::{Octets, ProtocolError, SubmitError, Why};
use super::super::status::Status;
use super::event::Event;
use crate::clock::{CHINA_AHEAD, stamp};
use crate::flight::{Flight, SEQUENCE_MAX};
use crate::inbox::Inbox;
use model::{Span, Timestamp};
use std::collections::VecDeque;

/// Who the gateway is with the enterprise, and how patient.
#[derive(Clone)]
pub struct OutletConfig {
    /// At most 16 octets.
    pub login_name: String,
    /// At most 16 octets. Never printed.
    pub password: String,
    /// The gateway's node.
    pub node: u32,
    /// How long any request may wait for its answer.
    pub response_timeout: Span,
    /// How many may wait at once; from 1.
    pub window: usize,
    /// How far the gateway's clock is ahead of UTC.
    pub clock_ahead: Span,
}

impl OutletConfig {
    /// 60 s for answers, a window of 16, China's clock.
    pub fn new(login_name: impl Into<String>, password: impl Into<String>, node: u32) -> Self {
        Self {
            login_name: login_name.into(),
            password: password.into(),
            node,
            response_timeout: Span::seconds(60),
            window: 16,
            clock_ahead: CHINA_AHEAD,
        }
    }
}

impl std::fmt::Debug for OutletConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OutletConfig({} as node {}, window {})", self.login_name, self.node, self.window)
    }
}

/// One connection to an enterprise. Made when it stands, thrown away after `Event::Closed`.
#[derive(Debug)]
pub struct Outlet {
    config: OutletConfig,
    state: State,
    inbox: Inbox<Frames>,
    output: Octets,
    events: VecDeque<Event>,
    flight: Flight<Request>,
    /// The count of the Bind.
    bind_counter: u32,
    deliveries: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Binding,
    Bound,
    Unbinding,
    Closed,
}

#[derive(Debug, Clone, Copy)]
enum Request {
    Bind,
    Deliver(u64),
    Unbind,
}

impl Outlet {
    /// The connection stands: binds. `first` is where its count begins, from 1: a gateway that connects again within a second
    /// goes on counting with `next_counter`.
    pub fn connected(config: OutletConfig, first: u32, now: Timestamp) -> Result<Self, EncodeError> {
        let first = first.clamp(1, SEQUENCE_MAX);
        let mut outlet = Self {
            config,
            state: State::Binding,
            inbox: Inbox::default(),
            output: Octets::default(),
            events: VecDeque::new(),
            flight: Flight::starting_at(first),
            bind_counter: first,
            deliveries: 0,
        };
        let bind = Bind {
            login_type: LOGIN_TO_DELIVER,
            login_name: outlet.config.login_name.as_bytes(),
            password: outlet.config.password.as_bytes(),
        };
        let sequence = outlet.next_sequence(now);
        pdu::encode(&mut outlet.output.0, sequence, &Pdu::Bind(bind))?;
        outlet.flight.push(Request::Bind, now.after(outlet.config.response_timeout));
        Ok(outlet)
    }

    /// Delivers somebody's message. The ticket comes back in `Event::DeliverAnswered` or `Event::DeliverUnanswered`.
    pub fn deliver(&mut self, ticket: u64, message: &Deliver<'_>, now: Timestamp) -> Result<(), SubmitError> {
        self.send(ticket, &Pdu::Deliver(*message), now)
    }

    /// Reports what became of a Submit. The ticket comes back as that of `deliver`.
    pub fn report(&mut self, ticket: u64, report: &Report<'_>, now: Timestamp) -> Result<(), SubmitError> {
        self.send(ticket, &Pdu::Report(*report), now)
    }

    /// How many more messages and reports it would take now.
    pub fn window_free(&self) -> usize {
        if self.state == State::Bound && self.flight.has_room() {
            self.config.window.saturating_sub(self.deliveries)
        } else {
            0
        }
    }

    /// The number the next request will get.
    pub fn next_counter(&self) -> u32 {
        self.flight.next_sequence()
    }

    /// Takes bytes from the connection, cut anywhere.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.state == State::Closed {
            return;
        }
        let mut inbox = std::mem::take(&mut self.inbox);
        let cut = inbox.each(bytes, |frame| {
            self.frame(&frame);
            self.state != State::Closed
        });
        self.inbox = inbox;
        if let Err(error) = cut {
            self.complain(ProtocolError::Frame(error), &[]);
            self.close(Why::BadStream);
        }
    }

    /// Ends the session: unbinds and closes on the answer.
    pub fn unbind(&mut self, now: Timestamp) {
        match self.state {
            State::Binding => self.close(Why::Unbound),
            State::Bound => {
                self.state = State::Unbinding;
                let sequence = self.next_sequence(now);
                let written = pdu::encode(&mut self.output.0, sequence, &Pdu::Unbind);
                debug_assert!(written.is_ok(), "a header always fits");
                self.flight.push(Request::Unbind, now.after(self.config.response_timeout));
            }
            State::Unbinding | State::Closed => {}
        }
    }

    /// The connection broke.
    pub fn disconnected(&mut self) {
        if self.state != State::Closed {
            self.close(Why::ConnectionLost);
        }
    }

    /// Time passed: gives up on what waited too long.
    pub fn tick(&mut self, now: Timestamp) {
        while let Some((_, request)) = self.flight.overdue(now) {
            match request {
                Request::Bind => return self.close(Why::BindTimeout),
                Request::Unbind => return self.close(Why::Unbound),
                Request::Deliver(ticket) => {
                    self.deliveries = self.deliveries.saturating_sub(1);
                    self.events.push_back(Event::DeliverUnanswered { ticket, why: Why::ResponseTimeout });
                }
            }
        }
    }

    /// When `tick` wants to be called, at the latest.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.flight.deadline()
    }

    /// What to write to the connection. Take it before waiting.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output.0
    }

    /// The next event, oldest first.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn send(&mut self, ticket: u64, pdu: &Pdu<'_>, now: Timestamp) -> Result<(), SubmitError> {
        if self.state != State::Bound {
            return Err(SubmitError::NotBound { found: "unbound" });
        }
        if self.window_free() == 0 {
            return Err(SubmitError::Full { window: self.config.window });
        }
        let sequence = self.next_sequence(now);
        pdu::encode(&mut self.output.0, sequence, pdu)?;
        self.flight.push(Request::Deliver(ticket), now.after(self.config.response_timeout));
        self.deliveries += 1;
        Ok(())
    }

    fn next_sequence(&self, now: Timestamp) -> Sequence {
        let time = stamp(now, self.config.clock_ahead);
        Sequence { node: self.config.node, time, counter: self.flight.next_sequence() }
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        let counter = frame.sequence.counter;
        match pdu::decode(frame) {
            Ok(Pdu::Answer(Answer::Bind, status)) if self.state == State::Binding => {
                self.bind_answered(status);
            }
            Ok(Pdu::Answer(Answer::Deliver | Answer::Report, status)) => {
                let Some(&Request::Deliver(ticket)) = self.flight.waiting(counter) else {
                    return self.complain(misplaced(frame), frame.body);
                };
                self.flight.take(counter);
                self.deliveries = self.deliveries.saturating_sub(1);
                self.events.push_back(Event::DeliverAnswered { ticket, status });
            }
            Ok(Pdu::Unbind) => {
                self.reply(frame, Status::OK);
                self.events.push_back(Event::Unbound);
                self.close(Why::PeerUnbound);
            }
            Ok(Pdu::UnbindResp) if self.state == State::Unbinding => self.close(Why::Unbound),
            Ok(_) => {
                if !frame.command.is_response() {
                    self.reply(frame, Status::BAD_COMMAND);
                }
                self.complain(misplaced(frame), frame.body);
            }
            Err(error) => {
                if !frame.command.is_response() {
                    self.reply(frame, Status::BAD_LENGTH);
                }
                self.complain(ProtocolError::Body(error), frame.body);
            }
        }
    }

    /// Any number is accepted: nothing else can be waiting during a bind.
    fn bind_answered(&mut self, status: Status) {
        if !status.is_ok() {
            self.events.push_back(Event::BindRefused { status });
            return self.close(Why::BindRefused(status));
        }
        self.flight.take(self.bind_counter);
        self.state = State::Bound;
        self.events.push_back(Event::Bound);
    }

    fn reply(&mut self, frame: &Frame<'_>, status: Status) {
        pdu::encode_answer(&mut self.output.0, frame.sequence, frame.command, status);
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }

    fn close(&mut self, why: Why) {
        let next = self.flight.next_sequence();
        let waiting = self.flight.clear();
        self.flight = Flight::starting_at(next);
        for request in waiting {
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
