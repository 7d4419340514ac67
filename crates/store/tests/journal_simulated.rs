//! The segments engine on the simulated disk: the conformance suite, crashes by seed, damage at every byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

use std::sync::Arc;
use store::Error;
use store::conformance::journal::{Harness, assert_holds_numbered, collect, numbered, numbered_batch};
use store::disk::{Fault, FaultPlan, SimulatedDisk};
use store::journal::segments::{self, Opened, Options};
use store::journal::{Batch, Journal, Record};
use store::wrappers::Faulty;

const OPTIONS: Options = Options { segment_bytes: 4096, log_id: Some([9; 16]) };

struct Simulated {
    disk: SimulatedDisk,
    faults: u32,
}

impl Simulated {
    fn new() -> Self {
        Self { disk: SimulatedDisk::new(FaultPlan { seed: 11, ..FaultPlan::default() }), faults: 0 }
    }
}

impl Harness for Simulated {
    fn open(&mut self) -> Box<dyn Journal> {
        Box::new(Faulty::open(self.disk.clone(), OPTIONS).unwrap().0)
    }

    fn kill(&mut self) {
        self.disk = self.disk.crash();
    }

    fn break_next_append(&mut self) -> bool {
        self.faults += 1;
        self.disk.fail_next(if self.faults.is_multiple_of(2) { Fault::WriteError } else { Fault::SyncError });
        true
    }
}

store::journal_conformance!(Simulated::new);

/// Opens a disk and reads everything; what any reader of this journal would meet.
fn open_and_read(disk: &SimulatedDisk) -> Result<(Opened, Vec<u64>), Error> {
    let (journal, opened) = segments::open(Arc::new(disk.clone()), OPTIONS)?;
    let entries = collect(journal.reader().as_ref(), 0, u64::MAX)?;
    let intact = entries.iter().all(|(index, record)| *record == numbered(*index));
    assert!(intact, "a changed record was shown as sound");
    Ok((opened, entries.into_iter().map(|(index, _)| index).collect()))
}

/// One segment of three batches: entries 0..2, 2..4, 4..6.
fn small_journal() -> (String, Vec<u8>) {
    let disk = SimulatedDisk::new(FaultPlan::default());
    let (mut journal, _) = Faulty::open(disk.clone(), OPTIONS).unwrap();
    for start in [0, 2, 4] {
        journal.append(&numbered_batch(start..start + 2)).unwrap();
    }
    let name = "00000000000000000000.seg".to_owned();
    let bytes = disk.contents(&name).unwrap();
    (name, bytes)
}

/// Where the frames of [`small_journal`] begin, and its end.
fn frame_bounds(bytes: &[u8]) -> Vec<usize> {
    let mut bounds = vec![64];
    while *bounds.last().unwrap() < bytes.len() {
        let at = *bounds.last().unwrap();
        let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap());
        bounds.push(at + 28 + length as usize);
    }
    bounds
}

#[test]
fn every_changed_byte_is_reported_or_the_last_frame_repaired() {
    let (name, sound) = small_journal();
    let last_frame = frame_bounds(&sound)[2];
    for offset in 0..sound.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut bytes = sound.clone();
            bytes[offset] ^= mask;
            let disk = SimulatedDisk::new(FaultPlan::default());
            disk.damage(&name, bytes);
            match open_and_read(&disk) {
                Err(Error::Corrupt { name: file, offset: at, expected, found }) => {
                    assert!(offset < last_frame, "byte {offset} of the last frame could not be repaired");
                    assert_eq!(file, name);
                    assert!(at <= offset as u64, "byte {offset} was reported at {at}");
                    assert!(!expected.is_empty() && !found.is_empty());
                }
                Err(Error::NewerFormat { .. }) => assert!((8..10).contains(&offset)),
                Err(other) => panic!("byte {offset}: {other}"),
                Ok((opened, entries)) => {
                    assert!(offset >= last_frame, "a change of byte {offset} went unseen");
                    let repair = opened.repaired.expect("seen and reported");
                    assert_eq!(
                        (repair.offset, repair.bytes as usize),
                        (last_frame as u64, sound.len() - last_frame)
                    );
                    assert_eq!(entries, [0, 1, 2, 3]);
                    assert_eq!(open_and_read(&disk).unwrap().0.repaired, None, "repaired once and for all");
                }
            }
        }
    }
}

#[test]
fn a_file_cut_anywhere_loses_only_what_was_cut() {
    let (name, sound) = small_journal();
    let bounds = frame_bounds(&sound);
    for length in 0..sound.len() {
        let disk = SimulatedDisk::new(FaultPlan::default());
        disk.damage(&name, sound[..length].to_vec());
        let (opened, entries) = open_and_read(&disk).unwrap();
        let frames = bounds.iter().filter(|bound| **bound <= length).count().saturating_sub(1);
        assert_eq!(entries.len(), frames * 2, "cut at {length}");
        assert_eq!(opened.repaired.is_none(), bounds.contains(&length), "cut at {length}");
    }
}

#[test]
fn zeros_after_the_end_are_a_torn_tail() {
    let (name, sound) = small_journal();
    for zeros in [1, 27, 28, 500, 5000] {
        let mut bytes = sound.clone();
        bytes.resize(sound.len() + zeros, 0);
        let disk = SimulatedDisk::new(FaultPlan::default());
        disk.damage(&name, bytes);
        let (opened, entries) = open_and_read(&disk).unwrap();
        assert_eq!((opened.repaired.unwrap().bytes as usize, entries.len()), (zeros, 6));
    }
}

#[test]
fn frames_cut_out_or_exchanged_are_corruption() {
    let (name, sound) = small_journal();
    let bounds = frame_bounds(&sound);
    let frame = |number: usize| &sound[bounds[number]..bounds[number + 1]];
    let cases: [(&str, Vec<&[u8]>, u64); 4] = [
        ("first cut out", vec![frame(1), frame(2)], 64),
        ("middle cut out", vec![frame(0), frame(2)], bounds[1] as u64),
        ("exchanged", vec![frame(1), frame(0), frame(2)], 64),
        ("doubled", vec![frame(0), frame(0), frame(1), frame(2)], bounds[1] as u64),
    ];
    for (what, frames, at) in cases {
        let disk = SimulatedDisk::new(FaultPlan::default());
        disk.damage(&name, [&sound[..64], &frames.concat()].concat());
        match open_and_read(&disk) {
            Err(Error::Corrupt { offset, .. }) => assert_eq!(offset, at + 8, "{what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

/// A journal of several segments, as (name, bytes).
fn segmented_journal() -> Vec<(String, Vec<u8>)> {
    let disk = SimulatedDisk::new(FaultPlan::default());
    let options = Options { segment_bytes: 600, ..OPTIONS };
    let (mut journal, _) = Faulty::open(disk.clone(), options).unwrap();
    for start in (0..12).step_by(2) {
        journal.append(&numbered_batch(start..start + 2)).unwrap();
    }
    let names = store::disk::Disk::list(&disk).unwrap();
    names.into_iter().map(|name| (name.clone(), disk.contents(&name).unwrap())).collect()
}

fn disk_of<'a>(files: impl IntoIterator<Item = &'a (String, Vec<u8>)>) -> SimulatedDisk {
    let disk = SimulatedDisk::new(FaultPlan::default());
    for (name, bytes) in files {
        disk.damage(name, bytes.clone());
    }
    disk
}

#[test]
fn a_changed_byte_in_an_older_segment_is_never_repaired() {
    let files = segmented_journal();
    assert!(files.len() >= 3);
    for number in 0..files.len() - 1 {
        for offset in 0..files[number].1.len() {
            let mut files = files.clone();
            files[number].1[offset] ^= 0x40;
            let error = open_and_read(&disk_of(&files)).expect_err("a change went unseen");
            assert!(matches!(error, Error::Corrupt { .. } | Error::NewerFormat { .. }), "{error}");
        }
    }
}

#[test]
fn a_missing_shortened_or_foreign_segment_is_corruption() {
    let files = segmented_journal();
    for missing in 1..files.len() - 1 {
        let kept = files.iter().enumerate().filter(|(number, _)| *number != missing).map(|(_, file)| file);
        let error = open_and_read(&disk_of(kept)).unwrap_err().to_string();
        assert!(error.contains("before it"), "{error}");
    }
    for cut in [1, 30, 100] {
        let mut shortened = files.clone();
        let length = shortened[0].1.len() - cut;
        shortened[0].1.truncate(length);
        assert!(matches!(open_and_read(&disk_of(&shortened)), Err(Error::Corrupt { .. })));
    }
    let mut renamed = files.clone();
    renamed[1].0 = "00000000000000000099.seg".to_owned();
    assert!(matches!(open_and_read(&disk_of(&renamed)), Err(Error::Corrupt { .. })));
    renamed[1].0 = "1.seg".to_owned();
    assert!(matches!(open_and_read(&disk_of(&renamed)), Err(Error::Corrupt { .. })));
}

/// Sound in itself, of the same log, at the right index, but from another history: a stale copy, say.
#[test]
fn a_frame_or_segment_of_another_history_is_corruption() {
    let history = |salt: u8| {
        let disk = SimulatedDisk::new(FaultPlan::default());
        let (mut journal, _) = Faulty::open(disk.clone(), Options { segment_bytes: 300, ..OPTIONS }).unwrap();
        for _ in 0..4 {
            let mut batch = Batch::new();
            for _ in 0..2 {
                batch.push(Record { partition: 0, subject: 0, leaf: &[salt; 50], sealed: &[] }).unwrap();
            }
            journal.append(&batch).unwrap();
        }
        drop(journal);
        disk
    };
    let (ours, theirs) = (history(1), history(2));
    let names = store::disk::Disk::list(&ours).unwrap();
    assert_eq!(names.len(), 4, "one frame each");
    let read_all = |disk: &SimulatedDisk| {
        let (journal, _) = segments::open(Arc::new(disk.clone()), OPTIONS)?;
        collect(journal.reader().as_ref(), 0, u64::MAX).map(|entries| entries.len())
    };
    assert_eq!(read_all(&ours).unwrap(), 8);
    ours.damage(&names[2], theirs.contents(&names[2]).unwrap());
    let error = read_all(&ours).unwrap_err().to_string();
    assert!(error.contains("chain value") && error.contains(&names[2]), "{error}");
    // The frame alone, under our own header, with a sound one after it.
    let (ours, theirs) = (small_journal().1, {
        let disk = SimulatedDisk::new(FaultPlan::default());
        let (mut journal, _) = Faulty::open(disk.clone(), OPTIONS).unwrap();
        for start in [2, 2, 4] {
            journal.append(&numbered_batch(start..start + 2)).unwrap();
        }
        disk.contents(&small_journal().0).unwrap()
    });
    let (our, their) = (frame_bounds(&ours), frame_bounds(&theirs));
    let mixed = [&ours[..our[1]], &theirs[their[1]..their[2]], &ours[our[2]..]].concat();
    let disk = SimulatedDisk::new(FaultPlan::default());
    disk.damage(&small_journal().0, mixed);
    let error = open_and_read(&disk).unwrap_err().to_string();
    assert!(error.contains("chained checksum"), "{error}");
}

#[test]
fn a_torn_new_segment_is_removed_and_appending_goes_on() {
    let files = segmented_journal();
    let count: u64 = 12;
    for length in 0..64 {
        let disk = disk_of(&files);
        disk.damage(&format!("{count:020}.seg"), vec![0; length]);
        let (mut journal, opened) = Faulty::open(disk, Options { segment_bytes: 64, ..OPTIONS }).unwrap();
        assert_eq!(opened.repaired.unwrap().bytes, length as u64);
        journal.append(&numbered_batch(count..count + 1)).unwrap();
        assert_holds_numbered(journal.reader().as_ref(), count + 1);
    }
    let disk = disk_of(&files[..files.len() - 1]);
    disk.damage(&format!("{count:020}.seg"), vec![0; 10]);
    assert!(matches!(open_and_read(&disk), Err(Error::Corrupt { .. })), "the segment before it is gone");
}

/// Appends under faults until the journal fails or the power goes; returns (acknowledged, attempted) counts.
fn run_until_failure(journal: &mut Faulty, seed: u64) -> (u64, u64) {
    let mut acknowledged = journal.len();
    for round in 0..40 {
        let size = 1 + (seed + round) % 7;
        match journal.append(&numbered_batch(acknowledged..acknowledged + size)) {
            Ok(first) => {
                assert_eq!(first, acknowledged);
                acknowledged += size;
            }
            Err(_) => return (acknowledged, acknowledged + size),
        }
    }
    (acknowledged, acknowledged)
}

#[test]
fn no_acknowledged_entry_is_lost_in_a_thousand_crashes() {
    let mut repaired = 0;
    for seed in 0..1000 {
        let mut disk = SimulatedDisk::new(FaultPlan { seed, ..FaultPlan::default() });
        let options = Options { segment_bytes: 700, ..OPTIONS };
        let mut expected = 0..=0;
        for restart in 0..6 {
            let (mut journal, opened) = match Faulty::open(disk.clone(), options) {
                Ok(opened) => opened,
                // The power may go while the journal is opened.
                Err(Error::Io { .. }) => {
                    disk = disk.crash();
                    continue;
                }
                Err(error) => panic!("seed {seed} restart {restart}: {error}"),
            };
            repaired += u32::from(opened.repaired.is_some());
            assert!(expected.contains(&opened.len), "seed {seed}: {} is not in {expected:?}", opened.len);
            assert_holds_numbered(journal.reader().as_ref(), opened.len);
            journal.set_plan(FaultPlan {
                seed: seed * 31 + restart,
                short_writes: 100,
                write_errors: 10,
                sync_errors: 10,
                power_loss_at: Some((seed * 7 + restart * 13) % 90),
            });
            let (acknowledged, attempted) = run_until_failure(&mut journal, seed);
            expected = acknowledged..=attempted;
            disk = if seed % 3 == 0 { journal.kill() } else { journal.crash() };
            if restart % 2 == 0 {
                disk.set_plan(FaultPlan { seed, power_loss_at: Some(seed % 5), ..FaultPlan::default() });
            }
        }
    }
    assert!(repaired > 100, "only {repaired} torn tails in 6,000 restarts: the faults are too kind");
}
