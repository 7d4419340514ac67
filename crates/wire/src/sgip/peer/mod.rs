//! The gateway's two halves, for the carrier simulator: `ServerSession` is the connection an enterprise makes to submit,
//! `Outlet` the one the gateway makes to deliver. Same shape as `session`: bytes in, bytes and events out, the next deadline as
//! a value. They keep no messages and no passwords of others.

mod event;
mod outlet;

pub use event::{BindRequest, Event, Message};
pub use outlet::{Outlet, OutletConfig};

use super::command::CommandId;
use super::frame::{Frame, Frames};
use super::inlet::delivered::misplaced;
use super::pdu::{self, Bind, Pdu};
use super::sequence::Sequence;
use super::session::{Octets, ProtocolError, Why};
use super::status::Status;
use crate::inbox::Inbox;
use model::{Span, Timestamp};
use std::collections::VecDeque;

/// How a gateway treats a connection that an enterprise makes.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long a fresh connection may take to bind.
    pub bind_timeout: Span,
    /// After so long without a word the connection is closed.
    pub idle_max: Span,
}

impl Default for Config {
    /// 10 s to bind, 5 minutes without a word.
    fn default() -> Self {
        Self { bind_timeout: Span::seconds(10), idle_max: Span::seconds(300) }
    }
}

/// A connection that an enterprise made. Made when it is accepted, thrown away after `Event::Closed`.
///
/// It answers Unbind and protocol mistakes itself; binds and Submits are for the caller to answer, in any order, by the
/// sequence number of the event.
#[derive(Debug)]
pub struct ServerSession {
    config: Config,
    state: State,
    inbox: Inbox<Frames>,
    output: Octets,
    events: VecDeque<Event>,
    heard: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waits for a Bind until then.
    Open {
        until: Timestamp,
    },
    /// A Bind came; the caller has not answered it.
    Asked {
        sequence: Sequence,
    },
    Bound,
    Closed,
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

    /// Accepts the Bind that `Event::Bind` told of. Nothing happens when no Bind waits.
    pub fn accept_bind(&mut self) {
        let State::Asked { sequence } = self.state else { return };
        pdu::encode_answer(&mut self.output.0, sequence, CommandId::BIND, Status::OK);
        self.state = State::Bound;
    }

    /// Refuses the Bind that `Event::Bind` told of, and ends the session.
    pub fn refuse_bind(&mut self, status: Status) {
        let State::Asked { sequence } = self.state else { return };
        pdu::encode_answer(&mut self.output.0, sequence, CommandId::BIND, status);
        self.close(Why::BindRefused(status));
    }

    /// Answers a Submit.
    pub fn answer_submit(&mut self, sequence: Sequence, status: Status) {
        if self.state != State::Closed {
            pdu::encode_answer(&mut self.output.0, sequence, CommandId::SUBMIT, status);
        }
    }

    /// Whether the enterprise has bound.
    pub fn is_bound(&self) -> bool {
        self.state == State::Bound
    }

    /// Ends the session from our side, without waiting for an answer.
    pub fn unbind(&mut self, _now: Timestamp) {
        if self.state != State::Closed {
            self.close(Why::Unbound);
        }
    }

    /// The connection broke.
    pub fn disconnected(&mut self) {
        if self.state != State::Closed {
            self.close(Why::ConnectionLost);
        }
    }

    /// Time passed: closes what does not bind or says nothing.
    pub fn tick(&mut self, now: Timestamp) {
        if self.deadline().is_some_and(|at| at <= now) {
            let open = matches!(self.state, State::Open { .. });
            self.close(if open { Why::BindTimeout } else { Why::PeerSilent });
        }
    }

    /// When `tick` wants to be called, at the latest.
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Open { until } => Some(until),
            State::Asked { .. } | State::Bound => Some(self.heard.after(self.config.idle_max)),
            State::Closed => None,
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

    fn frame(&mut self, frame: &Frame<'_>) {
        match pdu::decode(frame) {
            Ok(Pdu::Submit(submit)) if self.state == State::Bound => {
                let message = Box::new(Message::of(&submit));
                self.events.push_back(Event::Submit { sequence: frame.sequence, message });
            }
            Ok(Pdu::Bind(bind)) => self.bind(frame, &bind),
            Ok(Pdu::Unbind) => {
                self.reply(frame, Status::OK);
                self.events.push_back(Event::Unbound);
                self.close(Why::PeerUnbound);
            }
            Ok(pdu) => {
                if !frame.command.is_response() {
                    let unbound = matches!(pdu, Pdu::Submit(_));
                    self.reply(frame, if unbound { Status::BAD_LOGIN } else { Status::BAD_COMMAND });
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

    fn bind(&mut self, frame: &Frame<'_>, bind: &Bind<'_>) {
        if !matches!(self.state, State::Open { .. }) {
            self.reply(frame, Status::REPEATED_LOGIN);
            return self.complain(ProtocolError::UnexpectedRequest(frame.command), &[]);
        }
        self.state = State::Asked { sequence: frame.sequence };
        self.events.push_back(Event::Bind(BindRequest::of(bind)));
    }

    fn reply(&mut self, frame: &Frame<'_>, status: Status) {
        pdu::encode_answer(&mut self.output.0, frame.sequence, frame.command, status);
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }

    fn close(&mut self, why: Why) {
        self.inbox.clear();
        self.state = State::Closed;
        self.events.push_back(Event::Closed { why });
    }
}
