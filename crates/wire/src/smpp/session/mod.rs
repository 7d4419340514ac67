//! Our side of a link to a carrier (an ESME, §2.2): binding, window, time limits, keeping alive, unbinding, dialling
//! again. Without sockets: the caller tells what happened and when, and takes bytes, events and the next deadline.
//!
//! What it promises:
//! - every ticket given to `submit` comes back exactly once: as `Submitted`, `Refused` or `Unanswered`. Only after
//!   `Unanswered` may one more word follow: `LateAnswer`.
//! - a message from the carrier is answered only when the caller says so (`acknowledge`), that is after it is durable;
//!   if the process dies before that, the carrier sends it again.
//! - one PDU costs constant time, and nothing a peer sends makes it panic or grow without limit, as long as the caller
//!   takes the events after each `receive`.
//!
//! It never sends a message twice, never retries one, and never decides what an unanswered one means.

mod config;
mod submit;
mod event;
mod receive;

pub use config::{Config, ConfigError, OutbindAccount};
pub use event::{Delivery, DeliveryRef, Event, Inbound, Octets, ProtocolError, Why};
pub use submit::{Payload, Submit, SubmitError};

use super::address::Address;
use super::command::CommandId;
use super::error::EncodeError;
use super::frame::Frames;
use super::octets::Writer;
use super::pdu::{self, INTERFACE_VERSION, MessageResp, Pdu, QuerySm};
use super::status::Status;
use crate::backoff::Backoff;
use crate::flight::Flight;
use crate::inbox::Inbox;
use crate::late::Late;
use model::{Span, Timestamp};
use std::collections::VecDeque;

/// A session with one carrier over one connection at a time.
#[derive(Debug)]
pub struct Session {
    config: Config,
    bind_pdu: Octets,
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
    /// How many messages of the carrier's wait for `acknowledge`.
    unacknowledged: usize,
    /// When the last PDU came.
    heard: Timestamp,
    /// Whether an enquire_link of ours waits.
    enquiring: bool,
    /// What both sides speak, once bound.
    version: u8,
    /// The carrier's last congestion_state on this connection.
    congestion: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Down,
    /// The carrier made the connection; its outbind has to come until then.
    Invited {
        until: Timestamp,
    },
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
    Submit(u64),
    Query(u64),
    Enquire { sent: Timestamp },
    Unbind,
}

impl Session {
    /// A session that is down and wants to be dialled at once. `seed` draws the jitter of the waits between dials:
    /// give each session its own.
    pub fn new(config: Config, seed: u64) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            bind_pdu: Octets(config.bind_pdu()?),
            state: State::Down,
            connection: 0,
            stop: false,
            dial_at: Timestamp(i64::MIN),
            backoff: Backoff::new(config.backoff_first, config.backoff_max, seed),
            inbox: Inbox::default(),
            output: Octets(Vec::new()),
            events: VecDeque::new(),
            flight: Flight::new(),
            submits: 0,
            late: Late::default(),
            unacknowledged: 0,
            heard: Timestamp(i64::MIN),
            enquiring: false,
            version: config.interface_version,
            congestion: None,
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
        self.begin(now);
        self.bind(now);
    }

    /// The carrier made a connection to us and will ask us to bind with outbind (§2.2.1). `false`: close it, because
    /// outbind is not configured, the session was told to end, or it has a connection already. Nothing but a right outbind
    /// leads to a bind; a wrong one (`Why::BindRefused`), or none in time, closes the connection and leaves `dial_at` as it was.
    #[must_use]
    pub fn accepted(&mut self, now: Timestamp) -> bool {
        if self.config.outbind.is_none() || self.stop || self.state != State::Down {
            return false;
        }
        self.begin(now);
        self.state = State::Invited { until: now.after(self.config.response_timeout) };
        true
    }

    fn begin(&mut self, now: Timestamp) {
        self.connection += 1;
        self.stop = false;
        self.inbox.clear();
        self.output.0.clear();
        self.flight = Flight::new();
        self.version = self.config.interface_version;
        self.congestion = None;
        self.heard = now;
        self.enquiring = false;
    }

    fn bind(&mut self, now: Timestamp) {
        debug_assert_eq!(self.flight.next_sequence(), BIND_SEQUENCE);
        self.flight.push(Request::Bind, now.after(self.config.response_timeout));
        self.output.0.extend_from_slice(&self.bind_pdu.0);
        self.state = State::Binding;
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

    /// Sends one message. Below interface_version 0x34 (see `version`) it must not need an optional parameter: cut long
    /// messages into parts with a user data header. `ticket` is the caller's name for it and comes back in exactly one of `Submitted`, `Refused`
    /// and `Unanswered`. On an error nothing was written.
    pub fn submit(&mut self, ticket: u64, message: &Submit<'_>, now: Timestamp) -> Result<(), SubmitError> {
        self.may_send()?;
        if self.submits >= self.config.window || !self.flight.has_room() {
            return Err(SubmitError::Full { window: self.config.window });
        }
        if let Some(tag) = message.needs().filter(|_| self.version < INTERFACE_VERSION) {
            return Err(EncodeError::NoParameters { tag, version: self.version }.into());
        }
        message.encode(&mut self.output.0, self.flight.next_sequence())?;
        self.flight.push(Request::Submit(ticket), now.after(self.config.response_timeout));
        self.submits += 1;
        Ok(())
    }

    /// Asks what became of a message (§4.8.1). The ticket comes back in `Queried` or `QueryFailed`.
    pub fn query(
        &mut self,
        ticket: u64,
        remote_id: &str,
        source: Address<'_>,
        now: Timestamp,
    ) -> Result<(), SubmitError> {
        self.may_send()?;
        let query = Pdu::Query(QuerySm { message_id: remote_id.as_bytes(), source });
        pdu::encode(&mut self.output.0, Status::OK, self.flight.next_sequence(), &query)?;
        self.flight.push(Request::Query(ticket), now.after(self.config.response_timeout));
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

    /// Whether the carrier accepted our bind and nobody has begun to unbind.
    pub fn is_bound(&self) -> bool {
        matches!(self.state, State::Bound { .. })
    }

    /// The interface_version that both sides speak: the lower of ours and theirs. A carrier that does not say speaks ours
    /// up to SMPP 3.4. Below 0x34 it knows no optional parameters.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// How busy the carrier last said it is over this connection (congestion_state, v5.0 §4.8.4): 0 idle, 80 to 89 near
    /// its limit, 90 to 99 congested, 100 unusable. None if it never said. `Event::Congestion` tells when it changes.
    pub fn congestion(&self) -> Option<u8> {
        self.congestion
    }

    /// Answers a message of the carrier's: it is durable here. Does nothing if its connection is gone (the carrier
    /// will send it again).
    pub fn acknowledge(&mut self, delivery: DeliveryRef, now: Timestamp) {
        self.answer(delivery, Status::OK, now);
    }

    /// Answers a message of the carrier's with an error, such as `Status::RECEIVER_TEMPORARY`: it could not be made
    /// durable, and the carrier may try again.
    pub fn refuse(&mut self, delivery: DeliveryRef, status: Status, now: Timestamp) {
        self.answer(delivery, status, now);
    }

    fn answer(&mut self, delivery: DeliveryRef, status: Status, now: Timestamp) {
        if self.state == State::Down || delivery.connection != self.connection {
            return;
        }
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
        // deliver_sm_resp and data_sm_resp carry an empty message_id (§4.6.2, §4.7.2).
        let mut writer =
            Writer::new(&mut self.output.0, delivery.command.response(), status, delivery.sequence);
        let written = MessageResp::new(&[]).write(&mut writer).and_then(|()| writer.finish());
        debug_assert!(written.is_ok(), "an empty id always fits");
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
            State::Invited { until } => Some(until),
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

    /// Time passed: gives up on what waited too long, asks a silent carrier whether it is there.
    pub fn tick(&mut self, now: Timestamp) {
        if let State::Invited { until } = self.state
            && now >= until
        {
            return self.close(now, Why::BindTimeout);
        }
        while let Some((sequence, request)) = self.flight.overdue(now) {
            match request {
                Request::Bind => return self.close(now, Why::BindTimeout),
                Request::Unbind => return self.close(now, Why::Unbound),
                Request::Enquire { sent } if self.heard < sent => return self.close(now, Why::PeerSilent),
                // It does not answer enquiries but it is there.
                Request::Enquire { .. } => self.enquiring = false,
                Request::Query(ticket) => self.events.push_back(Event::QueryFailed { ticket, status: None }),
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
            self.request(CommandId::ENQUIRE_LINK, Request::Enquire { sent: now }, now);
            self.enquiring = true;
        }
    }

    /// Ends the session in good order: takes no more submits, waits for the answers that are due and for the caller's
    /// acknowledgements, unbinds, and stays down. `Closed` tells when it is over.
    pub fn unbind(&mut self, now: Timestamp) {
        self.stop = true;
        match self.state {
            State::Down => {}
            State::Binding | State::Invited { .. } => self.close(now, Why::Unbound),
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
            State::Bound { .. } if self.config.bind.submits() => return Ok(()),
            State::Bound { .. } => "bound to receive",
            State::Down => "down",
            State::Invited { .. } | State::Binding => "binding",
            State::Draining { .. } | State::Unbinding { .. } => "unbinding",
        };
        Err(SubmitError::NotBound { found })
    }

    fn request(&mut self, command: CommandId, request: Request, now: Timestamp) {
        pdu::encode_header(&mut self.output.0, command, Status::OK, self.flight.next_sequence());
        self.flight.push(request, now.after(self.config.response_timeout));
    }

    fn unbind_when_drained(&mut self, now: Timestamp) {
        let State::Draining { since, until } = self.state else { return };
        if (self.submits == 0 && self.unacknowledged == 0) || now >= until {
            self.state = State::Unbinding { since };
            self.request(CommandId::UNBIND, Request::Unbind, now);
        }
    }

    /// The link is over, whoever ended it. What `output` holds may still be written before the socket is closed.
    fn close(&mut self, now: Timestamp, why: Why) {
        for request in self.flight.clear() {
            match request {
                Request::Submit(ticket) => self.events.push_back(Event::Unanswered { ticket, why }),
                Request::Query(ticket) => self.events.push_back(Event::QueryFailed { ticket, status: None }),
                Request::Bind | Request::Enquire { .. } | Request::Unbind => {}
            }
        }
        let lasted = match self.state {
            State::Bound { since } | State::Draining { since, .. } | State::Unbinding { since } => {
                now.since(since)
            }
            State::Down | State::Invited { .. } | State::Binding => Span(0),
        };
        self.submits = 0;
        self.unacknowledged = 0;
        self.late.clear();
        let invited = matches!(self.state, State::Invited { .. });
        self.state = State::Down;
        self.dial_at = match why {
            // Whoever it was, it was not the carrier: our own dialling goes on as if nobody had come.
            _ if invited => self.dial_at,
            Why::BindRefused(status) if status.refuses_credentials() => self.backoff.after_refusal(now),
            _ => self.backoff.after_failure(now, lasted),
        };
        self.events.push_back(Event::Closed { why, may_retry_at: self.dial_at() });
    }
}

/// The bind is the first request of a connection.
const BIND_SEQUENCE: u32 = 1;
/// How many messages of the carrier's may wait for `acknowledge`; more are answered "temporary error" and come again.
pub const UNACKNOWLEDGED_MAX: usize = 65_536;
