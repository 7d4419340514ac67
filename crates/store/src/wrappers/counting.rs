//! Counts what goes through a journal, for metrics and benches. Changes nothing, reads no clock of its own.

use crate::Error;
use crate::journal::{Batch, Journal, JournalReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A monotonic clock in nanoseconds, passed in by whoever has one.
pub type Clock = Box<dyn Fn() -> u64 + Send>;

/// The running totals; share it with whoever shows them.
#[derive(Debug, Default)]
pub struct Counts {
    appends: AtomicU64,
    entries: AtomicU64,
    bytes: AtomicU64,
    failures: AtomicU64,
    nanoseconds: AtomicU64,
    slowest_nanoseconds: AtomicU64,
}

/// The totals at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Successful appends of at least one entry; each is one durable group commit, so one sync.
    pub appends: u64,
    /// Entries in them.
    pub entries: u64,
    /// Their encoded bytes, without the engine's own framing.
    pub bytes: u64,
    /// Appends that failed.
    pub failures: u64,
    /// Time spent in all appends, if a clock was given.
    pub nanoseconds: u64,
    /// The slowest append.
    pub slowest_nanoseconds: u64,
}

impl Counts {
    /// The totals now.
    pub fn tally(&self) -> Tally {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Tally {
            appends: load(&self.appends),
            entries: load(&self.entries),
            bytes: load(&self.bytes),
            failures: load(&self.failures),
            nanoseconds: load(&self.nanoseconds),
            slowest_nanoseconds: load(&self.slowest_nanoseconds),
        }
    }
}

/// A journal that counts.
pub struct Counting {
    inner: Box<dyn Journal>,
    counts: Arc<Counts>,
    clock: Option<Clock>,
}

impl Counting {
    /// Counts what goes through `inner`; times it too if there is a clock.
    pub fn new(inner: Box<dyn Journal>, counts: Arc<Counts>, clock: Option<Clock>) -> Self {
        Self { inner, counts, clock }
    }

    fn now(&self) -> u64 {
        self.clock.as_ref().map_or(0, |clock| clock())
    }
}

impl Journal for Counting {
    fn append(&mut self, batch: &Batch) -> Result<u64, Error> {
        let begun = self.now();
        let result = self.inner.append(batch);
        let spent = self.now().saturating_sub(begun);
        let add = |counter: &AtomicU64, amount: u64| counter.fetch_add(amount, Ordering::Relaxed);
        add(&self.counts.nanoseconds, spent);
        self.counts.slowest_nanoseconds.fetch_max(spent, Ordering::Relaxed);
        match &result {
            Ok(_) if batch.is_empty() => {}
            Ok(_) => {
                add(&self.counts.appends, 1);
                add(&self.counts.entries, batch.len() as u64);
                add(&self.counts.bytes, batch.bytes_len() as u64);
            }
            Err(_) => {
                add(&self.counts.failures, 1);
            }
        }
        result
    }

    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn first(&self) -> u64 {
        self.inner.first()
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.inner.reader()
    }
}
