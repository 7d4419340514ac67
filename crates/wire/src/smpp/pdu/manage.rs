//! query_sm, cancel_sm, replace_sm and the one response among them that has a body (§4.8–4.10).

use super::super::address::Address;
use super::super::error::{DecodeError, EncodeError};
use super::super::esm::RegisteredDelivery;
use super::super::octets::{Reader, Writer};
use super::super::tlv::Tlvs;
use super::message::{ADDRESS_MAX, MESSAGE_ID_MAX, SERVICE_TYPE_MAX, SHORT_MESSAGE_MAX};
use std::fmt;

/// The body of query_sm (§4.8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuerySm<'a> {
    /// The carrier's id of the message.
    pub message_id: &'a [u8],
    /// The source it was submitted with.
    pub source: Address<'a>,
}

impl<'a> QuerySm<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self { message_id: body.text("message_id")?, source: body.address("source_addr")? })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("message_id", self.message_id, MESSAGE_ID_MAX)?;
        body.address("source_addr", &self.source, ADDRESS_MAX)
    }
}

/// The body of query_sm_resp (§4.8.2). All zero when the body was left away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueryResp<'a> {
    /// The carrier's id of the message.
    pub message_id: &'a [u8],
    /// When it became final: empty or 16 characters.
    pub final_date: &'a [u8],
    /// Its state (§5.2.28); see `receipt::State`.
    pub message_state: u8,
    /// The network's error code, or 0.
    pub error_code: u8,
    /// Optional parameters; only v5.0 has any here.
    pub tlvs: Tlvs<'a>,
}

impl<'a> QueryResp<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        if body.rest().is_empty() {
            return Ok(Self::default());
        }
        Ok(Self {
            message_id: body.text("message_id")?,
            final_date: body.text("final_date")?,
            message_state: body.u8("message_state")?,
            error_code: body.u8("error_code")?,
            tlvs: Tlvs::cut(body.rest()),
        })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("message_id", self.message_id, MESSAGE_ID_MAX)?;
        body.time("final_date", self.final_date)?;
        body.raw(&[self.message_state, self.error_code]);
        body.raw(self.tlvs.octets());
        Ok(())
    }
}

/// The body of cancel_sm (§4.9.1). Without a message_id it names all that wait between the two addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CancelSm<'a> {
    /// The carrier's service; at most 5 octets, mostly empty.
    pub service_type: &'a [u8],
    /// The carrier's id of the message, or empty.
    pub message_id: &'a [u8],
    /// The source it was submitted with.
    pub source: Address<'a>,
    /// The destination it was submitted to; empty when message_id is given.
    pub destination: Address<'a>,
}

impl<'a> CancelSm<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            service_type: body.text("service_type")?,
            message_id: body.text("message_id")?,
            source: body.address("source_addr")?,
            destination: body.address("destination_addr")?,
        })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("service_type", self.service_type, SERVICE_TYPE_MAX)?;
        body.text("message_id", self.message_id, MESSAGE_ID_MAX)?;
        body.address("source_addr", &self.source, ADDRESS_MAX)?;
        body.address("destination_addr", &self.destination, ADDRESS_MAX)
    }
}

/// The body of replace_sm (§4.10.1). Its text does not print.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplaceSm<'a> {
    /// The carrier's id of the message.
    pub message_id: &'a [u8],
    /// The source it was submitted with.
    pub source: Address<'a>,
    /// Empty or 16 characters (§7.1.1).
    pub schedule_delivery_time: &'a [u8],
    /// Empty or 16 characters.
    pub validity_period: &'a [u8],
    /// Which receipts are wanted (§5.2.17).
    pub registered_delivery: RegisteredDelivery,
    /// sm_default_msg_id: a canned message of the carrier's.
    pub canned_message: u8,
    /// The new text, at most 254 octets, in the alphabet of the old one.
    pub short_message: &'a [u8],
}

impl<'a> ReplaceSm<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let message_id = body.text("message_id")?;
        let source = body.address("source_addr")?;
        let schedule_delivery_time = body.text("schedule_delivery_time")?;
        let validity_period = body.text("validity_period")?;
        let registered_delivery = RegisteredDelivery(body.u8("registered_delivery")?);
        let canned_message = body.u8("sm_default_msg_id")?;
        let octets = usize::from(body.u8("sm_length")?);
        let short_message = body.octets("short_message", octets)?;
        Ok(Self {
            message_id,
            source,
            schedule_delivery_time,
            validity_period,
            registered_delivery,
            canned_message,
            short_message,
        })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("message_id", self.message_id, MESSAGE_ID_MAX)?;
        body.address("source_addr", &self.source, ADDRESS_MAX)?;
        body.time("schedule_delivery_time", self.schedule_delivery_time)?;
        body.time("validity_period", self.validity_period)?;
        body.raw(&[self.registered_delivery.0, self.canned_message]);
        body.counted("short_message", self.short_message, SHORT_MESSAGE_MAX)
    }
}

impl fmt::Debug for ReplaceSm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ReplaceSm({:?}, {} octets)",
            String::from_utf8_lossy(self.message_id),
            self.short_message.len()
        )
    }
}
