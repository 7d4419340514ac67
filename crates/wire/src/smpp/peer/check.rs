//! What the specification lets a carrier refuse, and with which status: fields of submit_sm, submit_multi, data_sm,
//! query_sm, cancel_sm and replace_sm that no message could be made of. Private to the carrier's side.
//!
//! It judges form only. Whether an address may be written to, or a service is allowed, is for the caller to answer.

use super::super::address::{Address, Npi, Ton};
use super::super::error::DecodeError;
use super::super::pdu::{Destination, Pdu, ReplaceSm, SHORT_MESSAGE_MAX, ShortMessage, SubmitMulti};
use super::super::status::Status;
use super::super::time;
use super::super::tlv::{Tag, Tlvs};

/// The status for a body that cannot be read.
pub(super) fn unreadable(error: &DecodeError) -> Status {
    match error.field {
        "short_message" => Status::INVALID_MESSAGE_LENGTH,
        "dest_flag" => Status::INVALID_DESTINATION_FLAG,
        _ => Status::INVALID_COMMAND_LENGTH,
    }
}

/// Refuses a request that no message, or no question, can be made of.
pub(super) fn request(pdu: &Pdu<'_>) -> Result<(), Status> {
    match pdu {
        Pdu::Submit(message) => {
            destination(&message.destination, ADDRESS_MAX)?;
            message_fields(message)
        }
        Pdu::SubmitMulti(multi) => multiple(multi),
        Pdu::Data(data) => {
            service(data.service_type)?;
            source(&data.source, LONG_ADDRESS_MAX)?;
            destination(&data.destination, LONG_ADDRESS_MAX)?;
            parameters(data.tlvs)?;
            match data.tlvs.find(Tag::MESSAGE_PAYLOAD) {
                None => Err(Status::MISSING_OPTIONAL),
                Some(_) => header(data.esm_class.has_header(), data.payload()),
            }
        }
        Pdu::Query(query) => {
            message_id(query.message_id)?;
            source(&query.source, ADDRESS_MAX)
        }
        Pdu::Cancel(cancel) => {
            service(cancel.service_type)?;
            source(&cancel.source, ADDRESS_MAX)?;
            if cancel.message_id.is_empty() {
                return destination(&cancel.destination, ADDRESS_MAX);
            }
            message_id(cancel.message_id)
        }
        Pdu::Replace(replace) => replacement(replace),
        _ => Ok(()),
    }
}

fn multiple(multi: &SubmitMulti<'_>) -> Result<(), Status> {
    if !(1..=DESTINATIONS_MAX).contains(&multi.destinations.len()) {
        return Err(Status::INVALID_DESTINATION_COUNT);
    }
    for one in &multi.destinations {
        match one {
            Destination::Address(address) => destination(address, ADDRESS_MAX)?,
            Destination::List(name) if (1..=ADDRESS_MAX).contains(&name.len()) => {}
            Destination::List(_) => return Err(Status::INVALID_LIST_NAME),
        }
    }
    message_fields(&multi.message)
}

/// All of submit_sm but its destination, which submit_multi has in another place.
fn message_fields(message: &ShortMessage<'_>) -> Result<(), Status> {
    service(message.service_type)?;
    source(&message.source, ADDRESS_MAX)?;
    if message.priority > PRIORITY_MAX {
        return Err(Status::INVALID_PRIORITY);
    }
    times(message.schedule_delivery_time, message.validity_period)?;
    if message.replace_if_present > 1 {
        return Err(Status::INVALID_REPLACE_FLAG);
    }
    if message.short_message.len() > SHORT_MESSAGE_MAX {
        return Err(Status::INVALID_MESSAGE_LENGTH);
    }
    parameters(message.tlvs)?;
    // §3.2.3: a text stands in one place or in the other.
    if !message.short_message.is_empty() && message.tlvs.find(Tag::MESSAGE_PAYLOAD).is_some() {
        return Err(Status::OPTIONAL_NOT_ALLOWED);
    }
    header(message.esm_class.has_header(), message.payload())
}

fn replacement(replace: &ReplaceSm<'_>) -> Result<(), Status> {
    message_id(replace.message_id)?;
    source(&replace.source, ADDRESS_MAX)?;
    times(replace.schedule_delivery_time, replace.validity_period)?;
    if replace.short_message.len() > SHORT_MESSAGE_MAX {
        return Err(Status::INVALID_MESSAGE_LENGTH);
    }
    Ok(())
}

fn service(service_type: &[u8]) -> Result<(), Status> {
    if service_type.len() <= SERVICE_TYPE_MAX { Ok(()) } else { Err(Status::INVALID_SERVICE_TYPE) }
}

/// The message's own id: needed, and no longer than one that we gave.
fn message_id(id: &[u8]) -> Result<(), Status> {
    if (1..=MESSAGE_ID_MAX).contains(&id.len()) { Ok(()) } else { Err(Status::INVALID_MESSAGE_ID) }
}

/// May be empty: the carrier then puts in the account's own.
fn source(address: &Address<'_>, max: usize) -> Result<(), Status> {
    match address {
        Address { ton, .. } if ton.0 > TON_MAX.0 => Err(Status::INVALID_SOURCE_TON),
        Address { npi, .. } if !NPIS.contains(npi) => Err(Status::INVALID_SOURCE_NPI),
        Address { digits, .. } if digits.len() > max => Err(Status::INVALID_SOURCE),
        _ => Ok(()),
    }
}

fn destination(address: &Address<'_>, max: usize) -> Result<(), Status> {
    match address {
        Address { ton, .. } if ton.0 > TON_MAX.0 => Err(Status::INVALID_DESTINATION_TON),
        Address { npi, .. } if !NPIS.contains(npi) => Err(Status::INVALID_DESTINATION_NPI),
        Address { digits, .. } if !(1..=max).contains(&digits.len()) => Err(Status::INVALID_DESTINATION),
        _ => Ok(()),
    }
}

fn times(schedule: &[u8], validity: &[u8]) -> Result<(), Status> {
    if !schedule.is_empty() && time::read(schedule).is_none() {
        return Err(Status::INVALID_SCHEDULE);
    }
    if !validity.is_empty() && time::read(validity).is_none() {
        return Err(Status::INVALID_EXPIRY);
    }
    Ok(())
}

/// Parameters that can be read, each of the length its tag asks for; of the three sar_ parameters all or none (§5.3.2.22).
fn parameters(tlvs: Tlvs<'_>) -> Result<(), Status> {
    if !tlvs.torn().is_empty() {
        return Err(Status::INVALID_OPTIONAL_PART);
    }
    if tlvs.into_iter().any(|tlv| tlv.read().is_none()) {
        return Err(Status::INVALID_OPTIONAL_LENGTH);
    }
    let sar = [Tag::SAR_MSG_REF_NUM, Tag::SAR_TOTAL_SEGMENTS, Tag::SAR_SEGMENT_SEQNUM];
    match sar.map(|tag| tlvs.find(tag).and_then(|tlv| tlv.uint())) {
        [None, None, None] => Ok(()),
        [Some(_), Some(total), Some(number)] if (1..=total).contains(&number) => Ok(()),
        [Some(_), Some(_), Some(_)] => Err(Status::INVALID_OPTIONAL_VALUE),
        _ => Err(Status::MISSING_OPTIONAL),
    }
}

/// A user data header that esm_class announces has to be there, whole.
fn header(announced: bool, payload: &[u8]) -> Result<(), Status> {
    match payload.split_first() {
        _ if !announced => Ok(()),
        Some((octets, rest)) if usize::from(*octets) <= rest.len() => Ok(()),
        _ => Err(Status::INVALID_ESM_CLASS),
    }
}

// Octets without the terminator; §5.2.8, §5.2.11, §5.2.23, §4.7.1.
const ADDRESS_MAX: usize = 20;
const LONG_ADDRESS_MAX: usize = 64;
const SERVICE_TYPE_MAX: usize = 5;
const MESSAGE_ID_MAX: usize = 64;
/// §5.2.24.
const DESTINATIONS_MAX: usize = 254;
/// §5.2.14; v5.0 adds 4 for some networks.
const PRIORITY_MAX: u8 = 4;
/// §5.2.5: more is reserved.
const TON_MAX: Ton = Ton::ABBREVIATED;
/// §5.2.6: everything else is reserved.
const NPIS: [Npi; 10] = [
    Npi::UNKNOWN,
    Npi::ISDN,
    Npi::DATA,
    Npi::TELEX,
    Npi::LAND_MOBILE,
    Npi::NATIONAL,
    Npi::PRIVATE,
    Npi::ERMES,
    Npi::INTERNET,
    Npi::WAP,
];
