//! What the session does with each PDU that comes. Private to it.

use super::super::address::Address;
use super::super::coding::{Alphabet, alphabet, decode};
use super::super::command::CommandId;
use super::super::concat;
use super::super::esm::EsmClass;
use super::super::frame::Frame;
use super::super::pdu::{self, BindResp, INTERFACE_VERSION, MessageResp, Outbind, Pdu, QueryResp};
use super::super::receipt::{self, State as MessageState};
use super::super::status::Status;
use super::super::time::absolute;
use super::super::tlv::{Tag, Tlvs};
use super::event::{Delivery, DeliveryRef, Event, Inbound, Octets, ProtocolError, Why};
use super::{Request, Session, State, UNACKNOWLEDGED_MAX};
use model::Timestamp;

/// A deliver_sm or a data_sm; the session treats them alike.
struct Arrived<'a> {
    source: Address<'a>,
    destination: Address<'a>,
    esm_class: EsmClass,
    data_coding: u8,
    tlvs: Tlvs<'a>,
    payload: &'a [u8],
}

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
            pdu::encode_header(
                &mut self.output.0,
                CommandId::GENERIC_NACK,
                Status::INVALID_COMMAND_LENGTH,
                0,
            );
            self.complain(ProtocolError::Frame(error), &[]);
            self.close(now, Why::BadStream);
        }
    }

    fn frame(&mut self, frame: &Frame<'_>, now: Timestamp) {
        match pdu::decode(frame) {
            Ok(Pdu::SubmitResp(answer)) => self.submit_answered(frame, &answer, now),
            Ok(Pdu::Deliver(message)) => {
                let arrived = Arrived {
                    source: message.source,
                    destination: message.destination,
                    esm_class: message.esm_class,
                    data_coding: message.data_coding,
                    tlvs: message.tlvs,
                    payload: message.payload(),
                };
                self.arrived(frame, &arrived);
            }
            Ok(Pdu::Data(message)) => {
                let arrived = Arrived {
                    source: message.source,
                    destination: message.destination,
                    esm_class: message.esm_class,
                    data_coding: message.data_coding,
                    tlvs: message.tlvs,
                    payload: message.payload(),
                };
                self.arrived(frame, &arrived);
            }
            Ok(Pdu::EnquireLink) => self.reply(frame, CommandId::ENQUIRE_LINK_RESP, Status::OK),
            Ok(Pdu::EnquireLinkResp) => {
                self.congested(Tlvs::cut(frame.body));
                self.enquire_answered(frame);
            }
            Ok(Pdu::Outbind(outbind)) if matches!(self.state, State::Invited { .. }) => {
                self.invited(&outbind, now);
            }
            Ok(Pdu::BindResp(_, answer)) => self.bind_answered(frame, &answer, now),
            Ok(Pdu::QueryResp(answer)) => self.query_answered(frame, &answer),
            Ok(Pdu::GenericNack) => self.nacked(frame, now),
            Ok(Pdu::Unbind) => self.peer_unbinds(frame, now),
            Ok(Pdu::UnbindResp) => self.unbind_answered(frame, now),
            Ok(Pdu::AlertNotification(alert)) => {
                let availability = alert.tlvs.find(Tag::MS_AVAILABILITY_STATUS).and_then(|tlv| tlv.uint());
                let availability = availability.and_then(|code| u8::try_from(code).ok());
                self.events.push_back(Event::Alert { from: alert.source.to_owned(), availability });
            }
            Ok(_) => self.unexpected(frame),
            Err(error) => {
                if frame.command.is_response() {
                    self.query_answered_badly(frame);
                } else {
                    self.reply(frame, frame.command.response(), Status::INVALID_COMMAND_LENGTH);
                }
                self.complain(ProtocolError::Body(error), frame.body);
            }
        }
    }

    fn submit_answered(&mut self, frame: &Frame<'_>, answer: &MessageResp<'_>, now: Timestamp) {
        self.congested(answer.tlvs);
        let remote_id = || String::from_utf8_lossy(answer.message_id).into_owned();
        if let Some(Request::Submit(ticket)) = self.flight.waiting(frame.sequence) {
            let ticket = *ticket;
            self.flight.take(frame.sequence);
            self.submits = self.submits.saturating_sub(1);
            self.events.push_back(if frame.status.is_ok() {
                Event::Submitted { ticket, remote_id: remote_id() }
            } else {
                Event::Refused { ticket, status: frame.status }
            });
            self.unbind_when_drained(now);
        } else if let Some(ticket) = self.late.take(frame.sequence) {
            let event = Event::LateAnswer { ticket, status: frame.status, remote_id: remote_id() };
            self.events.push_back(event);
        } else {
            self.unexpected(frame);
        }
    }

    fn arrived(&mut self, frame: &Frame<'_>, message: &Arrived<'_>) {
        if matches!(self.state, State::Invited { .. } | State::Binding) {
            self.reply(frame, frame.command.response(), Status::INVALID_BIND_STATUS);
            return self.complain(ProtocolError::UnexpectedRequest(frame.command), frame.body);
        }
        if self.unacknowledged >= UNACKNOWLEDGED_MAX {
            self.reply(frame, frame.command.response(), Status::RECEIVER_TEMPORARY);
            return self.complain(ProtocolError::TooManyUnacknowledged { max: UNACKNOWLEDGED_MAX }, &[]);
        }
        self.unacknowledged += 1;
        let delivery =
            DeliveryRef { connection: self.connection, sequence: frame.sequence, command: frame.command };
        let (from, to) = (message.source.to_owned(), message.destination.to_owned());
        let content = self.content(message);
        self.events.push_back(Event::Delivered { delivery, from, to, content });
        if !message.tlvs.torn().is_empty() {
            let octets = message.tlvs.torn().len();
            self.complain(ProtocolError::TornParameters { command: frame.command, octets }, &[]);
        }
    }

    fn content(&self, message: &Arrived<'_>) -> Delivery {
        let alphabet = alphabet(message.data_coding, self.config.default_alphabet);
        if receipt::is_receipt(message.esm_class, message.tlvs) {
            // Some carriers write the receipt itself in UCS-2.
            let decoded = if alphabet == Alphabet::Ucs2 { decode(alphabet, message.payload) } else { None };
            let text = decoded.as_ref().map_or(message.payload, |text| text.as_bytes());
            return match receipt::read(message.esm_class, message.tlvs, text) {
                Some(receipt) => Delivery::Receipt(receipt.to_owned()),
                None => Delivery::UnreadableReceipt(Octets(message.payload.to_vec())),
            };
        }
        let (concat, payload) = concat::read(message.esm_class, message.tlvs, message.payload);
        Delivery::Message(Inbound {
            text: decode(alphabet, payload),
            payload: Octets(payload.to_vec()),
            data_coding: message.data_coding,
            esm_class: message.esm_class,
            concat,
        })
    }

    /// Any number is accepted: nothing else can be waiting during a bind.
    fn bind_answered(&mut self, frame: &Frame<'_>, answer: &BindResp<'_>, now: Timestamp) {
        if self.state != State::Binding {
            return self.unexpected(frame);
        }
        if !frame.status.is_ok() {
            return self.bind_refused(frame.status, now);
        }
        self.flight.take(super::BIND_SEQUENCE);
        self.state = State::Bound { since: now };
        let said = answer.tlvs.find(Tag::SC_INTERFACE_VERSION).and_then(|tlv| tlv.uint());
        let version = said.and_then(|version| u8::try_from(version).ok());
        self.version = self.config.interface_version.min(version.unwrap_or(INTERFACE_VERSION));
        self.events.push_back(Event::Bound {
            system_id: String::from_utf8_lossy(answer.system_id).into_owned(),
            version,
        });
        self.congested(answer.tlvs);
    }

    /// The carrier asks us to bind over the connection that it made.
    fn invited(&mut self, outbind: &Outbind<'_>, now: Timestamp) {
        let known = self.config.outbind.as_ref();
        if known.is_some_and(|account| account.is(outbind.system_id, outbind.password)) {
            return self.bind(now);
        }
        self.complain(ProtocolError::WrongOutbind, &[]);
        self.close(now, Why::BindRefused(Status::INVALID_PASSWORD));
    }

    /// v5.0 allows congestion_state in every response; a carrier of 3.4 sends none.
    fn congested(&mut self, tlvs: Tlvs<'_>) {
        let state = tlvs.find(Tag::CONGESTION_STATE).and_then(|tlv| tlv.uint());
        let Some(state) = state.and_then(|state| u8::try_from(state).ok()) else { return };
        if self.congestion != Some(state) {
            self.congestion = Some(state);
            self.events.push_back(Event::Congestion { state });
        }
    }

    fn bind_refused(&mut self, status: Status, now: Timestamp) {
        self.events.push_back(Event::BindRefused { status });
        self.close(now, Why::BindRefused(status));
    }

    /// A wrong number is forgiven while an enquiry waits: some carriers count their answers themselves.
    fn enquire_answered(&mut self, frame: &Frame<'_>) {
        if let Some(Request::Enquire { .. }) = self.flight.waiting(frame.sequence) {
            self.flight.take(frame.sequence);
            self.enquiring = false;
        } else if !self.enquiring {
            self.unexpected(frame);
        }
    }

    fn query_answered(&mut self, frame: &Frame<'_>, answer: &QueryResp<'_>) {
        let Some(&Request::Query(ticket)) = self.flight.waiting(frame.sequence) else {
            return self.unexpected(frame);
        };
        self.flight.take(frame.sequence);
        self.congested(answer.tlvs);
        self.events.push_back(if frame.status.is_ok() {
            // An answer without a body says nothing, and 0 would say "scheduled".
            let code =
                if frame.body.is_empty() { MessageState::Unknown.code() } else { answer.message_state };
            Event::Queried {
                ticket,
                state: MessageState::from_code(code),
                error_code: answer.error_code,
                final_at: absolute(answer.final_date),
            }
        } else {
            Event::QueryFailed { ticket, status: Some(frame.status) }
        });
    }

    /// An answer whose body cannot be read: of what a session asks, only query_sm_resp can be so.
    fn query_answered_badly(&mut self, frame: &Frame<'_>) {
        if let Some(&Request::Query(ticket)) = self.flight.waiting(frame.sequence) {
            self.flight.take(frame.sequence);
            self.events.push_back(Event::QueryFailed { ticket, status: Some(frame.status) });
        }
    }

    /// §4.3: the peer could not make sense of a request of ours.
    fn nacked(&mut self, frame: &Frame<'_>, now: Timestamp) {
        // A nack that says "no error" is still a nack.
        let status = if frame.status.is_ok() { Status::UNKNOWN_ERROR } else { frame.status };
        let Some(request) = self.flight.waiting(frame.sequence).copied() else {
            return self.unexpected(frame);
        };
        self.flight.take(frame.sequence);
        match request {
            Request::Submit(ticket) => {
                self.submits = self.submits.saturating_sub(1);
                self.events.push_back(Event::Refused { ticket, status });
                self.unbind_when_drained(now);
            }
            Request::Query(ticket) => {
                self.events.push_back(Event::QueryFailed { ticket, status: Some(status) });
            }
            Request::Bind => self.bind_refused(status, now),
            // A peer that does not know enquire_link is there all the same.
            Request::Enquire { .. } => self.enquiring = false,
            Request::Unbind => self.close(now, Why::Unbound),
        }
    }

    fn peer_unbinds(&mut self, frame: &Frame<'_>, now: Timestamp) {
        self.reply(frame, CommandId::UNBIND_RESP, Status::OK);
        self.events.push_back(Event::PeerUnbound);
        self.close(now, Why::PeerUnbound);
    }

    fn unbind_answered(&mut self, frame: &Frame<'_>, now: Timestamp) {
        if matches!(self.state, State::Unbinding { .. }) {
            self.close(now, Why::Unbound);
        } else {
            self.unexpected(frame);
        }
    }

    /// A PDU that has no place here: a request is answered with the reason, an answer only reported.
    fn unexpected(&mut self, frame: &Frame<'_>) {
        let Frame { command, sequence, status, body } = *frame;
        if command.is_response() {
            let error = if command.name().is_some() {
                ProtocolError::UnexpectedAnswer { command, sequence, status }
            } else {
                ProtocolError::UnknownCommand(command)
            };
            return self.complain(error, body);
        }
        if command.name().is_none() {
            self.reply(frame, CommandId::GENERIC_NACK, Status::INVALID_COMMAND_ID);
            return self.complain(ProtocolError::UnknownCommand(command), body);
        }
        // outbind is the one request here without a response (§4.1.7).
        if command != CommandId::OUTBIND {
            self.reply(frame, command.response(), Status::INVALID_BIND_STATUS);
        }
        self.complain(ProtocolError::UnexpectedRequest(command), body);
    }

    fn reply(&mut self, frame: &Frame<'_>, command: CommandId, status: Status) {
        pdu::encode_header(&mut self.output.0, command, status, frame.sequence);
    }

    fn complain(&mut self, error: ProtocolError, body: &[u8]) {
        self.events.push_back(Event::ProtocolError { error, body: Octets(body.to_vec()) });
    }
}
