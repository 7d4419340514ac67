//! Reading the journal back into an engine.

use crate::Error;
use engine::entry::{Entry, Fact};
use engine::prove::read;
use engine::state::State;
use model::{MessageId, Subject, Timestamp};
use proof::entry::Leaf;
use proof::seal::{SealKey, open};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use store::journal::{JournalReader, Record};
use store::keys::KeyReader;

/// What a replay found.
#[derive(Debug, Default)]
pub struct Replayed {
    /// How many entries were applied.
    pub entries: u64,
    /// Messages of which it is not known whether the carrier has them, after the start's own decisions.
    pub uncertain: Vec<MessageId>,
    /// The latest moment that any entry carries.
    pub latest: Timestamp,
    /// Customers who were erased: their keys must be gone.
    pub(crate) erased: Vec<Subject>,
}

/// Applies every entry of the journal to a fresh state, in order. Entries whose key is gone are applied by their public part.
pub fn replay(state: &mut State, journal: &dyn JournalReader, keys: KeyReader) -> Result<Replayed, Error> {
    // A power cut while a key was being destroyed leaves its slot torn. The journal says that it was to go.
    let mut opener = Opener { damaged: Some(BTreeMap::new()), ..Opener::new(keys) };
    let mut replayed = Replayed::default();
    let mut failed = None;
    journal.scan(
        journal.first(),
        journal.len(),
        &mut |index, record| match opener.entry(index, &record) {
            Ok(entry) => {
                if matches!(entry.fact, Fact::CustomerErased { .. }) {
                    replayed.erased.push(entry.subject);
                    opener.forget(entry.subject);
                }
                engine::apply(state, &entry);
                replayed.latest = replayed.latest.max(entry.at);
                replayed.entries += 1;
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        },
    )?;
    if let Some(error) = failed {
        return Err(error);
    }
    let damaged = opener.damaged.unwrap_or_default();
    match damaged.into_iter().find(|(subject, _)| !replayed.erased.contains(&Subject(*subject))) {
        Some((_, error)) => Err(error.into()),
        None => Ok(replayed),
    }
}

/// Opens records with their customers' keys, each unwrapped once.
pub(crate) struct Opener {
    keys: KeyReader,
    seen: HashMap<u64, Option<SealKey>>,
    /// Keys that cannot be read, while a replay does not know yet whether they were being destroyed. None: an
    /// unreadable key is an error at once.
    damaged: Option<BTreeMap<u64, store::Error>>,
}

impl Opener {
    pub(crate) fn new(keys: KeyReader) -> Self {
        Self { keys, seen: HashMap::new(), damaged: None }
    }

    /// A customer's key may have been destroyed: look again next time.
    pub(crate) fn forget(&mut self, subject: Subject) {
        self.seen.remove(&subject.0);
    }

    /// The entry of a record.
    pub(crate) fn entry(&mut self, index: u64, record: &Record<'_>) -> Result<Entry, Error> {
        let leaf = Leaf::decode(record.leaf).map_err(|why| Error::Leaf { index, why })?;
        let opened = match leaf.commitment {
            Some(expected) => self.open(index, record, expected)?,
            None => None,
        };
        let detail = opened.as_ref().map(|o| o.detail.as_slice());
        read(&leaf, Subject(record.subject), detail).map_err(|why| Error::Read { index, why })
    }

    /// Opens the sealed part and checks it against its commitment; `None` if the key is gone.
    pub(crate) fn open(
        &mut self,
        index: u64,
        record: &Record<'_>,
        expected: proof::Hash,
    ) -> Result<Option<proof::seal::Opened>, Error> {
        let key = match self.seen.entry(record.subject) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                let key = match (self.keys.key(record.subject), &mut self.damaged) {
                    (Err(error @ store::Error::Corrupt { .. }), Some(damaged)) => {
                        damaged.insert(record.subject, error);
                        None
                    }
                    (key, _) => key?,
                };
                new.insert(key.map(SealKey))
            }
        };
        let Some(key) = key else { return Ok(None) };
        let opened = open(key, record.subject, record.sealed).map_err(|why| Error::Seal { index, why })?;
        if proof::seal::commitment(&opened.salt, &opened.detail) != expected {
            return Err(Error::Commitment { index });
        }
        Ok(Some(opened))
    }
}
