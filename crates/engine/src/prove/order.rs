//! Orders and ways in details: written behind the fields of the facts that have them, so that a fact without one
//! reads and writes as it always did.

use super::values::{
    Writer, Written, read_array, read_fields, read_length, read_option, read_text, read_time, write_fields,
    write_option, write_time,
};
use crate::entry::{Body, Fact, Order, Piece, Place, Tell, Way};
use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;
use model::{AccountId, Channel, Contact, MessageId, Phone, Private, Span, TemplateId};
use std::sync::Arc;

/// How many fields the array of an order has.
const ORDER_FIELDS: u64 = 11;
/// How many fields the array of a way has.
const WAY_FIELDS: u64 = 4;
/// As many keys of orders as are remembered of a customer: a guard for reserving memory, not a limit.
const SPENT_MAX: usize = 256;
/// More pieces than any message has: a guard for reserving memory, not a limit.
const PIECES_MAX: usize = 255;

fn write_str(w: &mut Writer<'_>, text: &str) -> Written {
    w.str(text).map(|_| ())
}

pub(super) fn write_order(w: &mut Writer<'_>, order: &Order) -> Written {
    w.array(ORDER_FIELDS)?.str(order.account.as_str())?;
    write_option(w, order.reference.as_deref(), write_str)?;
    match &order.body {
        None => w.null().map(|_| ())?,
        Some(Body::Text(text)) => w.array(1)?.str(text.reveal()).map(|_| ())?,
        Some(Body::Template(template, fields)) => {
            w.array(2)?.str(template.as_str())?;
            write_fields(w, fields)?;
        }
    }
    write_option(w, order.signature.as_deref(), write_str)?;
    write_option(w, order.extension.as_deref(), write_str)?;
    w.u8(order.tell as u8)?;
    write_option(w, order.at, write_time)?;
    write_option(w, order.plan.as_deref(), write_str)?;
    write_option(w, order.replays, |w, id| w.u64(id.0).map(|_| ()))?;
    write_option(w, order.key, |w, key| w.bytes(&key.to_be_bytes()).map(|_| ()))?;
    w.array(order.pieces.len() as u64)?;
    order.pieces.iter().try_for_each(|piece| w.u64(piece.0).map(|_| ()))
}

/// Keys of orders, as one array.
pub(super) fn write_keys(w: &mut Writer<'_>, keys: &[u128]) -> Written {
    w.array(keys.len() as u64)?;
    keys.iter().try_for_each(|key| w.bytes(&key.to_be_bytes()).map(|_| ()))
}

pub(super) fn read_spent(d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let count = read_length(d)?;
    let mut keys = Vec::with_capacity(usize::try_from(count).unwrap_or(0).min(SPENT_MAX));
    for _ in 0..count {
        keys.push(read_key(d)?);
    }
    Ok(Fact::OrdersSpent { keys })
}

pub(super) fn read_key(d: &mut Decoder<'_>) -> Result<u128, Error> {
    let bytes = d.bytes()?.try_into().map_err(|_| Error::message("expected a key of 16 bytes"))?;
    Ok(u128::from_be_bytes(bytes))
}

/// Three fields: account, place, text.
pub(super) fn write_piece(w: &mut Writer<'_>, piece: &Piece) -> Written {
    w.str(piece.account.as_str())?;
    w.array(3)?.str(&piece.place.mark)?.u8(piece.place.number)?.u8(piece.place.total)?;
    write_str(w, piece.text.reveal())
}

pub(super) fn read_piece(d: &mut Decoder<'_>) -> Result<Piece, Error> {
    let account = AccountId::new(d.str()?);
    read_array(d, 3)?;
    let place = Place { mark: read_text(d)?, number: d.u8()?, total: d.u8()? };
    Ok(Piece { account, place, text: Private::new(d.str()?) })
}

/// An order as its bytes: the one form that shows all of it.
pub(super) fn in_clear(order: &Order) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into a vector cannot fail, so the result says nothing.
    let _ = write_order(&mut minicbor::Encoder::new(&mut bytes), order);
    bytes
}

pub(super) fn read_order(d: &mut Decoder<'_>) -> Result<Arc<Order>, Error> {
    read_array(d, ORDER_FIELDS)?;
    let account = AccountId::new(d.str()?);
    let reference = read_option(d, read_text)?;
    let body = read_option(d, read_body)?;
    let (signature, extension) = (read_option(d, read_text)?, read_option(d, read_text)?);
    let code = d.u8()?;
    let tell = Tell::from_code(code)
        .ok_or_else(|| Error::message(format!("expected a wish of 0 to 3, found the code {code}")))?;
    let (at, plan) = (read_option(d, read_time)?, read_option(d, read_text)?);
    let replays = read_option(d, |d| d.u64().map(MessageId))?;
    let key = read_option(d, read_key)?;
    let count = read_length(d)?;
    let mut pieces = Vec::with_capacity(usize::try_from(count).unwrap_or(0).min(PIECES_MAX));
    for _ in 0..count {
        pieces.push(MessageId(d.u64()?));
    }
    Ok(Arc::new(Order {
        account,
        reference,
        body,
        signature,
        extension,
        tell,
        at,
        plan,
        replays,
        key,
        pieces,
    }))
}

fn read_body(d: &mut Decoder<'_>) -> Result<Body, Error> {
    match d.array()? {
        Some(1) => Ok(Body::Text(Private::new(d.str()?))),
        Some(2) => {
            let template = TemplateId::new(d.str()?);
            Ok(Body::Template(template, Arc::new(read_fields(d)?)))
        }
        found => Err(Error::message(format!("expected a text or a template with values, found {found:?}"))),
    }
}

pub(super) fn write_way(w: &mut Writer<'_>, way: &Way) -> Written {
    w.array(WAY_FIELDS)?.str(&way.plan)?.u8(way.leg)?.u8(way.channel as u8)?;
    write_option(w, way.wait, |w, wait| w.i64(wait.0).map(|_| ()))
}

pub(super) fn read_way(d: &mut Decoder<'_>) -> Result<Way, Error> {
    read_array(d, WAY_FIELDS)?;
    let (plan, leg, channel) = (read_text(d)?, d.u8()?, read_channel(d)?);
    let wait = read_option(d, |d| d.i64().map(Span))?;
    Ok(Way { plan, leg, channel, wait })
}

fn read_channel(d: &mut Decoder<'_>) -> Result<Channel, Error> {
    let code = d.u8()?;
    Channel::from_code(code)
        .ok_or_else(|| Error::message(format!("expected a channel, found the code {code}")))
}

/// A phone number as its digits, anything else as channel and value.
pub(super) fn write_contact(w: &mut Writer<'_>, contact: &Contact) -> Written {
    match contact {
        Contact::Phone(phone) => write_str(w, phone.reveal()),
        Contact::Named(channel, value) => w.array(2)?.u8(*channel as u8)?.str(value.reveal()).map(|_| ()),
    }
}

pub(super) fn read_contact(d: &mut Decoder<'_>) -> Result<Contact, Error> {
    if d.datatype()? == Type::Array {
        read_array(d, 2)?;
        let channel = read_channel(d)?;
        return Ok(Contact::Named(channel, Private::new(d.str()?)));
    }
    let phone = Phone::parse(&format!("+{}", d.str()?), "").map_err(|e| Error::message(e.to_string()))?;
    Ok(Contact::Phone(phone))
}
