//! submit_multi and its response (§4.5): one message to at most 254 addresses or lists of the carrier's. Not on the hot
//! path (a bank's texts differ by customer), so its lists are allocated.

use super::super::address::{Address, Npi, Ton};
use super::super::command::CommandId;
use super::super::error::{DecodeError, EncodeError, Found};
use super::super::esm::{EsmClass, RegisteredDelivery};
use super::super::octets::{Reader, Writer};
use super::super::status::Status;
use super::super::tlv::Tlvs;
use super::message::{ADDRESS_MAX, MESSAGE_ID_MAX, SERVICE_TYPE_MAX, SHORT_MESSAGE_MAX, ShortMessage};

/// The body of submit_multi.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubmitMulti<'a> {
    /// To whom; at most 254.
    pub destinations: Vec<Destination<'a>>,
    /// Everything else; its `destination` is not used.
    pub message: ShortMessage<'a>,
}

/// One destination (§4.5.1.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Destination<'a> {
    /// dest_flag 1: an address; at most 20 octets.
    Address(Address<'a>),
    /// dest_flag 2: the name of a distribution list at the carrier; at most 20 octets.
    List(&'a [u8]),
}

impl std::fmt::Debug for Destination<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::List(name) => write!(f, "List({} octets)", name.len()),
        }
    }
}

impl<'a> SubmitMulti<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let service_type = body.text("service_type")?;
        let source = body.address("source_addr")?;
        let count = body.u8("number_of_dests")?;
        let mut destinations = Vec::new();
        for _ in 0..count {
            destinations.push(read_destination(body)?);
        }
        let [esm_class, protocol_id, priority] =
            [body.u8("esm_class")?, body.u8("protocol_id")?, body.u8("priority_flag")?];
        let schedule_delivery_time = body.text("schedule_delivery_time")?;
        let validity_period = body.text("validity_period")?;
        let registered_delivery = body.u8("registered_delivery")?;
        let replace_if_present = body.u8("replace_if_present_flag")?;
        let data_coding = body.u8("data_coding")?;
        let canned_message = body.u8("sm_default_msg_id")?;
        let octets = usize::from(body.u8("sm_length")?);
        let short_message = body.octets("short_message", octets)?;
        let message = ShortMessage {
            service_type,
            source,
            destination: Address::default(),
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
        };
        Ok(Self { destinations, message })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        let message = &self.message;
        body.text("service_type", message.service_type, SERVICE_TYPE_MAX)?;
        body.address("source_addr", &message.source, ADDRESS_MAX)?;
        body.u8(count("number_of_dests", CommandId::SUBMIT_MULTI, self.destinations.len())?);
        for destination in &self.destinations {
            match destination {
                Destination::Address(address) => {
                    body.u8(DEST_FLAG_ADDRESS);
                    body.address("destination_addr", address, ADDRESS_MAX)?;
                }
                Destination::List(name) => {
                    body.u8(DEST_FLAG_LIST);
                    body.text("dl_name", name, LIST_NAME_MAX)?;
                }
            }
        }
        body.raw(&[message.esm_class.0, message.protocol_id, message.priority]);
        body.time("schedule_delivery_time", message.schedule_delivery_time)?;
        body.time("validity_period", message.validity_period)?;
        body.raw(&[message.registered_delivery.0, message.replace_if_present]);
        body.raw(&[message.data_coding, message.canned_message]);
        body.counted("short_message", message.short_message, SHORT_MESSAGE_MAX)?;
        body.raw(message.tlvs.octets());
        Ok(())
    }
}

fn read_destination<'a>(body: &mut Reader<'a>) -> Result<Destination<'a>, DecodeError> {
    match body.u8("dest_flag")? {
        DEST_FLAG_ADDRESS => body.address("destination_addr").map(Destination::Address),
        DEST_FLAG_LIST => body.text("dl_name").map(Destination::List),
        other => Err(body.error("dest_flag", "1 (address) or 2 (list)", Found::Value(u32::from(other)))),
    }
}

/// The body of submit_multi_resp (§4.5.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubmitMultiResp<'a> {
    /// The carrier's id of the message.
    pub message_id: &'a [u8],
    /// The addresses it was not accepted for; at most 254.
    pub unsuccessful: Vec<Unsuccessful<'a>>,
}

/// One address a submit_multi was not accepted for (§4.5.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsuccessful<'a> {
    /// The address.
    pub address: Address<'a>,
    /// Why.
    pub status: Status,
}

impl<'a> SubmitMultiResp<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let message_id = body.text_or_nothing();
        let mut unsuccessful = Vec::new();
        if !body.rest().is_empty() {
            for _ in 0..body.u8("no_unsuccess")? {
                let [ton, npi] = [body.u8("dest_addr_ton")?, body.u8("dest_addr_npi")?];
                let digits = body.text("destination_addr")?;
                let status = Status(body.u32("error_status_code")?);
                unsuccessful
                    .push(Unsuccessful { address: Address { ton: Ton(ton), npi: Npi(npi), digits }, status });
            }
        }
        Ok(Self { message_id, unsuccessful })
    }

    pub(super) fn write(&self, body: &mut Writer<'_>) -> Result<(), EncodeError> {
        body.text("message_id", self.message_id, MESSAGE_ID_MAX)?;
        body.u8(count("no_unsuccess", CommandId::SUBMIT_MULTI_RESP, self.unsuccessful.len())?);
        for failed in &self.unsuccessful {
            body.address("destination_addr", &failed.address, ADDRESS_MAX)?;
            body.raw(&failed.status.0.to_be_bytes());
        }
        Ok(())
    }
}

fn count(field: &'static str, command: CommandId, found: usize) -> Result<u8, EncodeError> {
    match u8::try_from(found) {
        Ok(number) if found <= DESTINATIONS_MAX => Ok(number),
        _ => Err(EncodeError::TooMany { command, field, max: DESTINATIONS_MAX, found }),
    }
}

/// §5.2.24.
const DESTINATIONS_MAX: usize = 254;
const LIST_NAME_MAX: usize = 20;
// §5.2.25.
const DEST_FLAG_ADDRESS: u8 = 1;
const DEST_FLAG_LIST: u8 = 2;
