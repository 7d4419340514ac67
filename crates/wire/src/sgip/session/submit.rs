//! One message on its way to the gateway. It is encoded straight into the output buffer; nothing of it is kept.

use super::super::pdu::{self, Pdu};
use super::super::{EncodeError, Numbers, Sequence};
pub use crate::link::Payload;
use crate::msg_fmt::MsgFmt;

/// One Submit, as the caller knows it.
///
/// List one destination per Submit: then the answer, the report and the message are one to one. More (at most 100) share one
/// sequence number, and only the number in each Report tells them apart.
#[derive(Debug, Clone, Copy)]
pub struct Submit<'a> {
    /// From whom: the access number, at most 21 octets. Prints as it is: it is ours.
    pub source: &'a str,
    /// To whom, with 86 before each number; at most 21 octets. Prints as a count.
    pub destinations: Numbers<'a>,
    /// The alphabet of the payload.
    pub msg_format: MsgFmt,
    /// What is written, encoded already; at most 160 octets. Not printed.
    pub payload: Payload<'a>,
    /// Whether the payload starts with a user data header (TP_udhi).
    pub header: bool,
    /// Which Reports are wanted.
    pub report: ReportFlag,
    /// 0 (lowest) to 9.
    pub priority: u8,
    /// GSM protocol identifier; mostly 0.
    pub protocol_id: u8,
    /// Our enterprise code; at most 5 digits.
    pub corp_id: &'a str,
    /// Our service's code; at most 10 octets.
    pub service_type: &'a str,
    /// Who pays: 21 zeros for us.
    pub charge_number: &'a str,
    /// How the fee is reckoned.
    pub fee_type: u8,
    /// The fee in fen; at most 6 digits.
    pub fee_value: &'a str,
    /// What the user is given, in fen; at most 6 digits.
    pub given_value: &'a str,
    /// 0: to be collected; 1: collected.
    pub agent_flag: u8,
    /// What caused the message; 2 when no user asked for it.
    pub morelate_to_mt_flag: u8,
    /// Until when it may be tried; see `clock::absolute`. None for the gateway's default.
    pub valid_time: Option<&'a [u8; 16]>,
    /// When to send. None for now.
    pub at_time: Option<&'a [u8; 16]>,
}

/// Which Reports a Submit asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReportFlag {
    /// 0: only of failure.
    Failure,
    /// 1: of success and failure.
    #[default]
    Always,
    /// 2: none.
    Never,
}

impl ReportFlag {
    /// The value of ReportFlag.
    pub const fn code(self) -> u8 {
        match self {
            Self::Failure => 0,
            Self::Always => 1,
            Self::Never => 2,
        }
    }
}

impl Default for Submit<'_> {
    /// A message in ASCII that nobody asked for and the enterprise pays, with a Report.
    fn default() -> Self {
        Self {
            source: "",
            destinations: Numbers::default(),
            msg_format: MsgFmt::ASCII,
            payload: Payload::default(),
            header: false,
            report: ReportFlag::Always,
            priority: 0,
            protocol_id: 0,
            corp_id: "",
            service_type: "",
            charge_number: WE_PAY,
            fee_type: 0,
            fee_value: "0",
            given_value: "0",
            agent_flag: 0,
            morelate_to_mt_flag: NOT_ASKED_FOR,
            valid_time: None,
            at_time: None,
        }
    }
}

impl Submit<'_> {
    /// Appends the whole Submit, or nothing.
    pub fn encode(&self, out: &mut Vec<u8>, sequence: Sequence) -> Result<(), EncodeError> {
        let submit = pdu::Submit {
            sp_number: self.source.as_bytes(),
            charge_number: self.charge_number.as_bytes(),
            user_numbers: self.destinations,
            corp_id: self.corp_id.as_bytes(),
            service_type: self.service_type.as_bytes(),
            fee_type: self.fee_type,
            fee_value: self.fee_value.as_bytes(),
            given_value: self.given_value.as_bytes(),
            agent_flag: self.agent_flag,
            morelate_to_mt_flag: self.morelate_to_mt_flag,
            priority: self.priority,
            expire_time: self.valid_time.map_or(&[], |time| time),
            schedule_time: self.at_time.map_or(&[], |time| time),
            report_flag: self.report.code(),
            tp_pid: self.protocol_id,
            tp_udhi: u8::from(self.header),
            message_coding: self.msg_format,
            message_type: 0,
            content: self.payload.0,
        };
        pdu::encode(out, sequence, &Pdu::Submit(submit))
    }
}

/// ChargeNumber of a message that the enterprise pays.
pub const WE_PAY: &str = "000000000000000000000";
const NOT_ASKED_FOR: u8 = 2;

/// Why a message was not taken over for sending. Its ticket is still the caller's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The window is full; wait for answers.
    #[error("window: expected fewer than {window} waiting, found {window}")]
    Full {
        /// The window.
        window: usize,
    },
    /// Not bound, or bound for the other direction, or unbinding.
    #[error("session: expected to be bound for sending, found it {found}")]
    NotBound {
        /// What it is instead.
        found: &'static str,
    },
    /// The message breaks the specification and would be refused by any gateway.
    #[error(transparent)]
    Invalid(#[from] EncodeError),
}
