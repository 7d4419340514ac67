//! The reject file: every row that was not taken, as it stood, with the place and the reason.
//!
//! CSV with the columns `file,line,column,name,problem,row`. It holds customers' data in clear, so that only its owner may
//! read it. It comes into being with the first bad row, and never overwrites a file of another kind.

use super::complaint::Complaint;
use super::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Where bad rows go.
pub(crate) struct Rejects {
    path: PathBuf,
    /// A reject file of an earlier run lies there.
    is_stale: bool,
    writer: Option<BufWriter<File>>,
}

impl Rejects {
    /// Makes sure that a reject file may be written at `path`. Writes nothing yet.
    ///
    /// # Errors
    /// When another kind of file lies there, or it cannot be read.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        let is_stale = match starts_with_header(&path) {
            Ok(true) => true,
            Ok(false) => return Err(Error::RejectsTaken(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(source) => return Err(Error::Rejects { file: path, source }),
        };
        Ok(Self { path, is_stale, writer: None })
    }

    /// Writes one bad row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn put(&mut self, complaint: &Complaint, raw: &[u8]) -> Result<(), Error> {
        let path = &self.path;
        let failed = |source| Error::Rejects { file: path.clone(), source };
        if self.writer.is_none() {
            if std::mem::take(&mut self.is_stale) {
                std::fs::remove_file(path).map_err(failed)?;
            }
            let mut writer = BufWriter::new(create(path).map_err(failed)?);
            writer.write_all(HEADER).map_err(failed)?;
            self.writer = Some(writer);
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        write_row(writer, complaint, raw).map_err(failed)
    }

    /// Finishes the file and says where it is, if there was a bad row. An older reject file does not outlive a run without
    /// one: it would speak of rows that are in by now.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn finish(mut self) -> Result<Option<PathBuf>, Error> {
        let failed = |source| Error::Rejects { file: self.path.clone(), source };
        match &mut self.writer {
            Some(writer) => {
                writer.flush().map_err(failed)?;
                Ok(Some(self.path))
            }
            None if self.is_stale => {
                std::fs::remove_file(&self.path).map_err(failed)?;
                Ok(None)
            }
            None => Ok(None),
        }
    }
}

/// Where bad rows of a file go when nobody says otherwise: into the current folder, under the file's name.
pub(crate) fn default_path(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".rejects.csv");
    PathBuf::from(name)
}

fn starts_with_header(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(HEADER.len() as u64).read_to_end(&mut start)?;
    Ok(start == HEADER)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ONLY);
    options.open(path)
}

fn write_row(out: &mut impl Write, complaint: &Complaint, raw: &[u8]) -> io::Result<()> {
    let number = complaint.column.as_ref().and_then(|column| column.number);
    let name = complaint.column.as_ref().map_or("", |column| &column.name);
    write_quoted(out, complaint.file.as_bytes())?;
    write!(out, ",{},", complaint.line)?;
    if let Some(number) = number {
        write!(out, "{number}")?;
    }
    for text in [name.as_bytes(), complaint.problem.to_string().as_bytes(), raw] {
        out.write_all(b",")?;
        write_quoted(out, text)?;
    }
    out.write_all(b"\n")
}

fn write_quoted(out: &mut impl Write, text: &[u8]) -> io::Result<()> {
    out.write_all(b"\"")?;
    for (at, piece) in text.split(|byte| *byte == b'"').enumerate() {
        if at > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(piece)?;
    }
    out.write_all(b"\"")
}

const HEADER: &[u8] = b"file,line,column,name,problem,row\n";

#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;
