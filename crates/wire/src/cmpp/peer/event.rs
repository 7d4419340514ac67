//! What the gateway's side of a session tells its caller. No event prints a number, a text or a proof.

use super::super::content::{self, When};
use super::super::login::{Authenticator, skew};
use super::super::msg_id::MsgId;
use super::super::pdu::{Connect, Submit};
use super::super::session::{Octets, ProtocolError, Why};
use super::super::status::{ConnectStatus, ResultCode};
use super::super::version::Version;
use crate::concat::Concat;
use crate::fixed::{Number, owned};
use crate::msg_fmt::MsgFmt;
use model::{Span, Timestamp};
use std::fmt;

/// Something the gateway's side has to know. What names a `sequence` waits for an answer with that number.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants to log in; `check` it, then answer with `accept_bind` or `refuse_bind`.
    Bind(BindRequest),
    /// SUBMIT; answer with `answer_submit`.
    Submit {
        /// To answer it with.
        sequence: u32,
        /// What is to be sent.
        message: Box<Message>,
    },
    /// QUERY; answer with `answer_query`.
    Query {
        /// To answer it with.
        sequence: u32,
        /// The day, `YYYYMMDD`.
        time: String,
        /// 0 for all, 1 for one service.
        query_type: u8,
        /// The service.
        query_code: String,
    },
    /// CANCEL; answer with `answer_cancel`.
    Cancel {
        /// To answer it with.
        sequence: u32,
        /// The id we gave the message.
        msg_id: MsgId,
    },
    /// The provider answered a `deliver`.
    DeliverAnswered {
        /// The caller's name for it.
        ticket: u64,
        /// The number `deliver` returned.
        sequence: u32,
        /// Whether the provider took it over.
        result: ResultCode,
    },
    /// The provider did not answer a `deliver`; it should be sent again later. Some clients never answer any.
    DeliverUnanswered {
        /// The caller's name for it.
        ticket: u64,
        /// What ended the waiting.
        why: Why,
    },
    /// The provider sent TERMINATE; it has been answered and `Closed` follows.
    Unbound,
    /// The provider sent something wrong. The link goes on, unless `Closed` follows.
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

/// Who wants to log in, and how it proves itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindRequest {
    /// SP_Id.
    pub source_addr: String,
    /// AuthenticatorSource; see `check`.
    pub authenticator: Authenticator,
    /// The version octet.
    pub version: u8,
    /// `MMDDhhmmss` as a number.
    pub timestamp: u32,
}

/// What a gateway knows of a provider that may log in.
#[derive(Clone)]
pub struct Account<'a> {
    /// The shared secret.
    pub secret: &'a str,
    /// What the provider's contract says that it speaks, whatever octet it sends; none to go by the octet.
    pub version: Option<Version>,
    /// How far its Timestamp may be from our clock, against old logins said again. None, as gateways do: any.
    pub skew_max: Option<Span>,
    /// How far its clock is ahead of UTC.
    pub ahead: Span,
}

impl fmt::Debug for Account<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({:?}, skew_max {:?})", self.version, self.skew_max)
    }
}

impl BindRequest {
    pub(super) fn of(connect: &Connect<'_>) -> Self {
        Self {
            source_addr: owned(connect.source_addr),
            authenticator: connect.authenticator,
            version: connect.version,
            timestamp: connect.timestamp,
        }
    }

    /// Whether the provider knows the secret, and in which version to go on with it; else what to refuse it with. A
    /// Source_Addr of fewer than six octets may have been hashed with its padding or without.
    pub fn check(&self, account: &Account<'_>, now: Timestamp) -> Result<Version, ConnectStatus> {
        let (source, secret) = (self.source_addr.as_bytes(), account.secret.as_bytes());
        let is_right = self.authenticator == Authenticator::source(source, secret, self.timestamp)
            || self.authenticator == Authenticator::source_padded(source, secret, self.timestamp);
        let is_fresh = account
            .skew_max
            .is_none_or(|max| skew(self.timestamp, now, account.ahead).is_some_and(|skew| skew <= max));
        if !is_right || !is_fresh {
            return Err(ConnectStatus::AUTHENTICATION);
        }
        account.version.or(Version::of(self.version)).ok_or(ConnectStatus::VERSION)
    }
}

/// A message that a provider submits, owned.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Msg_src: the provider's SP_Id.
    pub msg_src: String,
    /// Src_Id: the access number the handset shows.
    pub src_id: String,
    /// To whom; from 1 to 99, as the provider writes them, also with `86` or `+86` in front. The message gets one Msg_Id,
    /// and the number at place n that id's `nth(n)`.
    pub destinations: Vec<Number>,
    /// 3.0: 0 real numbers, 1 pseudo codes.
    pub dest_terminal_type: u8,
    /// The service.
    pub service_id: String,
    /// 0 no report, 1 a report, 2 a billing record (2.0).
    pub registered_delivery: u8,
    /// The priority.
    pub msg_level: u8,
    /// GSM 03.40 §9.2.3.9.
    pub tp_pid: u8,
    /// The alphabet of the payload.
    pub msg_fmt: MsgFmt,
    /// Where it belongs, if it is a part of a long message.
    pub concat: Option<Concat>,
    /// Pk_total and Pk_number, which need not agree with `concat`.
    pub pk: (u8, u8),
    /// The whole user data header with its length octet; empty if there is none.
    pub header: Octets,
    /// The octets without their user data header.
    pub payload: Octets,
    /// When to give up; none for our default.
    pub valid_time: Option<When>,
    /// When to send; none for at once.
    pub at_time: Option<When>,
    /// Who pays, and what.
    pub fee: Fee,
    /// 3.0: what a message on demand was ordered with.
    pub link_id: String,
}

/// Who pays for a message, and what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fee {
    /// 0 the destination, 1 the source, 2 the provider, 3 `terminal_id`.
    pub user_type: u8,
    /// The number that pays.
    pub terminal_id: Number,
    /// 3.0: 0 a real number, 1 a pseudo code.
    pub terminal_type: u8,
    /// FeeType.
    pub fee_type: String,
    /// FeeCode, in fen.
    pub fee_code: String,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (payload, numbers) = (&self.payload, self.destinations.len());
        write!(f, "Message({payload:?} to {numbers}, {:?}, {:?})", self.msg_fmt, self.concat)
    }
}

impl Message {
    /// Copies a SUBMIT, unless one of its times cannot be read: sending at once what was to be sent later would be worse
    /// than refusing it.
    pub(super) fn of(message: &Submit<'_>) -> Result<Self, ProtocolError> {
        let (concat, payload) = content::split(message.tp_udhi, message.content);
        // The payload is the end of the content.
        let header = message.content.get(..message.content.len() - payload.len()).unwrap_or_default();
        Ok(Self {
            msg_src: owned(message.msg_src),
            src_id: owned(message.src_id),
            destinations: message.destinations.iter().map(Number::new).collect(),
            dest_terminal_type: message.dest_terminal_type,
            service_id: owned(message.service_id),
            registered_delivery: message.registered_delivery,
            msg_level: message.msg_level,
            tp_pid: message.tp_pid,
            msg_fmt: message.msg_fmt,
            concat,
            pk: (message.pk_total, message.pk_number),
            header: Octets(header.to_vec()),
            payload: Octets(payload.to_vec()),
            valid_time: when("ValId_Time", message.valid_time)?,
            at_time: when("At_Time", message.at_time)?,
            fee: Fee {
                user_type: message.fee_user_type,
                terminal_id: Number::new(message.fee_terminal_id),
                terminal_type: message.fee_terminal_type,
                fee_type: owned(message.fee_type),
                fee_code: owned(message.fee_code),
            },
            link_id: owned(message.link_id),
        })
    }
}

fn when(field: &'static str, text: &[u8]) -> Result<Option<When>, ProtocolError> {
    match When::read(text) {
        None if !text.is_empty() => Err(ProtocolError::BadTime { field, octets: text.len() }),
        when => Ok(when),
    }
}
