//! The counting wrapper changes nothing and counts right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::conformance::journal::{Harness, numbered_batch};
use store::disk::{Fault, FaultPlan, SimulatedDisk};
use store::journal::segments::Options;
use store::journal::{Batch, Journal};
use store::wrappers::{Counting, Counts, Faulty, Tally};

const OPTIONS: Options = Options { segment_bytes: 4096, log_id: Some([1; 16]) };

struct Counted {
    disk: SimulatedDisk,
}

impl Counted {
    fn new() -> Self {
        Self { disk: SimulatedDisk::new(FaultPlan::default()) }
    }
}

impl Harness for Counted {
    fn open(&mut self) -> Box<dyn Journal> {
        let (journal, _) = Faulty::open(self.disk.clone(), OPTIONS).unwrap();
        Box::new(Counting::new(Box::new(journal), Arc::default(), None))
    }

    fn break_next_append(&mut self) -> bool {
        self.disk.fail_next(Fault::SyncError);
        true
    }
}

store::journal_conformance!(Counted::new);

#[test]
fn appends_entries_bytes_failures_and_time_are_counted() {
    let disk = SimulatedDisk::new(FaultPlan::default());
    let (journal, _) = Faulty::open(disk.clone(), OPTIONS).unwrap();
    let counts = Arc::new(Counts::default());
    // Each look at this clock is 10 ns later than the one before.
    let ticks = AtomicU64::new(0);
    let clock = Box::new(move || ticks.fetch_add(10, Ordering::Relaxed));
    let mut journal = Counting::new(Box::new(journal), Arc::clone(&counts), Some(clock));
    journal.append(&Batch::new()).unwrap();
    let batch = numbered_batch(0..7);
    journal.append(&batch).unwrap();
    journal.append(&numbered_batch(7..10)).unwrap();
    disk.fail_next(Fault::WriteError);
    journal.append(&numbered_batch(10..12)).unwrap_err();
    let tally = counts.tally();
    let bytes = (batch.bytes_len() + numbered_batch(7..10).bytes_len()) as u64;
    let expected =
        Tally { appends: 2, entries: 10, bytes, failures: 1, nanoseconds: 40, slowest_nanoseconds: 10 };
    assert_eq!(tally, expected);
}
