//! data_sm (§4.7.1), whose text is always in message_payload, and alert_notification (§4.12.1). No text and no address
//! prints.

use super::super::address::Address;
use super::super::error::{DecodeError, EncodeError};
use super::super::esm::{EsmClass, RegisteredDelivery};
use super::super::octets::{Reader, Writer};
use super::super::tlv::{Tag, Tlvs};
use super::message::SERVICE_TYPE_MAX;

/// The body of data_sm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DataSm<'a> {
    /// The carrier's service; at most 5 octets, mostly empty.
    pub service_type: &'a [u8],
    /// From whom; at most 64 octets.
    pub source: Address<'a>,
    /// To whom; at most 64 octets.
    pub destination: Address<'a>,
    /// Mode, type and features (§5.2.12).
    pub esm_class: EsmClass,
    /// Which receipts are wanted (§5.2.17).
    pub registered_delivery: RegisteredDelivery,
    /// The alphabet of the payload (§5.2.19).
    pub data_coding: u8,
    /// Optional parameters, the payload among them.
    pub tlvs: Tlvs<'a>,
}

impl<'a> DataSm<'a> {
    /// What was written; empty without a message_payload.
    pub fn payload(&self) -> &'a [u8] {
        self.tlvs.find(Tag::MESSAGE_PAYLOAD).map_or(&[], |tlv| tlv.value)
    }

    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let service_type = body.text("service_type")?;
        let source = body.address("source_addr")?;
        let destination = body.address("destination_addr")?;
        let esm_class = EsmClass(body.u8("esm_class")?);
        let registered_delivery = RegisteredDelivery(body.u8("registered_delivery")?);
        let data_coding = body.u8("data_coding")?;
        let tlvs = Tlvs::cut(body.rest());
        Ok(Self { service_type, source, destination, esm_class, registered_delivery, data_coding, tlvs })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("service_type", self.service_type, SERVICE_TYPE_MAX)?;
        body.address("source_addr", &self.source, LONG_ADDRESS_MAX)?;
        body.address("destination_addr", &self.destination, LONG_ADDRESS_MAX)?;
        body.raw(&[self.esm_class.0, self.registered_delivery.0, self.data_coding]);
        body.raw(self.tlvs.octets());
        Ok(())
    }
}

/// The body of alert_notification: a subscriber for whom data_sm had set the delivery pending flag is there again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AlertNotification<'a> {
    /// The subscriber; at most 64 octets.
    pub source: Address<'a>,
    /// The ESME that wanted to know; at most 64 octets.
    pub esme: Address<'a>,
    /// ms_availability_status, if any.
    pub tlvs: Tlvs<'a>,
}

impl<'a> AlertNotification<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let source = body.address("source_addr")?;
        let esme = body.address("esme_addr")?;
        Ok(Self { source, esme, tlvs: Tlvs::cut(body.rest()) })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.address("source_addr", &self.source, LONG_ADDRESS_MAX)?;
        body.address("esme_addr", &self.esme, LONG_ADDRESS_MAX)?;
        body.raw(self.tlvs.octets());
        Ok(())
    }
}

/// Octets without the terminator; §4.7.1, §4.12.1.
const LONG_ADDRESS_MAX: usize = 64;
