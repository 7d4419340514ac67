//! One batch on its way to the server: the rows in it, what became of each, and the rest again when some were refused.
//!
//! It keeps the bytes of every row until the answer is there, because a row that the server does not take goes to the
//! reject file as it stood in the input.

use super::complaint::Complaint;
use super::error::Error;
use super::lookup::Lookups;
use super::record::Target;
use super::row::Row;
use super::sink::{Answer, Sink, SinkError};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// Rows that wait to be sent.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    items: Vec<u8>,
    raws: Vec<u8>,
    rows: Vec<Waiting>,
}

#[derive(Debug, Clone)]
struct Waiting {
    line: u64,
    item: Range<usize>,
    raw: Range<usize>,
}

/// A row that the server did not take.
pub(crate) struct Refused<'a> {
    /// The line on which it began.
    pub(crate) line: u64,
    /// Its bytes as they stood in the file.
    pub(crate) raw: &'a [u8],
    /// Why.
    pub(crate) words: String,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Taken {
    /// Rows that changed something.
    pub(crate) accepted: u64,
    /// Rows that the server knew.
    pub(crate) unchanged: u64,
}

impl Batch {
    /// Puts a row in.
    ///
    /// # Errors
    /// When there is something wrong with the row; it is not put in then.
    pub(crate) fn push(&mut self, row: &Row, target: &Target, lookups: &Lookups) -> Result<(), Complaint> {
        let (item, raw) = (self.items.len(), self.raws.len());
        target.write(row, lookups, &mut self.items)?;
        self.raws.extend(&row.raw);
        self.rows.push(Waiting { line: row.line, item: item..self.items.len(), raw: raw..self.raws.len() });
        Ok(())
    }

    /// Whether it should be sent: it has that many rows, or that much in it.
    pub(crate) fn is_full(&self, rows: usize) -> bool {
        self.rows.len() >= rows || self.items.len() >= BODY_BYTES_TARGET
    }

    /// Sends what is in it and empties it. Rows that the server names as wrong are handed to `refuse`; when it refused the
    /// whole batch because of them, the others are sent again.
    ///
    /// # Errors
    /// When the server took nothing and named no row, cannot be reached, or answers nonsense; or as `refuse` fails.
    pub(crate) fn send(
        &mut self,
        file: &Path,
        target: &Target,
        sink: &mut dyn Sink,
        refuse: &mut dyn FnMut(Refused<'_>) -> Result<(), Error>,
    ) -> Result<Taken, Error> {
        let mut taken = Taken::default();
        while let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) {
            let (first_line, last_line) = (first.line, last.line);
            let fail = |source| Error::Sink { file: file.to_owned(), first_line, last_line, source };
            let (wrong, is_over) = match sink.send(target.path(), self.body(target.list())) {
                Ok(answer) => {
                    let wrong = self.reconcile(answer, &mut taken).map_err(fail)?;
                    (wrong, true)
                }
                Err(SinkError::Refused { status, detail, pointers }) => {
                    let wrong = self.named_rows(target.list(), &pointers);
                    if wrong.is_empty() {
                        return Err(fail(SinkError::Refused { status, detail, pointers }));
                    }
                    (wrong, false)
                }
                Err(error) => return Err(fail(error)),
            };
            for (index, words) in &wrong {
                let Some(row) = self.rows.get(*index) else { continue };
                let raw = self.raws.get(row.raw.clone()).unwrap_or_default();
                refuse(Refused { line: row.line, raw, words: words.clone() })?;
            }
            if is_over {
                break;
            }
            let mut index = 0..;
            self.rows.retain(|_| index.next().is_some_and(|index| !wrong.contains_key(&index)));
        }
        self.items.clear();
        self.raws.clear();
        self.rows.clear();
        Ok(taken)
    }

    fn body(&self, list: &str) -> Vec<u8> {
        let mut body = format!("{{\"{list}\":[").into_bytes();
        for (at, row) in self.rows.iter().enumerate() {
            if at > 0 {
                body.push(b',');
            }
            body.extend(self.items.get(row.item.clone()).unwrap_or_default());
        }
        body.extend(b"]}");
        body
    }

    /// An answer must speak of every row exactly once: otherwise nobody knows what was taken.
    fn reconcile(&self, answer: Answer, taken: &mut Taken) -> Result<BTreeMap<usize, String>, SinkError> {
        let spoken_of = answer.accepted + answer.unchanged + answer.rejected.len() as u64;
        let wrong: BTreeMap<usize, String> = answer.rejected.into_iter().collect();
        let sent = self.rows.len();
        let is_known = wrong.last_key_value().is_none_or(|(index, _)| *index < sent);
        let is_once = answer.accepted + answer.unchanged + wrong.len() as u64 == spoken_of;
        if spoken_of != sent as u64 || !is_known || !is_once {
            let found = format!("one about {spoken_of} rows after {sent} were sent");
            return Err(SinkError::BadAnswer(found));
        }
        taken.accepted += answer.accepted;
        taken.unchanged += answer.unchanged;
        Ok(wrong)
    }

    /// The rows that pointers such as `/events/3/at` name, with what is wrong with each.
    fn named_rows(&self, list: &str, pointers: &[(String, String)]) -> BTreeMap<usize, String> {
        let mut rows: BTreeMap<usize, String> = BTreeMap::new();
        for (pointer, words) in pointers {
            let path = pointer.trim_start_matches('#').strip_prefix('/').unwrap_or_default();
            let mut steps = path.splitn(3, '/');
            let is_ours = steps.next() == Some(list);
            let index = steps.next().and_then(|index| index.parse().ok());
            let Some(index) = index.filter(|index| is_ours && *index < self.rows.len()) else { continue };
            let member = steps.next().map(|rest| format!("{rest}: ")).unwrap_or_default();
            let told = rows.entry(index).or_default();
            if !told.is_empty() {
                told.push_str("; ");
            }
            told.push_str(&member);
            told.push_str(words);
        }
        rows
    }
}

/// A batch is sent when it is this large, however few rows it has: servers limit the size of a request.
const BODY_BYTES_TARGET: usize = 1 << 20;
