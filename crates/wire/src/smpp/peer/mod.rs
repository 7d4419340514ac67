//! The carrier's side of a link (an SMSC, §2.2): for the carrier simulator, and for anyone whom the institution lets
//! send through Hongyan. Same shape as `session`: bytes in, bytes and events out, the next deadline as a value.
//!
//! It answers enquire_link and protocol mistakes itself; binds, submits, queries, cancellations and replacements are
//! for the caller to answer, in any order, by the sequence number of the event. It keeps no messages and no passwords.

mod event;
mod receive;

pub use event::{BindRequest, Event, Message};

use super::command::CommandId;
use super::error::EncodeError;
use super::flight::Flight;
use super::inbox::Inbox;
use super::pdu::{self, BindKind, BindResp, INTERFACE_VERSION, MessageResp, Pdu, ShortMessage};
use super::session::{Octets, SubmitError, Why};
use super::status::Status;
use super::tlv::{Tag, TlvBuf, Value};
use model::{Span, Timestamp};
use std::collections::VecDeque;

/// How a carrier treats one link.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who we say we are in the bind response; at most 15 octets.
    pub system_id: String,
    /// How long a fresh connection may take to bind (§2.7.1, session_init_timer).
    pub bind_timeout: Span,
    /// After so long without a word from the ESME, ask whether it is there.
    pub enquire_after: Span,
    /// How long any request of ours may wait for its answer.
    pub response_timeout: Span,
    /// How many deliver_sm may wait for their answer at once; from 1.
    pub window: usize,
}

impl Config {
    /// 10 s to bind, 60 s to enquire, 60 s for answers, a window of 100.
    pub fn new(system_id: impl Into<String>) -> Self {
        Self {
            system_id: system_id.into(),
            bind_timeout: Span::seconds(10),
            enquire_after: Span::seconds(60),
            response_timeout: Span::seconds(60),
            window: 100,
        }
    }
}

/// A link to one ESME. Made when its connection is accepted, thrown away after `Event::Closed`.
#[derive(Debug)]
pub struct ServerSession {
    config: Config,
    state: State,
    inbox: Inbox,
    output: Octets,
    events: VecDeque<Event>,
    flight: Flight<Request>,
    deliveries: usize,
    heard: Timestamp,
    enquiring: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waits for a bind until then.
    Open {
        until: Timestamp,
    },
    /// A bind came; the caller has not answered it.
    Asked {
        kind: BindKind,
        sequence: u32,
    },
    Bound(BindKind),
    Unbinding,
    Closed,
}

#[derive(Debug, Clone, Copy)]
enum Request {
    Deliver(u64),
    Enquire { sent: Timestamp },
    Unbind,
}

impl ServerSession {
    /// The connection was accepted.
    pub fn new(config: Config, now: Timestamp) -> Self {
        Self {
            state: State::Open { until: now.after(config.bind_timeout) },
            config,
            inbox: Inbox::default(),
            output: Octets::default(),
            events: VecDeque::new(),
            flight: Flight::new(),
            deliveries: 0,
            heard: now,
            enquiring: false,
        }
    }

    /// Accepts the bind that `Event::Bind` told of. Nothing happens when no bind waits.
    pub fn accept_bind(&mut self) -> Result<(), EncodeError> {
        let State::Asked { kind, sequence } = self.state else { return Ok(()) };
        let tlvs = TlvBuf::new().with(Tag::SC_INTERFACE_VERSION, Value::One(INTERFACE_VERSION))?;
        let answer = BindResp { system_id: self.config.system_id.as_bytes(), tlvs: tlvs.view() };
        pdu::encode(&mut self.output.0, Status::OK, sequence, &Pdu::BindResp(kind, answer))?;
        self.state = State::Bound(kind);
        Ok(())
    }

    /// Refuses the bind that `Event::Bind` told of, and ends the session.
    pub fn refuse_bind(&mut self, status: Status) {
        let State::Asked { kind, sequence } = self.state else { return };
        pdu::encode_header(&mut self.output.0, kind.command().response(), status, sequence);
        self.close(Why::BindRefused(status));
    }

    /// Answers a submit_sm. `message_id` is written only when the status accepts it (§4.4.2: no body otherwise).
    pub fn answer_submit(
        &mut self,
        sequence: u32,
        status: Status,
        message_id: &str,
    ) -> Result<(), EncodeError> {
        if !status.is_ok() {
            self.answer(CommandId::SUBMIT_SM, sequence, status);
            return Ok(());
        }
        let answer = Pdu::SubmitResp(MessageResp::new(message_id.as_bytes()));
        self.answer_with(sequence, status, &answer)
    }

    /// Answers any request with a status and no body.
    pub fn answer(&mut self, request: CommandId, sequence: u32, status: Status) {
        if self.state != State::Closed {
            pdu::encode_header(&mut self.output.0, request.response(), status, sequence);
        }
    }

    /// Answers any request with a whole response.
    pub fn answer_with(
        &mut self,
        sequence: u32,
        status: Status,
        response: &Pdu<'_>,
    ) -> Result<(), EncodeError> {
        if self.state == State::Closed {
            return Ok(());
        }
        pdu::encode(&mut self.output.0, status, sequence, response)
    }

    /// Sends a deliver_sm: a receipt or somebody's message. Returns its sequence number; the ticket comes back in
    /// `Event::DeliverAnswered` or `Event::DeliverUnanswered`.
    pub fn deliver(
        &mut self,
        ticket: u64,
        message: &ShortMessage<'_>,
        now: Timestamp,
    ) -> Result<u32, SubmitError> {
        match self.state {
            State::Bound(kind) if kind.delivers() => {}
            State::Bound(_) => return Err(SubmitError::NotBound { found: "bound to submit" }),
            _ => return Err(SubmitError::NotBound { found: "unbound" }),
        }
        if self.deliveries >= self.config.window || !self.flight.has_room() {
            return Err(SubmitError::Full { window: self.config.window });
        }
        let sequence = self.flight.next_sequence();
        pdu::encode(&mut self.output.0, Status::OK, sequence, &Pdu::Deliver(*message))?;
        self.flight.push(Request::Deliver(ticket), now.after(self.config.response_timeout));
        self.deliveries += 1;
        Ok(sequence)
    }

    /// How many more messages `deliver` would take now.
    pub fn window_free(&self) -> usize {
        match self.state {
            State::Bound(kind) if kind.delivers() && self.flight.has_room() => {
                self.config.window.saturating_sub(self.deliveries)
            }
            _ => 0,
        }
    }

    /// How the ESME is bound, if it is.
    pub fn bound(&self) -> Option<BindKind> {
        match self.state {
            State::Bound(kind) => Some(kind),
            _ => None,
        }
    }

    /// Asks the ESME whether it is there, without waiting for silence.
    pub fn enquire(&mut self, now: Timestamp) {
        if matches!(self.state, State::Bound(_)) && !self.enquiring {
            self.request(CommandId::ENQUIRE_LINK, Request::Enquire { sent: now }, now);
            self.enquiring = true;
        }
    }

    /// Ends the session from our side: unbinds and closes on the answer.
    pub fn unbind(&mut self, now: Timestamp) {
        match self.state {
            State::Bound(_) => {
                self.state = State::Unbinding;
                self.request(CommandId::UNBIND, Request::Unbind, now);
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

    /// Time passed: gives up on what waited too long, asks a silent ESME whether it is there.
    pub fn tick(&mut self, now: Timestamp) {
        if let State::Open { until } = self.state
            && now >= until
        {
            return self.close(Why::BindTimeout);
        }
        while let Some((_, request)) = self.flight.overdue(now) {
            match request {
                Request::Unbind => return self.close(Why::Unbound),
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
        pdu::encode_header(&mut self.output.0, command, Status::OK, self.flight.next_sequence());
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
