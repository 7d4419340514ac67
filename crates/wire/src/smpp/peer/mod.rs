//! The carrier's side of a link (an SMSC, §2.2): for the carrier simulator, and for anyone whom the institution lets
//! send through Hongyan. Same shape as `session`: bytes in, bytes and events out, the next deadline as a value.
//!
//! It answers enquire_link, protocol mistakes and fields that break the specification itself; binds, submits, queries,
//! cancellations and replacements are for the caller to answer, in any order, by the sequence number of the event. It
//! keeps no messages and no passwords, sends nothing twice, and judges neither accounts nor texts.
//!
//! Nothing a stranger does makes it panic or grow without limit, as long as the caller takes events and output after
//! each `receive`: the time to bind and for a PDU, the requests that wait, the output that waits are all bounded
//! (`Config`).

mod check;
mod config;
mod event;
mod message;
mod outgoing;
mod receive;

pub use config::{Config, OverWindow, ReceiptForm};
pub use event::{BindRequest, Event};
pub use message::{Message, Recipient};
pub use outgoing::Receipt;

use super::command::CommandId;
use super::error::EncodeError;
use super::frame::Frames;
use super::pdu::{
    self, BindKind, BindResp, INTERFACE_VERSION, INTERFACE_VERSION_5, MessageResp, Outbind, Pdu,
    SubmitMultiResp, Unsuccessful,
};
use super::session::{Octets, ProtocolError, Why};
use super::status::Status;
use super::tlv::{Tag, TlvBuf, Tlvs, Value};
use crate::flight::Flight;
use crate::inbox::Inbox;
use model::Timestamp;
use std::collections::{HashMap, VecDeque};

/// A link to one ESME. Made when its connection is accepted, thrown away after `Event::Closed`.
#[derive(Debug)]
pub struct ServerSession {
    config: Config,
    state: State,
    /// What both sides speak; ours until somebody asks to bind.
    version: u8,
    inbox: Inbox<Frames>,
    /// When the PDU began that is not whole yet.
    unfinished_since: Option<Timestamp>,
    output: Octets,
    events: VecDeque<Event>,
    /// Our requests that wait for the ESME.
    flight: Flight<Request>,
    deliveries: usize,
    /// The ESME's requests that wait for the caller: how many under each command and number, since nothing keeps an
    /// ESME from using a number twice.
    open: HashMap<(CommandId, u32), usize>,
    /// How many there are in `open`.
    requests: usize,
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
            version: config.interface_version,
            config,
            inbox: Inbox::default(),
            unfinished_since: None,
            output: Octets::default(),
            events: VecDeque::new(),
            flight: Flight::new(),
            deliveries: 0,
            open: HashMap::new(),
            requests: 0,
            heard: now,
            enquiring: false,
        }
    }

    /// The connection was made by us, to an ESME that listens: asks it to bind (§2.2.1, §4.1.7). `password` is ours with
    /// it, at most 8 octets.
    pub fn outbind(config: Config, password: &str, now: Timestamp) -> Result<Self, EncodeError> {
        let mut session = Self::new(config, now);
        let outbind =
            Outbind { system_id: session.config.system_id.as_bytes(), password: password.as_bytes() };
        // It has no answer, so nothing waits under its number.
        pdu::encode(&mut session.output.0, Status::OK, OUTBIND_SEQUENCE, &Pdu::Outbind(outbind))?;
        Ok(session)
    }

    /// Accepts the bind that `Event::Bind` told of. Nothing happens when no bind waits.
    pub fn accept_bind(&mut self) -> Result<(), EncodeError> {
        let State::Asked { kind, sequence } = self.state else { return Ok(()) };
        let mut tlvs = TlvBuf::new();
        if self.version >= INTERFACE_VERSION {
            tlvs.push(Tag::SC_INTERFACE_VERSION, Value::One(self.version))?;
        }
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

    /// Answers a submit_sm. `message_id` (at most 64 octets) is written only when the status accepts it (§4.4.2: no body
    /// otherwise).
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

    /// Answers a submit_multi: one id for all, and the addresses that were not taken, each with its status (§4.5.2).
    pub fn answer_multi(
        &mut self,
        sequence: u32,
        status: Status,
        message_id: &str,
        unsuccessful: &[Unsuccessful<'_>],
    ) -> Result<(), EncodeError> {
        if !status.is_ok() && unsuccessful.is_empty() {
            self.answer(CommandId::SUBMIT_MULTI, sequence, status);
            return Ok(());
        }
        let answer =
            SubmitMultiResp { message_id: message_id.as_bytes(), unsuccessful: unsuccessful.to_vec() };
        self.answer_with(sequence, status, &Pdu::SubmitMultiResp(answer))
    }

    /// Answers a data_sm, like `answer_submit`.
    pub fn answer_data(
        &mut self,
        sequence: u32,
        status: Status,
        message_id: &str,
    ) -> Result<(), EncodeError> {
        if !status.is_ok() {
            self.answer(CommandId::DATA_SM, sequence, status);
            return Ok(());
        }
        let answer = Pdu::DataResp(MessageResp::new(message_id.as_bytes()));
        self.answer_with(sequence, status, &answer)
    }

    /// Answers any request with a status and no body. cancel_sm and replace_sm have no other answer.
    pub fn answer(&mut self, request: CommandId, sequence: u32, status: Status) {
        if self.state != State::Closed {
            pdu::encode_header(&mut self.output.0, request.response(), status, sequence);
            self.answered(request, sequence);
        }
    }

    /// Answers any request with a whole response. Below interface_version 0x34 its optional parameters are left away. On an
    /// error nothing was written and the request still waits.
    pub fn answer_with(
        &mut self,
        sequence: u32,
        status: Status,
        response: &Pdu<'_>,
    ) -> Result<(), EncodeError> {
        if self.state == State::Closed {
            return Ok(());
        }
        if self.version < INTERFACE_VERSION {
            pdu::encode(&mut self.output.0, status, sequence, &without_parameters(response.clone()))?;
        } else {
            pdu::encode(&mut self.output.0, status, sequence, response)?;
        }
        self.answered(response.command().request(), sequence);
        Ok(())
    }

    /// How many requests of the ESME's wait for the caller's answer.
    pub fn unanswered(&self) -> usize {
        self.requests
    }

    /// How the ESME is bound, if it is.
    pub fn bound(&self) -> Option<BindKind> {
        match self.state {
            State::Bound(kind) => Some(kind),
            _ => None,
        }
    }

    /// The interface_version that both sides speak: ours, or what the ESME asked for if that is lower. A version between
    /// the known ones counts as the known one below it; below 0x34 there are no optional parameters (§1.3).
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Asks the ESME whether it is there, without waiting for silence.
    pub fn enquire(&mut self, now: Timestamp) {
        if matches!(self.state, State::Bound(_)) && !self.enquiring {
            self.request(CommandId::ENQUIRE_LINK, Request::Enquire { sent: now }, now);
            self.enquiring = true;
        }
    }

    /// Ends the session from our side: unbinds and closes on the answer. What waits may still be answered until then; what
    /// the ESME submits after it is refused with a status that lets it try again.
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
        if let Some(until) = self.unfinished_until()
            && now >= until
        {
            let (after, octets) = (self.config.frame_timeout, self.inbox.kept());
            self.complain(ProtocolError::Unfinished { after, octets }, &[]);
            return self.close(Why::BadStream);
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
        [own, self.flight.deadline(), self.unfinished_until()].into_iter().flatten().min()
    }

    /// What to write to the connection. Take it before waiting.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output.0
    }

    /// The next event, oldest first.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn unfinished_until(&self) -> Option<Timestamp> {
        Some(self.unfinished_since?.after(self.config.frame_timeout))
    }

    fn request(&mut self, command: CommandId, request: Request, now: Timestamp) {
        pdu::encode_header(&mut self.output.0, command, Status::OK, self.flight.next_sequence());
        self.flight.push(request, now.after(self.config.response_timeout));
    }

    /// A request of the ESME's does not wait any more.
    fn answered(&mut self, request: CommandId, sequence: u32) {
        if let Some(times) = self.open.get_mut(&(request, sequence)) {
            *times -= 1;
            if *times == 0 {
                self.open.remove(&(request, sequence));
            }
            self.requests -= 1;
        }
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }

    fn close(&mut self, why: Why) {
        for request in self.flight.clear() {
            if let Request::Deliver(ticket) = request {
                self.events.push_back(Event::DeliverUnanswered { ticket, why });
            }
        }
        self.deliveries = 0;
        self.open.clear();
        self.requests = 0;
        self.inbox.clear();
        self.unfinished_since = None;
        self.state = State::Closed;
        self.events.push_back(Event::Closed { why });
    }
}

/// The version that is spoken when the ESME says this one and the carrier that one.
fn lower(said: u8, ours: u8) -> u8 {
    match said.min(ours) {
        INTERFACE_VERSION_5.. => INTERFACE_VERSION_5,
        INTERFACE_VERSION.. => INTERFACE_VERSION,
        old => old,
    }
}

fn without_parameters(response: Pdu<'_>) -> Pdu<'_> {
    match response {
        Pdu::SubmitResp(answer) => Pdu::SubmitResp(MessageResp::new(answer.message_id)),
        Pdu::DataResp(answer) => Pdu::DataResp(MessageResp::new(answer.message_id)),
        Pdu::QueryResp(answer) => Pdu::QueryResp(pdu::QueryResp { tlvs: Tlvs::NONE, ..answer }),
        other => other,
    }
}

/// Numbers of requests start at 1 (§5.1.4).
const OUTBIND_SEQUENCE: u32 = 1;
