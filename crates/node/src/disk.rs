//! The durable half of a node: the journal and the key table. It decides nothing and knows no person; it may live on another
//! thread than the [`Decider`](crate::Decider), which prepares the next step while this makes the last one durable.

use crate::Error;
use crate::commit::Prepared;
use store::journal::Journal;
use store::keys::KeyTable;

/// Where steps become durable.
pub struct Disk {
    journal: Box<dyn Journal>,
    keys: KeyTable,
}

impl Disk {
    pub(crate) fn new(journal: Box<dyn Journal>, keys: KeyTable) -> Self {
        Self { journal, keys }
    }

    /// Makes a step durable: first the keys that it uses for the first time, then its entries, all or none, then the
    /// destruction of the keys that its erasures name. Steps come in the order in which they were prepared.
    ///
    /// # Errors
    /// A disk that fails, a step that is not the next one. After an error neither half may be used again.
    pub fn commit(&mut self, step: &mut Prepared) -> Result<(), Error> {
        if !step.fresh.is_empty() {
            self.keys.create(&step.fresh)?;
        }
        if !step.batch.is_empty() {
            let found = self.journal.append(&step.batch)?;
            if found != step.positions.start {
                return Err(Error::OutOfStep { expected: step.positions.start, found });
            }
        }
        for subject in &step.destroyed {
            self.keys.erase(subject.0)?;
        }
        step.durable = true;
        Ok(())
    }
}
