//! Ways through journeys in details. The journey stands in the leaf, and how it was left.

use super::values::{
    Writer, Written, read_event, read_length, read_option, read_text, read_time, read_value, write_event,
    write_option, write_time, write_value,
};
use crate::entry::{Entered, Fact, Moved, Open, Public, Returned, Stay, TaskOpened};
use minicbor::Decoder;
use minicbor::decode::Error;
use std::sync::Arc;

/// How many fields the array of a stay has.
const STAY_FIELDS: u64 = 6;

fn write_str(w: &mut Writer<'_>, text: &str) -> Written {
    w.str(text).map(|_| ())
}

/// Three fields: key, event, stay.
pub(super) fn write_entered(w: &mut Writer<'_>, entered: &Entered) -> Written {
    write_option(w, entered.key, |w, key| w.bytes(&key.to_be_bytes()).map(|_| ()))?;
    write_option(w, entered.event.as_deref(), write_event)?;
    write_option(w, entered.stay.as_ref(), write_stay)
}

pub(super) fn read_entered(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let key = read_option(d, super::order::read_key)?;
    let event = read_option(d, read_event)?.map(Arc::new);
    let stay = read_option(d, read_stay)?;
    let entered = Entered { journey: journey(p)?, key, event, stay, market: p.count };
    Ok(Fact::JourneyEntered(Box::new(entered)))
}

/// Two fields: passage, stay.
pub(super) fn write_moved(w: &mut Writer<'_>, moved: &Moved) -> Written {
    w.u64(moved.passage)?;
    write_stay(w, &moved.stay)
}

pub(super) fn read_moved(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let (passage, stay) = (d.u64()?, read_stay(d)?);
    Ok(Fact::JourneyMoved(Box::new(Moved { passage, journey: journey(p)?, stay })))
}

pub(super) fn read_left(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let how = p.rule.as_deref().and_then(crate::entry::Left::from_name);
    let how = how.ok_or_else(|| Error::message("its leaf does not say how the journey was left"))?;
    Ok(Fact::JourneyLeft { passage: d.u64()?, journey: journey(p)?, how })
}

fn journey(p: &Public) -> Result<Arc<str>, Error> {
    p.journey.clone().ok_or_else(|| Error::message("its leaf has no journey"))
}

pub(super) fn read_result(p: &Public, d: &mut Decoder<'_>) -> Result<Returned, Error> {
    let is_done = p.rule.as_deref() == Some(super::public::DONE);
    let (of, event) = (d.u64()?, Arc::new(read_event(d)?));
    Ok(Returned { of, journey: journey(p)?, is_done, event })
}

pub(super) fn read_task(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let queue = p.rule.clone().ok_or_else(|| Error::message("its leaf does not say whose work it is"))?;
    let (what, due) = (read_text(d)?, read_time(d)?);
    Ok(Fact::TaskOpened(Box::new(TaskOpened { journey: journey(p)?, queue, what, due })))
}

/// A number that says what, and what belongs to it.
fn write_open(w: &mut Writer<'_>, open: &Open) -> Written {
    match open {
        Open::Nothing => w.array(0)?,
        Open::Heard(numbers) => w.array(2)?.u8(1)?.bytes(numbers)?,
        Open::Question(message) => w.array(2)?.u8(2)?.u64(message.0)?,
        Open::Call(at) => w.array(2)?.u8(3)?.u64(*at)?,
        Open::Task(at) => w.array(2)?.u8(4)?.u64(*at)?,
    };
    Ok(())
}

fn read_open(d: &mut Decoder<'_>) -> Result<Open, Error> {
    if read_length(d)? == 0 {
        return Ok(Open::Nothing);
    }
    Ok(match d.u8()? {
        1 => Open::Heard(d.bytes()?.to_vec()),
        2 => Open::Question(model::MessageId(d.u64()?)),
        3 => Open::Call(d.u64()?),
        4 => Open::Task(d.u64()?),
        tag => return Err(Error::message(format!("expected what is open as 1 to 4, found {tag}"))),
    })
}

/// A stay with nothing open is written as it was before anything could be.
fn write_stay(w: &mut Writer<'_>, stay: &Stay) -> Written {
    let is_open = stay.open != Open::Nothing;
    w.array(STAY_FIELDS + u64::from(is_open))?.str(&stay.step)?;
    write_option(w, stay.due, write_time)?;
    write_option(w, stay.got.as_deref(), write_event)?;
    w.array(stay.jumps.len() as u64 * 2)?;
    for (step, count) in &stay.jumps {
        w.str(step)?.u16(*count)?;
    }
    write_option(w, stay.variant.as_deref(), write_str)?;
    write_option(w, stay.stuck.as_deref(), write_str)?;
    if is_open { write_open(w, &stay.open) } else { Ok(()) }
}

fn read_stay(d: &mut Decoder<'_>) -> Result<Stay, Error> {
    let fields = read_length(d)?;
    if fields != STAY_FIELDS && fields != STAY_FIELDS + 1 {
        return Err(Error::message(format!(
            "expected an array of {STAY_FIELDS} or one more, found {fields}"
        )));
    }
    let (step, due) = (read_text(d)?, read_option(d, read_time)?);
    let got = read_option(d, read_event)?.map(Arc::new);
    let mut jumps = Vec::new();
    for _ in 0..read_length(d)? / 2 {
        jumps.push((read_text(d)?, d.u16()?));
    }
    let (variant, stuck) = (read_option(d, read_text)?, read_option(d, read_text)?);
    let open = if fields > STAY_FIELDS { read_open(d)? } else { Open::Nothing };
    Ok(Stay { step, due, got, jumps, variant, stuck, open })
}

/// One field: names with values, or with nothing where a tag is taken away.
pub(super) fn write_tags(w: &mut Writer<'_>, values: &[(Arc<str>, Option<model::Value>)]) -> Written {
    w.array(values.len() as u64 * 2)?;
    for (name, value) in values {
        w.str(name)?;
        write_option(w, value.as_ref(), write_value)?;
    }
    Ok(())
}

pub(super) fn read_tags(d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let mut values = Vec::new();
    for _ in 0..read_length(d)? / 2 {
        values.push((read_text(d)?, read_option(d, read_value)?));
    }
    Ok(Fact::CustomerTagged { values })
}
