//! What the gateway's two halves tell their caller. No event prints a number, a text or a password.

use super::super::session::{Octets, ProtocolError, Why};
use super::super::status::Status;
use super::super::{Number, Sequence, pdu};
use crate::concat::Concat;
use crate::fixed::{owned, part, same_secret};
use crate::msg_fmt::MsgFmt;
use std::fmt;

/// Something the gateway has to know: of the connection it accepted (`ServerSession`) or of the one it made (`Outlet`).
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants to bind; answer with `accept_bind` or `refuse_bind`.
    Bind(BindRequest),
    /// Submit; answer with `answer_submit`. The sequence number is the message's id, and what its Report names.
    Submit {
        /// To answer it with, and to report it by.
        sequence: Sequence,
        /// What is to be sent.
        message: Box<Message>,
    },
    /// The enterprise accepted our Bind: `deliver` and `report` work now.
    Bound,
    /// The enterprise refused our Bind; `Closed` follows.
    BindRefused {
        /// Why.
        status: Status,
    },
    /// The enterprise answered a `deliver` or a `report`.
    DeliverAnswered {
        /// The caller's name for it.
        ticket: u64,
        /// Whether the enterprise took it over.
        status: Status,
    },
    /// The enterprise did not answer a `deliver` or a `report`; it should be sent again later.
    DeliverUnanswered {
        /// The caller's name for it.
        ticket: u64,
        /// What ended the waiting.
        why: Why,
    },
    /// The enterprise unbound; it has been answered and `Closed` follows.
    Unbound,
    /// The enterprise sent something wrong. The link goes on, unless `Closed` follows.
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
    /// 1 for an enterprise that wants to submit.
    pub login_type: u8,
    /// Who.
    pub login_name: String,
    password: String,
}

impl BindRequest {
    pub(super) fn of(bind: &pdu::Bind<'_>) -> Self {
        Self {
            login_type: bind.login_type,
            login_name: owned(bind.login_name),
            password: owned(bind.password),
        }
    }

    /// Whether this is the password it came with.
    pub fn knows(&self, password: &str) -> bool {
        same_secret(self.password.as_bytes(), password.as_bytes())
    }
}

impl fmt::Debug for BindRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BindRequest({}, type {})", self.login_name, self.login_type)
    }
}

/// A message that an enterprise submits, owned.
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
    /// 0: report failure; 1: report always; 2: never.
    pub report_flag: u8,
    /// 0 (lowest) to 9.
    pub priority: u8,
    /// The enterprise.
    pub corp_id: String,
    /// The service.
    pub service_type: String,
    /// Until when it may be tried; empty for the gateway's default.
    pub expire_time: String,
    /// When to send; empty for now.
    pub schedule_time: String,
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
        let (concat, payload) = part(submit.tp_udhi, submit.content);
        Self {
            source: Number::new(submit.sp_number),
            destinations: submit.user_numbers.iter().map(Number::new).collect(),
            msg_format: submit.message_coding,
            concat,
            payload: Octets(payload.to_vec()),
            report_flag: submit.report_flag,
            priority: submit.priority,
            corp_id: owned(submit.corp_id),
            service_type: owned(submit.service_type),
            expire_time: owned(submit.expire_time),
            schedule_time: owned(submit.schedule_time),
        }
    }
}
