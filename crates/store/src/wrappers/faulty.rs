//! The journal that fails on purpose: the real segments engine on a simulated disk.
//!
//! The simulator appends to it, cuts its power at any moment with [`Faulty::crash`], and opens what is left. Since only the
//! disk is simulated, encoding, recovery and poisoning are the product's own. Refuses nothing the real one accepts.

use crate::Error;
use crate::disk::{FaultPlan, SimulatedDisk};
use crate::journal::segments::{self, Opened, Options, SegmentJournal};
use crate::journal::{Batch, Journal, JournalReader};
use std::sync::Arc;

/// A journal of segments on a [`SimulatedDisk`].
pub struct Faulty {
    journal: SegmentJournal,
    disk: SimulatedDisk,
}

impl Faulty {
    /// Opens (or begins) the journal on a disk. Options should name a log id, so that runs repeat.
    ///
    /// # Errors
    /// As [`segments::open`], and whatever the disk's plan has in store.
    pub fn open(disk: SimulatedDisk, options: Options) -> Result<(Self, Opened), Error> {
        let (journal, opened) = segments::open(Arc::new(disk.clone()), options)?;
        Ok((Self { journal, disk }, opened))
    }

    /// The disk, to arm faults.
    pub fn disk(&self) -> &SimulatedDisk {
        &self.disk
    }

    /// Replaces the faults to come.
    pub fn set_plan(&self, plan: FaultPlan) {
        self.disk.set_plan(plan);
    }

    /// Cuts the power: what a restarted process finds.
    #[must_use]
    pub fn crash(self) -> SimulatedDisk {
        self.disk.crash()
    }

    /// Ends the process, not the machine: what a restarted process finds.
    #[must_use]
    pub fn kill(self) -> SimulatedDisk {
        self.disk.kill()
    }
}

impl Journal for Faulty {
    fn append(&mut self, batch: &Batch) -> Result<u64, Error> {
        self.journal.append(batch)
    }

    fn len(&self) -> u64 {
        self.journal.len()
    }

    fn first(&self) -> u64 {
        self.journal.first()
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.journal.reader()
    }
}
