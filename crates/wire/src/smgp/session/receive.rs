//! What the session does with each PDU that comes. Private to it.

use super::super::auth;
use super::super::frame::Frame;
use super::super::pdu::{self, Deliver, LoginResp, MessageResp, Pdu};
use super::super::receipt;
use super::super::status::Status;
use super::super::{MsgId, Number};
use super::event::{Delivery, DeliveryRef, Event, Inbound, Octets, ProtocolError, Why};
use super::{Request, Session, State, UNACKNOWLEDGED_MAX};
use crate::fixed::{part, same_secret};
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
            Ok(Pdu::SubmitResp(answer)) => self.submit_answered(frame, answer, now),
            Ok(Pdu::Deliver(message)) => self.arrived(frame, &message),
            Ok(Pdu::ActiveTest) => self.reply(frame, Status::OK),
            Ok(Pdu::ActiveTestResp) => self.enquire_answered(frame),
            Ok(Pdu::LoginResp(answer)) => self.login_answered(frame, &answer, now),
            Ok(Pdu::Exit) => {
                self.reply(frame, Status::OK);
                self.events.push_back(Event::PeerUnbound);
                self.close(now, Why::PeerUnbound);
            }
            Ok(Pdu::ExitResp) if matches!(self.state, State::Unbinding { .. }) => {
                self.close(now, Why::Unbound);
            }
            Ok(_) => self.unexpected(frame),
            Err(error) => {
                if !frame.command.is_response() {
                    self.reply(frame, Status::BAD_STRUCTURE);
                }
                self.complain(ProtocolError::Body(error), frame.body);
            }
        }
    }

    fn submit_answered(&mut self, frame: &Frame<'_>, answer: MessageResp, now: Timestamp) {
        let MessageResp { msg_id, status } = answer;
        let remote_id = || if msg_id == MsgId::NONE { String::new() } else { msg_id.to_string() };
        if let Some(&Request::Submit(ticket)) = self.flight.waiting(frame.sequence) {
            self.flight.take(frame.sequence);
            self.submits = self.submits.saturating_sub(1);
            self.events.push_back(if status.is_ok() {
                Event::Submitted { ticket, remote_id: remote_id() }
            } else {
                Event::Refused { ticket, status }
            });
            self.unbind_when_drained(now);
        } else if let Some(ticket) = self.late.take(frame.sequence) {
            self.events.push_back(Event::LateAnswer { ticket, status, remote_id: remote_id() });
        } else {
            self.unexpected(frame);
        }
    }

    fn arrived(&mut self, frame: &Frame<'_>, message: &Deliver<'_>) {
        if self.state == State::Binding {
            return self.unexpected(frame);
        }
        if self.unacknowledged >= UNACKNOWLEDGED_MAX {
            self.reply(frame, Status::BUSY);
            return self.complain(ProtocolError::TooManyUnacknowledged { max: UNACKNOWLEDGED_MAX }, &[]);
        }
        self.unacknowledged += 1;
        self.events.push_back(Event::Delivered {
            delivery: DeliveryRef {
                connection: self.connection,
                sequence: frame.sequence,
                msg_id: message.msg_id,
            },
            from: Number::new(message.src_term_id),
            to: Number::new(message.dest_term_id),
            content: content(message),
        });
        if !message.tlvs.torn().is_empty() {
            let octets = message.tlvs.torn().len();
            self.complain(ProtocolError::TornParameters { command: frame.command, octets }, &[]);
        }
    }

    /// Any number is accepted: nothing else can be waiting during a login.
    fn login_answered(&mut self, frame: &Frame<'_>, answer: &LoginResp, now: Timestamp) {
        if self.state != State::Binding {
            return self.unexpected(frame);
        }
        if !answer.status.is_ok() {
            return self.login_refused(answer.status, now);
        }
        let sum = self.authenticator.0.first_chunk().copied().unwrap_or_default();
        let expected = auth::server(answer.status, &sum, self.config.secret.as_bytes());
        let authentic = same_secret(&expected, &answer.authenticator);
        if !authentic {
            self.complain(ProtocolError::Authenticator, &[]);
            if self.config.strict {
                return self.login_refused(Status::BAD_AUTHENTICATION, now);
            }
        }
        self.flight.take(super::LOGIN_SEQUENCE);
        self.state = State::Bound { since: now };
        self.events.push_back(Event::Bound { version: answer.version, authentic });
    }

    fn login_refused(&mut self, status: Status, now: Timestamp) {
        self.events.push_back(Event::BindRefused { status });
        self.close(now, Why::BindRefused(status));
    }

    /// A wrong number is forgiven while an Active_Test waits: some gateways count their answers themselves.
    fn enquire_answered(&mut self, frame: &Frame<'_>) {
        if let Some(Request::Enquire { .. }) = self.flight.waiting(frame.sequence) {
            self.flight.take(frame.sequence);
            self.enquiring = false;
        } else if !self.enquiring {
            self.unexpected(frame);
        }
    }

    /// A PDU that has no place here: a request is answered, an answer only reported.
    fn unexpected(&mut self, frame: &Frame<'_>) {
        let Frame { command, sequence, body } = *frame;
        if !command.is_response() {
            self.reply(frame, Status::BAD_COMMAND);
        }
        let error = match (command.name(), command.is_response()) {
            (None, _) => ProtocolError::UnknownCommand(command),
            (Some(_), true) => ProtocolError::UnexpectedAnswer { command, sequence },
            (Some(_), false) => ProtocolError::UnexpectedRequest(command),
        };
        self.complain(error, body);
    }

    fn reply(&mut self, frame: &Frame<'_>, status: Status) {
        pdu::encode_bare(&mut self.output.0, frame.sequence, frame.command.response(), status);
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }
}

/// What a Deliver says. IsReport alone tells a report from somebody's text.
fn content(message: &Deliver<'_>) -> Delivery {
    if message.is_report == 1 {
        return match receipt::read(message.msg_content) {
            Some(receipt) => Delivery::Receipt(receipt),
            None => Delivery::UnreadableReceipt(Octets(message.msg_content.to_vec())),
        };
    }
    let (concat, payload) = part(message.tp_udhi(), message.msg_content);
    Delivery::Message(Inbound {
        text: message.msg_format.decode(payload),
        payload: Octets(payload.to_vec()),
        msg_format: message.msg_format,
        concat,
    })
}
