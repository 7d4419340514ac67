//! What the session does with each PDU that comes. Private to it.

use super::super::frame::Frame;
use super::super::inlet::delivered;
use super::super::pdu::{self, Answer, Pdu};
use super::super::sequence::Sequence;
use super::super::status::Status;
use super::event::{Delivery, Event, Octets, ProtocolError, Why};
use super::{Request, Session, State, UNACKNOWLEDGED_MAX};
use crate::fixed::Number;
use model::Timestamp;

impl Session {
    /// Takes bytes from the connection, cut anywhere.
    pub fn receive(&mut self, bytes: &[u8], now: Timestamp) {
        if self.state == State::Down {
            return;
        }
        let mut inbox = std::mem::take(&mut self.inbox);
        let cut = inbox.each(bytes, |frame| {
            self.heard = now;
            self.frame(&frame, now);
            self.state != State::Down
        });
        self.inbox = inbox;
        if let Err(error) = cut {
            self.complain(ProtocolError::Frame(error), &[]);
            self.close(now, Why::BadStream);
        }
    }

    fn frame(&mut self, frame: &Frame<'_>, now: Timestamp) {
        match pdu::decode(frame) {
            Ok(Pdu::Answer(Answer::Submit, status)) => self.submit_answered(frame, status, now),
            Ok(Pdu::Answer(Answer::Bind, status)) => self.bind_answered(frame, status, now),
            Ok(Pdu::Deliver(_) | Pdu::Report(_)) if self.state == State::Binding => self.unexpected(frame),
            Ok(Pdu::Deliver(message)) => {
                let (from, to, content) = delivered::message(&message);
                self.arrived(frame, from, to, content);
            }
            Ok(Pdu::Report(report)) => {
                let (from, to, content) = delivered::report(&report, frame.body);
                self.arrived(frame, from, to, content);
            }
            Ok(Pdu::Unbind) => {
                self.reply(frame, Status::OK);
                self.events.push_back(Event::PeerUnbound);
                self.close(now, Why::PeerUnbound);
            }
            Ok(Pdu::UnbindResp) if matches!(self.state, State::Unbinding { .. }) => {
                self.close(now, Why::Unbound);
            }
            Ok(_) => self.unexpected(frame),
            Err(error) => {
                if !frame.command.is_response() {
                    self.reply(frame, Status::BAD_LENGTH);
                }
                self.complain(ProtocolError::Body(error), frame.body);
            }
        }
    }

    /// The count ties the answer to its Submit; gateways that rewrite node or time are forgiven.
    fn submit_answered(&mut self, frame: &Frame<'_>, status: Status, now: Timestamp) {
        let counter = frame.sequence.counter;
        if let Some(&Request::Submit { ticket, id, .. }) = self.flight.waiting(counter) {
            self.flight.take(counter);
            self.submits = self.submits.saturating_sub(1);
            self.events.push_back(if status.is_ok() {
                Event::Submitted { ticket, remote_id: id.to_string() }
            } else {
                Event::Refused { ticket, status }
            });
            self.unbind_when_drained(now);
        } else if let Some(ticket) = self.late.take(counter) {
            // It was written from a u32.
            let time = self.late_times.take(counter).unwrap_or_default() as u32;
            let id = Sequence { node: self.config.node, time, counter };
            self.events.push_back(Event::LateAnswer { ticket, status, remote_id: id.to_string() });
        } else {
            self.unexpected(frame);
        }
    }

    fn arrived(&mut self, frame: &Frame<'_>, from: Number, to: Number, content: Delivery) {
        if self.unacknowledged >= UNACKNOWLEDGED_MAX {
            self.reply(frame, Status::BUSY);
            return self.complain(ProtocolError::TooManyUnacknowledged { max: UNACKNOWLEDGED_MAX }, &[]);
        }
        self.unacknowledged += 1;
        let delivery = delivered::reference(self.connection, frame);
        self.events.push_back(Event::Delivered { delivery, from, to, content });
    }

    /// Any number is accepted: nothing else can be waiting during a bind.
    fn bind_answered(&mut self, frame: &Frame<'_>, status: Status, now: Timestamp) {
        if self.state != State::Binding {
            return self.unexpected(frame);
        }
        if !status.is_ok() {
            self.events.push_back(Event::BindRefused { status });
            return self.close(now, Why::BindRefused(status));
        }
        self.flight.take(self.bind_counter);
        self.state = State::Bound { since: now };
        self.events.push_back(Event::Bound);
    }

    /// A PDU that has no place here: a request is answered, an answer only reported.
    fn unexpected(&mut self, frame: &Frame<'_>) {
        if !frame.command.is_response() {
            self.reply(frame, Status::BAD_COMMAND);
        }
        self.complain(delivered::misplaced(frame), frame.body);
    }

    fn reply(&mut self, frame: &Frame<'_>, status: Status) {
        pdu::encode_answer(&mut self.output.0, frame.sequence, frame.command, status);
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }
}
