//! The promises of [`Journal`] and [`JournalReader`].

use crate::Error;
use crate::journal::{Batch, Journal, JournalReader, LEAF_BYTES_MAX, OwnedRecord, SEALED_BYTES_MAX};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Makes the engine under test, again and again over the same place.
pub trait Harness {
    /// Opens the journal, beginning it the first time. The one before has been dropped.
    fn open(&mut self) -> Box<dyn Journal>;

    /// Stops the open journal's process without warning before it is dropped, if the engine can tell the difference.
    fn kill(&mut self) {}

    /// Makes the next append fail; `false` when this engine cannot be made to.
    fn break_next_append(&mut self) -> bool;
}

/// Makes one test per promise for the engine that `$make()` (a [`journal::Harness`](Harness)) builds.
#[macro_export]
macro_rules! journal_conformance {
    ($make:expr) => {
        $crate::journal_conformance!(@tests $make;
            entries_keep_their_order,
            appended_entries_survive_reopening,
            an_empty_batch_writes_nothing,
            a_batch_is_whole_or_absent,
            readers_see_only_what_is_durable,
            any_entry_can_be_read_by_index,
            ranges_are_exact,
            the_largest_record_fits,
            many_batches_of_all_sizes_read_back,
            after_a_failure_every_append_is_refused,
            a_reader_follows_the_writer_from_another_thread,
        );
    };
    (@tests $make:expr; $($promise:ident,)*) => {
        $(
            #[test]
            fn $promise() {
                $crate::conformance::journal::$promise(&mut $make());
            }
        )*
    };
}

/// A record that is different for every number, of a size that varies with it.
pub fn numbered(number: u64) -> OwnedRecord {
    let byte = |salt: u64| (number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(salt) >> 56) as u8;
    let mut leaf = number.to_le_bytes().to_vec();
    leaf.extend((0..number % 97).map(byte));
    let sealed = (0..number * 7 % 301).map(byte).collect();
    OwnedRecord { partition: (number % 64) as u16, subject: number % 1000, leaf, sealed }
}

/// A batch of [`numbered`] records.
pub fn numbered_batch(numbers: std::ops::Range<u64>) -> Batch {
    let mut batch = Batch::new();
    for number in numbers {
        batch.push(numbered(number).as_record()).unwrap();
    }
    batch
}

/// All entries of a range.
pub fn collect(reader: &dyn JournalReader, from: u64, to: u64) -> Result<Vec<(u64, OwnedRecord)>, Error> {
    let mut entries = Vec::new();
    reader.scan(from, to, &mut |index, record| {
        entries.push((index, record.to_owned()));
        ControlFlow::Continue(())
    })?;
    Ok(entries)
}

/// Asserts that the journal holds exactly the first so many [`numbered`] records.
pub fn assert_holds_numbered(reader: &dyn JournalReader, count: u64) {
    assert_eq!(reader.len(), count);
    let entries = collect(reader, 0, u64::MAX).unwrap();
    assert_eq!(entries.len() as u64, count);
    for (number, (index, record)) in (0..).zip(entries) {
        assert_eq!((index, record), (number, numbered(number)));
    }
}

/// Indices are dense, from 0, in the order of appending.
pub fn entries_keep_their_order(harness: &mut dyn Harness) {
    let mut journal = harness.open();
    assert!(journal.is_empty());
    assert_eq!(journal.append(&numbered_batch(0..3)).unwrap(), 0);
    assert_eq!(journal.append(&numbered_batch(3..4)).unwrap(), 3);
    assert_eq!(journal.append(&numbered_batch(4..10)).unwrap(), 4);
    assert_eq!((journal.first(), journal.len()), (0, 10));
    assert_holds_numbered(journal.reader().as_ref(), 10);
}

/// What was acknowledged is there after a stop and after a kill, and appending goes on behind it.
pub fn appended_entries_survive_reopening(harness: &mut dyn Harness) {
    let mut len = 0;
    for round in 1..6 {
        let mut journal = harness.open();
        assert_eq!(journal.len(), len);
        assert_eq!(journal.append(&numbered_batch(len..len + round)).unwrap(), len);
        len += round;
        if round % 2 == 0 {
            harness.kill();
        }
    }
    assert_holds_numbered(harness.open().reader().as_ref(), len);
}

/// An empty batch is accepted and leaves no trace.
pub fn an_empty_batch_writes_nothing(harness: &mut dyn Harness) {
    let mut journal = harness.open();
    assert_eq!(journal.append(&Batch::new()).unwrap(), 0);
    journal.append(&numbered_batch(0..2)).unwrap();
    assert_eq!(journal.append(&Batch::new()).unwrap(), 2);
    drop(journal);
    assert_holds_numbered(harness.open().reader().as_ref(), 2);
}

/// After an append that failed, reopening finds all of the batch or none.
pub fn a_batch_is_whole_or_absent(harness: &mut dyn Harness) {
    let mut len = 0;
    for _ in 0..20 {
        let mut journal = harness.open();
        journal.append(&numbered_batch(len..len + 3)).unwrap();
        len += 3;
        if harness.break_next_append() {
            journal.append(&numbered_batch(len..len + 5)).unwrap_err();
        }
        harness.kill();
        drop(journal);
        let journal = harness.open();
        assert!(
            journal.len() == len || journal.len() == len + 5,
            "{} of {len} or {}",
            journal.len(),
            len + 5
        );
        len = journal.len();
        assert_holds_numbered(journal.reader().as_ref(), len);
    }
}

/// A failed append shows nothing to readers.
pub fn readers_see_only_what_is_durable(harness: &mut dyn Harness) {
    let mut journal = harness.open();
    let reader = journal.reader();
    assert!(reader.is_empty());
    journal.append(&numbered_batch(0..3)).unwrap();
    assert_holds_numbered(reader.as_ref(), 3);
    if harness.break_next_append() {
        journal.append(&numbered_batch(3..9)).unwrap_err();
        assert_eq!(journal.len(), 3);
        assert_eq!(reader.len(), 3);
        assert_eq!(reader.read(3).unwrap(), None);
        assert_eq!(collect(reader.as_ref(), 0, u64::MAX).unwrap().len(), 3);
    }
}

/// Single reads find the same as a scan, in any order, also after reopening.
pub fn any_entry_can_be_read_by_index(harness: &mut dyn Harness) {
    let count = 500;
    let mut journal = harness.open();
    for start in (0..count).step_by(50) {
        journal.append(&numbered_batch(start..start + 50)).unwrap();
    }
    for _ in 0..2 {
        let reader = journal.reader();
        for index in (0..count).rev().chain([3, 499, 0, 250]) {
            assert_eq!(reader.read(index).unwrap(), Some(numbered(index)), "entry {index}");
        }
        assert_eq!(reader.read(count).unwrap(), None);
        assert_eq!(reader.read(u64::MAX).unwrap(), None);
        drop(journal);
        journal = harness.open();
    }
}

/// A scan shows exactly what was asked for and stops when told to.
pub fn ranges_are_exact(harness: &mut dyn Harness) {
    let mut journal = harness.open();
    for start in (0..40).step_by(8) {
        journal.append(&numbered_batch(start..start + 8)).unwrap();
    }
    let reader = journal.reader();
    for (from, to, expected) in [
        (0, 0, 0..0),
        (0, 1, 0..1),
        (7, 9, 7..9),
        (8, 16, 8..16),
        (3, 39, 3..39),
        (39, 900, 39..40),
        (40, 40, 0..0),
    ] {
        let indices: Vec<u64> =
            collect(reader.as_ref(), from, to).unwrap().into_iter().map(|(index, _)| index).collect();
        assert_eq!(indices, expected.collect::<Vec<_>>(), "{from}..{to}");
    }
    assert!(matches!(collect(reader.as_ref(), 41, 50), Err(Error::OutOfRange { len: 40, .. })));
    assert!(matches!(collect(reader.as_ref(), 5, 4), Err(Error::OutOfRange { .. })));
    let mut seen = 0;
    reader
        .scan(2, 40, &mut |_, _| {
            seen += 1;
            if seen == 9 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(seen, 9);
}

/// 64 KiB of leaf and 1 MiB of sealed part, between small ones.
pub fn the_largest_record_fits(harness: &mut dyn Harness) {
    let big = OwnedRecord {
        partition: u16::MAX,
        subject: u64::MAX,
        leaf: vec![0xA5; LEAF_BYTES_MAX],
        sealed: vec![0x5A; SEALED_BYTES_MAX],
    };
    let mut journal = harness.open();
    journal.append(&numbered_batch(0..1)).unwrap();
    let mut batch = Batch::new();
    batch.push(big.as_record()).unwrap();
    batch.push(OwnedRecord::default().as_record()).unwrap();
    journal.append(&batch).unwrap();
    drop(journal);
    let reader = harness.open().reader();
    assert_eq!(reader.read(1).unwrap(), Some(big));
    assert_eq!(reader.read(2).unwrap(), Some(OwnedRecord::default()));
}

/// Batches from 1 to 300 records; with small segments this crosses many files.
pub fn many_batches_of_all_sizes_read_back(harness: &mut dyn Harness) {
    let mut len = 0;
    let mut journal = harness.open();
    for round in 0..60 {
        let size = 1 + round * round % 301;
        journal.append(&numbered_batch(len..len + size)).unwrap();
        len += size;
    }
    assert_holds_numbered(journal.reader().as_ref(), len);
    drop(journal);
    let reader = harness.open().reader();
    assert_holds_numbered(reader.as_ref(), len);
    let middle = collect(reader.as_ref(), len / 2, len / 2 + 5).unwrap();
    assert_eq!(middle.len(), 5);
    assert_eq!(middle[0], (len / 2, numbered(len / 2)));
}

/// What is on disk after a failure is unknown, so the journal takes nothing more until it is opened again.
pub fn after_a_failure_every_append_is_refused(harness: &mut dyn Harness) {
    let mut journal = harness.open();
    journal.append(&numbered_batch(0..1)).unwrap();
    if !harness.break_next_append() {
        return;
    }
    journal.append(&numbered_batch(1..2)).unwrap_err();
    for _ in 0..3 {
        assert!(matches!(journal.append(&numbered_batch(1..2)), Err(Error::Poisoned)));
    }
    assert!(matches!(journal.append(&Batch::new()), Err(Error::Poisoned)));
    assert_holds_numbered(journal.reader().as_ref(), 1);
}

/// A reader in another thread sees a growing, always sound prefix.
pub fn a_reader_follows_the_writer_from_another_thread(harness: &mut dyn Harness) {
    let mut journal = harness.open();
    let reader = journal.reader();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let mut next = 0;
            let mut passes = 0;
            loop {
                let finished = done.load(Ordering::Acquire);
                for (index, record) in collect(reader.as_ref(), next, u64::MAX).unwrap() {
                    assert_eq!((index, record), (next, numbered(next)));
                    next += 1;
                }
                passes += 1;
                if finished {
                    return (next, passes);
                }
            }
        });
        for start in (0..2000).step_by(20) {
            journal.append(&numbered_batch(start..start + 20)).unwrap();
        }
        done.store(true, Ordering::Release);
        let (seen, passes) = follower.join().unwrap();
        assert_eq!(seen, 2000);
        assert!(passes > 1);
    });
}
