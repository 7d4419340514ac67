//! What people say of texts, and the models made of it, in details. Which message, and what they said, stands in the leaf.

use super::values::{Writer, Written, read_option, read_text, write_option};
use crate::entry::{Fact, ModelTrained, Public, ReviewDecided, ReviewVerdict};
use minicbor::Decoder;
use minicbor::decode::Error;
use model::Private;
use proof::Hash;

/// How many fields the detail has.
pub(super) const REVIEW_FIELDS: u64 = 4;

/// How many fields the detail of a model has.
pub(super) const MODEL_FIELDS: u64 = 5;

/// What its leaf shows.
pub(super) fn of_review(said: &ReviewDecided) -> Public {
    let rule = Some(said.verdict.name().into());
    Public { message: Some(said.message), class: Some(said.class), rule, ..Public::default() }
}

/// The fields behind the version.
pub(super) fn write_review(w: &mut Writer<'_>, said: &ReviewDecided) -> Written {
    let label = match &said.verdict {
        ReviewVerdict::Labelled(class) => Some(&**class),
        ReviewVerdict::Approved | ReviewVerdict::Rejected => None,
    };
    write_option(w, label, |w, label| w.str(label).map(|_| ()))?;
    w.str(&said.by)?.str(&said.remark)?.str(said.text.reveal()).map(|_| ())
}

pub(super) fn read_review(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let lacks = |what: &str| Error::message(format!("its leaf has no {what}"));
    let label = read_option(d, read_text)?;
    let verdict = match (p.rule.as_deref(), label) {
        (Some("approved"), None) => ReviewVerdict::Approved,
        (Some("rejected"), None) => ReviewVerdict::Rejected,
        (Some("labelled"), Some(class)) => ReviewVerdict::Labelled(class),
        _ => return Err(Error::message("its leaf does not say what its detail says")),
    };
    let (by, remark, text) = (read_text(d)?, read_text(d)?, Private::new(d.str()?));
    let message = p.message.ok_or_else(|| lacks("message"))?;
    let class = p.class.ok_or_else(|| lacks("class"))?;
    let hash = Hash::of(text.reveal().as_bytes());
    Ok(Fact::ReviewDecided(Box::new(ReviewDecided { message, class, verdict, by, remark, text, hash })))
}

/// The fields behind the version.
pub(super) fn write_model(w: &mut Writer<'_>, made: &ModelTrained) -> Written {
    w.str(&made.by)?.bytes(&made.model.0)?;
    write_option(w, made.data.as_ref(), |w, hash| w.bytes(&hash.0).map(|_| ()))?;
    w.u64(made.held_out)?.u64(made.right).map(|_| ())
}

pub(super) fn read_model(p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let texts = p.count.ok_or_else(|| Error::message("its leaf has no count"))?;
    let (by, model, data) = (read_text(d)?, read_hash(d)?, read_option(d, read_hash)?);
    let (held_out, right) = (d.u64()?, d.u64()?);
    Ok(Fact::ModelTrained(Box::new(ModelTrained { by, model, data, texts, held_out, right })))
}

fn read_hash(d: &mut Decoder<'_>) -> Result<Hash, Error> {
    let bytes = <[u8; 32]>::try_from(d.bytes()?);
    bytes.map(Hash).map_err(|_| Error::message("expected a hash of 32 bytes"))
}
