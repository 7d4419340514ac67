//! Changes of the configuration in details: all but the number, and the word for what became of it, is the institution's alone.

use super::values::{Writer, Written, read_length, read_option, read_text, write_option};
use crate::entry::{Content, Fact, FileChange, How, Need, Proposed, Public, Published, Reviewed};
use minicbor::Decoder;
use minicbor::decode::Error;
use model::Span;
use proof::Hash;
use proof::entry::Kind;
use std::sync::Arc;

fn write_str(w: &mut Writer<'_>, text: &str) -> Written {
    w.str(text).map(|_| ())
}

fn write_hash(w: &mut Writer<'_>, hash: Hash) -> Written {
    w.bytes(&hash.0).map(|_| ())
}

fn write_words(w: &mut Writer<'_>, words: &[Arc<str>]) -> Written {
    w.array(words.len() as u64)?;
    words.iter().try_for_each(|word| write_str(w, word))
}

fn write_needs(w: &mut Writer<'_>, needs: &[Need]) -> Written {
    w.array(needs.len() as u64)?;
    needs.iter().try_for_each(|need| {
        w.array(3)?.u8(need.checkers)?;
        write_words(w, &need.roles)?;
        write_str(w, &need.why)
    })
}

/// Seven fields: maker, title, reason, files, hash, needs, how long an approval counts.
pub(super) fn write_proposed(w: &mut Writer<'_>, proposed: &Proposed) -> Written {
    w.str(&proposed.maker)?.str(&proposed.title)?.str(&proposed.reason)?;
    w.array(proposed.files.len() as u64)?;
    for file in &proposed.files {
        w.array(3)?.str(&file.path)?;
        write_option(w, file.before, write_hash)?;
        write_option(w, file.after, write_hash)?;
    }
    write_hash(w, proposed.hash)?;
    write_needs(w, &proposed.needs)?;
    w.i64(proposed.valid_for.0).map(|_| ())
}

/// Two fields: place, text.
pub(super) fn write_content(w: &mut Writer<'_>, content: &Content) -> Written {
    w.u32(content.place)?.str(&content.text).map(|_| ())
}

/// Four fields: checker, roles, hash, remark.
pub(super) fn write_reviewed(w: &mut Writer<'_>, reviewed: &Reviewed) -> Written {
    write_str(w, &reviewed.checker)?;
    write_words(w, &reviewed.roles)?;
    write_hash(w, reviewed.hash)?;
    write_str(w, &reviewed.remark)
}

/// Three fields: by, needs, the reason of an emergency or null.
pub(super) fn write_published(w: &mut Writer<'_>, published: &Published) -> Written {
    write_str(w, &published.by)?;
    write_needs(w, &published.needs)?;
    let why = match &published.how {
        How::Emergency(why) => Some(&**why),
        How::Approved | How::Adopted => None,
    };
    write_option(w, why, write_str)
}

fn read_hash(d: &mut Decoder<'_>) -> Result<Hash, Error> {
    let bytes = d.bytes()?;
    let expected = || Error::message(format!("expected a hash of 32 bytes, found {}", bytes.len()));
    bytes.try_into().map(Hash).map_err(|_| expected())
}

fn read_list<T>(
    d: &mut Decoder<'_>,
    mut read: impl FnMut(&mut Decoder<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    (0..read_length(d)?).map(|_| read(d)).collect()
}

fn read_triple<T>(
    d: &mut Decoder<'_>,
    read: impl FnOnce(&mut Decoder<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    match read_length(d)? {
        3 => read(d),
        found => Err(Error::message(format!("expected 3 fields, found {found}"))),
    }
}

fn read_needs(d: &mut Decoder<'_>) -> Result<Vec<Need>, Error> {
    read_list(d, |d| {
        read_triple(d, |d| {
            Ok(Need { checkers: d.u8()?, roles: read_list(d, read_text)?, why: read_text(d)? })
        })
    })
}

/// A change's entry.
pub(super) fn read_change(kind: Kind, p: &Public, d: &mut Decoder<'_>) -> Result<Fact, Error> {
    let number = p.count.ok_or_else(|| Error::message("its leaf has no number"))?;
    let word = p.rule.as_deref().unwrap_or_default();
    let strange = |what: &str| Error::message(format!("expected {what}, found {word:?} in its leaf"));
    Ok(match kind {
        Kind::ChangeProposed => {
            let (maker, title, reason) = (read_text(d)?, read_text(d)?, read_text(d)?);
            let files = read_list(d, |d| {
                read_triple(d, |d| {
                    let path = read_text(d)?;
                    let (before, after) = (read_option(d, read_hash)?, read_option(d, read_hash)?);
                    Ok(FileChange { path, before, after })
                })
            })?;
            let (hash, needs, valid_for) = (read_hash(d)?, read_needs(d)?, Span(d.i64()?));
            let proposed = Proposed { number, maker, title, reason, files, hash, needs, valid_for };
            Fact::ChangeProposed(Box::new(proposed))
        }
        Kind::ChangeContent => {
            Fact::ChangeContent(Box::new(Content { number, place: d.u32()?, text: read_text(d)? }))
        }
        Kind::ChangeReviewed => {
            let approves = match word {
                "approved" => true,
                "rejected" => false,
                _ => return Err(strange("approved or rejected")),
            };
            let (checker, roles) = (read_text(d)?, read_list(d, read_text)?);
            let (hash, remark) = (read_hash(d)?, read_text(d)?);
            Fact::ChangeReviewed(Box::new(Reviewed { number, checker, roles, hash, approves, remark }))
        }
        Kind::ChangeWithdrawn => Fact::ChangeWithdrawn { number, by: read_text(d)?, why: read_text(d)? },
        Kind::ChangePublished => {
            let (by, needs, why) = (read_text(d)?, read_needs(d)?, read_option(d, read_text)?);
            let how = match (word, why) {
                ("approved", None) => How::Approved,
                ("adopted", None) => How::Adopted,
                ("emergency", Some(why)) => How::Emergency(why),
                _ => return Err(strange("approved, adopted, or emergency with its reason")),
            };
            Fact::ChangePublished(Box::new(Published { number, by, how, needs }))
        }
        other => return Err(Error::message(format!("{} is not about a change", other.name()))),
    })
}

/// What a change's leaf shows: its number, and the word for what became of it.
pub(super) fn public_of_change(fact: &Fact) -> Public {
    let (number, word) = match fact {
        Fact::ChangeProposed(proposed) => (proposed.number, None),
        Fact::ChangeContent(content) => (content.number, None),
        Fact::ChangeReviewed(said) => {
            (said.number, Some(if said.approves { "approved" } else { "rejected" }))
        }
        Fact::ChangeWithdrawn { number, .. } => (*number, None),
        Fact::ChangePublished(published) => (published.number, Some(published.how.name())),
        _ => return Public::default(),
    };
    Public { count: Some(number), rule: word.map(Arc::from), ..Public::default() }
}
