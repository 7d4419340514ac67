//! SMPP 3.4 and 5.0 for accounts: a link's protocol side, around `wire::smpp::peer`. It reads what a client submits into
//! neutral words and writes answers, receipts and replies back; what is right or wrong is decided elsewhere.

mod status;
mod tell;

use super::directory::Directory;
use super::groups::Groups;
use super::ids::{self, Named};
use super::refusal::Refusal;
use super::side::{Ack, Cancel, Found, Heard, Query, Replace, Side, Untold, Which};
use super::submit::{Coding, Kind, Submit, Target, Ticket, Verdict};
use crate::deliver::post::Taken;
use engine::entry::{Outcome, Tell};
use engine::world::ReceiptStyle;
use model::{Span, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;
use wire::smpp::address::{Npi, OwnedAddress, Ton};
use wire::smpp::command::CommandId;
use wire::smpp::esm::{Kind as Type, RegisteredDelivery};
use wire::smpp::pdu::{MessageResp, Pdu, QueryResp, SubmitMultiResp, Unsuccessful};
use wire::smpp::peer::{BindRequest, Config, Event, Message, Recipient, ServerSession};
use wire::smpp::receipt::State;
use wire::smpp::tlv::{Tag, TlvBuf, Value};
use wire::smpp::{Address, EncodeError, Status};

/// A link over SMPP.
pub(super) struct Smpp {
    session: ServerSession,
    receipts: ReceiptStyle,
    groups: Arc<Groups>,
}

impl Smpp {
    /// A connection was accepted: how long it may take to bind, and when it is asked whether it is there.
    pub(super) fn new(
        system_id: &str,
        (bind_timeout, enquire_after): (Span, Span),
        groups: Arc<Groups>,
        now: Timestamp,
    ) -> Self {
        let config = Config { bind_timeout, enquire_after, ..Config::new(system_id) };
        let session = ServerSession::new(config, now);
        Self { session, receipts: ReceiptStyle::Both, groups }
    }

    /// We have made the connection, to a client that listens, and ask it to bind.
    ///
    /// # Errors
    /// A password that is longer than the protocol has room for.
    pub(super) fn calling(
        system_id: &str,
        password: &str,
        (bind_timeout, enquire_after): (Span, Span),
        groups: Arc<Groups>,
        now: Timestamp,
    ) -> Result<Self, EncodeError> {
        let config = Config { bind_timeout, enquire_after, ..Config::new(system_id) };
        let session = ServerSession::outbind(config, password, now)?;
        Ok(Self { session, receipts: ReceiptStyle::Both, groups })
    }

    fn login(&mut self, bind: &BindRequest, directory: &Directory, from: IpAddr) -> Heard {
        let receives = bind.kind.delivers();
        match directory.smpp(&bind.system_id, &bind.password, from, receives) {
            Ok((seat, access)) => {
                self.receipts = access.receipts;
                // Our own system id is short enough.
                let accepted = self.session.accept_bind();
                debug_assert!(accepted.is_ok());
                Heard::Seated(seat)
            }
            Err(why) => {
                self.session.refuse_bind(status::of_login(why));
                Heard::Denied(why)
            }
        }
    }

    fn submit(
        &self,
        ticket: Ticket,
        to: Vec<Target>,
        message: Message,
        now: Timestamp,
    ) -> Result<Submit, Refusal> {
        if message.replace_if_present || message.canned_message != 0 {
            return Err(Refusal::Feature);
        }
        // A client may acknowledge on a handset's behalf (§5.2.12); nobody does, but a library sets the bit by default.
        if !matches!(message.esm_class.kind(), Type::Message | Type::DeliveryAck) {
            return Err(Refusal::Feature);
        }
        let at = message.schedule.map(|when| when.from(now));
        let until = message.validity.map(|when| when.from(at.unwrap_or(now)));
        let validity = until.map(|until| until.since(at.unwrap_or(now).max(now)));
        if validity.is_some_and(|validity| validity <= Span(0)) {
            return Err(Refusal::Expiry);
        }
        let (tell, wants) = wish(message.registered_delivery);
        Ok(Submit {
            ticket,
            cmpp: false,
            to,
            payload: message.payload.0,
            coding: Coding::Smpp(message.data_coding),
            concat: message.concat,
            source: message.source.reveal().to_owned(),
            source_kind: (message.source.ton.0, message.source.npi.0),
            service: message.service_type,
            tell,
            wants,
            at: at.filter(|at| *at > now),
            validity,
            user: message.user_message_reference,
        })
    }

    /// A submit in neutral words, or its refusal at once.
    fn heard(&mut self, ticket: Ticket, to: Vec<Target>, message: Message, now: Timestamp) -> Option<Heard> {
        match self.submit(ticket, to, message, now) {
            Ok(submit) => Some(Heard::Submit(Box::new(submit))),
            Err(why) => {
                self.answer(&ticket, &Err(why.clone()));
                Some(Heard::Mistake(format!("refused at once: {}", Refusal::NAMES[why.kind()])))
            }
        }
    }

    fn event(&mut self, event: Event, directory: &Directory, from: IpAddr, now: Timestamp) -> Option<Heard> {
        let ticket = |sequence, kind, given| Ticket { sequence, kind, given };
        match event {
            Event::Bind(bind) => Some(self.login(&bind, directory, from)),
            Event::Submit { sequence, message } => {
                let to = vec![target(&message.destination)];
                self.heard(ticket(sequence, Kind::Submit, 0), to, *message, now)
            }
            Event::Data { sequence, message } => {
                let to = vec![target(&message.destination)];
                self.heard(ticket(sequence, Kind::Data, 0), to, *message, now)
            }
            Event::SubmitMulti { sequence, destinations, message } => {
                let ticket = ticket(sequence, Kind::Many, self.groups.fresh());
                let of = |recipient: &Recipient| match recipient {
                    Recipient::Address(address) => Some(target(address)),
                    Recipient::List(_) => None,
                };
                match destinations.iter().map(of).collect::<Option<Vec<_>>>() {
                    Some(to) => self.heard(ticket, to, *message, now),
                    None => {
                        self.session.answer(CommandId::SUBMIT_MULTI, sequence, Status::CANNOT_SUBMIT_TO_LIST);
                        Some(Heard::Mistake("a distribution list, of which there are none".to_owned()))
                    }
                }
            }
            event @ (Event::Query { .. } | Event::Cancel { .. } | Event::Replace { .. }) => {
                self.about_earlier(event, now)
            }
            Event::DeliverAnswered { ticket, status, .. } => {
                Some(Heard::Told(ticket, status::of_answer(status)))
            }
            Event::DeliverUnanswered { ticket, .. } => Some(Heard::Told(ticket, Ack::Again)),
            Event::ProtocolError { error, .. } => Some(Heard::Mistake(format!("{error:?}"))),
            Event::Closed { why } => Some(Heard::Closed(format!("{why:?}"))),
            Event::Unbound => None,
        }
    }

    /// What concerns messages that came before: questions, cancellations, replacements.
    fn about_earlier(&self, event: Event, now: Timestamp) -> Option<Heard> {
        match event {
            Event::Query { sequence, message_id, source: _ } => {
                let message = match ids::read_smpp(&message_id) {
                    Some(Named::Message(message)) => Some(self.groups.now(message)),
                    Some(Named::Group(group)) => self.groups.first(group),
                    None => None,
                };
                Some(Heard::Query(Query { sequence, id: message_id, message }))
            }
            Event::Cancel { sequence, message_id, destination, .. } => {
                let which = match ids::read_smpp(&message_id) {
                    Some(Named::Message(message)) => Which::Message(self.groups.now(message)),
                    Some(Named::Group(group)) => Which::Group(group),
                    None if message_id.is_empty() => Which::Waiting(target(&destination)),
                    None => Which::Nothing,
                };
                Some(Heard::Cancel(Cancel { sequence, which }))
            }
            Event::Replace {
                sequence,
                message_id,
                source,
                schedule,
                validity,
                registered_delivery,
                payload,
                ..
            } => {
                let message = match ids::read_smpp(&message_id) {
                    Some(Named::Message(message)) => Some(self.groups.now(message)),
                    _ => None,
                };
                let (tell, wants) = wish(registered_delivery);
                let at = schedule.map(|when| when.from(now)).filter(|at| *at > now);
                let submit = Submit {
                    ticket: Ticket { sequence, kind: Kind::Submit, given: 0 },
                    cmpp: false,
                    to: Vec::new(),
                    payload: payload.0,
                    coding: Coding::Smpp(0),
                    concat: None,
                    source: source.reveal().to_owned(),
                    source_kind: (source.ton.0, source.npi.0),
                    service: String::new(),
                    tell,
                    wants,
                    at,
                    validity: validity.map(|when| when.from(now).since(at.unwrap_or(now))),
                    user: None,
                };
                Some(Heard::Replace(Box::new(Replace { message, submit })))
            }
            _ => None,
        }
    }

    /// The parameter that says in words what a status cannot; only where a response may have one.
    fn explained(&self, refusal: &Refusal, is_data: bool) -> TlvBuf {
        let mut tlvs = TlvBuf::new();
        if let Refusal::Rule(rule, detail) = refusal
            && (is_data || self.session.version() >= VERSION_5)
        {
            let mut text = format!("{}: {detail}", rule.id());
            let mut end = text.len().min(EXPLANATION_MAX);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            // It is short enough; without it the status still says the rule.
            let _ = tlvs.push(Tag::ADDITIONAL_STATUS_INFO_TEXT, Value::Text(text.as_bytes()));
        }
        tlvs
    }
}

impl Side for Smpp {
    const NAME: &'static str = "smpp";

    fn receive(&mut self, bytes: &[u8], now: Timestamp) {
        self.session.receive(bytes, now);
    }

    fn tick(&mut self, now: Timestamp) {
        self.session.tick(now);
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.session.deadline()
    }

    fn output(&mut self) -> &mut Vec<u8> {
        self.session.output()
    }

    fn next(&mut self, directory: &Directory, from: IpAddr, now: Timestamp) -> Option<Heard> {
        loop {
            let event = self.session.event()?;
            if let Some(heard) = self.event(event, directory, from, now) {
                return Some(heard);
            }
        }
    }

    fn unanswered(&self) -> usize {
        self.session.unanswered()
    }

    fn answer(&mut self, ticket: &Ticket, verdict: &Verdict) {
        let (sequence, is_data) = (ticket.sequence, ticket.kind == Kind::Data);
        let (status, id, tlvs) = match verdict {
            Ok(message) => {
                let id = ids::smpp(*message, ticket.given);
                (Status::OK, id, TlvBuf::new())
            }
            Err(why) => (status::of(why), String::new(), self.explained(why, is_data)),
        };
        let bare = !status.is_ok() && tlvs.view().is_empty();
        if bare {
            let command = match ticket.kind {
                Kind::Submit => CommandId::SUBMIT_SM,
                Kind::Many => CommandId::SUBMIT_MULTI,
                Kind::Data => CommandId::DATA_SM,
            };
            return self.session.answer(command, sequence, status);
        }
        let response = MessageResp { message_id: id.as_bytes(), tlvs: tlvs.view() };
        let response = if is_data { Pdu::DataResp(response) } else { Pdu::SubmitResp(response) };
        let written = self.session.answer_with(sequence, status, &response);
        debug_assert!(written.is_ok(), "an id of ours is short");
    }

    fn answer_many(&mut self, ticket: &Ticket, verdicts: &[(Target, Verdict)]) {
        let taken: Vec<_> =
            verdicts.iter().filter_map(|(_, verdict)| verdict.as_ref().ok().copied()).collect();
        let failed: Vec<_> = verdicts
            .iter()
            .filter_map(|(target, verdict)| Some((target, status::of(verdict.as_ref().err()?))))
            .map(|(target, status)| Unsuccessful {
                address: Address {
                    ton: Ton(target.kind.0),
                    npi: Npi(target.kind.1),
                    digits: target.text.as_bytes(),
                },
                status,
            })
            .collect();
        if taken.is_empty() {
            // All for one reason, or the first of several.
            let status = failed.first().map_or(Status::SUBMIT_FAILED, |failed| failed.status);
            return self.session.answer(CommandId::SUBMIT_MULTI, ticket.sequence, status);
        }
        let id = ids::smpp(taken[0], ticket.given);
        self.groups.remember(ticket.given, taken);
        let response = SubmitMultiResp { message_id: id.as_bytes(), unsuccessful: failed };
        let written = self.session.answer_with(ticket.sequence, Status::OK, &Pdu::SubmitMultiResp(response));
        debug_assert!(written.is_ok(), "what was read can be written");
    }

    fn answer_query(&mut self, query: &Query, found: Option<Found>) {
        let Some(found) = found else {
            let unknown =
                if query.message.is_none() { Status::INVALID_MESSAGE_ID } else { Status::QUERY_FAILED };
            return self.session.answer(CommandId::QUERY_SM, query.sequence, unknown);
        };
        let state = match found {
            Found::Held if self.session.version() >= VERSION_5 => State::Scheduled,
            Found::Held | Found::Underway => State::Enroute,
            Found::Ended(outcome) => ended(outcome),
        };
        let response = QueryResp {
            message_id: query.id.as_bytes(),
            message_state: state.code(),
            ..QueryResp::default()
        };
        let written = self.session.answer_with(query.sequence, Status::OK, &Pdu::QueryResp(response));
        debug_assert!(written.is_ok(), "what was read can be written");
    }

    fn answer_cancel(&mut self, sequence: u32, stopped: bool) {
        let status = if stopped { Status::OK } else { Status::CANCEL_FAILED };
        self.session.answer(CommandId::CANCEL_SM, sequence, status);
    }

    fn answer_replace(&mut self, sequence: u32, replaced: Result<(), Refusal>) {
        let status = match replaced {
            Ok(()) => Status::OK,
            Err(Refusal::Stopped | Refusal::System) => Status::REPLACE_FAILED,
            Err(why) => status::of(&why),
        };
        self.session.answer(CommandId::REPLACE_SM, sequence, status);
    }

    fn room(&self) -> usize {
        self.session.window_free()
    }

    fn tell(&mut self, ticket: u64, taken: &Taken, now: Timestamp) -> Result<usize, Untold> {
        tell::notice((&mut self.session, self.receipts, &self.groups), ticket, taken, now)
    }

    fn unbind(&mut self, now: Timestamp) {
        self.session.unbind(now);
    }

    fn disconnected(&mut self) {
        self.session.disconnected();
    }
}

/// What registered_delivery asks for (§5.2.17), and the octet itself where `Tell` cannot say all of it: success only
/// (v5.0), or reports on the way.
fn wish(registered: RegisteredDelivery) -> (Tell, u8) {
    let tell = match registered.0 & 0x03 {
        _ if registered.0 & tell::INTERMEDIATE != 0 => Tell::Progress,
        1 | 3 => Tell::End,
        2 => Tell::Failure,
        _ => Tell::Nothing,
    };
    let more = registered.0 & 0x03 == 3 || registered.0 & tell::INTERMEDIATE != 0;
    (tell, if more { registered.0 } else { 0 })
}

/// How the end of a message is said.
fn ended(outcome: Option<Outcome>) -> State {
    match outcome {
        Some(Outcome::Delivered) => State::Delivered,
        Some(Outcome::Undelivered) => State::Undeliverable,
        Some(Outcome::Refused) => State::Rejected,
        Some(Outcome::Uncertain | Outcome::NoReceipt) => State::Unknown,
        Some(Outcome::Erased) | None => State::Deleted,
    }
}

fn target(address: &OwnedAddress) -> Target {
    Target { text: address.reveal().to_owned(), kind: (address.ton.0, address.npi.0) }
}

/// interface_version of SMPP 5.0.
const VERSION_5: u8 = wire::smpp::pdu::INTERFACE_VERSION_5;
/// additional_status_info_text holds 255 octets with its end (§5.3.2.11).
const EXPLANATION_MAX: usize = 254;
