//! Questions to the ledger: why, the certificate, the opened details.
//!
//! Everything is read from the journal itself; the views only tell where to look.

use crate::replay::Opener;
use crate::{Error, TileStore};
use engine::entry::Entry;
use engine::prove::public_of;
use model::{MessageClass, MessageId, Subject, Timestamp};
use proof::entry::{Kind, Leaf};
use proof::opened::{Opened, OpenedEntry};
use proof::{Certificate, Checkpoint, Tiles};
use std::ops::ControlFlow;
use std::sync::Arc;
use store::journal::{JournalReader, OwnedRecord};
use store::keys::KeyReader;

/// One entry about a message, with its position.
#[derive(Debug)]
pub struct Line {
    /// Its position in the ledger.
    pub index: u64,
    /// What it says; redacted if its customer was erased.
    pub entry: Entry,
}

/// What the first entry of a message says of it, to anybody; it outlives the message and its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Whose it is.
    pub subject: Subject,
    /// Its class.
    pub class: MessageClass,
    /// Its journey, `id@version`, and behind a `#` the arm of an experiment.
    pub journey: Arc<str>,
    /// When it was first decided about.
    pub at: Timestamp,
}

/// Where a message comes from; `None` where there is no message of that number.
///
/// # Errors
/// A journal that cannot be read.
pub fn origin(journal: &dyn JournalReader, message: MessageId) -> Result<Option<Origin>, Error> {
    let index = message.0;
    let Some(record) = journal.read(index)? else { return Ok(None) };
    let leaf = Leaf::decode(&record.leaf).map_err(|why| Error::Leaf { index, why })?;
    let public = public_of(&leaf);
    let is_its_first = leaf.kind.decides() && public.message == Some(message);
    let said = public.class.zip(public.journey).filter(|_| is_its_first);
    Ok(said.map(|(class, journey)| Origin {
        subject: Subject(record.subject),
        class,
        journey,
        at: Timestamp(leaf.time_ms),
    }))
}

/// The entries at these positions, opened where their key still exists.
///
/// # Errors
/// A journal that cannot be read.
pub fn lines(journal: &dyn JournalReader, keys: &KeyReader, indices: &[u64]) -> Result<Vec<Line>, Error> {
    let mut opener = Opener::new(keys.clone());
    let mut lines = Vec::with_capacity(indices.len());
    for (index, record) in records(journal, indices)? {
        lines.push(Line { index, entry: opener.entry(index, &record.as_record())? });
    }
    Ok(lines)
}

/// Every entry about a customer, oldest first, opened. It walks the whole journal: the views know of messages alone.
///
/// # Errors
/// A journal that cannot be read.
pub fn of_subject(
    journal: &dyn JournalReader,
    keys: &KeyReader,
    subject: Subject,
) -> Result<Vec<Line>, Error> {
    let mut opener = Opener::new(keys.clone());
    let (mut lines, mut failed) = (Vec::new(), None);
    journal.scan(journal.first(), journal.len(), &mut |index, record| {
        if record.subject != subject.0 {
            return ControlFlow::Continue(());
        }
        match opener.entry(index, &record) {
            Ok(entry) => lines.push(Line { index, entry }),
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    failed.map_or(Ok(lines), Err)
}

/// Every entry of a kind, oldest first, opened where the key still exists. It walks the whole journal.
///
/// # Errors
/// A journal that cannot be read.
pub fn of_kind(journal: &dyn JournalReader, keys: &KeyReader, kind: Kind) -> Result<Vec<Line>, Error> {
    let mut opener = Opener::new(keys.clone());
    let (mut lines, mut failed) = (Vec::new(), None);
    journal.scan(journal.first(), journal.len(), &mut |index, record| {
        let read = match Leaf::decode(record.leaf) {
            Ok(leaf) if leaf.kind != kind => return ControlFlow::Continue(()),
            Ok(_) => opener.entry(index, &record),
            Err(why) => Err(Error::Leaf { index, why }),
        };
        match read {
            Ok(entry) => lines.push(Line { index, entry }),
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    failed.map_or(Ok(lines), Err)
}

/// The certificate of the entries at these positions, under the last signed checkpoint; `None` if that does not
/// cover them yet.
///
/// # Errors
/// A journal or tiles that cannot be read.
pub fn certificate(
    journal: &dyn JournalReader,
    tiles: &dyn TileStore,
    indices: &[u64],
) -> Result<Option<Certificate>, Error> {
    let tree = |e: &dyn std::fmt::Display| Error::Tree(e.to_string());
    let Some(text) = tiles.checkpoint().map_err(|e| tree(&e))? else { return Ok(None) };
    let note = proof::note::parse(&text).map_err(|e| tree(&e))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|e| tree(&e))?;
    if indices.last().is_some_and(|last| *last >= checkpoint.size) {
        return Ok(None);
    }
    let records = records(journal, indices)?;
    let leaves: Vec<(u64, &[u8])> = records.iter().map(|(index, r)| (*index, r.leaf.as_slice())).collect();
    let tiles = Tiles::new(tiles, checkpoint.size);
    Certificate::build(&tiles, note, &leaves).map(Some).map_err(|e| tree(&e))
}

/// The salts and details that open the commitments of these entries; those whose key is gone are left out.
///
/// # Errors
/// A journal that cannot be read.
pub fn opened(journal: &dyn JournalReader, keys: &KeyReader, indices: &[u64]) -> Result<Opened, Error> {
    let mut opener = Opener::new(keys.clone());
    let mut entries = Vec::new();
    for (index, record) in records(journal, indices)? {
        let record = record.as_record();
        let leaf = Leaf::decode(record.leaf).map_err(|why| Error::Leaf { index, why })?;
        let Some(expected) = leaf.commitment else { continue };
        if let Some(opened) = opener.open(index, &record, expected)? {
            entries.push(OpenedEntry { index, salt: opened.salt, detail: opened.detail });
        }
    }
    Ok(Opened { entries })
}

fn records(journal: &dyn JournalReader, indices: &[u64]) -> Result<Vec<(u64, OwnedRecord)>, Error> {
    let mut records = Vec::with_capacity(indices.len());
    for &index in indices {
        // An entry that retention has pruned is not there any more; what is left still proves itself.
        if let Some(record) = journal.read(index)? {
            records.push((index, record));
        }
    }
    Ok(records)
}
