//! Choices in details: everything at its place, so that equal choices are equal bytes.

use super::values::{
    Writer, Written, read_array, read_length, read_option, read_text, read_time, write_option, write_time,
};
use crate::entry::{Choices, Chosen, ClassChoice, Evidence, Fact, Frequency, Hours, Per, Through};
use minicbor::Decoder;
use minicbor::decode::Error;
use model::{Channel, ClockTime, MessageClass};
use std::collections::{BTreeMap, BTreeSet};

/// How many fields a set of choices has with its evidence.
pub(super) const CHOSEN_FIELDS: u64 = 7;
/// How many fields the array of one class's choice has.
const CHOICE_FIELDS: u64 = 5;

/// Seven fields: classes, hours, impersonal, what must not be used; through what, when, reference.
pub(super) fn write_chosen(w: &mut Writer<'_>, chosen: &Chosen) -> Written {
    let Chosen { choices, evidence } = chosen;
    w.array(choices.classes.len() as u64)?;
    for (class, choice) in &choices.classes {
        write_choice(w, *class, choice)?;
    }
    write_option(w, choices.hours, |w, hours| {
        w.array(2)?.u16(hours.open.minutes())?.u16(hours.close.minutes()).map(|_| ())
    })?;
    w.bool(choices.impersonal)?.array(choices.unused.len() as u64)?;
    for name in &choices.unused {
        w.str(name)?;
    }
    write_evidence(w, evidence)
}

fn write_choice(w: &mut Writer<'_>, class: MessageClass, choice: &ClassChoice) -> Written {
    let ClassChoice { off, channels_off, paused_until, at_most } = choice;
    w.array(CHOICE_FIELDS)?.u8(class.code())?.bool(*off)?.array(channels_off.len() as u64)?;
    for channel in channels_off {
        w.u8(*channel as u8)?;
    }
    write_option(w, *paused_until, write_time)?;
    write_option(w, *at_most, |w, most| w.array(2)?.u16(most.messages)?.u8(most.per as u8).map(|_| ()))
}

/// Three fields: through what, when, reference.
pub(super) fn write_evidence(w: &mut Writer<'_>, evidence: &Evidence) -> Written {
    w.u8(evidence.through as u8)?;
    write_time(w, evidence.at)?;
    w.str(&evidence.reference).map(|_| ())
}

pub(super) fn read_chosen(d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let mut classes = BTreeMap::new();
    for _ in 0..read_length(d)? {
        let (class, choice) = read_choice(d)?;
        classes.insert(class, choice);
    }
    let hours = read_option(d, |d| {
        read_array(d, 2)?;
        Ok(Hours { open: read_clock(d)?, close: read_clock(d)? })
    })?;
    let impersonal = d.bool()?;
    let mut unused = BTreeSet::new();
    for _ in 0..read_length(d)? {
        unused.insert(read_text(d)?);
    }
    let choices = Choices { classes, hours, impersonal, unused };
    Ok(Fact::PreferenceChanged(Box::new(Chosen { choices, evidence: read_evidence(d)? })))
}

fn read_choice(d: &mut Decoder<'_>) -> Result<(MessageClass, ClassChoice), Error> {
    read_array(d, CHOICE_FIELDS)?;
    let class = known(d.u8()?, "a class", MessageClass::from_code)?;
    let off = d.bool()?;
    let mut channels_off = BTreeSet::new();
    for _ in 0..read_length(d)? {
        channels_off.insert(known(d.u8()?, "a channel", Channel::from_code)?);
    }
    let paused_until = read_option(d, read_time)?;
    let at_most = read_option(d, |d| {
        read_array(d, 2)?;
        Ok(Frequency { messages: d.u16()?, per: known(d.u8()?, "a window", Per::from_code)? })
    })?;
    Ok((class, ClassChoice { off, channels_off, paused_until, at_most }))
}

pub(super) fn read_evidence(d: &mut Decoder<'_>) -> Result<Evidence, Error> {
    let through = known(d.u8()?, "a way by which it was said", Through::from_code)?;
    Ok(Evidence { through, at: read_time(d)?, reference: read_text(d)? })
}

fn read_clock(d: &mut Decoder<'_>) -> Result<ClockTime, Error> {
    let minutes = d.u16()?;
    ClockTime::from_minutes(minutes)
        .ok_or_else(|| Error::message(format!("expected at most 1440 minutes, found {minutes}")))
}

fn known<T>(code: u8, what: &str, from_code: impl FnOnce(u8) -> Option<T>) -> Result<T, Error> {
    from_code(code).ok_or_else(|| Error::message(format!("expected {what}, found the code {code}")))
}
