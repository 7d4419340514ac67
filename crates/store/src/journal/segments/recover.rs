//! Opening what a stopped, killed or powered-off process left: finds the segments, checks that they belong together,
//! and tells a torn tail from corruption.
//!
//! **The rule.** Each append is synced before the next begins, and a failed one ends the process's ownership. So an
//! interrupted append can only have left bytes after the last acknowledged frame of the last file, and those bytes
//! are part of one single frame: some of its sectors, zeros where the length arrived before the data, or nothing.
//! Files are never preallocated and never reused, so no older frame can lie there either. Hence:
//!
//! - the first place that is no sound frame is the **torn tail** if it lies in the last file and no sound frame head of
//!   this log (magic, checksum salted with the log id, a later index) begins anywhere after it; it is cut off;
//! - a last file of at most 64 bytes without a sound header is a **torn beginning** (a header is synced before the first frame
//!   is written); it is removed;
//! - everything else is **corruption**, and the journal does not open (or the scan ends) with file, position, expected, found.
//!
//! What this cannot tell: an acknowledged last frame that the medium spoiled later looks like a torn one. It is cut off
//! and reported, never silent; a signed checkpoint that covers it tells the difference.

use super::format::{
    FRAME_HEAD_BYTES, FRAME_MAGIC, FrameHead, HEADER_BYTES, Header, HeaderProblem, SEGMENT_SUFFIX,
    first_of_name, segment_name,
};
use super::reader::Shared;
use super::segment::{Segment, add_mark};
use super::walk::{Position, Stop, Walk, visit_records};
use super::{Repair, format};
use crate::Error;
use crate::disk::{Access, Disk, DiskFile};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The segments of a directory, their headers checked against each other.
pub(super) struct Found {
    pub(super) segments: Vec<Segment>,
    /// A torn beginning that was removed (or passed over), and the index its file was to begin with.
    torn_beginning: Option<(Repair, u64)>,
}

/// Lists and opens the segments.
pub(super) fn survey(disk: &Arc<dyn Disk>, access: Access) -> Result<Found, Error> {
    let names = disk.list().map_err(Error::io("list", &disk.name()))?;
    let mut firsts = Vec::new();
    for name in names.iter().filter(|name| name.ends_with(SEGMENT_SUFFIX)) {
        let first = first_of_name(name)
            .ok_or_else(|| Error::corrupt(name, 0, "a name of 20 digits and .seg", "another name"))?;
        firsts.push(first);
    }
    firsts.sort_unstable();
    let mut found = Found { segments: Vec::new(), torn_beginning: None };
    for (number, &first) in firsts.iter().enumerate() {
        let name = segment_name(first);
        let file = disk.open(&name, access).map_err(Error::io("open", &name))?;
        let bytes = file.size().map_err(Error::io("measure", &name))?;
        let is_last = number + 1 == firsts.len();
        match read_header(&name, file.as_ref()) {
            Ok(header) => {
                check_header(&name, &header, first, found.segments.last())?;
                found.segments.push(Segment::new(name, header, file, bytes));
            }
            Err(Error::Corrupt { .. })
                if is_last && bytes <= HEADER_BYTES as u64 && (number > 0 || first == 0) =>
            {
                if access == Access::ReadWrite {
                    disk.remove(&name).map_err(Error::io("remove", &name))?;
                    disk.sync_names().map_err(Error::io("sync the directory of", &name))?;
                }
                found.torn_beginning = Some((Repair { segment: name, offset: 0, bytes }, first));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn read_header(name: &str, file: &dyn DiskFile) -> Result<Header, Error> {
    let mut bytes = [0; HEADER_BYTES];
    let came = file.read_full_at(&mut bytes, 0).map_err(Error::io("read", name))?;
    Header::decode(bytes.get(..came).unwrap_or_default()).map_err(|problem| match problem {
        HeaderProblem::Misfit(misfit) => Error::corrupt(name, misfit.offset, misfit.expected, misfit.found),
        HeaderProblem::NewerVersion(found) => Error::NewerFormat {
            name: name.to_owned(),
            found: found.into(),
            newest: format::FORMAT_VERSION.into(),
        },
    })
}

/// A header must fit its file's name and the segment before.
fn check_header(name: &str, header: &Header, first: u64, previous: Option<&Segment>) -> Result<(), Error> {
    if header.first != first {
        let expected = format!("first index {first} as in the name");
        return Err(Error::corrupt(name, 32, expected, header.first.to_string()));
    }
    let Some(previous) = previous else { return Ok(()) };
    if header.log_id != previous.header.log_id {
        return Err(Error::corrupt(name, 16, format!("the log id of {}", previous.name), "another log id"));
    }
    if header.previous_first != previous.header.first {
        let expected = format!("{} before it", segment_name(header.previous_first));
        return Err(Error::corrupt(name, 40, expected, previous.name.clone()));
    }
    Ok(())
}

/// Reads the last segment whole, cuts off a torn tail, and makes what stays durable.
pub(super) fn settle(
    disk: &Arc<dyn Disk>,
    found: Found,
    access: Access,
) -> Result<(Shared, Position, Option<Repair>), Error> {
    let Found { segments, torn_beginning } = found;
    let last = segments.last().ok_or_else(|| Error::corrupt("the journal", 0, "a segment", "none"))?;
    let Ending { last_frame, end, torn } = read_to_end(last)?;
    // A segment is begun only after the one before was whole, even if the beginning then tore.
    if let Some((_, first)) = &torn_beginning
        && (torn.is_some() || *first != end.next)
    {
        let expected = format!("entries up to {first}, where the next segment was begun");
        let found = format!("entries up to {}", end.next);
        return Err(Error::corrupt(&last.name, end.offset, expected, found));
    }
    last.set_durable_bytes(end.offset);
    if access == Access::ReadWrite {
        if torn.is_some() {
            last.file.set_len(end.offset).map_err(Error::io("cut", &last.name))?;
        }
        write_again(last, last_frame, end.offset)?;
        disk.sync_names().map_err(Error::io("sync the directory of", &last.name))?;
    }
    let repaired = torn.or(torn_beginning.map(|(repair, _)| repair));
    let first = segments.first().map_or(0, |segment| segment.header.first);
    let segments = segments.into_iter().map(Arc::new).collect();
    Ok((Shared::new(segments, first, end.next), end, repaired))
}

/// Writes the last frame (or the header, if there is none) once more, the same bytes, and syncs.
///
/// A process that died before its sync, or whose sync failed, may have left a frame that reading shows and the medium
/// does not have. After a failed sync the kernel holds such pages for clean, so a sync alone would confirm nothing.
fn write_again(segment: &Segment, from: u64, to: u64) -> Result<(), Error> {
    let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or_default()];
    segment
        .file
        .read_full_at(&mut bytes, from)
        .and_then(|_| segment.file.write_all_at(&bytes, from))
        .and_then(|()| segment.file.sync())
        .map_err(Error::io("write again the end of", &segment.name))
}

/// Where a segment's sound part ends.
struct Ending {
    /// Offset of the last sound frame, or 0 for the header.
    last_frame: u64,
    end: Position,
    torn: Option<Repair>,
}

/// Walks the last segment to the end of its sound part.
fn read_to_end(segment: &Segment) -> Result<Ending, Error> {
    let limit = segment.durable_bytes();
    let log_id = segment.header.log_id;
    let mut marks = Vec::new();
    let mut last_frame = 0;
    let mut walk = Walk::new(segment.file.as_ref(), log_id, Position::start_of(&segment.header), limit);
    let torn = loop {
        let before = walk.position();
        match walk.next_frame() {
            Ok(None) => break None,
            Ok(Some(frame)) => {
                visit_records(&frame, |_, _| ControlFlow::Continue(()))
                    .map(|_| add_mark(&mut marks, before))
                    .map_err(|misfit| Stop::Impossible(misfit).into_error(&segment.name, before.offset))?;
                last_frame = before.offset;
            }
            Err(stop @ Stop::NoFrame(_)) => {
                if later_frame(segment, before, limit)?.is_some() {
                    return Err(stop.into_error(&segment.name, before.offset));
                }
                let bytes = limit - before.offset;
                break Some(Repair { segment: segment.name.clone(), offset: before.offset, bytes });
            }
            Err(stop) => return Err(stop.into_error(&segment.name, before.offset)),
        }
    };
    segment.set_marks(marks);
    Ok(Ending { last_frame, end: walk.position(), torn })
}

/// The offset of a sound head of a later frame anywhere after a bad place, if there is one.
fn later_frame(segment: &Segment, bad: Position, limit: u64) -> Result<Option<u64>, Error> {
    let mut window = vec![0; SEARCH_BYTES];
    let mut offset = bad.offset + 1;
    while offset < limit {
        let room = usize::try_from(limit - offset).unwrap_or(usize::MAX).min(SEARCH_BYTES);
        let wanted = window.get_mut(..room).unwrap_or_default();
        let came = segment.file.read_full_at(wanted, offset).map_err(Error::io("read", &segment.name))?;
        let bytes = window.get(..came).unwrap_or_default();
        for (at, place) in bytes.windows(FRAME_HEAD_BYTES).enumerate() {
            if !place.starts_with(&FRAME_MAGIC) {
                continue;
            }
            let head = FrameHead::decode(&segment.header.log_id, place);
            if head.is_ok_and(|head| head.first > bad.next) {
                return Ok(Some(offset + at as u64));
            }
        }
        if came < FRAME_HEAD_BYTES {
            break;
        }
        // The windows overlap by one byte less than a head, so that none is cut in two.
        offset += (came + 1 - FRAME_HEAD_BYTES) as u64;
    }
    Ok(None)
}

const SEARCH_BYTES: usize = 1 << 20;
