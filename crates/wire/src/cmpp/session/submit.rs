//! One message on its way to the gateway. It is encoded straight into the output buffer; nothing of it is kept.

use super::super::error::EncodeError;
use super::super::pdu::{self, Numbers, Pdu};
use super::super::version::Version;
use crate::concat::Concat;
pub use crate::link::Payload;
use crate::msg_fmt::MsgFmt;
use std::fmt;

/// One SUBMIT, as the caller knows it. Prints no number and no text.
#[derive(Clone, Copy)]
pub struct Submit<'a> {
    /// What the handset shows: the access number with its extension; at most 21 octets.
    pub src_id: &'a str,
    /// To whom; from 1 to 99. With more than one, one bad number refuses all, and every number gets a report of its own
    /// (`MsgId::nth`): keep to one where it matters.
    pub destinations: &'a [&'a str],
    /// 3.0: 0 real numbers, 1 pseudo codes.
    pub dest_terminal_type: u8,
    /// The service; mostly empty.
    pub service_id: &'a str,
    /// Whether a report is wanted.
    pub registered_delivery: bool,
    /// The priority; mostly 0.
    pub msg_level: u8,
    /// The alphabet of the payload.
    pub msg_fmt: MsgFmt,
    /// Whether the payload starts with a user data header; see `content::write_header`.
    pub has_header: bool,
    /// Where it belongs when it is a part of a long message: Pk_total and Pk_number. The user data header is what counts.
    pub part: Option<Concat>,
    /// What is written, encoded already. Not printed.
    pub payload: Payload<'a>,
    /// GSM 03.40 §9.2.3.9; mostly 0.
    pub tp_pid: u8,
    /// How long the gateway may try; see `smpp::time::relative` and `clock::absolute`. None for its default.
    pub valid_time: Option<&'a [u8; 16]>,
    /// When to send it; none for at once.
    pub at_time: Option<&'a [u8; 16]>,
    /// Who pays: 0 the destination, 1 the source, 2 the provider, 3 `fee_terminal_id`.
    pub fee_user_type: u8,
    /// The number that pays, if one is named.
    pub fee_terminal_id: &'a str,
    /// 3.0: 0 a real number, 1 a pseudo code.
    pub fee_terminal_type: u8,
    /// `01` free, `02` per message, `03` monthly.
    pub fee_type: &'a str,
    /// What it costs the user, in fen.
    pub fee_code: &'a str,
    /// 3.0: what a message on demand was ordered with.
    pub link_id: &'a str,
}

impl Default for Submit<'_> {
    /// Nothing to nobody, free for the user: the provider pays.
    fn default() -> Self {
        Self {
            src_id: "",
            destinations: &[],
            dest_terminal_type: 0,
            service_id: "",
            registered_delivery: false,
            msg_level: 0,
            msg_fmt: MsgFmt::ASCII,
            has_header: false,
            part: None,
            payload: Payload::default(),
            tp_pid: 0,
            valid_time: None,
            at_time: None,
            fee_user_type: 2,
            fee_terminal_id: "",
            fee_terminal_type: 0,
            fee_type: "01",
            fee_code: "0",
            link_id: "",
        }
    }
}

impl fmt::Debug for Submit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = self.destinations.len();
        write!(f, "Submit({:?} to {numbers}, {:?}, {:?})", self.payload, self.msg_fmt, self.part)
    }
}

impl Submit<'_> {
    /// Appends the whole SUBMIT, or nothing. `msg_src` is the SP_Id.
    pub fn encode(
        &self,
        out: &mut Vec<u8>,
        version: Version,
        msg_src: &str,
        sequence: u32,
    ) -> Result<(), EncodeError> {
        let (pk_total, pk_number) = self.part.map_or((1, 1), |part| (part.total, part.number));
        let message = pdu::Submit {
            pk_total,
            pk_number,
            registered_delivery: u8::from(self.registered_delivery),
            msg_level: self.msg_level,
            service_id: self.service_id.as_bytes(),
            fee_user_type: self.fee_user_type,
            fee_terminal_id: self.fee_terminal_id.as_bytes(),
            fee_terminal_type: self.fee_terminal_type,
            tp_pid: self.tp_pid,
            tp_udhi: u8::from(self.has_header),
            msg_fmt: self.msg_fmt,
            msg_src: msg_src.as_bytes(),
            fee_type: self.fee_type.as_bytes(),
            fee_code: self.fee_code.as_bytes(),
            valid_time: self.valid_time.map_or(&[], |time| time),
            at_time: self.at_time.map_or(&[], |time| time),
            src_id: self.src_id.as_bytes(),
            destinations: Numbers::new(self.destinations),
            dest_terminal_type: self.dest_terminal_type,
            content: self.payload.0,
            link_id: self.link_id.as_bytes(),
        };
        pdu::encode(out, version, sequence, &Pdu::Submit(message))
    }
}

/// Why a message was not taken over for sending. Its ticket is still the caller's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The window is full; wait for answers.
    #[error("window: expected fewer than {window} waiting, found {window}")]
    Full {
        /// The window.
        window: usize,
    },
    /// Not logged in, or ending.
    #[error("session: expected to be bound for sending, found it {found}")]
    NotBound {
        /// What it is instead.
        found: &'static str,
    },
    /// The message breaks the specification and would be refused by any gateway.
    #[error(transparent)]
    Invalid(#[from] EncodeError),
}
