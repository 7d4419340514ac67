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
