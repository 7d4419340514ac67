//! Files of every released format version, which must read for ever.
//!
//! `HONGYAN_WRITE_FIXTURES=1 cargo test -p hongyan-store --test fixtures` writes the files of the current version; only
//! a new version may do so, and only new files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

use std::path::PathBuf;
use std::sync::Arc;
use store::conformance::journal::{assert_holds_numbered, numbered_batch};
use store::disk::{FaultPlan, RealDisk, SimulatedDisk};
use store::journal::Journal;
use store::journal::segments::{self, Options};
use store::keys::{KeyTable, MemoryKeyProvider, SlotState};

const LOG_ID: [u8; 16] = *b"hongyan-fixture1";

fn directory(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Several segments: batches of 1, 2, 3, 4 and 5 of the conformance suite's numbered records.
fn write_journal(disk: Arc<dyn store::disk::Disk>) {
    let options = Options { segment_bytes: 600, log_id: Some(LOG_ID) };
    let (mut journal, _) = segments::open(disk, options).unwrap();
    for size in 1..=5 {
        let len = journal.len();
        journal.append(&numbered_batch(len..len + size)).unwrap();
    }
}

#[test]
fn journal_version_1_reads_for_ever() {
    let directory = directory("journal-v1");
    if std::env::var_os("HONGYAN_WRITE_FIXTURES").is_some() && !directory.exists() {
        write_journal(Arc::new(RealDisk::create(&directory).unwrap()));
        std::fs::remove_file(directory.join("lock")).unwrap();
    }
    let disk = RealDisk::existing(&directory).unwrap();
    let (reader, opened) = segments::open_read_only(Arc::new(disk)).unwrap();
    assert_eq!((opened.log_id, opened.len, opened.repaired), (LOG_ID, 15, None));
    assert!(opened.segments >= 2, "{} segments", opened.segments);
    assert_holds_numbered(reader.as_ref(), 15);
}

#[test]
fn what_is_written_today_is_byte_for_byte_version_1() {
    let disk = SimulatedDisk::new(FaultPlan::default());
    write_journal(Arc::new(disk.clone()));
    for name in store::disk::Disk::list(&disk).unwrap() {
        let written = disk.contents(&name).unwrap();
        assert!(written == std::fs::read(directory("journal-v1").join(&name)).unwrap(), "{name} differs");
    }
}

/// The slot states of version 1's sample: two keys under the first KEK, one erased, a gap, one under the second.
fn assert_reads_key_table(table: &KeyTable) {
    for (subject, state) in [
        (0, SlotState::Live),
        (1, SlotState::Live),
        (2, SlotState::Erased),
        (3, SlotState::Never),
        (4, SlotState::Live),
        (5, SlotState::Never),
    ] {
        assert_eq!(table.state(subject).unwrap(), state, "subject {subject}");
        let key = (state == SlotState::Live).then_some([subject as u8; 32]);
        assert_eq!(table.key(subject).unwrap(), key);
    }
    assert_eq!(table.highest(), Some(4));
}

fn provider_with_two_keks() -> Arc<MemoryKeyProvider> {
    let provider = Arc::new(MemoryKeyProvider::from_seed(42));
    store::keys::KeyProvider::rotate(provider.as_ref()).unwrap();
    provider
}

#[test]
fn key_table_version_1_reads_for_ever() {
    let path = directory("keys-v1").join("keys.tab");
    if std::env::var_os("HONGYAN_WRITE_FIXTURES").is_some() && !path.exists() {
        let disk = SimulatedDisk::new(FaultPlan::default());
        let provider = Arc::new(MemoryKeyProvider::from_seed(42));
        let mut table = KeyTable::open(Arc::new(disk.clone()), provider.clone()).unwrap();
        table.create(&[(0, [0; 32]), (1, [1; 32]), (2, [2; 32])]).unwrap();
        table.erase(2).unwrap();
        store::keys::KeyProvider::rotate(provider.as_ref()).unwrap();
        table.create(&[(4, [4; 32])]).unwrap();
        std::fs::create_dir_all(directory("keys-v1")).unwrap();
        std::fs::write(&path, disk.contents("keys.tab").unwrap()).unwrap();
    }
    let disk = SimulatedDisk::new(FaultPlan::default());
    disk.damage("keys.tab", std::fs::read(&path).unwrap());
    assert_reads_key_table(&KeyTable::open(Arc::new(disk), provider_with_two_keks()).unwrap());
}
