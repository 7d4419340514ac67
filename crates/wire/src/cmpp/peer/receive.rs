//! What the gateway's side does with each PDU that comes. Private to it.

use super::super::error::result_of;
use super::super::frame::Frame;
use super::super::pdu::{self, Connect, Pdu, Submit};
use super::super::refusal::refusal;
use super::super::session::{Octets, ProtocolError, Why};
use super::super::status::ResultCode;
use super::event::{BindRequest, Event, Message};
use super::{Request, ServerSession, State};
use crate::fixed::owned;
use crate::msg_fmt::{Alphabet, MsgFmt};
use model::Timestamp;
use std::hash::{DefaultHasher, Hash, Hasher};

impl ServerSession {
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

    fn frame(&mut self, frame: &Frame<'_>) {
        if frame.skipped > 0 {
            self.complain(ProtocolError::Garbage { octets: frame.skipped }, &[]);
        }
        let is_bound = self.state == State::Bound;
        match pdu::decode(frame, self.version) {
            Ok(Pdu::Submit(message)) if is_bound => self.submitted(frame, &message),
            Ok(Pdu::DeliverResp(answer)) => self.deliver_answered(frame, answer.result),
            Ok(Pdu::ActiveTest) => self.write(frame.sequence, &Pdu::ActiveTestResp),
            Ok(Pdu::ActiveTestResp) => self.enquire_answered(frame),
            Ok(Pdu::Connect(connect)) if matches!(self.state, State::Open { .. }) => {
                self.asked(frame, &connect);
            }
            Ok(Pdu::Terminate) => {
                self.write(frame.sequence, &Pdu::TerminateResp);
                self.events.push_back(Event::Unbound);
                self.close(Why::PeerUnbound);
            }
            Ok(Pdu::TerminateResp) if self.state == State::Unbinding => self.close(Why::Unbound),
            Ok(Pdu::Query(query)) if is_bound => self.events.push_back(Event::Query {
                sequence: frame.sequence,
                time: owned(query.time),
                query_type: query.query_type,
                query_code: owned(query.query_code),
            }),
            Ok(Pdu::Cancel(msg_id)) if is_bound => {
                self.events.push_back(Event::Cancel { sequence: frame.sequence, msg_id });
            }
            Ok(_) => self.unexpected(frame),
            Err(error) => {
                self.refuse(frame, result_of(&error), ProtocolError::Body(error));
            }
        }
    }

    fn asked(&mut self, frame: &Frame<'_>, connect: &Connect<'_>) {
        self.state =
            State::Asked { sequence: frame.sequence, proof: connect.authenticator, version: connect.version };
        self.events.push_back(Event::Bind(BindRequest::of(connect)));
    }

    fn submitted(&mut self, frame: &Frame<'_>, message: &Submit<'_>) {
        let (sequence, digest) = (frame.sequence, digest(frame.body));
        if let Some(waiting) = self.submits.get(&sequence) {
            let repeated = ProtocolError::Repeated { sequence };
            if *waiting == digest {
                return self.complain(repeated, &[]);
            }
            return self.refuse(frame, ResultCode::DUPLICATE, repeated);
        }
        if self.submits.len() >= self.config.submits_max {
            let max = self.config.submits_max;
            return self.refuse(frame, ResultCode::FLOW, ProtocolError::TooManyWaiting { max });
        }
        let (found, max) = (message.content.len(), content_max(message.msg_fmt));
        if found > max {
            return self.refuse(frame, ResultCode::TOO_LONG, ProtocolError::TooLong { max, found });
        }
        match Message::of(message) {
            Ok(message) => {
                self.submits.insert(sequence, digest);
                self.events.push_back(Event::Submit { sequence, message: Box::new(message) });
            }
            Err(error) => self.refuse(frame, ResultCode::STRUCTURE, error),
        }
    }

    fn deliver_answered(&mut self, frame: &Frame<'_>, result: ResultCode) {
        let sequence = frame.sequence;
        let Some(&Request::Deliver(ticket)) = self.flight.waiting(sequence) else {
            return self.unexpected(frame);
        };
        self.flight.take(sequence);
        self.deliveries = self.deliveries.saturating_sub(1);
        self.events.push_back(Event::DeliverAnswered { ticket, sequence, result });
    }

    /// A wrong number is forgiven while an enquiry waits.
    fn enquire_answered(&mut self, frame: &Frame<'_>) {
        if let Some(Request::Enquire { .. }) = self.flight.waiting(frame.sequence) {
            self.flight.take(frame.sequence);
            self.enquiring = false;
        } else if !self.enquiring {
            self.unexpected(frame);
        }
    }

    fn unexpected(&mut self, frame: &Frame<'_>) {
        let Frame { command, sequence, .. } = *frame;
        let error = match (command.name(), command.is_response()) {
            (None, _) => ProtocolError::UnknownCommand(command),
            (Some(_), true) => ProtocolError::UnexpectedAnswer { command, sequence },
            (Some(_), false) => ProtocolError::UnexpectedRequest(command),
        };
        self.refuse(frame, ResultCode::COMMAND, error);
    }

    fn refuse(&mut self, frame: &Frame<'_>, result: ResultCode, error: ProtocolError) {
        if let Some(response) = refusal(frame, result) {
            self.write(frame.sequence, &response);
        }
        self.complain(error, frame.body);
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }
}

/// How many octets of content are taken: 160 characters of ASCII also from those who read "fewer than 160" as "up to".
fn content_max(fmt: MsgFmt) -> usize {
    if fmt.alphabet() == Alphabet::Ascii { 160 } else { fmt.single_max() }
}

/// Tells a repeated request from another one with its number. The same on every run; nobody gains by a collision but a
/// provider that wants its own message dropped.
fn digest(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}
