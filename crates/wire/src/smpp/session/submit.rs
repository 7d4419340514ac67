//! One message on its way to the carrier. It is encoded straight into the output buffer; nothing of it is kept.

use super::super::address::Address;
use super::super::command::CommandId;
use super::super::concat::{Concat, write_sar};
use super::super::error::EncodeError;
use super::super::esm::{EsmClass, RegisteredDelivery};
use super::super::octets::Writer;
use super::super::pdu::{SHORT_MESSAGE_MAX, ShortMessage};
use super::super::status::Status;
use super::super::tlv::{Tag, Value, append};
pub use crate::link::Payload;

/// One submit_sm, as the caller knows it. A payload of more than 254 octets travels as message_payload.
#[derive(Debug, Clone, Copy, Default)]
pub struct Submit<'a> {
    /// The carrier's service; mostly empty.
    pub service_type: &'a str,
    /// From whom: the sender number or name.
    pub source: Address<'a>,
    /// To whom.
    pub destination: Address<'a>,
    /// Mode, type and features; say `with_header` when the payload starts with a user data header.
    pub esm_class: EsmClass,
    /// The alphabet of the payload; see `coding`.
    pub data_coding: u8,
    /// What is written, encoded already. Not printed.
    pub payload: Payload<'a>,
    /// Where it belongs when it is a part of a long message and the carrier takes sar_ parameters.
    pub sar: Option<Concat>,
    /// Which receipts are wanted.
    pub registered_delivery: RegisteredDelivery,
    /// How long the carrier may try; see `time::relative`. None for the carrier's default.
    pub validity_period: Option<&'a [u8; 16]>,
    /// 0 (lowest) to 3.
    pub priority: u8,
    /// GSM protocol identifier; mostly 0.
    pub protocol_id: u8,
}

impl Submit<'_> {
    /// The first optional parameter that it cannot do without.
    pub(super) fn needs(&self) -> Option<Tag> {
        let long = (self.payload.0.len() > SHORT_MESSAGE_MAX).then_some(Tag::MESSAGE_PAYLOAD);
        long.or_else(|| self.sar.map(|_| Tag::SAR_MSG_REF_NUM))
    }

    /// Appends the whole submit_sm, or nothing.
    pub fn encode(&self, out: &mut Vec<u8>, sequence: u32) -> Result<(), EncodeError> {
        let payload = self.payload.0;
        let (short_message, long): (&[u8], _) =
            if payload.len() > SHORT_MESSAGE_MAX { (&[], Some(payload)) } else { (payload, None) };
        let message = ShortMessage {
            service_type: self.service_type.as_bytes(),
            source: self.source,
            destination: self.destination,
            esm_class: self.esm_class,
            protocol_id: self.protocol_id,
            priority: self.priority,
            validity_period: self.validity_period.map_or(&[], |period| period),
            registered_delivery: self.registered_delivery,
            data_coding: self.data_coding,
            short_message,
            ..ShortMessage::default()
        };
        let mut writer = Writer::new(out, CommandId::SUBMIT_SM, Status::OK, sequence);
        message.write(&mut writer)?;
        if let Some(long) = long {
            append(writer.out(), Tag::MESSAGE_PAYLOAD, Value::Octets(long))?;
        }
        if let Some(part) = self.sar {
            write_sar(writer.out(), part)?;
        }
        writer.finish()
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
    /// Not bound, or bound to receive only, or unbinding.
    #[error("session: expected to be bound for sending, found it {found}")]
    NotBound {
        /// What it is instead.
        found: &'static str,
    },
    /// The message breaks the specification and would be refused by any carrier.
    #[error(transparent)]
    Invalid(#[from] EncodeError),
}
