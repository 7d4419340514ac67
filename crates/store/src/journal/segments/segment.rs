//! One segment file as writer and readers share it: its header, how much of it is durable, and a sparse index.
//!
//! The index holds one mark per [`MARK_BYTES`] of file, so 100 GB of journal cost about 10 MB of memory. The last segment's
//! index comes with recovery and grows with appends; an older one's is made from its frame heads when first needed.

use super::format::{FRAME_HEAD_BYTES, FrameHead, Header};
use super::walk::Position;
use crate::Error;
use crate::disk::DiskFile;
use crate::journal::{OwnedRecord, Record};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) struct Segment {
    pub(super) name: String,
    pub(super) header: Header,
    pub(super) file: Box<dyn DiskFile>,
    durable_bytes: AtomicU64,
    /// Positions in order, the first frame's always; `None` until needed.
    marks: Mutex<Option<Vec<Position>>>,
}

impl Segment {
    pub(super) fn new(name: String, header: Header, file: Box<dyn DiskFile>, durable_bytes: u64) -> Self {
        Self { name, header, file, durable_bytes: durable_bytes.into(), marks: Mutex::new(None) }
    }

    /// The end of the last durable frame, in bytes.
    pub(super) fn durable_bytes(&self) -> u64 {
        self.durable_bytes.load(Ordering::Acquire)
    }

    /// Corrects the length while the segment is not shared yet.
    pub(super) fn set_durable_bytes(&self, bytes: u64) {
        self.durable_bytes.store(bytes, Ordering::Release);
    }

    /// A frame became durable.
    pub(super) fn publish(&self, before: Position, after: Position) {
        add_mark(self.marks().get_or_insert_default(), before);
        self.durable_bytes.store(after.offset, Ordering::Release);
    }

    /// Takes the index that recovery made.
    pub(super) fn set_marks(&self, marks: Vec<Position>) {
        *self.marks() = Some(marks);
    }

    /// The last marked position at or before an index of this segment.
    pub(super) fn mark_before(&self, index: u64) -> Result<Position, Error> {
        let mut marks = self.marks();
        if marks.is_none() {
            *marks = Some(self.collect_marks()?);
        }
        let marks = marks.as_deref().unwrap_or_default();
        let after = marks.partition_point(|mark| mark.next <= index);
        let mark = after.checked_sub(1).and_then(|last| marks.get(last)).copied();
        Ok(mark.unwrap_or_else(|| Position::start_of(&self.header)))
    }

    /// Reads the entry with an index that lies in this segment.
    pub(super) fn read(&self, index: u64) -> Result<OwnedRecord, Error> {
        let mut position = self.mark_before(index)?;
        loop {
            let (head, head_bytes) = self.head_at(position)?;
            if index < head.end() {
                return self.read_from_frame(index, position, head, &head_bytes);
            }
            position = after(position, &head);
        }
    }

    fn read_from_frame(
        &self,
        index: u64,
        at: Position,
        head: FrameHead,
        head_bytes: &[u8],
    ) -> Result<OwnedRecord, Error> {
        let corrupt = |misfit: super::format::Misfit| {
            Error::corrupt(&self.name, at.offset + misfit.offset, misfit.expected, misfit.found)
        };
        let mut records = vec![0; head.length as usize];
        self.file
            .read_full_at(&mut records, at.offset + FRAME_HEAD_BYTES as u64)
            .map_err(Error::io("read", &self.name))?;
        head.check(at.chain, head_bytes, &records).map_err(corrupt)?;
        let mut found = None;
        let frame = super::walk::Frame { head, records: &records };
        super::walk::visit_records(&frame, |at, record: Record<'_>| {
            if at < index {
                return ControlFlow::Continue(());
            }
            found = Some(record.to_owned());
            ControlFlow::Break(())
        })
        .map_err(corrupt)
        .map(|_| ())?;
        found.ok_or_else(|| Error::corrupt(&self.name, at.offset, format!("entry {index}"), "no such entry"))
    }

    /// The head of the frame at a position, which must be the frame that belongs there.
    fn head_at(&self, at: Position) -> Result<(FrameHead, [u8; FRAME_HEAD_BYTES]), Error> {
        let mut bytes = [0; FRAME_HEAD_BYTES];
        let room = self.durable_bytes().saturating_sub(at.offset).min(FRAME_HEAD_BYTES as u64);
        let wanted = bytes.get_mut(..room as usize).unwrap_or_default();
        let came = self.file.read_full_at(wanted, at.offset).map_err(Error::io("read", &self.name))?;
        let head = FrameHead::decode(&self.header.log_id, bytes.get(..came).unwrap_or_default()).map_err(
            |misfit| Error::corrupt(&self.name, at.offset + misfit.offset, misfit.expected, misfit.found),
        )?;
        let fits = at.offset + head.frame_bytes() <= self.durable_bytes();
        if head.first != at.next || head.count == 0 || !fits {
            let expected = format!("a frame from entry {} inside the file", at.next);
            let found = format!("entries {}..{} in {} bytes", head.first, head.end(), head.frame_bytes());
            return Err(Error::corrupt(&self.name, at.offset, expected, found));
        }
        Ok((head, bytes))
    }

    fn collect_marks(&self) -> Result<Vec<Position>, Error> {
        let mut marks = Vec::new();
        let mut position = Position::start_of(&self.header);
        while position.offset < self.durable_bytes() {
            add_mark(&mut marks, position);
            let (head, _) = self.head_at(position)?;
            position = after(position, &head);
        }
        Ok(marks)
    }

    fn marks(&self) -> MutexGuard<'_, Option<Vec<Position>>> {
        // Marks are only ever added whole, so a panic elsewhere leaves them right.
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds a mark if the last one is far enough away.
pub(super) fn add_mark(marks: &mut Vec<Position>, position: Position) {
    if marks.last().is_none_or(|last| position.offset - last.offset >= MARK_BYTES) {
        marks.push(position);
    }
}

fn after(position: Position, head: &FrameHead) -> Position {
    Position { offset: position.offset + head.frame_bytes(), next: head.end(), chain: head.chain }
}

const MARK_BYTES: u64 = 256 << 10;
