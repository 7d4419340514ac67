//! Cases in details. What kind a case is, its term and its end stand in the leaf.

use super::preference::{read_evidence, write_evidence};
use super::read::{read_code, read_phone};
use super::trial::credited;
use super::values::{DETAIL_VERSION, Writer, Written, read_length, read_option, read_text, write_option};
use crate::entry::{
    CaseClosed, CaseId, CaseKind, CaseNoted, CaseOpened, CaseOutcome, Fact, Public, SuppressionCause,
};
use minicbor::Decoder;
use minicbor::decode::Error;
use model::{MessageClass, MessageId, Private};

/// How many fields the detail of a case's beginning has.
pub(super) const OPENED_FIELDS: u64 = 5;
/// How many that of a note has, and that of an end.
pub(super) const LATER_FIELDS: u64 = 3;

fn write_str(w: &mut Writer<'_>, text: &str) -> Written {
    w.str(text).map(|_| ())
}

/// Writes the whole detail of a case's entry.
pub(super) fn write_case(w: &mut Writer<'_>, fact: &Fact) -> Written {
    match fact {
        Fact::CaseOpened(opened) => {
            w.array(OPENED_FIELDS + 1)?.u8(DETAIL_VERSION)?;
            write_option(w, opened.message, |w, id| w.u64(id.0).map(|_| ()))?;
            w.str(opened.text.reveal())?;
            write_evidence(w, &opened.evidence)
        }
        Fact::CaseNoted(noted) => {
            w.array(LATER_FIELDS + 1)?.u8(DETAIL_VERSION)?.str(&noted.by)?;
            write_option(w, noted.assignee.as_deref(), write_str)?;
            write_str(w, noted.note.reveal())
        }
        Fact::CaseClosed(closed) => {
            let w = w.array(LATER_FIELDS + 1)?.u8(DETAIL_VERSION)?;
            w.str(&closed.by)?.str(closed.note.reveal())?.bool(closed.resume).map(|_| ())
        }
        _ => Ok(()),
    }
}

pub(super) fn read_opened(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let kind = p.rule.as_deref().and_then(CaseKind::parse);
    let kind = kind.ok_or_else(|| Error::message("its leaf does not say what kind of case it is"))?;
    let days = p.count.and_then(|days| u32::try_from(days).ok());
    let days = days.ok_or_else(|| Error::message("its leaf does not say how many days it may take"))?;
    let message = read_option(d, |d| d.u64().map(MessageId))?;
    let text = Private::new(d.str()?);
    Ok(Fact::CaseOpened(Box::new(CaseOpened { kind, days, message, text, evidence: read_evidence(d)? })))
}

pub(super) fn read_noted(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let (by, assignee) = (read_text(d)?, read_option(d, read_text)?);
    Ok(Fact::CaseNoted(Box::new(CaseNoted { case: case(p)?, by, assignee, note: Private::new(d.str()?) })))
}

pub(super) fn read_closed(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let outcome = p.rule.as_deref().and_then(CaseOutcome::parse);
    let outcome = outcome.ok_or_else(|| Error::message("its leaf does not say how the case ended"))?;
    let (by, note, resume) = (read_text(d)?, Private::new(d.str()?), d.bool()?);
    Ok(Fact::CaseClosed(Box::new(CaseClosed { case: case(p)?, outcome, by, note, resume })))
}

fn case(p: &Public) -> Result<CaseId, Error> {
    p.count.map(CaseId).ok_or_else(|| Error::message("its leaf does not say which case"))
}

pub(super) fn read_suppression(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let mut classes = Vec::new();
    for _ in 0..read_length(d)? {
        classes.push(read_code(d, "a class", MessageClass::from_code)?);
    }
    let why = read_code(d, "a cause", SuppressionCause::from_code)?;
    let phone = read_option(d, read_phone)?;
    Ok(Fact::SuppressionRecorded { classes, why, phone, credited: credited(p) })
}
