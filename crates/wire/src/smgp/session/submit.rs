//! One message on its way to the gateway. It is encoded straight into the output buffer; nothing of it is kept.

use super::super::EncodeError;
use super::super::Numbers;
use super::super::pdu::{self, Pdu};
use super::super::tlv::{Tag, Tlvs, append};
use crate::concat::Concat;
pub use crate::link::Payload;
use crate::msg_fmt::MsgFmt;

/// One Submit, as the caller knows it.
///
/// List one destination per Submit: then the answer, the receipt and the message are one to one. More (at most 100) share one
/// id, and only the number in each report tells them apart.
#[derive(Debug, Clone, Copy)]
pub struct Submit<'a> {
    /// From whom: the access number, at most 21 octets.
    pub source: &'a str,
    /// To whom, at most 21 octets each. Prints as a count.
    pub destinations: Numbers<'a>,
    /// The alphabet of the payload; see `MsgFmt`.
    pub msg_format: MsgFmt,
    /// What is written, encoded already. Not printed.
    pub payload: Payload<'a>,
    /// Whether the payload starts with a user data header (TP_udhi).
    pub header: bool,
    /// Where it belongs when it is a part of a long message (PkTotal, PkNumber).
    pub part: Option<Concat>,
    /// Whether a report is wanted.
    pub report: bool,
    /// 0 (lowest) to 3.
    pub priority: u8,
    /// GSM protocol identifier; written when it is not 0.
    pub protocol_id: u8,
    /// The business; at most 10 octets.
    pub service_id: &'a str,
    /// How the fee is reckoned, two digits.
    pub fee_type: &'a str,
    /// The fee in fen, six digits.
    pub fee_code: &'a str,
    /// The monthly fee in fen, six digits.
    pub fixed_fee: &'a str,
    /// Who pays; mostly empty: the enterprise.
    pub charge_term_id: &'a str,
    /// Until when it may be tried; see `clock::absolute`. None for the gateway's default.
    pub valid_time: Option<&'a [u8; 16]>,
    /// When to send. None for now.
    pub at_time: Option<&'a [u8; 16]>,
    /// The enterprise (MsgSrc); written when it is not empty.
    pub msg_src: &'a str,
    /// The business (MServiceID); written when it is not empty.
    pub m_service_id: &'a str,
    /// The transaction (LinkID); written when it is not empty.
    pub link_id: &'a str,
}

impl Default for Submit<'_> {
    /// A message in ASCII that costs its reader nothing, with a report.
    fn default() -> Self {
        Self {
            source: "",
            destinations: Numbers::default(),
            msg_format: MsgFmt::ASCII,
            payload: Payload::default(),
            header: false,
            part: None,
            report: true,
            priority: 0,
            protocol_id: 0,
            service_id: "",
            fee_type: "00",
            fee_code: "000000",
            fixed_fee: "000000",
            charge_term_id: "",
            valid_time: None,
            at_time: None,
            msg_src: "",
            m_service_id: "",
            link_id: "",
        }
    }
}

impl Submit<'_> {
    /// Appends the whole Submit, or nothing.
    pub fn encode(&self, out: &mut Vec<u8>, sequence: u32) -> Result<(), EncodeError> {
        let mut tlvs = Vec::new();
        let mut byte = |tag, value, wanted| if wanted { append(&mut tlvs, tag, &[value]) } else { Ok(()) };
        byte(Tag::TP_PID, self.protocol_id, self.protocol_id != 0)?;
        byte(Tag::TP_UDHI, 1, self.header)?;
        if let Some(part) = self.part {
            byte(Tag::PK_TOTAL, part.total, true)?;
            byte(Tag::PK_NUMBER, part.number, true)?;
        }
        for (tag, text) in [
            (Tag::LINK_ID, self.link_id),
            (Tag::MSG_SRC, self.msg_src),
            (Tag::M_SERVICE_ID, self.m_service_id),
        ] {
            if !text.is_empty() {
                append(&mut tlvs, tag, text.as_bytes())?;
            }
        }
        let submit = pdu::Submit {
            msg_type: MOBILE_TERMINATED,
            need_report: u8::from(self.report),
            priority: self.priority,
            service_id: self.service_id.as_bytes(),
            fee_type: self.fee_type.as_bytes(),
            fee_code: self.fee_code.as_bytes(),
            fixed_fee: self.fixed_fee.as_bytes(),
            msg_format: self.msg_format,
            valid_time: self.valid_time.map_or(&[], |time| time),
            at_time: self.at_time.map_or(&[], |time| time),
            src_term_id: self.source.as_bytes(),
            charge_term_id: self.charge_term_id.as_bytes(),
            dest_term_ids: self.destinations,
            msg_content: self.payload.0,
            tlvs: Tlvs::cut(&tlvs),
        };
        pdu::encode(out, sequence, &Pdu::Submit(submit))
    }
}

/// MsgType of a message that ends at a handset.
const MOBILE_TERMINATED: u8 = 6;

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
