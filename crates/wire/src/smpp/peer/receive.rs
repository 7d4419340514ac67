//! What the carrier's side does with each PDU that comes. Private to it.

use super::super::command::CommandId;
use super::super::frame::Frame;
use super::super::pdu::{self, Bind, BindKind, Pdu, ShortMessage};
use super::super::session::{Octets, ProtocolError, Why};
use super::super::status::Status;
use super::event::{BindRequest, Event, Message, destination, text};
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
            pdu::encode_header(
                &mut self.output.0,
                CommandId::GENERIC_NACK,
                Status::INVALID_COMMAND_LENGTH,
                0,
            );
            self.complain(ProtocolError::Frame(error), &[]);
            self.close(Why::BadStream);
        }
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        match pdu::decode(frame) {
            Ok(Pdu::DeliverResp(_)) => self.deliver_answered(frame, frame.status),
            Ok(Pdu::EnquireLink) => self.reply(frame, CommandId::ENQUIRE_LINK_RESP, Status::OK),
            Ok(Pdu::EnquireLinkResp) => self.enquire_answered(frame),
            Ok(Pdu::Bind(kind, bind)) => self.bind(frame, kind, &bind),
            Ok(Pdu::Unbind) => {
                self.reply(frame, CommandId::UNBIND_RESP, Status::OK);
                self.events.push_back(Event::Unbound);
                self.close(Why::PeerUnbound);
            }
            Ok(Pdu::UnbindResp) if self.state == State::Unbinding => self.close(Why::Unbound),
            Ok(Pdu::GenericNack) => self.nacked(frame),
            Ok(pdu) => match self.request_event(frame.sequence, &pdu) {
                Some(event) if matches!(self.state, State::Bound(_)) => self.events.push_back(event),
                _ => self.unexpected(frame),
            },
            Err(error) => {
                if !frame.command.is_response() {
                    self.reply(frame, frame.command.response(), Status::INVALID_COMMAND_LENGTH);
                }
                self.complain(ProtocolError::Body(error), frame.body);
            }
        }
    }

    /// The event of a request that the caller answers; none when it has no place on this side or in this binding.
    fn request_event(&self, sequence: u32, pdu: &Pdu<'_>) -> Option<Event> {
        let submits = matches!(self.state, State::Bound(kind) if kind.submits());
        Some(match pdu {
            Pdu::Submit(message) if submits => {
                Event::Submit { sequence, message: Box::new(Message::of(message)) }
            }
            Pdu::SubmitMulti(multi) if submits => Event::SubmitMulti {
                sequence,
                destinations: multi.destinations.iter().map(destination).collect(),
                message: Box::new(Message::of(&multi.message)),
            },
            // Both ways may use data_sm (§4.7).
            Pdu::Data(data) => {
                let message = ShortMessage {
                    service_type: data.service_type,
                    source: data.source,
                    destination: data.destination,
                    esm_class: data.esm_class,
                    registered_delivery: data.registered_delivery,
                    data_coding: data.data_coding,
                    tlvs: data.tlvs,
                    ..ShortMessage::default()
                };
                Event::Data { sequence, message: Box::new(Message::of(&message)) }
            }
            Pdu::Query(query) if submits => {
                Event::Query { sequence, message_id: text(query.message_id), source: query.source.to_owned() }
            }
            Pdu::Cancel(cancel) if submits => Event::Cancel {
                sequence,
                message_id: text(cancel.message_id),
                source: cancel.source.to_owned(),
                destination: cancel.destination.to_owned(),
            },
            Pdu::Replace(replace) if submits => Event::Replace {
                sequence,
                message_id: text(replace.message_id),
                source: replace.source.to_owned(),
                payload: Octets(replace.short_message.to_vec()),
            },
            _ => return None,
        })
    }

    fn bind(&mut self, frame: &Frame<'_>, kind: BindKind, bind: &Bind<'_>) {
        if !matches!(self.state, State::Open { .. }) {
            self.reply(frame, frame.command.response(), Status::ALREADY_BOUND);
            return self.complain(ProtocolError::UnexpectedRequest(frame.command), &[]);
        }
        self.state = State::Asked { kind, sequence: frame.sequence };
        self.events.push_back(Event::Bind(BindRequest {
            kind,
            system_id: text(bind.system_id),
            password: text(bind.password),
            system_type: text(bind.system_type),
            interface_version: bind.interface_version,
            address_range: text(bind.address_range),
        }));
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

    /// A wrong number is forgiven while an enquiry waits.
    fn enquire_answered(&mut self, frame: &Frame<'_>) {
        if let Some(Request::Enquire { .. }) = self.flight.waiting(frame.sequence) {
            self.flight.take(frame.sequence);
            self.enquiring = false;
        } else if !self.enquiring {
            self.unexpected(frame);
        }
    }

    fn nacked(&mut self, frame: &Frame<'_>) {
        let status = if frame.status.is_ok() { Status::UNKNOWN_ERROR } else { frame.status };
        match self.flight.waiting(frame.sequence) {
            Some(Request::Deliver(_)) => self.deliver_answered(frame, status),
            Some(Request::Enquire { .. }) => self.enquire_answered(frame),
            Some(Request::Unbind) => self.close(Why::Unbound),
            None => self.unexpected(frame),
        }
    }

    fn unexpected(&mut self, frame: &Frame<'_>) {
        let Frame { command, sequence, status, body } = *frame;
        let error = match (command.name(), command.is_response()) {
            (None, _) => ProtocolError::UnknownCommand(command),
            (Some(_), true) => ProtocolError::UnexpectedAnswer { command, sequence, status },
            (Some(_), false) => ProtocolError::UnexpectedRequest(command),
        };
        if !command.is_response() {
            match command.name() {
                None => self.reply(frame, CommandId::GENERIC_NACK, Status::INVALID_COMMAND_ID),
                // These two have no response (§4.1.7, §4.12.1).
                Some(_) if matches!(command, CommandId::OUTBIND | CommandId::ALERT_NOTIFICATION) => {}
                Some(_) => self.reply(frame, command.response(), Status::INVALID_BIND_STATUS),
            }
        }
        self.complain(error, body);
    }

    fn reply(&mut self, frame: &Frame<'_>, command: CommandId, status: Status) {
        pdu::encode_header(&mut self.output.0, command, status, frame.sequence);
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }
}
