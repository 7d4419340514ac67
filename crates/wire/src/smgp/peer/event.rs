//! What the gateway's side of a session tells its caller. No event prints a number, a text or a sum.

use super::super::pdu::{self, Login, LoginMode};
use super::super::session::{Octets, ProtocolError, Why};
use super::super::status::Status;
use super::super::tlv::Tag;
use super::super::{Number, auth};
use crate::concat::Concat;
use crate::fixed::{owned, part, same_secret};
use crate::msg_fmt::MsgFmt;
use std::fmt;

/// Something the gateway's side has to know. What names a `sequence` waits for an answer with that number.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants to log in; answer with `accept_bind` or `refuse_bind`.
    Bind(BindRequest),
    /// Submit; answer with `answer_submit`.
    Submit {
        /// To answer it with.
        sequence: u32,
        /// What is to be sent.
        message: Box<Message>,
    },
    /// The client answered a `deliver`.
    DeliverAnswered {
        /// The caller's name for it.
        ticket: u64,
        /// The number `deliver` returned.
        sequence: u32,
        /// Whether the client took it over.
        status: Status,
    },
    /// The client did not answer a `deliver`; it should be sent again later.
    DeliverUnanswered {
        /// The caller's name for it.
        ticket: u64,
        /// What ended the waiting.
        why: Why,
    },
    /// The client leaves; it has been answered and `Closed` follows.
    Unbound,
    /// The client sent something wrong. The link goes on, unless `Closed` follows.
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

/// Who wants to log in, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct BindRequest {
    /// Who.
    pub client_id: String,
    /// Which way messages go.
    pub mode: LoginMode,
    /// The highest version of the client.
    pub version: u8,
    /// MMDDhhmmss on the client's clock. How old it may be is for the caller to say.
    pub timestamp: u32,
    pub(super) authenticator: [u8; 16],
}

impl BindRequest {
    pub(super) fn of(login: &Login<'_>, mode: LoginMode) -> Self {
        Self {
            client_id: owned(login.client_id),
            mode,
            version: login.version,
            timestamp: login.timestamp,
            authenticator: login.authenticator,
        }
    }

    /// Whether the client knows this secret.
    pub fn knows(&self, secret: &str) -> bool {
        let expected = auth::client(self.client_id.as_bytes(), secret.as_bytes(), self.timestamp);
        same_secret(&expected, &self.authenticator)
    }
}

impl fmt::Debug for BindRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BindRequest({:?} as {}, version 0x{:x})", self.mode, self.client_id, self.version)
    }
}

/// A message that a client submits, owned.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// From whom.
    pub source: Number,
    /// To whom.
    pub destinations: Vec<Number>,
    /// The alphabet of the payload.
    pub msg_format: MsgFmt,
    /// Where it belongs, if it is a part of a long message.
    pub concat: Option<Concat>,
    /// The octets without their user data header.
    pub payload: Octets,
    /// Whether a report is wanted.
    pub report: bool,
    /// 0 (lowest) to 3.
    pub priority: u8,
    /// The business.
    pub service_id: String,
    /// How the fee is reckoned.
    pub fee_type: String,
    /// The fee.
    pub fee_code: String,
    /// Until when it may be tried; empty for the gateway's default.
    pub valid_time: String,
    /// When to send; empty for now.
    pub at_time: String,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (numbers, octets) = (self.destinations.len(), self.payload.0.len());
        write!(
            f,
            "Message({octets} octets to {numbers}, msg_format {}, {:?})",
            self.msg_format.0, self.concat
        )
    }
}

impl Message {
    pub(super) fn of(submit: &pdu::Submit<'_>) -> Self {
        let udhi = submit.tlvs.byte(Tag::TP_UDHI).unwrap_or(0);
        let (concat, payload) = part(udhi, submit.msg_content);
        Self {
            source: Number::new(submit.src_term_id),
            destinations: submit.dest_term_ids.iter().map(Number::new).collect(),
            msg_format: submit.msg_format,
            concat,
            payload: Octets(payload.to_vec()),
            report: submit.need_report == 1,
            priority: submit.priority,
            service_id: owned(submit.service_id),
            fee_type: owned(submit.fee_type),
            fee_code: owned(submit.fee_code),
            valid_time: owned(submit.valid_time),
            at_time: owned(submit.at_time),
        }
    }
}
