//! Walks the frames of one segment file in order, checking every byte before it shows one.
//!
//! Recovery and scans use it. It refuses to decide whether a bad frame is a torn tail or corruption: it says what it
//! met ([`Stop`]), `recover` judges.

use super::format::{FRAME_HEAD_BYTES, FrameHead, HEADER_BYTES, Header, Misfit};
use crate::Error;
use crate::disk::DiskFile;
use crate::journal::{BATCH_BYTES_MAX, decode_record};

/// A place between two frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// Bytes from the start of the file.
    pub(super) offset: u64,
    /// Index of the entry that comes next.
    pub(super) next: u64,
    /// Chain value of everything before.
    pub(super) chain: u32,
}

impl Position {
    /// The place of a segment's first frame.
    pub(super) fn start_of(header: &Header) -> Self {
        Self { offset: HEADER_BYTES as u64, next: header.first, chain: header.chain() }
    }
}

/// Why a walk cannot go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// The bytes at the position are no whole frame; an interrupted append leaves such bytes.
    NoFrame(Misfit),
    /// A frame with sound checksums that cannot be here; no interrupted append leaves that.
    Impossible(Misfit),
    /// The disk did not answer.
    Io(std::io::Error),
}

impl Stop {
    /// The error to report for a frame at `offset` of a file when the stop is not excused.
    pub(super) fn into_error(self, name: &str, offset: u64) -> Error {
        match self {
            Self::NoFrame(misfit) | Self::Impossible(misfit) => {
                Error::corrupt(name, offset + misfit.offset, misfit.expected, misfit.found)
            }
            Self::Io(source) => Error::io("read", name)(source),
        }
    }
}

/// A checked frame, borrowed from the walk's buffer.
pub(super) struct Frame<'a> {
    pub(super) head: FrameHead,
    pub(super) records: &'a [u8],
}

/// The walk. `file[..limit]` is walked, no byte beyond.
pub(super) struct Walk<'a> {
    file: &'a dyn DiskFile,
    log_id: [u8; 16],
    position: Position,
    limit: u64,
    buffer: Vec<u8>,
    /// The buffer's valid bytes are `window_offset .. window_offset + filled` of the file.
    window_offset: u64,
    filled: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(file: &'a dyn DiskFile, log_id: [u8; 16], position: Position, limit: u64) -> Self {
        Self { file, log_id, position, limit, buffer: Vec::new(), window_offset: position.offset, filled: 0 }
    }

    /// Where the walk stands: after the last frame it showed, before one it stopped at.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// The next frame, or `None` at the limit.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame<'_>>, Stop> {
        let left = self.limit.saturating_sub(self.position.offset);
        if left == 0 {
            return Ok(None);
        }
        self.need(FRAME_HEAD_BYTES)?;
        let head = FrameHead::decode(&self.log_id, self.window(FRAME_HEAD_BYTES)).map_err(Stop::NoFrame)?;
        self.require_plausible(&head, left)?;
        let whole = FRAME_HEAD_BYTES + head.length as usize;
        self.need(whole)?;
        let before = self.position;
        self.position =
            Position { offset: before.offset + whole as u64, next: head.end(), chain: head.chain };
        let checked = {
            let (head_bytes, records) = split(self.window_at(before.offset, whole));
            head.check(before.chain, head_bytes, records)
        };
        if let Err(misfit) = checked {
            self.position = before;
            return Err(Stop::NoFrame(misfit));
        }
        let (_, records) = split(self.window_at(before.offset, whole));
        Ok(Some(Frame { head, records }))
    }

    fn require_plausible(&self, head: &FrameHead, left: u64) -> Result<(), Stop> {
        let impossible = |offset, expected: String, found: String| {
            Err(Stop::Impossible(Misfit { offset, expected, found }))
        };
        if head.first != self.position.next {
            return impossible(8, format!("entry {}", self.position.next), format!("entry {}", head.first));
        }
        if head.count == 0 || head.length as usize > BATCH_BYTES_MAX {
            let found = format!("{} records in {} bytes", head.count, head.length);
            return impossible(4, format!("1 or more records in at most {BATCH_BYTES_MAX} bytes"), found);
        }
        if head.frame_bytes() > left {
            let expected = format!("a frame of {} bytes", head.frame_bytes());
            let found = format!("the end of the file after {left}");
            return Err(Stop::NoFrame(Misfit { offset: 0, expected, found }));
        }
        Ok(())
    }

    /// Brings the next `count` bytes of the file into the buffer. Fewer arrive when the walk's limit or the file's end is near;
    /// the checks then say what is missing.
    fn need(&mut self, count: usize) -> Result<(), Stop> {
        let skip = usize::try_from(self.position.offset - self.window_offset).unwrap_or(usize::MAX);
        if skip.saturating_add(count) <= self.filled {
            return Ok(());
        }
        let keep = self.filled.saturating_sub(skip);
        if keep > 0 {
            self.buffer.copy_within(skip..self.filled, 0);
        }
        self.window_offset = self.position.offset;
        self.filled = keep;
        let left = usize::try_from(self.limit - self.window_offset).unwrap_or(usize::MAX);
        let end = count.max(READ_BYTES).min(left);
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        let free = self.buffer.get_mut(keep..end).unwrap_or_default();
        let came = self.file.read_full_at(free, self.window_offset + keep as u64).map_err(Stop::Io)?;
        self.filled = keep + came;
        Ok(())
    }

    fn window(&self, count: usize) -> &[u8] {
        self.window_at(self.position.offset, count)
    }

    /// At most `count` bytes that the buffer holds of the file from `offset`.
    fn window_at(&self, offset: u64, count: usize) -> &[u8] {
        let skip = usize::try_from(offset - self.window_offset).unwrap_or(usize::MAX);
        let end = skip.saturating_add(count).min(self.filled);
        self.buffer.get(skip..end).unwrap_or_default()
    }
}

fn split(frame: &[u8]) -> (&[u8], &[u8]) {
    frame.split_at_checked(FRAME_HEAD_BYTES).unwrap_or((frame, &[]))
}

/// Shows a frame's records in order; says whether there were exactly as many as its head promises, to the byte.
pub(super) fn visit_records<'a>(
    frame: &Frame<'a>,
    mut visit: impl FnMut(u64, crate::journal::Record<'a>) -> std::ops::ControlFlow<()>,
) -> Result<std::ops::ControlFlow<()>, Misfit> {
    use std::ops::ControlFlow::{Break, Continue};
    let mut rest = frame.records;
    for index in frame.head.first..frame.head.end() {
        let at = frame.records.len() - rest.len();
        let Some(record) = decode_record(&mut rest) else {
            let offset = (FRAME_HEAD_BYTES + at) as u64;
            return Err(Misfit {
                offset,
                expected: format!("the record of entry {index}"),
                found: "too few bytes".to_owned(),
            });
        };
        if visit(index, record).is_break() {
            return Ok(Break(()));
        }
    }
    if rest.is_empty() {
        return Ok(Continue(()));
    }
    let offset = (FRAME_HEAD_BYTES + frame.records.len() - rest.len()) as u64;
    Err(Misfit {
        offset,
        expected: "the end of the frame".to_owned(),
        found: format!("{} more bytes", rest.len()),
    })
}

/// How much is read at a time; larger only for a larger frame.
const READ_BYTES: usize = 2 << 20;
