//! `hongyan ingest`: an institution's own customers and events, from CSV or JSON Lines, to the server in batches.
//!
//! It streams: memory does not grow with the file. It refuses to guess a type, a zone or a currency (the map says them), to
//! stop at a bad row (that goes to the reject file), and to print a personal value (complaints show shapes). Ids make a second run
//! change nothing. The command line calls [`run`] with a sink that speaks HTTP; see `docs/perceive.md`, "Bring your own data".

mod map;
mod input;
mod delimited;
mod jsonl;
mod rows;
mod row;
mod template;
mod lookup;
mod stable_hash;
mod source;
mod amount;
mod moment;
mod value;
mod record;
mod batch;
mod sink;
mod rejects;
mod progress;
mod complaint;
mod error;
#[cfg(test)]
mod tests;

pub(crate) use error::Error;
pub(crate) use progress::{Progress, to_stderr};
pub(crate) use sink::{Answer, Sink, SinkError, read_answer};

use batch::Batch;
use complaint::Complaint;
use lookup::Lookups;
use map::Map;
use progress::grouped;
use rejects::Rejects;
use row::Row;
use rows::{Next, Rows};
use std::fmt;
use std::path::{Path, PathBuf};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Customers.
    Customers,
    /// Events.
    Events,
}

/// How many rows went where. `rows` is the sum of the four that follow, at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Rows read, blank lines and the header not counted.
    pub(crate) rows: u64,
    /// Taken, and they changed something.
    pub(crate) accepted: u64,
    /// Taken, and the server knew them already.
    pub(crate) unchanged: u64,
    /// Not taken; each is in the reject file.
    pub(crate) rejected: u64,
    /// Left out because the map's `where` says so.
    pub(crate) skipped: u64,
    /// Bytes of the file (compressed, if it is) read.
    pub(crate) bytes: u64,
}

/// How an ingest ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    /// How many rows went where.
    pub(crate) tally: Tally,
    /// The reject file, if a row was rejected.
    pub(crate) rejects: Option<PathBuf>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [rows, accepted, unchanged, rejected, skipped] =
            [self.rows, self.accepted, self.unchanged, self.rejected, self.skipped].map(grouped);
        write!(
            f,
            "{rows} rows: {accepted} accepted, {unchanged} unchanged, {rejected} rejected, {skipped} skipped"
        )
    }
}

/// Reads `file` by the rules of the map file `map` and sends it in batches of at most `batch` rows.
///
/// Bad rows go to `rejects`, or to the file's name with `.rejects.csv` in the current folder; a few of them are also said.
/// Running it again is safe at any time: ids tell the server what it knows.
///
/// # Errors
/// When the map has mistakes, a file cannot be read or written, or the server takes nothing. What was answered before
/// stays taken.
pub(crate) fn run(
    kind: Kind,
    file: &Path,
    map: &Path,
    rejects: Option<&Path>,
    batch: usize,
    sink: &mut dyn Sink,
    progress: &mut dyn Progress,
) -> Result<Summary, Error> {
    if !(1..=BATCH_ROWS_MAX).contains(&batch) {
        return Err(Error::BatchSize { max: BATCH_ROWS_MAX, found: batch });
    }
    let unreadable = |file: &Path| {
        let file = file.to_owned();
        move |source| Error::Open { file, source }
    };
    let text = std::fs::read_to_string(map).map_err(unreadable(map))?;
    let map = Map::read(&map.display().to_string(), &text, kind).map_err(Error::Map)?;
    let lookups = Lookups::read(&map.lookups, file)?;
    let name = file.display().to_string();
    let (mut rows, mut row) = Rows::open(file, &name, &map.format, &map.columns)?;
    let rejects = Rejects::open(rejects.map_or_else(|| rejects::default_path(file), Path::to_owned))?;
    let bytes = std::fs::metadata(file).map_err(unreadable(file))?.len();
    progress.start(&name, bytes);
    let mut ingest = Ingest {
        file,
        map,
        lookups,
        batch: Batch::default(),
        rejects,
        tally: Tally::default(),
        sink,
        progress,
    };
    let ended = ingest.all(&mut rows, &mut row, batch);
    ingest.progress.finish(&ingest.tally);
    // Bad rows are worth keeping when the run as a whole failed, too.
    let rejects = ingest.rejects.finish();
    ended?;
    Ok(Summary { tally: ingest.tally, rejects: rejects? })
}

struct Ingest<'a> {
    file: &'a Path,
    map: Map,
    lookups: Lookups,
    batch: Batch,
    rejects: Rejects,
    tally: Tally,
    sink: &'a mut dyn Sink,
    progress: &'a mut dyn Progress,
}

impl Ingest<'_> {
    fn all(&mut self, rows: &mut Rows, row: &mut Row, batch: usize) -> Result<(), Error> {
        loop {
            let complaint = match rows.next(row)? {
                Next::End => break,
                Next::Bad(complaint) => Some(complaint),
                Next::Row if !self.map.filter.lets_in(row) => {
                    self.tally.skipped += 1;
                    None
                }
                Next::Row => self.batch.push(row, &self.map.target, &self.lookups).err(),
            };
            self.tally.rows += 1;
            if let Some(complaint) = complaint {
                reject(&mut self.rejects, &mut self.tally, self.progress, &complaint, &row.raw)?;
            }
            if self.batch.is_full(batch) {
                self.send(row)?;
            }
            if self.tally.rows.is_multiple_of(ADVANCE_EVERY) {
                self.tally.bytes = rows.consumed();
                self.progress.advance(&self.tally);
            }
        }
        self.tally.bytes = rows.consumed();
        self.send(row)
    }

    fn send(&mut self, row: &Row) -> Result<(), Error> {
        let (rejects, tally, progress) = (&mut self.rejects, &mut self.tally, &mut *self.progress);
        let taken = self.batch.send(self.file, &self.map.target, self.sink, &mut |refused| {
            let complaint = row.refused(refused.line, refused.words);
            reject(rejects, tally, progress, &complaint, refused.raw)
        })?;
        self.tally.accepted += taken.accepted;
        self.tally.unchanged += taken.unchanged;
        self.progress.advance(&self.tally);
        Ok(())
    }
}

fn reject(
    rejects: &mut Rejects,
    tally: &mut Tally,
    progress: &mut dyn Progress,
    complaint: &Complaint,
    raw: &[u8],
) -> Result<(), Error> {
    rejects.put(complaint, raw)?;
    tally.rejected += 1;
    match tally.rejected {
        ..COMPLAINTS_SHOWN_MAX => progress.say(&complaint.to_string()),
        COMPLAINTS_SHOWN_MAX => {
            progress.say(&complaint.to_string());
            progress.say("more bad rows stand in the reject file only");
        }
        _ => {}
    }
    Ok(())
}

/// The most rows of a batch.
pub(crate) const BATCH_ROWS_MAX: usize = 10_000;

/// How many bad rows are said; a file with the wrong map would say each of its rows.
const COMPLAINTS_SHOWN_MAX: u64 = 20;

/// Rows between two looks at the clock.
const ADVANCE_EVERY: u64 = 1_000;
