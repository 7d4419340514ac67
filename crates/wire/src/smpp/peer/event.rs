//! What the carrier's side of a session tells its caller. No event prints an address, a text or a password.

use super::super::address::OwnedAddress;
use super::super::concat::{self, Concat};
use super::super::esm::{EsmClass, RegisteredDelivery};
use super::super::pdu::{BindKind, Destination, ShortMessage};
use super::super::session::{Octets, ProtocolError, Why};
use super::super::status::Status;
use std::fmt;

/// Something the carrier's side has to know. What names a `sequence` waits for an answer with that number.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants to bind; answer with `accept_bind` or `refuse_bind`.
    Bind(BindRequest),
    /// submit_sm; answer with `answer_submit`.
    Submit {
        /// To answer it with.
        sequence: u32,
        /// What is to be sent.
        message: Box<Message>,
    },
    /// submit_multi; answer with `answer_with` and a `Pdu::SubmitMultiResp`.
    SubmitMulti {
        /// To answer it with.
        sequence: u32,
        /// To whom; lists are named by their name, with unknown type and plan.
        destinations: Vec<OwnedAddress>,
        /// What is to be sent; its destination is empty.
        message: Box<Message>,
    },
    /// data_sm; answer with `answer_with` and a `Pdu::DataResp`.
    Data {
        /// To answer it with.
        sequence: u32,
        /// What is to be sent.
        message: Box<Message>,
    },
    /// query_sm; answer with `answer_with` and a `Pdu::QueryResp`.
    Query {
        /// To answer it with.
        sequence: u32,
        /// The id we gave the message.
        message_id: String,
        /// Its source.
        source: OwnedAddress,
    },
    /// cancel_sm; answer with `answer`.
    Cancel {
        /// To answer it with.
        sequence: u32,
        /// The id we gave the message; empty for all between the addresses.
        message_id: String,
        /// Their source.
        source: OwnedAddress,
        /// Their destination.
        destination: OwnedAddress,
    },
    /// replace_sm; answer with `answer`.
    Replace {
        /// To answer it with.
        sequence: u32,
        /// The id we gave the message.
        message_id: String,
        /// Its source.
        source: OwnedAddress,
        /// Its new text.
        payload: Octets,
    },
    /// The ESME answered a `deliver`.
    DeliverAnswered {
        /// The caller's name for it.
        ticket: u64,
        /// The number `deliver` returned.
        sequence: u32,
        /// Whether the ESME took it over.
        status: Status,
    },
    /// The ESME did not answer a `deliver`; it should be sent again later.
    DeliverUnanswered {
        /// The caller's name for it.
        ticket: u64,
        /// What ended the waiting.
        why: Why,
    },
    /// The ESME unbound; it has been answered and `Closed` follows.
    Unbound,
    /// The ESME sent something wrong. The link goes on, unless `Closed` follows.
    ProtocolError {
        /// What was wrong.
        error: ProtocolError,
        /// The PDU's body.
        body: Octets,
    },
    /// The link is over: write what `output` still holds, then close the socket.
    Closed {
        /// What ended it.
        why: Why,
    },
}

/// Who wants to bind, and how. The password does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct BindRequest {
    /// Which way messages go.
    pub kind: BindKind,
    /// Who.
    pub system_id: String,
    /// To be compared, never kept.
    pub password: String,
    /// What kind of system.
    pub system_type: String,
    /// 0x34 for SMPP 3.4; anything up to 0x33 must not be sent optional parameters (§1.3).
    pub interface_version: u8,
    /// The numbers it serves.
    pub address_range: String,
}

impl fmt::Debug for BindRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "BindRequest({:?} as {}, version 0x{:x})",
            self.kind, self.system_id, self.interface_version
        )
    }
}

/// A message that an ESME submits, owned.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// The carrier's service.
    pub service_type: String,
    /// From whom.
    pub source: OwnedAddress,
    /// To whom.
    pub destination: OwnedAddress,
    /// Mode, type and features.
    pub esm_class: EsmClass,
    /// 0 (lowest) to 3.
    pub priority: u8,
    /// When to send; empty for now.
    pub schedule_delivery_time: String,
    /// When to give up; empty for the carrier's default.
    pub validity_period: String,
    /// Which receipts are wanted.
    pub registered_delivery: RegisteredDelivery,
    /// The alphabet of the payload.
    pub data_coding: u8,
    /// Where it belongs, if it is a part of a long message.
    pub concat: Option<Concat>,
    /// The octets without their user data header.
    pub payload: Octets,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, data_coding {}, {:?})", self.payload.0.len(), self.data_coding, self.concat)
    }
}

impl Message {
    /// Copies a submit_sm.
    pub(super) fn of(message: &ShortMessage<'_>) -> Self {
        let (concat, payload) = concat::read(message.esm_class, message.tlvs, message.payload());
        Self {
            service_type: text(message.service_type),
            source: message.source.to_owned(),
            destination: message.destination.to_owned(),
            esm_class: message.esm_class,
            priority: message.priority,
            schedule_delivery_time: text(message.schedule_delivery_time),
            validity_period: text(message.validity_period),
            registered_delivery: message.registered_delivery,
            data_coding: message.data_coding,
            concat,
            payload: Octets(payload.to_vec()),
        }
    }
}

/// The destination of a submit_multi as an address.
pub(super) fn destination(destination: &Destination<'_>) -> OwnedAddress {
    match destination {
        Destination::Address(address) => address.to_owned(),
        Destination::List(name) => {
            super::super::address::Address { digits: name, ..Default::default() }.to_owned()
        }
    }
}

/// A text field, owned. What is not UTF-8 becomes U+FFFD.
pub(super) fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
