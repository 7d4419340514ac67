//! What the gateway's side does with each PDU that comes. Private to it.

use super::super::frame::Frame;
use super::super::pdu::{self, Login, LoginMode, Pdu};
use super::super::session::{Octets, ProtocolError, Why};
use super::super::status::Status;
use super::event::{BindRequest, Event, Message};
use super::{Request, ServerSession, State};
use model::Timestamp;

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
        match pdu::decode(frame) {
            Ok(Pdu::Submit(submit)) if matches!(self.state, State::Bound(mode) if mode.submits()) => {
                let message = Box::new(Message::of(&submit));
                self.events.push_back(Event::Submit { sequence: frame.sequence, message });
            }
            Ok(Pdu::DeliverResp(answer)) => self.deliver_answered(frame, answer.status),
            Ok(Pdu::ActiveTest) => self.reply(frame, Status::OK),
            Ok(Pdu::ActiveTestResp) => self.enquire_answered(frame),
            Ok(Pdu::Login(login)) => self.login(frame, &login),
            Ok(Pdu::Exit) => {
                self.reply(frame, Status::OK);
                self.events.push_back(Event::Unbound);
                self.close(Why::PeerUnbound);
            }
            Ok(Pdu::ExitResp) if self.state == State::Unbinding => self.close(Why::Unbound),
            Ok(_) => self.unexpected(frame),
            Err(error) => {
                if !frame.command.is_response() {
                    self.reply(frame, Status::BAD_STRUCTURE);
                }
                self.complain(ProtocolError::Body(error), frame.body);
            }
        }
    }

    fn login(&mut self, frame: &Frame<'_>, login: &Login<'_>) {
        let mode = LoginMode::from_code(login.mode);
        let (State::Open { .. }, Some(mode)) = (self.state, mode) else {
            self.reply(frame, if mode.is_none() { Status::BAD_STRUCTURE } else { Status::BAD_COMMAND });
            return self.complain(ProtocolError::UnexpectedRequest(frame.command), &[]);
        };
        self.state = State::Asked { mode, sequence: frame.sequence };
        self.authenticator.0 = login.authenticator.to_vec();
        self.events.push_back(Event::Bind(BindRequest::of(login, mode)));
    }

    fn deliver_answered(&mut self, frame: &Frame<'_>, status: Status) {
        let sequence = frame.sequence;
        let Some(&Request::Deliver(ticket)) = self.flight.waiting(sequence) else {
            return self.unexpected(frame);
        };
        self.flight.take(sequence);
        self.deliveries = self.deliveries.saturating_sub(1);
        self.events.push_back(Event::DeliverAnswered { ticket, sequence, status });
    }

    /// A wrong number is forgiven while an Active_Test waits.
    fn enquire_answered(&mut self, frame: &Frame<'_>) {
        if let Some(Request::Enquire { .. }) = self.flight.waiting(frame.sequence) {
            self.flight.take(frame.sequence);
            self.enquiring = false;
        } else if !self.enquiring {
            self.unexpected(frame);
        }
    }

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
