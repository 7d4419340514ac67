//! What the carrier's side does with each PDU that comes. Private to it.
//!
//! A request is read, then judged by the state of the link (is it bound so?), then by its form (`check`), then by the room
//! that is left for it; only then the caller hears of it. Whatever fails is answered here, and told.

use super::super::command::CommandId;
use super::super::frame::Frame;
use super::super::pdu::{self, Bind, BindKind, Pdu};
use super::super::session::{Octets, ProtocolError, Why};
use super::super::status::Status;
use super::super::time;
use super::event::{BindRequest, Event, text};
use super::message::{Message, Recipient};
use super::{Request, ServerSession, State, check, lower};
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
            self.unfinished_since = None;
            self.frame(&frame);
            self.overflow();
            self.state != State::Closed
        });
        if self.state == State::Closed {
            return;
        }
        self.inbox = inbox;
        if let Err(error) = cut {
            pdu::encode_header(
                &mut self.output.0,
                CommandId::GENERIC_NACK,
                Status::INVALID_COMMAND_LENGTH,
                0,
            );
            self.complain(ProtocolError::Frame(error), &[]);
            return self.close(Why::BadStream);
        }
        // The time of a PDU runs from its first octets, however many more pieces it comes in.
        if self.inbox.kept() > 0 && self.unfinished_since.is_none() {
            self.unfinished_since = Some(now);
        }
    }

    /// Cuts off an ESME that makes us write and does not read.
    fn overflow(&mut self) {
        let (max, found) = (self.config.output_max, self.output.0.len());
        if self.state != State::Closed && found > max {
            self.complain(ProtocolError::Unread { max, found }, &[]);
            self.close(Why::PeerSilent);
        }
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        match pdu::decode(frame) {
            Ok(Pdu::DeliverResp(_) | Pdu::DataResp(_)) => self.deliver_answered(frame, frame.status),
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
            Ok(pdu) => match event(frame.sequence, &pdu, self.may(&pdu)) {
                Some(event) => self.take(frame, &pdu, event),
                None => self.unexpected(frame),
            },
            Err(error) => {
                if !frame.command.is_response() {
                    self.reply(frame, frame.command.response(), check::unreadable(&error));
                }
                self.complain(ProtocolError::Body(error), frame.body);
            }
        }
    }

    /// Whether a request has a place in this binding.
    fn may(&self, pdu: &Pdu<'_>) -> bool {
        match self.state {
            // Both ways may use data_sm (§4.7).
            State::Bound(kind) => kind.submits() || matches!(pdu, Pdu::Data(_)),
            _ => false,
        }
    }

    /// Passes a request on, unless its fields or the room forbid it.
    fn take(&mut self, frame: &Frame<'_>, pdu: &Pdu<'_>, event: Event) {
        let command = frame.command;
        if let Err(status) = check::request(pdu) {
            self.reply(frame, command.response(), status);
            return self.complain(ProtocolError::Refused { command, status }, &[]);
        }
        let max = self.config.requests_max;
        if self.requests >= max {
            let status = self.config.over_window.status();
            self.reply(frame, command.response(), status);
            return self.complain(ProtocolError::TooManyRequests { max, status }, &[]);
        }
        *self.open.entry((command, frame.sequence)).or_default() += 1;
        self.requests += 1;
        self.events.push_back(event);
    }

    fn bind(&mut self, frame: &Frame<'_>, kind: BindKind, bind: &Bind<'_>) {
        if !matches!(self.state, State::Open { .. }) {
            self.reply(frame, frame.command.response(), Status::ALREADY_BOUND);
            return self.complain(ProtocolError::UnexpectedRequest(frame.command), &[]);
        }
        self.version = lower(bind.interface_version, self.config.interface_version);
        self.state = State::Asked { kind, sequence: frame.sequence };
        self.events.push_back(Event::Bind(BindRequest {
            kind,
            system_id: text(bind.system_id),
            password: text(bind.password),
            system_type: text(bind.system_type),
            interface_version: bind.interface_version,
            addr_ton: bind.addr_ton,
            addr_npi: bind.addr_npi,
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

    /// A PDU that has no place here, or not now: a request is answered with the reason, an answer only reported.
    fn unexpected(&mut self, frame: &Frame<'_>) {
        let Frame { command, sequence, status, body } = *frame;
        if command.is_response() {
            let error = match command.name() {
                None => ProtocolError::UnknownCommand(command),
                Some(_) => ProtocolError::UnexpectedAnswer { command, sequence, status },
            };
            return self.complain(error, body);
        }
        let unbinding = self.state == State::Unbinding;
        match command {
            _ if command.name().is_none() => {
                self.reply(frame, CommandId::GENERIC_NACK, Status::INVALID_COMMAND_ID);
                return self.complain(ProtocolError::UnknownCommand(command), body);
            }
            // These two have no response (§4.1.7, §4.12.1).
            CommandId::OUTBIND | CommandId::ALERT_NOTIFICATION => {}
            // Only a carrier delivers.
            CommandId::DELIVER_SM => self.reply(frame, command.response(), Status::INVALID_COMMAND_ID),
            // It could not know yet that we unbind.
            CommandId::SUBMIT_SM | CommandId::SUBMIT_MULTI if unbinding => {
                self.reply(frame, command.response(), Status::SUBMIT_FAILED);
            }
            CommandId::DATA_SM if unbinding => self.reply(frame, command.response(), Status::SYSTEM_ERROR),
            _ => self.reply(frame, command.response(), Status::INVALID_BIND_STATUS),
        }
        self.complain(ProtocolError::UnexpectedRequest(command), body);
    }

    fn reply(&mut self, frame: &Frame<'_>, command: CommandId, status: Status) {
        pdu::encode_header(&mut self.output.0, command, status, frame.sequence);
    }
}

/// The event of a request that the caller answers; none for what has no place on this side or, by `may`, in this binding.
fn event(sequence: u32, pdu: &Pdu<'_>, may: bool) -> Option<Event> {
    if !may {
        return None;
    }
    Some(match pdu {
        Pdu::Submit(message) => Event::Submit { sequence, message: Box::new(Message::of(message)) },
        Pdu::SubmitMulti(multi) => Event::SubmitMulti {
            sequence,
            destinations: multi.destinations.iter().map(Recipient::of).collect(),
            message: Box::new(Message::of(&multi.message)),
        },
        Pdu::Data(data) => Event::Data { sequence, message: Box::new(Message::of_data(data)) },
        Pdu::Query(query) => {
            Event::Query { sequence, message_id: text(query.message_id), source: query.source.to_owned() }
        }
        Pdu::Cancel(cancel) => Event::Cancel {
            sequence,
            service_type: text(cancel.service_type),
            message_id: text(cancel.message_id),
            source: cancel.source.to_owned(),
            destination: cancel.destination.to_owned(),
        },
        Pdu::Replace(replace) => Event::Replace {
            sequence,
            message_id: text(replace.message_id),
            source: replace.source.to_owned(),
            schedule: time::read(replace.schedule_delivery_time),
            validity: time::read(replace.validity_period),
            registered_delivery: replace.registered_delivery,
            canned_message: replace.canned_message,
            payload: Octets(replace.short_message.to_vec()),
        },
        _ => return None,
    })
}
