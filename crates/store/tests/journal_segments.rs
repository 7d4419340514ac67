//! The segments engine on real files: the conformance suite, the lock, reading beside a writer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

mod support;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::Error;
use store::conformance::journal::{Harness, assert_holds_numbered, numbered_batch};
use store::disk::{Access, DirectoryLock, Disk, DiskFile, RealDisk};
use store::journal::Journal;
use store::journal::segments::{self, Options};
use support::Scratch;

/// Small, so that every test crosses files.
const OPTIONS: Options = Options { segment_bytes: 4096, log_id: Some([7; 16]) };

struct RealSegments {
    scratch: Scratch,
    trip: Arc<AtomicBool>,
}

impl RealSegments {
    fn new() -> Self {
        Self { scratch: Scratch::new("segments"), trip: Arc::default() }
    }
}

impl Harness for RealSegments {
    fn open(&mut self) -> Box<dyn Journal> {
        let disk = RealDisk::create(self.scratch.path()).unwrap();
        let disk = TripDisk { disk, trip: Arc::clone(&self.trip) };
        Box::new(segments::open(Arc::new(disk), OPTIONS).unwrap().0)
    }

    fn break_next_append(&mut self) -> bool {
        self.trip.store(true, Ordering::SeqCst);
        true
    }
}

store::journal_conformance!(RealSegments::new);

#[test]
fn a_second_process_is_told_who_has_the_directory() {
    let scratch = Scratch::new("lock");
    let open = || segments::open(Arc::new(RealDisk::create(scratch.path()).unwrap()), OPTIONS);
    let first = open().unwrap();
    let error = open().err().unwrap().to_string();
    assert!(error.contains("in use by another process") && error.contains("process "), "{error}");
    drop(first);
    open().unwrap();
}

#[test]
fn a_read_only_opening_needs_no_lock_and_changes_nothing() {
    let scratch = Scratch::new("read-only");
    let disk = Arc::new(RealDisk::create(scratch.path()).unwrap());
    let (mut journal, _) = segments::open(disk, OPTIONS).unwrap();
    journal.append(&numbered_batch(0..100)).unwrap();
    let read_only = || segments::open_read_only(Arc::new(RealDisk::existing(scratch.path()).unwrap()));
    let (reader, opened) = read_only().unwrap();
    assert_eq!((opened.len, opened.log_id, opened.repaired), (100, [7; 16], None));
    assert_holds_numbered(reader.as_ref(), 100);
    journal.append(&numbered_batch(100..110)).unwrap();
    assert_holds_numbered(read_only().unwrap().0.as_ref(), 110);
    drop(journal);
    let last = std::fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().path()).max();
    let last = last.filter(|path| path.extension().is_some()).unwrap_or_else(|| {
        let mut paths: Vec<_> =
            std::fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "seg"));
        paths.sort();
        paths.pop().unwrap()
    });
    let mut bytes = std::fs::read(&last).unwrap();
    bytes.extend([1, 2, 3]);
    std::fs::write(&last, &bytes).unwrap();
    let repair = read_only().unwrap().1.repaired.unwrap();
    assert_eq!((repair.offset, repair.bytes), (bytes.len() as u64 - 3, 3));
    assert_eq!(std::fs::read(&last).unwrap(), bytes);
    assert!(RealDisk::existing(scratch.path().join("absent")).is_err());
}

/// A real disk whose next sync after the trip is set fails.
struct TripDisk {
    disk: RealDisk,
    trip: Arc<AtomicBool>,
}

impl TripDisk {
    fn wrap(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(TripFile { file, trip: Arc::clone(&self.trip) })
    }
}

impl Disk for TripDisk {
    fn lock(&self) -> Result<Box<dyn DirectoryLock>, Error> {
        self.disk.lock()
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create(name).map(|file| self.wrap(file))
    }
    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open(name, access).map(|file| self.wrap(file))
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }
    fn sync_names(&self) -> io::Result<()> {
        self.disk.sync_names()
    }
    fn name(&self) -> String {
        self.disk.name()
    }
}

struct TripFile {
    file: Box<dyn DiskFile>,
    trip: Arc<AtomicBool>,
}

impl DiskFile for TripFile {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        if self.trip.load(Ordering::SeqCst) && bytes.len() > 200 {
            self.trip.store(false, Ordering::SeqCst);
            self.file.write_at(&bytes[..100], offset)?;
            return Err(io::Error::other("the wire was tripped"));
        }
        self.file.write_at(bytes, offset)
    }
    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }
    fn sync(&self) -> io::Result<()> {
        if self.trip.swap(false, Ordering::SeqCst) {
            return Err(io::Error::other("the wire was tripped"));
        }
        self.file.sync()
    }
}
