//! A message that an ESME submits, owned, with everything a gateway has to know of it. Nothing personal prints.

use super::super::address::OwnedAddress;
use super::super::concat::{self, Concat};
use super::super::esm::{EsmClass, RegisteredDelivery};
use super::super::pdu::{DataSm, Destination, ShortMessage};
use super::super::session::Octets;
use super::super::time::{self, When};
use super::super::tlv::{Tag, TlvBuf, Tlvs};
use super::event::text;
use model::Span;
use std::fmt;

/// A message that an ESME submits, owned.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// The carrier's service.
    pub service_type: String,
    /// From whom; empty when the carrier is to put in the account's own.
    pub source: OwnedAddress,
    /// To whom; empty in submit_multi.
    pub destination: OwnedAddress,
    /// Mode, type and features.
    pub esm_class: EsmClass,
    /// GSM protocol identifier (§5.2.13).
    pub protocol_id: u8,
    /// 0 (lowest) to 3.
    pub priority: u8,
    /// When to send, as it was written; empty for now.
    pub schedule_delivery_time: String,
    /// The same, read.
    pub schedule: Option<When>,
    /// When to give up, as it was written; empty for the carrier's default.
    pub validity_period: String,
    /// The same, read; of data_sm its qos_time_to_live.
    pub validity: Option<When>,
    /// Which receipts are wanted.
    pub registered_delivery: RegisteredDelivery,
    /// Whether it replaces a message of the same service, source and destination that still waits (§5.2.18).
    pub replace_if_present: bool,
    /// The alphabet of the payload.
    pub data_coding: u8,
    /// sm_default_msg_id: a canned message of the carrier's, 0 for none (§5.2.20).
    pub canned_message: u8,
    /// Where it belongs, if it is a part of a long message, by its user data header or by its sar_ parameters.
    pub concat: Option<Concat>,
    /// The user data header with its length octet, as it came; empty without one.
    pub header: Octets,
    /// The octets without their user data header.
    pub payload: Octets,
    /// Whether the payload came as message_payload.
    pub in_parameter: bool,
    /// The ESME's own number for it, to come back in its receipt (§5.3.2.17).
    pub user_message_reference: Option<u16>,
    /// source_port (§5.3.2.20).
    pub source_port: Option<u16>,
    /// destination_port (§5.3.2.21).
    pub destination_port: Option<u16>,
    /// All other parameters as they came; payload, reference, ports and sar_ are not among them.
    pub parameters: TlvBuf,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, data_coding {}, {:?})", self.payload.0.len(), self.data_coding, self.concat)
    }
}

impl Message {
    /// Copies a submit_sm.
    pub(super) fn of(message: &ShortMessage<'_>) -> Self {
        let whole = message.payload();
        let (concat, payload) = concat::read(message.esm_class, message.tlvs, whole);
        let header = whole.get(..whole.len() - payload.len()).unwrap_or_default();
        let mut copy = Self {
            service_type: text(message.service_type),
            source: message.source.to_owned(),
            destination: message.destination.to_owned(),
            esm_class: message.esm_class,
            protocol_id: message.protocol_id,
            priority: message.priority,
            schedule_delivery_time: text(message.schedule_delivery_time),
            schedule: time::read(message.schedule_delivery_time),
            validity_period: text(message.validity_period),
            validity: time::read(message.validity_period),
            registered_delivery: message.registered_delivery,
            replace_if_present: message.replace_if_present != 0,
            data_coding: message.data_coding,
            canned_message: message.canned_message,
            concat,
            header: Octets(header.to_vec()),
            payload: Octets(payload.to_vec()),
            ..Self::default()
        };
        copy.read_parameters(message.tlvs);
        copy
    }

    /// Copies a data_sm.
    pub(super) fn of_data(data: &DataSm<'_>) -> Self {
        let mut copy = Self::of(&ShortMessage {
            service_type: data.service_type,
            source: data.source,
            destination: data.destination,
            esm_class: data.esm_class,
            registered_delivery: data.registered_delivery,
            data_coding: data.data_coding,
            tlvs: data.tlvs,
            ..ShortMessage::default()
        });
        let seconds = data.tlvs.find(Tag::QOS_TIME_TO_LIVE).and_then(|tlv| tlv.uint());
        copy.validity = seconds.map(|seconds| When::After(Span::seconds(i64::from(seconds))));
        copy
    }

    fn read_parameters(&mut self, tlvs: Tlvs<'_>) {
        for tlv in tlvs {
            let two = tlv.uint().and_then(|number| u16::try_from(number).ok());
            match tlv.tag {
                Tag::MESSAGE_PAYLOAD => self.in_parameter = true,
                Tag::USER_MESSAGE_REFERENCE => self.user_message_reference = two,
                Tag::SOURCE_PORT => self.source_port = two,
                Tag::DESTINATION_PORT => self.destination_port = two,
                Tag::SAR_MSG_REF_NUM | Tag::SAR_TOTAL_SEGMENTS | Tag::SAR_SEGMENT_SEQNUM => {}
                _ => self.parameters.keep(tlv),
            }
        }
    }
}

/// One destination of a submit_multi.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// An address.
    Address(OwnedAddress),
    /// The name of a distribution list that the carrier keeps.
    List(String),
}

impl Recipient {
    pub(super) fn of(destination: &Destination<'_>) -> Self {
        match destination {
            Destination::Address(address) => Self::Address(address.to_owned()),
            Destination::List(name) => Self::List(text(name)),
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::List(name) => write!(f, "List({} octets)", name.len()),
        }
    }
}
