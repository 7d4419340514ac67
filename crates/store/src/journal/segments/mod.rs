//! The embedded journal engine: append-only segment files, one frame per batch, one `fdatasync` per append.
//!
//! `<directory>/<20-digit first index>.seg`, format in docs/journal-format.md. An append goes to the last file; when it
//! would pass [`Options::segment_bytes`] a new file is begun. Nothing written is ever changed; only what an
//! interrupted append left at the very end is cut off when the journal is opened, and reported.
//!
//! It refuses to share its directory with another process, to append after a failure, and to read past a frame whose
//! checksum does not fit.

mod format;
mod walk;
mod segment;
mod recover;
mod reader;

use super::{Batch, Journal, JournalReader};
use crate::Error;
use crate::disk::{Access, DirectoryLock, Disk};
use format::{FRAME_HEAD_BYTES, FrameHead, HEADER_BYTES, Header, NO_PREVIOUS, segment_name};
use reader::Shared;
use segment::Segment;
use std::sync::Arc;
use walk::Position;

/// How a journal of segments is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// A file that has reached this many bytes is followed by a new one. A batch is never split, so a file can be
    /// larger by one batch.
    pub segment_bytes: u64,
    /// The id a new journal gets; random when `None`. Ignored when the journal exists.
    pub log_id: Option<[u8; 16]>,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: SEGMENT_BYTES_DEFAULT, log_id: None }
    }
}

/// What opening a journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The journal's own id, made with it.
    pub log_id: [u8; 16],
    /// Smallest index held.
    pub first: u64,
    /// Number of entries ever appended.
    pub len: u64,
    /// Number of segment files.
    pub segments: usize,
    /// What an interrupted append had left at the end. Cut off (opened for reading only: left alone, not shown).
    ///
    /// Nothing acknowledged is in it unless the medium lost bytes it had confirmed, which this file alone cannot
    /// tell: compare [`Opened::len`] with the size in the last signed checkpoint.
    pub repaired: Option<Repair>,
}

/// A torn tail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The file.
    pub segment: String,
    /// Where its sound part ends, in bytes.
    pub offset: u64,
    /// How many bytes came after.
    pub bytes: u64,
}

/// The writing end of a journal of segments.
pub struct SegmentJournal {
    disk: Arc<dyn Disk>,
    options: Options,
    shared: Arc<Shared>,
    active: Arc<Segment>,
    /// Where the next frame goes.
    end: Position,
    poisoned: bool,
    _lock: Box<dyn DirectoryLock>,
}

/// Opens the journal in a directory for appending, beginning one if there is none.
///
/// Reads the last segment whole and the headers of the others; [`JournalReader::scan`] checks every byte.
///
/// # Errors
/// [`Error::Locked`], [`Error::Corrupt`], [`Error::NewerFormat`], [`Error::Io`].
pub fn open(disk: Arc<dyn Disk>, options: Options) -> Result<(SegmentJournal, Opened), Error> {
    let lock = disk.lock()?;
    let mut found = recover::survey(&disk, Access::ReadWrite)?;
    if found.segments.is_empty() {
        let log_id = match options.log_id {
            Some(id) => id,
            None => random_id()?,
        };
        let header = Header { log_id, first: 0, previous_first: NO_PREVIOUS, previous_chain: 0 };
        found.segments.push(begin_segment(&disk, header)?);
    }
    let (shared, end, repaired) = recover::settle(&disk, found, Access::ReadWrite)?;
    let active =
        shared.last_segment().ok_or_else(|| Error::corrupt(&disk.name(), 0, "a journal segment", "none"))?;
    let opened = shared.opened(repaired);
    if let Some(repair) = &opened.repaired {
        tracing::warn!(
            segment = repair.segment,
            offset = repair.offset,
            bytes = repair.bytes,
            "cut off what an interrupted append left"
        );
    }
    let shared = Arc::new(shared);
    Ok((SegmentJournal { disk, options, shared, active, end, poisoned: false, _lock: lock }, opened))
}

/// Opens a journal for reading as it is now, without the lock and without changing a byte; for verification, also
/// beside a running writer (later appends are not seen).
///
/// # Errors
/// [`Error::Corrupt`], [`Error::NewerFormat`], [`Error::Io`].
pub fn open_read_only(disk: Arc<dyn Disk>) -> Result<(Arc<dyn JournalReader>, Opened), Error> {
    let found = recover::survey(&disk, Access::Read)?;
    if found.segments.is_empty() {
        return Err(Error::corrupt(&disk.name(), 0, "a journal segment", "none"));
    }
    let (shared, _, repaired) = recover::settle(&disk, found, Access::Read)?;
    let opened = shared.opened(repaired);
    Ok((Arc::new(shared), opened))
}

impl Journal for SegmentJournal {
    fn append(&mut self, batch: &Batch) -> Result<u64, Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        if batch.is_empty() {
            return Ok(self.end.next);
        }
        let first = self.end.next;
        // Poisoned while it runs, so that an early return of any kind leaves it so.
        self.poisoned = true;
        self.write(batch)?;
        self.poisoned = false;
        Ok(first)
    }

    fn len(&self) -> u64 {
        self.end.next
    }

    fn first(&self) -> u64 {
        self.shared.first()
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        Arc::clone(&self.shared) as Arc<dyn JournalReader>
    }
}

impl SegmentJournal {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        let records = batch.encoded();
        let frame_bytes = (FRAME_HEAD_BYTES + records.len()) as u64;
        if self.end.offset > HEADER_BYTES as u64 && self.end.offset + frame_bytes > self.options.segment_bytes
        {
            self.roll()?;
        }
        // At most BATCH_RECORDS_MAX, which fits.
        let count = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        let before = self.end;
        let log_id = &self.active.header.log_id;
        let (head, chain) = FrameHead::encode(log_id, before.chain, before.next, count, records);
        let file = &self.active.file;
        file.write_all_at(&head, before.offset)
            .and_then(|()| file.write_all_at(records, before.offset + FRAME_HEAD_BYTES as u64))
            .map_err(Error::io("write", &self.active.name))?;
        file.sync().map_err(Error::io("sync", &self.active.name))?;
        self.end =
            Position { offset: before.offset + frame_bytes, next: before.next + u64::from(count), chain };
        self.active.publish(before, self.end);
        self.shared.publish(self.end.next);
        Ok(())
    }

    fn roll(&mut self) -> Result<(), Error> {
        let header = Header {
            log_id: self.active.header.log_id,
            first: self.end.next,
            previous_first: self.active.header.first,
            previous_chain: self.end.chain,
        };
        let segment = Arc::new(begin_segment(&self.disk, header)?);
        self.end = Position::start_of(&header);
        self.shared.push(Arc::clone(&segment));
        self.active = segment;
        Ok(())
    }
}

/// Makes a segment file with its header, both durable before the first frame is written, so that a bad header can
/// only mean "nothing was ever in this file" when the file holds nothing else.
fn begin_segment(disk: &Arc<dyn Disk>, header: Header) -> Result<Segment, Error> {
    let name = segment_name(header.first);
    let file = disk.create(&name).map_err(Error::io("create", &name))?;
    file.write_all_at(&header.encode(), 0)
        .and_then(|()| file.sync())
        .map_err(Error::io("write the header of", &name))?;
    disk.sync_names().map_err(Error::io("sync the directory of", &name))?;
    Ok(Segment::new(name, header, file, HEADER_BYTES as u64))
}

fn random_id() -> Result<[u8; 16], Error> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(Error::Randomness)?;
    Ok(id)
}

const SEGMENT_BYTES_DEFAULT: u64 = 256 << 20;
