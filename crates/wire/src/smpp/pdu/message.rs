//! submit_sm and deliver_sm, which have one body between them (§4.4.1, §4.6.1), and the response they share with
//! data_sm: the hot path. No text and no address prints.

use super::super::address::Address;
use super::super::error::{DecodeError, EncodeError};
use super::super::esm::{EsmClass, RegisteredDelivery};
use super::super::octets::{Reader, Writer};
use super::super::tlv::{Tag, Tlvs};
use std::fmt;

/// The body of submit_sm and deliver_sm. In deliver_sm the two times, `replace_if_present` and `canned_message` are
/// unused and zero (§4.6.1).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct ShortMessage<'a> {
    /// The carrier's service; at most 5 octets, mostly empty.
    pub service_type: &'a [u8],
    /// From whom; at most 20 octets.
    pub source: Address<'a>,
    /// To whom; at most 20 octets.
    pub destination: Address<'a>,
    /// Mode, type and features (§5.2.12).
    pub esm_class: EsmClass,
    /// GSM protocol identifier; 0.
    pub protocol_id: u8,
    /// 0 (lowest) to 3.
    pub priority: u8,
    /// When to send: empty (now) or 16 characters (§7.1.1).
    pub schedule_delivery_time: &'a [u8],
    /// When to give up: empty (the carrier's default) or 16 characters.
    pub validity_period: &'a [u8],
    /// Which receipts are wanted (§5.2.17).
    pub registered_delivery: RegisteredDelivery,
    /// Whether it replaces a message of the same service, source and destination that still waits.
    pub replace_if_present: u8,
    /// The alphabet of the payload (§5.2.19).
    pub data_coding: u8,
    /// sm_default_msg_id: a canned message of the carrier's.
    pub canned_message: u8,
    /// short_message, at most 254 octets. Longer payloads go into the message_payload parameter.
    pub short_message: &'a [u8],
    /// Optional parameters.
    pub tlvs: Tlvs<'a>,
}

impl<'a> ShortMessage<'a> {
    /// What was written: message_payload if it is there, short_message otherwise (§3.2.3: never both).
    pub fn payload(&self) -> &'a [u8] {
        if !self.short_message.is_empty() {
            return self.short_message;
        }
        self.tlvs.find(Tag::MESSAGE_PAYLOAD).map_or(self.short_message, |tlv| tlv.value)
    }

    // Always, because a call would build the value in one place and copy it to another.
    #[inline(always)]
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let service_type = body.text("service_type")?;
        let source = body.address("source_addr")?;
        let destination = body.address("destination_addr")?;
        let [esm_class, protocol_id, priority] = body.array(["esm_class", "protocol_id", "priority_flag"])?;
        let schedule_delivery_time = body.text("schedule_delivery_time")?;
        let validity_period = body.text("validity_period")?;
        let [registered_delivery, replace_if_present, data_coding, canned_message, octets] = body.array([
            "registered_delivery",
            "replace_if_present_flag",
            "data_coding",
            "sm_default_msg_id",
            "sm_length",
        ])?;
        let short_message = body.octets("short_message", usize::from(octets))?;
        Ok(Self {
            service_type,
            source,
            destination,
            esm_class: EsmClass(esm_class),
            protocol_id,
            priority,
            schedule_delivery_time,
            validity_period,
            registered_delivery: RegisteredDelivery(registered_delivery),
            replace_if_present,
            data_coding,
            canned_message,
            short_message,
            tlvs: Tlvs::cut(body.rest()),
        })
    }

    #[inline]
    pub(crate) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("service_type", self.service_type, SERVICE_TYPE_MAX)?;
        body.address("source_addr", &self.source, ADDRESS_MAX)?;
        body.address("destination_addr", &self.destination, ADDRESS_MAX)?;
        body.raw(&[self.esm_class.0, self.protocol_id, self.priority]);
        body.time("schedule_delivery_time", self.schedule_delivery_time)?;
        body.time("validity_period", self.validity_period)?;
        body.raw(&[
            self.registered_delivery.0,
            self.replace_if_present,
            self.data_coding,
            self.canned_message,
        ]);
        body.counted("short_message", self.short_message, SHORT_MESSAGE_MAX)?;
        body.raw(self.tlvs.octets());
        Ok(())
    }
}

impl fmt::Debug for ShortMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShortMessage")
            .field("esm_class", &self.esm_class.0)
            .field("data_coding", &self.data_coding)
            .field("octets", &self.short_message.len())
            .field("tlvs", &self.tlvs)
            .finish_non_exhaustive()
    }
}

/// The body of submit_sm_resp, deliver_sm_resp and data_sm_resp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageResp<'a> {
    /// The carrier's id of the message; empty when the body was left away.
    pub message_id: &'a [u8],
    /// Optional parameters; only data_sm_resp has any in the specification.
    pub tlvs: Tlvs<'a>,
}

impl<'a> MessageResp<'a> {
    /// A response with this id and nothing else.
    pub const fn new(message_id: &'a [u8]) -> Self {
        Self { message_id, tlvs: Tlvs::NONE }
    }

    pub(super) fn read(body: &mut Reader<'a>) -> Self {
        Self { message_id: body.text_or_nothing(), tlvs: Tlvs::cut(body.rest()) }
    }

    pub(crate) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("message_id", self.message_id, MESSAGE_ID_MAX)?;
        body.raw(self.tlvs.octets());
        Ok(())
    }
}

/// The longest short_message (§5.2.21, §5.2.22).
pub(crate) const SHORT_MESSAGE_MAX: usize = 254;
// Octets without the terminator; §5.2.8, §5.2.11, §5.2.23.
pub(super) const SERVICE_TYPE_MAX: usize = 5;
pub(super) const ADDRESS_MAX: usize = 20;
pub(super) const MESSAGE_ID_MAX: usize = 64;
