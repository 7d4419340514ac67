//! Opened details: what the institution discloses about some entries of a certificate, as a JSON file.
//!
//! ```json
//! {"version":1,"entries":[{"index":12,"salt":"<64 hex digits>","detail":"<hex of CBOR>"}]}
//! ```
//!
//! It holds personal data and no proof by itself: [`crate::report::Report::open`] compares it with the commitments.
//! Strict: no other fields, no repeats, lower-case hex, ascending indices. Called by the server (write) and by verifiers (read).

use serde::{Deserialize, Serialize};

use crate::hash::{hex_decode, hex_encode};
use crate::seal::{DETAIL_BYTES_MAX, SALT_BYTES};

/// The version that this file writes and reads.
pub const VERSION: u64 = 1;
/// The longest file in bytes: one detail of the greatest length in hex, and room for many small ones.
pub const OPENED_BYTES_MAX: usize = 8 * DETAIL_BYTES_MAX;

/// Opened details of some entries, by ascending index.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// The entries.
    pub entries: Vec<OpenedEntry>,
}

/// The opened detail of one entry.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenedEntry {
    /// The entry's position in the log.
    pub index: u64,
    /// The salt of its commitment.
    pub salt: [u8; SALT_BYTES],
    /// The detail, CBOR.
    pub detail: Vec<u8>,
}

/// Why a file of opened details was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON, or not of this shape.
    #[error("opened details: {0}")]
    Json(#[from] serde_json::Error),
    /// Of this shape, but with a value that cannot be.
    #[error("opened details: expected {expected}, found {found}")]
    Value {
        /// What would be right.
        expected: String,
        /// What came; never a detail.
        found: String,
    },
}

impl Opened {
    /// The file's text.
    pub fn to_json(&self) -> String {
        let entries = self.entries.iter().map(|entry| EntryJson {
            index: entry.index,
            salt: hex_encode(&entry.salt),
            detail: hex_encode(&entry.detail),
        });
        let file = FileJson { version: VERSION, entries: entries.collect() };
        // Numbers, strings and a list always serialise.
        serde_json::to_string(&file).unwrap_or_default()
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// [`Error`] with what was expected and what came.
    pub fn parse(input: &[u8]) -> Result<Self, Error> {
        let refuse = |expected: String, found: String| Err(Error::Value { expected, found });
        if input.len() > OPENED_BYTES_MAX {
            return refuse(format!("at most {OPENED_BYTES_MAX} bytes"), input.len().to_string());
        }
        let file: FileJson = serde_json::from_slice(input)?;
        if file.version != VERSION {
            return refuse(format!("version {VERSION}"), file.version.to_string());
        }
        let mut entries: Vec<OpenedEntry> = Vec::with_capacity(file.entries.len());
        for EntryJson { index, salt, detail } in file.entries {
            if let Some(before) = entries.last().filter(|before| index <= before.index) {
                return refuse(format!("an index above {}", before.index), index.to_string());
            }
            let Some(salt_bytes) = hex_decode(&salt).and_then(|salt| salt.try_into().ok()) else {
                return refuse(
                    format!("64 lower-case hex digits as salt of entry {index}"),
                    format!("{} bytes", salt.len()),
                );
            };
            let Some(detail) = hex_decode(&detail) else {
                return refuse(
                    format!("lower-case hex as detail of entry {index}"),
                    format!("{} bytes", detail.len()),
                );
            };
            entries.push(OpenedEntry { index, salt: salt_bytes, detail });
        }
        Ok(Self { entries })
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({} entries, hidden)", self.entries.len())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJson {
    version: u64,
    entries: Vec<EntryJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryJson {
    index: u64,
    salt: String,
    detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn anything_else_is_refused() {
        let salt = "00".repeat(32);
        let entry = |index: &str| format!(r#"{{"index":{index},"salt":"{salt}","detail":"f6"}}"#);
        let good = |entries: String| format!(r#"{{"version":1,"entries":[{entries}]}}"#);
        assert_eq!(Opened::parse(good(entry("3")).as_bytes()).unwrap().entries[0].index, 3);
        assert_eq!(Opened::parse(good(String::new()).as_bytes()).unwrap(), Opened::default());
        let bad = [
            String::new(),
            "{}".to_owned(),
            good(entry("3")).replace("\"version\":1", "\"version\":2"),
            good(entry("3")).replace("\"version\":1", "\"version\":1,\"version\":1"),
            good(entry("3")).replace("\"version\":1", "\"version\":1,\"more\":1"),
            good(entry("-3")),
            good(entry("3.0")),
            good(entry("18446744073709551616")),
            good(format!("{},{}", entry("3"), entry("3"))),
            good(format!("{},{}", entry("4"), entry("3"))),
            good(entry("3")).replace("f6", "F6"),
            good(entry("3")).replace("f6", "f"),
            good(entry("3")).replace(&salt, &salt[2..]),
            format!("{} x", good(entry("3"))),
        ];
        for text in bad {
            assert!(Opened::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn opened_details_come_back(list: Vec<([u8; 32], Vec<u8>)>) {
            let entries = (5..).zip(list).map(|(index, (salt, detail))| OpenedEntry { index, salt, detail });
            let opened = Opened { entries: entries.collect() };
            prop_assert_eq!(Opened::parse(opened.to_json().as_bytes()).unwrap(), opened);
        }

        #[test]
        fn any_bytes_are_answered(input: Vec<u8>) {
            let _ = Opened::parse(&input);
        }
    }
}
