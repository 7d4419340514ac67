//! Lines of a file, plain or gzip, one after the other in bounded memory.
//!
//! It does not decide what a row is: a row may span lines, and lines that turned out not to belong to it can be given
//! back. The readers of CSV and JSON Lines call it.

use super::error::Error;
use flate2::bufread::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A file being read by lines.
pub(crate) struct Input {
    file: PathBuf,
    reader: Box<dyn BufRead>,
    /// Lines given back, to be taken again before the reader's.
    returned: Vec<u8>,
    returned_at: usize,
    /// Lines taken so far.
    pub(crate) lines: u64,
    /// Bytes of text taken so far, the byte order mark included.
    pub(crate) offset: u64,
    consumed: Rc<Cell<u64>>,
}

/// What became of asking for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// There is one more line, its end included.
    Line,
    /// There is one more line, and it is longer than allowed: its beginning was kept, the rest was passed over.
    TooLong,
    /// There is nothing more.
    End,
}

impl Input {
    /// Opens a file. Gzip is told by its magic bytes, not by the name; a UTF-8 byte order mark is passed over.
    ///
    /// # Errors
    /// When it cannot be opened, or its first bytes are those of a kind that is no UTF-8 text.
    pub(crate) fn open(file: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::Open { file: file.to_owned(), source };
        let consumed = Rc::new(Cell::new(0));
        let opened = Counted { inner: File::open(file).map_err(unreadable)?, count: consumed.clone() };
        let mut reader: Box<dyn BufRead> = Box::new(BufReader::with_capacity(FILE_BUFFER_BYTES, opened));
        let (mut magic, mut whole) = peek(reader).map_err(unreadable)?;
        if magic.starts_with(&GZIP_MAGIC) {
            reader = Box::new(BufReader::with_capacity(TEXT_BUFFER_BYTES, MultiGzDecoder::new(whole)));
            (magic, whole) = peek(reader).map_err(unreadable)?;
        }
        if let Some((_, found)) = STRANGERS.iter().find(|(start, _)| magic.starts_with(start)) {
            return Err(Error::NotText { file: file.to_owned(), found: (*found).to_owned() });
        }
        let mut offset = 0;
        if magic.starts_with(&UTF8_MARK) {
            whole.consume(UTF8_MARK.len());
            offset = UTF8_MARK.len() as u64;
        }
        let (returned, returned_at) = (Vec::new(), 0);
        Ok(Self { file: file.to_owned(), reader: whole, returned, returned_at, lines: 0, offset, consumed })
    }

    /// Which file this is.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// How many bytes of the file itself (compressed, if it is) have been read.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed.get()
    }

    /// Appends the next line with its end to `into`; what is longer than [`ROW_BYTES_MAX`] is cut.
    ///
    /// # Errors
    /// When the file cannot be read further.
    pub(crate) fn take_line(&mut self, into: &mut Vec<u8>) -> Result<Taken, Error> {
        let before = into.len();
        if let Some(rest) = self.returned.get(self.returned_at..).filter(|rest| !rest.is_empty()) {
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
            into.extend(rest.iter().take(end));
            self.returned_at += end;
        } else {
            self.returned.clear();
            self.returned_at = 0;
            let line = self.lines;
            let unreadable = |source| Error::Read { file: self.file.clone(), line, source };
            let limit = ROW_BYTES_MAX as u64;
            self.reader.by_ref().take(limit).read_until(b'\n', into).map_err(unreadable)?;
        }
        let length = into.len() - before;
        if length == 0 {
            return Ok(Taken::End);
        }
        self.lines += 1;
        self.offset += length as u64;
        if length < ROW_BYTES_MAX || into.last() == Some(&b'\n') {
            return Ok(Taken::Line);
        }
        self.pass_over_line()?;
        Ok(Taken::TooLong)
    }

    /// Gives lines back that were taken last: they will come again.
    pub(crate) fn give_back(&mut self, bytes: &[u8]) {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        let has_open_end = bytes.last().is_some_and(|byte| *byte != b'\n');
        self.lines = self.lines.saturating_sub(lines + u64::from(has_open_end));
        self.offset = self.offset.saturating_sub(bytes.len() as u64);
        let taken = self.returned_at.min(self.returned.len());
        self.returned.splice(..taken, bytes.iter().copied());
        self.returned_at = 0;
    }

    fn pass_over_line(&mut self) -> Result<(), Error> {
        let mut rest = Vec::new();
        loop {
            rest.clear();
            let line = self.lines;
            let unreadable = |source| Error::Read { file: self.file.clone(), line, source };
            self.reader
                .by_ref()
                .take(ROW_BYTES_MAX as u64)
                .read_until(b'\n', &mut rest)
                .map_err(unreadable)?;
            self.offset += rest.len() as u64;
            if rest.is_empty() || rest.last() == Some(&b'\n') {
                return Ok(());
            }
        }
    }
}

/// The first bytes of a reader, and the reader as if they had not been read.
fn peek(mut reader: Box<dyn BufRead>) -> io::Result<(Vec<u8>, Box<dyn BufRead>)> {
    let mut magic = Vec::new();
    reader.by_ref().take(MAGIC_BYTES).read_to_end(&mut magic)?;
    let whole = Box::new(Cursor::new(magic.clone()).chain(reader));
    Ok((magic, whole))
}

/// Counts what is read, for the progress: the size of the text in a gzip file is not known beforehand.
struct Counted {
    inner: File,
    count: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.count.set(self.count.get() + length as u64);
        Ok(length)
    }
}

/// Bytes of a row: what is longer is rejected, so that a file without line ends cannot fill the memory.
pub(crate) const ROW_BYTES_MAX: usize = 1 << 20;

/// Small, because what was read counts as done: in a gzip file a large one would be many thousand rows ahead.
const FILE_BUFFER_BYTES: usize = 8 << 10;
const TEXT_BUFFER_BYTES: usize = 64 << 10;
const MAGIC_BYTES: u64 = 4;
/// RFC 1952 §2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const UTF8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// First bytes of what people send by mistake.
const STRANGERS: &[(&[u8], &str)] = &[
    (&[0xff, 0xfe], "UTF-16 (byte order mark at byte 0); save it as UTF-8"),
    (&[0xfe, 0xff], "UTF-16 (byte order mark at byte 0); save it as UTF-8"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet; save it as CSV"),
    (&[0xd0, 0xcf, 0x11, 0xe0], "an old spreadsheet; save it as CSV"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_given_back_come_again_with_their_numbers() {
        let file = std::env::temp_dir().join(format!("hongyan-input-{}", std::process::id()));
        std::fs::write(&file, "a\nb\nc").unwrap();
        let mut input = Input::open(&file).unwrap();
        let mut text = Vec::new();
        for _ in 0..3 {
            assert_eq!(input.take_line(&mut text).unwrap(), Taken::Line);
        }
        assert_eq!((text.as_slice(), input.lines, input.offset), (&b"a\nb\nc"[..], 3, 5));
        input.give_back(b"b\nc");
        assert_eq!((input.lines, input.offset), (1, 2));
        text.clear();
        assert_eq!(input.take_line(&mut text).unwrap(), Taken::Line);
        input.give_back(b"b\n");
        assert_eq!(input.take_line(&mut text).unwrap(), Taken::Line);
        assert_eq!(input.take_line(&mut text).unwrap(), Taken::Line);
        assert_eq!((text.as_slice(), input.lines), (&b"b\nb\nc"[..], 3));
        assert_eq!(input.take_line(&mut text).unwrap(), Taken::End);
        std::fs::remove_file(file).unwrap();
    }
}
