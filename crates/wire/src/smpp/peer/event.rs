//! What the carrier's side of a session tells its caller. No event prints an address, a text or a password.

use super::super::address::{Npi, OwnedAddress, Ton};
use super::super::esm::RegisteredDelivery;
use super::super::pdu::BindKind;
use super::super::session::{Octets, ProtocolError, Why};
use super::super::status::Status;
use super::super::time::When;
use super::message::{Message, Recipient};
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
    /// submit_multi; answer with `answer_multi`.
    SubmitMulti {
        /// To answer it with.
        sequence: u32,
        /// To whom, from 1 to 254.
        destinations: Vec<Recipient>,
        /// What is to be sent; its destination is empty.
        message: Box<Message>,
    },
    /// data_sm; answer with `answer_data`.
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
        /// The carrier's service; empty for any.
        service_type: String,
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
        /// When to send it; none keeps what was said (§4.10.1).
        schedule: Option<When>,
        /// When to give it up; none keeps what was said.
        validity: Option<When>,
        /// Which receipts are wanted now.
        registered_delivery: RegisteredDelivery,
        /// sm_default_msg_id: a canned message of the carrier's, 0 for none.
        canned_message: u8,
        /// Its new text, in the alphabet of the old one.
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
    /// As it was sent: 0x34 for SMPP 3.4, 0x50 for 5.0; anything up to 0x33 must not be sent optional parameters (§1.3).
    pub interface_version: u8,
    /// Type of the numbers it serves.
    pub addr_ton: Ton,
    /// Plan of the numbers it serves.
    pub addr_npi: Npi,
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

/// A text field, owned. What is not UTF-8 becomes U+FFFD.
pub(super) fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
