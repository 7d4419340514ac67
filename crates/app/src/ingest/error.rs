//! What stops an ingest as a whole. A bad row is not among them: see `complaint`.

use super::complaint::Complaint;
use super::map::Mistake;
use super::sink::SinkError;
use std::io;
use std::path::PathBuf;

/// Why an ingest stopped. Batches that were answered before stay taken; running it again is safe.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file could not be opened or read.
    #[error("cannot read {}: {source}", file.display())]
    Open {
        /// Which file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The input ended in the middle of being read, e.g. a cut gzip file.
    #[error("cannot read {} after line {line}: {source}", file.display())]
    Read {
        /// Which file.
        file: PathBuf,
        /// The last line that was read whole.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// The file is of a kind that cannot be read as text.
    #[error("{}: expected UTF-8 text, plain or gzip, found {found}", file.display())]
    NotText {
        /// Which file.
        file: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// The map has mistakes: all of them, one a line.
    #[error("{}", lines(.0))]
    Map(Vec<Mistake>),
    /// The header lacks columns that the map names.
    #[error("{}: expected the {}, found the columns {found} (a text that is the same for every row is written {{ constant = \"…\" }})", file.display(), missing.join(" and the "))]
    Columns {
        /// Which file.
        file: PathBuf,
        /// What is missing, each as `column "x" (the nearest is "y")`.
        missing: Vec<String>,
        /// The names that are there.
        found: String,
    },
    /// The header itself cannot be used, or a row of a lookup table cannot.
    #[error("{0}")]
    Table(Complaint),
    /// A lookup table names two values for one key.
    #[error("{}:{line}: expected one {value} for each {key} in the lookup {lookup:?}, found a second one", file.display())]
    LookupTwice {
        /// Its name in the map.
        lookup: String,
        /// Which file.
        file: PathBuf,
        /// Where the second stands.
        line: u64,
        /// The column of the keys.
        key: String,
        /// The column of the values.
        value: String,
    },
    /// A lookup table is larger than memory should hold.
    #[error("{}: expected at most {max} rows in a lookup table", file.display())]
    LookupSize {
        /// Which file.
        file: PathBuf,
        /// The limit.
        max: usize,
    },
    /// The reject file could not be written.
    #[error("cannot write the reject file {}: {source}", file.display())]
    Rejects {
        /// Which file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Where the reject file should go there is another file.
    #[error("expected {} to be a reject file or not to exist, found another file: name another with --rejects", .0.display())]
    RejectsTaken(PathBuf),
    /// The batch size makes no sense.
    #[error("expected a batch of 1 to {max} rows, found {found}")]
    BatchSize {
        /// The limit.
        max: usize,
        /// What was asked for.
        found: usize,
    },
    /// The server did not take a batch.
    #[error("{}:{first_line}–{last_line}: {source}", file.display())]
    Sink {
        /// The file of the rows.
        file: PathBuf,
        /// The line of the batch's first row.
        first_line: u64,
        /// The line of the batch's last row.
        last_line: u64,
        /// Why.
        source: SinkError,
    },
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
