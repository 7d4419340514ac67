//! Keys at hand: the ones that were used, unwrapped, so that sealing reads no file; a key that is not there yet is made here
//! and becomes durable with the step that uses it first.

use crate::Error;
use model::Subject;
use proof::seal::{KEY_BYTES, SealKey};
use std::collections::HashMap;
use store::keys::KeyReader;

/// A subject and its new key.
pub(crate) type Fresh = (u64, [u8; KEY_BYTES]);

/// The deciding thread's keys.
pub(crate) struct Keyring {
    table: KeyReader,
    used: HashMap<u64, SealKey>,
}

impl Keyring {
    /// A ring over a table.
    pub(crate) fn new(table: KeyReader) -> Self {
        Self { table, used: HashMap::new() }
    }

    /// A reading end of the table, for other threads.
    pub(crate) fn reader(&self) -> KeyReader {
        self.table.clone()
    }

    /// Has the keys of `subjects` at hand, and makes those that there are none of: they go to `new`, and must be durable
    /// before what is sealed with them.
    pub(crate) fn ensure(
        &mut self,
        subjects: impl Iterator<Item = Subject>,
        new: &mut Vec<Fresh>,
        mut fresh: impl FnMut() -> [u8; KEY_BYTES],
    ) -> Result<(), Error> {
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
        Ok(())
    }

    /// A key that [`Keyring::ensure`] has seen to.
    pub(crate) fn get(&self, subject: Subject) -> Option<&SealKey> {
        self.used.get(&subject.0)
    }

    /// Forgets a customer's key; the table's is destroyed by the step that says so.
    pub(crate) fn forget(&mut self, subject: Subject) {
        self.used.remove(&subject.0);
    }
}
