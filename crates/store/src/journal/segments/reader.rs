//! The reading end: what writer and readers share, scans and single reads.
//!
//! Readers take no lock that an append waits for longer than a list push. They see an entry only after its append was
//! synced, since the writer publishes the length last.

use super::segment::Segment;
use super::walk::{Position, Stop, Walk, visit_records};
use super::{Opened, Repair};
use crate::Error;
use crate::journal::{JournalReader, OwnedRecord, Record};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

pub(super) struct Shared {
    segments: RwLock<Vec<Arc<Segment>>>,
    first: u64,
    len: AtomicU64,
}

impl Shared {
    pub(super) fn new(segments: Vec<Arc<Segment>>, first: u64, len: u64) -> Self {
        Self { segments: RwLock::new(segments), first, len: len.into() }
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Entries up to here are durable and may be seen.
    pub(super) fn publish(&self, len: u64) {
        self.len.store(len, Ordering::Release);
    }

    pub(super) fn push(&self, segment: Arc<Segment>) {
        self.segments.write().unwrap_or_else(PoisonError::into_inner).push(segment);
    }

    pub(super) fn last_segment(&self) -> Option<Arc<Segment>> {
        self.segments().last().cloned()
    }

    pub(super) fn opened(&self, repaired: Option<Repair>) -> Opened {
        let segments = self.segments();
        Opened {
            log_id: segments.first().map_or([0; 16], |segment| segment.header.log_id),
            first: self.first,
            len: self.len.load(Ordering::Acquire),
            segments: segments.len(),
            repaired,
        }
    }

    /// The segments in order; later ones may be added meanwhile, which this list does not show.
    fn segments(&self) -> Vec<Arc<Segment>> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl JournalReader for Shared {
    fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    fn first(&self) -> u64 {
        self.first
    }

    fn scan(
        &self,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(u64, Record<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let len = self.len();
        let end = to.min(len);
        if from < self.first || from > end {
            return Err(Error::OutOfRange { from, to, first: self.first, len });
        }
        let segments = self.segments();
        let start = segments.partition_point(|segment| segment.header.first <= from).saturating_sub(1);
        for (number, segment) in segments.iter().enumerate().skip(start) {
            if segment.header.first >= end {
                break;
            }
            let next = segments.get(number + 1);
            if scan_segment(segment, next.map(Arc::as_ref), from, end, visit)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, index: u64) -> Result<Option<OwnedRecord>, Error> {
        if index < self.first || index >= self.len() {
            return Ok(None);
        }
        let segment = {
            let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
            let after = segments.partition_point(|segment| segment.header.first <= index);
            after.checked_sub(1).and_then(|number| segments.get(number)).cloned()
        };
        segment.map(|segment| segment.read(index)).transpose()
    }
}

fn scan_segment(
    segment: &Segment,
    next: Option<&Segment>,
    from: u64,
    to: u64,
    visit: &mut dyn FnMut(u64, Record<'_>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Error> {
    let start = if from > segment.header.first {
        segment.mark_before(from)?
    } else {
        Position::start_of(&segment.header)
    };
    let limit = segment.durable_bytes();
    let mut walk = Walk::new(segment.file.as_ref(), segment.header.log_id, start, limit);
    loop {
        let before = walk.position();
        if before.next >= to {
            // A whole segment was asked for, so its end is checked too.
            return match next {
                Some(next) if before.offset == limit => check_joint(segment, before, next),
                _ => Ok(ControlFlow::Continue(())),
            };
        }
        let frame = walk.next_frame().map_err(|stop| stop.into_error(&segment.name, before.offset))?;
        let Some(frame) = frame else {
            return match next {
                Some(next) => check_joint(segment, before, next),
                None => Err(missing_end(segment, before, to)),
            };
        };
        let mut visit_wanted = |index: u64, record: Record<'_>| match index {
            _ if index < from => ControlFlow::Continue(()),
            _ if index >= to => ControlFlow::Break(()),
            _ => visit(index, record),
        };
        // A frame that ends beyond `to` breaks here too, which ends the scan just the same.
        let flow = visit_records(&frame, &mut visit_wanted)
            .map_err(|misfit| Stop::Impossible(misfit).into_error(&segment.name, before.offset))?;
        if flow.is_break() {
            return Ok(flow);
        }
    }
}

/// The end of one segment must be the beginning of the next.
fn check_joint(segment: &Segment, end: Position, next: &Segment) -> Result<ControlFlow<()>, Error> {
    if end.next != next.header.first {
        return Err(missing_end(segment, end, next.header.first));
    }
    if end.chain != next.header.previous_chain {
        let expected = format!("chain value {:08x} of the end of {}", end.chain, segment.name);
        return Err(Error::corrupt(&next.name, 48, expected, format!("{:08x}", next.header.previous_chain)));
    }
    Ok(ControlFlow::Continue(()))
}

fn missing_end(segment: &Segment, end: Position, to: u64) -> Error {
    Error::corrupt(
        &segment.name,
        end.offset,
        format!("entries up to {to}"),
        format!("the end of the file after entry {}", end.next.saturating_sub(1)),
    )
}
