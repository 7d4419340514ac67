//! Reads labelled messages: `train.csv.gz` of a folder, in the columns that the collection has.
//!
//! It keeps nothing and copies nothing. What is not a table with these columns is an error with its line.

use crate::bench::Error;
use flate2::read::GzDecoder;
use std::fs::File;
use std::path::Path;

/// A message with what it is.
#[derive(Debug, Clone)]
pub struct Row {
    /// The body.
    pub text: String,
    /// Who sent it, or empty.
    pub sender: String,
    /// Its language's tag.
    pub language: String,
    /// The collection it came from and the institution: what must not be on both sides of a split.
    pub group: String,
    /// Its class.
    pub class: String,
    /// Its subtype, or empty.
    pub subtype: String,
}

/// The messages of `train.csv.gz` in a folder; none when the file is not there.
///
/// # Errors
/// A file that cannot be read, or that lacks a column.
pub fn messages(folder: &Path) -> Result<Option<Vec<Row>>, Error> {
    let path = folder.join("train.csv.gz");
    if !path.is_file() {
        return Ok(None);
    }
    let mut table = csv::Reader::from_reader(GzDecoder::new(File::open(&path)?));
    let header = table.headers()?.clone();
    let column = |name: &str| {
        let found = header.iter().position(|known| known == name);
        found.ok_or_else(|| Error::from(format!("{}: expected a column {name:?}", path.display())))
    };
    let (text, sender, language) = (column("text")?, column("sender")?, column("lang")?);
    let (source, group) = (column("source")?, column("group")?);
    let (class, subtype) = (column("class")?, column("subtype")?);
    let mut rows = Vec::new();
    for record in table.records() {
        let record = record?;
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        rows.push(Row {
            text: cell(text),
            sender: cell(sender),
            language: cell(language),
            group: format!("{} {}", cell(source), cell(group)),
            class: cell(class),
            subtype: cell(subtype),
        });
    }
    Ok(Some(rows))
}
