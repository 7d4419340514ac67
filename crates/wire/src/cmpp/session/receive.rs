//! What the session does with each PDU that comes. Private to it.

use super::super::content;
use super::super::error::result_of;
use super::super::frame::Frame;
use super::super::login::{Verify, ismg_is_right};
use super::super::pdu::{self, ConnectResp, Deliver, MessageResp, Pdu};
use super::super::refusal::refusal;
use super::super::report;
use super::super::status::{ConnectStatus, ResultCode};
use super::event::{Delivery, DeliveryRef, Event, Inbound, Octets, ProtocolError, Why};
use super::{CONNECT_SEQUENCE, Request, Session, State, UNACKNOWLEDGED_MAX};
use crate::fixed::{Number, owned};
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
        if frame.skipped > 0 {
            self.complain(ProtocolError::Garbage { octets: frame.skipped }, &[]);
        }
        match pdu::decode(frame, self.config.version) {
            Ok(Pdu::SubmitResp(answer)) => self.submit_answered(frame, &answer, now),
            Ok(Pdu::Deliver(message)) => self.delivered(frame, &message),
            Ok(Pdu::ActiveTest) => self.write(frame.sequence, &Pdu::ActiveTestResp),
            Ok(Pdu::ActiveTestResp) => self.enquire_answered(frame),
            Ok(Pdu::ConnectResp(answer)) => self.connect_answered(frame, &answer, now),
            Ok(Pdu::Terminate) => {
                self.write(frame.sequence, &Pdu::TerminateResp);
                self.events.push_back(Event::PeerUnbound);
                self.close(now, Why::PeerUnbound);
            }
            Ok(Pdu::TerminateResp) if matches!(self.state, State::Unbinding { .. }) => {
                self.close(now, Why::Unbound);
            }
            Ok(_) => self.unexpected(frame),
            Err(error) => {
                if let Some(response) = refusal(frame, result_of(&error)) {
                    self.write(frame.sequence, &response);
                }
                self.complain(ProtocolError::Body(error), frame.body);
            }
        }
    }

    fn submit_answered(&mut self, frame: &Frame<'_>, answer: &MessageResp, now: Timestamp) {
        let &MessageResp { msg_id, result } = answer;
        if let Some(&Request::Submit(ticket)) = self.flight.waiting(frame.sequence) {
            self.flight.take(frame.sequence);
            self.submits = self.submits.saturating_sub(1);
            self.events.push_back(if result.is_ok() {
                Event::Submitted { ticket, msg_id }
            } else {
                Event::Refused { ticket, result }
            });
            self.unbind_when_drained(now);
        } else if let Some(ticket) = self.late.take(frame.sequence) {
            self.events.push_back(Event::LateAnswer { ticket, result, msg_id });
        } else {
            self.unexpected(frame);
        }
    }

    fn delivered(&mut self, frame: &Frame<'_>, message: &Deliver<'_>) {
        if self.state == State::Binding {
            return self.unexpected(frame);
        }
        if self.unacknowledged >= UNACKNOWLEDGED_MAX {
            let response = MessageResp { msg_id: message.msg_id, result: ResultCode::FLOW };
            self.write(frame.sequence, &Pdu::DeliverResp(response));
            return self.complain(ProtocolError::TooManyWaiting { max: UNACKNOWLEDGED_MAX }, &[]);
        }
        self.unacknowledged += 1;
        let delivery =
            DeliveryRef { connection: self.connection, sequence: frame.sequence, msg_id: message.msg_id };
        let (from, to) = (Number::new(message.src_terminal_id), Number::new(message.dest_id));
        self.events.push_back(Event::Delivered { delivery, from, to, content: content_of(message) });
    }

    /// Any number is accepted: nothing else can be waiting during a login.
    fn connect_answered(&mut self, frame: &Frame<'_>, answer: &ConnectResp, now: Timestamp) {
        if self.state != State::Binding {
            return self.unexpected(frame);
        }
        if !answer.status.is_ok() {
            return self.refused(answer.status, now);
        }
        if !ismg_is_right(answer.authenticator, self.proof, self.config.secret.as_bytes()) {
            self.complain(ProtocolError::Unproved, &[]);
            if self.config.verify == Verify::Strict {
                return self.refused(ConnectStatus::AUTHENTICATION, now);
            }
        }
        self.flight.take(CONNECT_SEQUENCE);
        self.state = State::Bound { since: now };
        self.events.push_back(Event::Bound { version: answer.version });
    }

    fn refused(&mut self, status: ConnectStatus, now: Timestamp) {
        self.events.push_back(Event::BindRefused { status });
        self.close(now, Why::BindRefused(status));
    }

    /// A wrong number is forgiven while an enquiry waits: some peers count their answers themselves.
    fn enquire_answered(&mut self, frame: &Frame<'_>) {
        if let Some(Request::Enquire { .. }) = self.flight.waiting(frame.sequence) {
            self.flight.take(frame.sequence);
            self.enquiring = false;
        } else if !self.enquiring {
            self.unexpected(frame);
        }
    }

    /// A PDU that has no place here: a request is answered with "bad command", if it can be, an answer only reported.
    fn unexpected(&mut self, frame: &Frame<'_>) {
        let Frame { command, sequence, body, .. } = *frame;
        let error = match (command.name(), command.is_response()) {
            (None, _) => ProtocolError::UnknownCommand(command),
            (Some(_), true) => ProtocolError::UnexpectedAnswer { command, sequence },
            (Some(_), false) => ProtocolError::UnexpectedRequest(command),
        };
        if let Some(response) = refusal(frame, ResultCode::COMMAND) {
            self.write(sequence, &response);
        }
        self.complain(error, body);
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }
}

fn content_of(message: &Deliver<'_>) -> Delivery {
    if message.is_report() {
        return match report::read(message.content) {
            Some(report) => Delivery::Receipt(report),
            None => Delivery::UnreadableReceipt(Octets(message.content.to_vec())),
        };
    }
    let (concat, payload) = content::split(message.tp_udhi, message.content);
    Delivery::Message(Inbound {
        text: message.msg_fmt.decode(payload),
        payload: Octets(payload.to_vec()),
        msg_fmt: message.msg_fmt,
        concat,
        service_id: owned(message.service_id),
        link_id: owned(message.link_id),
    })
}
