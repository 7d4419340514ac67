//! Keys at hand: the key table, with the keys that were used unwrapped beside it, so that sealing reads no file.

use crate::Error;
use model::Subject;
use proof::seal::SealKey;
use std::collections::HashMap;
use store::keys::{KeyReader, KeyTable};

/// The committing thread's keys.
pub(crate) struct Keyring {
    table: KeyTable,
    used: HashMap<u64, SealKey>,
}

impl Keyring {
    /// A ring over a table.
    pub(crate) fn new(table: KeyTable) -> Self {
        Self { table, used: HashMap::new() }
    }

    /// A reading end of the table, for other threads.
    pub(crate) fn reader(&self) -> KeyReader {
        self.table.reader()
    }

    /// Empties the slots of every subject above this one: none of them was ever used.
    pub(crate) fn forget_above(&mut self, subject: u64) -> Result<(), Error> {
        self.table.forget_above(subject)?;
        Ok(())
    }

    /// Makes keys for those of `subjects` that have none, durable before this returns.
    pub(crate) fn ensure(
        &mut self,
        subjects: impl Iterator<Item = Subject>,
        mut fresh: impl FnMut() -> [u8; proof::seal::KEY_BYTES],
    ) -> Result<(), Error> {
        let mut new: Vec<(u64, [u8; proof::seal::KEY_BYTES])> = Vec::new();
        for Subject(subject) in subjects {
            if self.used.contains_key(&subject) {
                continue;
            }
            let key = match self.table.key(subject)? {
                Some(key) => key,
                None => {
                    let key = fresh();
                    new.push((subject, key));
                    key
                }
            };
            self.used.insert(subject, SealKey(key));
        }
        if !new.is_empty() {
            self.table.create(&new)?;
        }
        Ok(())
    }

    /// A key that [`Keyring::ensure`] has seen to.
    pub(crate) fn get(&self, subject: Subject) -> Option<&SealKey> {
        self.used.get(&subject.0)
    }

    /// Destroys a customer's key, durably.
    pub(crate) fn destroy(&mut self, subject: Subject) -> Result<(), Error> {
        self.used.remove(&subject.0);
        self.table.erase(subject.0)?;
        Ok(())
    }
}
