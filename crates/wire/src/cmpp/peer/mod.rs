//! The gateway's side of a link (an ISMG, §7 and §8.3): for the carrier simulator, and for anyone whom the institution
//! lets send through Hongyan. Same shape as `session`: bytes in, bytes and events out, the next deadline as a value.
//!
//! It answers ACTIVE_TEST, TERMINATE and protocol mistakes itself; logins, submits, queries and cancellations are for the
//! caller to answer, in any order, by the sequence number of the event. It keeps no messages and no secrets.

mod event;
mod receive;

pub use event::{Account, BindRequest, Event, Fee, Message};

use super::error::EncodeError;
use super::frame::Frames;
use super::login::Authenticator;
use super::msg_id::MsgId;
use super::pdu::{self, ConnectResp, Deliver, MessageResp, Pdu, QueryResp};
use super::report::{self, Outcome};
use super::session::{Octets, SubmitError, Why};
use super::status::{ConnectStatus, ResultCode};
use super::version::Version;
use crate::flight::Flight;
use crate::inbox::Inbox;
use model::{Span, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// How a gateway treats one link.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long a fresh connection may take to log in.
    pub bind_timeout: Span,
    /// After so long without a word from the provider, ask whether it is there (C).
    pub enquire_after: Span,
    /// How often to ask before the link is given up (N); from 1.
    pub enquire_tries: u32,
    /// How long any request of ours may wait for its answer (T).
    pub response_timeout: Span,
    /// How many DELIVERs may wait for their answer at once (W); from 1.
    pub window: usize,
    /// How many SUBMITs may wait for our caller's answer at once; more are answered "flow control". From 1.
    pub submits_max: usize,
}

impl Default for Config {
    /// 10 s to log in, 180 s to enquire, three times, 60 s for answers, a window of 16 (§7.1), 1,024 submits.
    fn default() -> Self {
        Self {
            bind_timeout: Span::seconds(10),
            enquire_after: Span::seconds(180),
            enquire_tries: 3,
            response_timeout: Span::seconds(60),
            window: 16,
            submits_max: 1_024,
        }
    }
}

/// A link to one provider. Made when its connection is accepted, thrown away after `Event::Closed`.
#[derive(Debug)]
pub struct ServerSession {
    config: Config,
    state: State,
    /// What is spoken; 2.0 until the login says otherwise, whose own PDUs are the same in both.
    version: Version,
    inbox: Inbox<Frames>,
    output: Octets,
    events: VecDeque<Event>,
    flight: Flight<Request>,
    deliveries: usize,
    /// The submits that wait for the caller's answer, by number, each with a digest of its body.
    submits: BTreeMap<u32, u64>,
    heard: Timestamp,
    enquiring: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waits for a CONNECT until then.
    Open {
        until: Timestamp,
    },
    /// A CONNECT came; the caller has not answered it.
    Asked {
        sequence: u32,
        proof: Authenticator,
        version: u8,
    },
    Bound,
    Unbinding,
    Closed,
}

#[derive(Debug, Clone, Copy)]
enum Request {
    Deliver(u64),
    Enquire { sent: Timestamp, tries: u32 },
    Terminate,
}

/// A status report on its way to the provider.
#[derive(Debug, Clone, Copy)]
pub struct ReportDelivery<'a> {
    /// The id of the DELIVER itself.
    pub msg_id: MsgId,
    /// The access number the message was sent from.
    pub dest_id: &'a str,
    /// The service of the message.
    pub service_id: &'a str,
    /// What became of which message.
    pub outcome: Outcome<'a>,
}

impl ServerSession {
    /// The connection was accepted.
    pub fn new(config: Config, now: Timestamp) -> Self {
        Self {
            state: State::Open { until: now.after(config.bind_timeout) },
            config,
            version: Version::V2,
            inbox: Inbox::default(),
            output: Octets::default(),
            events: VecDeque::new(),
            flight: Flight::new(),
            deliveries: 0,
            submits: BTreeMap::new(),
            heard: now,
            enquiring: false,
        }
    }

    /// Accepts the login that `Event::Bind` told of, to go on in this version (`BindRequest::check` says which), and
    /// proves that we know the secret. Nothing happens when no login waits.
    pub fn accept_bind(&mut self, secret: &str, version: Version) {
        let State::Asked { sequence, proof, version: asked } = self.state else { return };
        let status = ConnectStatus::OK;
        let authenticator = Authenticator::ismg(version, status, proof, secret.as_bytes());
        self.version = version;
        self.state = State::Bound;
        self.write(
            sequence,
            &Pdu::ConnectResp(ConnectResp { status, authenticator, version: version.answer(asked) }),
        );
    }

    /// Refuses the login that `Event::Bind` told of, and ends the session.
    pub fn refuse_bind(&mut self, status: ConnectStatus) {
        let State::Asked { sequence, version: asked, .. } = self.state else { return };
        // A version that nobody knows is answered as the highest we do.
        self.version = Version::of(asked).unwrap_or(Version::V3);
        let version = self.version.answer(asked);
        self.write(sequence, &Pdu::ConnectResp(ConnectResp { status, version, ..ConnectResp::default() }));
        self.close(Why::BindRefused(status));
    }

    /// Answers a SUBMIT. The id is written only when the result accepts it. Nothing happens when no SUBMIT of this number
    /// waits.
    pub fn answer_submit(&mut self, sequence: u32, result: ResultCode, msg_id: MsgId) {
        if self.submits.remove(&sequence).is_some() {
            let msg_id = if result.is_ok() { msg_id } else { MsgId::NONE };
            self.write(sequence, &Pdu::SubmitResp(MessageResp { msg_id, result }));
        }
    }

    /// Answers a CANCEL: whether the message was taken back.
    pub fn answer_cancel(&mut self, sequence: u32, cancelled: bool) {
        if self.state != State::Closed {
            self.write(sequence, &Pdu::CancelResp(u32::from(!cancelled)));
        }
    }

    /// Answers a QUERY.
    pub fn answer_query(&mut self, sequence: u32, figures: &QueryResp<'_>) -> Result<(), EncodeError> {
        self.answer_with(sequence, &Pdu::QueryResp(*figures))
    }

    /// Answers any request with any response, or sends what no gateway should: for simulators.
    pub fn answer_with(&mut self, sequence: u32, response: &Pdu<'_>) -> Result<(), EncodeError> {
        if self.state == State::Closed {
            return Ok(());
        }
        pdu::encode(&mut self.output.0, self.version, sequence, response)
    }

    /// Sends a DELIVER. Returns its sequence number; the ticket comes back in `Event::DeliverAnswered` or
    /// `Event::DeliverUnanswered`.
    pub fn deliver(
        &mut self,
        ticket: u64,
        message: &Deliver<'_>,
        now: Timestamp,
    ) -> Result<u32, SubmitError> {
        if self.state != State::Bound {
            return Err(SubmitError::NotBound { found: "unbound" });
        }
        if self.deliveries >= self.config.window || !self.flight.has_room() {
            return Err(SubmitError::Full { window: self.config.window });
        }
        let sequence = self.flight.next_sequence();
        pdu::encode(&mut self.output.0, self.version, sequence, &Pdu::Deliver(*message))?;
        self.flight.push(Request::Deliver(ticket), now.after(self.config.response_timeout));
        self.deliveries += 1;
        Ok(sequence)
    }

    /// Sends a status report, as wide as the version has it. Like `deliver` otherwise.
    pub fn deliver_report(
        &mut self,
        ticket: u64,
        delivery: &ReportDelivery<'_>,
        now: Timestamp,
    ) -> Result<u32, SubmitError> {
        let mut content = Vec::new();
        report::write(&mut content, self.version, &delivery.outcome)?;
        let message = Deliver {
            msg_id: delivery.msg_id,
            dest_id: delivery.dest_id.as_bytes(),
            service_id: delivery.service_id.as_bytes(),
            src_terminal_id: delivery.outcome.destination.as_bytes(),
            registered_delivery: 1,
            content: &content,
            ..Deliver::default()
        };
        self.deliver(ticket, &message, now)
    }

    /// How many more messages `deliver` would take now.
    pub fn window_free(&self) -> usize {
        if self.state != State::Bound || !self.flight.has_room() {
            return 0;
        }
        self.config.window.saturating_sub(self.deliveries)
    }

    /// How many SUBMITs wait for the caller's answer.
    pub fn unanswered(&self) -> usize {
        self.submits.len()
    }

    /// The version that is spoken, once the provider is logged in.
    pub fn bound(&self) -> Option<Version> {
        (self.state == State::Bound).then_some(self.version)
    }

    /// Asks the provider whether it is there, without waiting for silence.
    pub fn enquire(&mut self, now: Timestamp) {
        if self.state == State::Bound && !self.enquiring {
            self.ask(1, now);
        }
    }

    /// Ends the session from our side: sends TERMINATE and closes on the answer.
    pub fn unbind(&mut self, now: Timestamp) {
        match self.state {
            State::Bound => {
                self.state = State::Unbinding;
                self.request(&Pdu::Terminate, Request::Terminate, now);
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

    /// Time passed: gives up on what waited too long, asks a silent provider whether it is there.
    pub fn tick(&mut self, now: Timestamp) {
        if let State::Open { until } = self.state
            && now >= until
        {
            return self.close(Why::BindTimeout);
        }
        while let Some((_, request)) = self.flight.overdue(now) {
            match request {
                Request::Terminate => return self.close(Why::Unbound),
                Request::Enquire { sent, .. } if self.heard >= sent => self.enquiring = false,
                Request::Enquire { tries, .. } if tries < self.config.enquire_tries => {
                    self.ask(tries + 1, now);
                }
                Request::Enquire { .. } => return self.close(Why::PeerSilent),
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
            State::Bound if !self.enquiring => Some(self.heard.after(self.config.enquire_after)),
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

    fn ask(&mut self, tries: u32, now: Timestamp) {
        self.request(&Pdu::ActiveTest, Request::Enquire { sent: now, tries }, now);
        self.enquiring = true;
    }

    fn request(&mut self, pdu: &Pdu<'_>, request: Request, now: Timestamp) {
        self.write(self.flight.next_sequence(), pdu);
        self.flight.push(request, now.after(self.config.response_timeout));
    }

    /// Appends a PDU of numbers only, which always fits.
    fn write(&mut self, sequence: u32, pdu: &Pdu<'_>) {
        let written = pdu::encode(&mut self.output.0, self.version, sequence, pdu);
        debug_assert!(written.is_ok(), "it has no text");
    }

    fn close(&mut self, why: Why) {
        for request in self.flight.clear() {
            if let Request::Deliver(ticket) = request {
                self.events.push_back(Event::DeliverUnanswered { ticket, why });
            }
        }
        self.deliveries = 0;
        self.submits.clear();
        self.state = State::Closed;
        self.events.push_back(Event::Closed { why });
    }
}
