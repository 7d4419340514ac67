//! The certificate: one file that shows, offline and for ever, what was decided and done about one message.
//!
//! It is a `.tlog-proof` file (c2sp.org/tlog-proof), so any tool for that format can check its main claim: the entry
//! that decided the message is in the log of the checkpoint. Its `extra` line carries what such a tool does not need:
//! the leaf's bytes, and the message's other entries, each with its own inclusion proof under the same checkpoint.
//!
//! `extra` is deterministic CBOR:
//!
//! | key | value |
//! |----:|-------|
//! | 0 | schema version, 1 |
//! | 1 | bytes: the leaf at `index` |
//! | 2 | array of the other entries by ascending index, each an array of three: index, bytes of the leaf, bytes of the inclusion proof (32 for each hash, from the leaf's sibling up) |
//!
//! Refuses to vouch for completeness: a certificate proves what is in it, not that nothing was left out. Whoever holds
//! the whole log can check that. Called by the server (build) and by every verifier (parse, verify).

mod rules;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::cbor::{self, Major, Reader};
use crate::checkpoint::{self, Checkpoint, decimal};
use crate::entry::{self, Kind, Leaf};
use crate::hash::{HASH_BYTES, Hash, leaf_hash};
use crate::note::{self, Note, VerifierKey};
use crate::report::Report;
use crate::tree::{self, PROOF_HASHES_MAX, Tiles, verify_inclusion};

/// The version of `extra` that this file writes and reads.
pub const SCHEMA_VERSION: u64 = 1;
/// The longest certificate in bytes.
pub const CERTIFICATE_BYTES_MAX: usize = 4 << 20;
/// The most entries in a certificate. A message of ten parts with two receipts each has some fifty.
pub const ENTRIES_MAX: usize = 1_024;

/// The entries of one message with their proofs, and the signed checkpoint they lead to. Not to be trusted before
/// [`Certificate::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    note: Note,
    /// By ascending index, at least one.
    entries: Vec<Entry>,
    /// The index of the deciding entry.
    primary: u64,
}

/// One entry of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position in the log, from 0.
    pub index: u64,
    /// The bytes of its leaf.
    pub leaf: Vec<u8>,
    /// Its inclusion proof, from the leaf's sibling up.
    pub proof: Vec<Hash>,
}

/// Why a certificate could not be made, read or believed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line that does not belong there.
    #[error("line {line}: expected {expected}, found {found:?}")]
    Malformed {
        /// Which line, from 1.
        line: usize,
        /// What the format has there.
        expected: &'static str,
        /// What is there, cut short.
        found: String,
    },
    /// Longer than one of the limits.
    #[error("certificate with {found} {what}: expected at most {limit}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// How much there is.
        found: usize,
    },
    /// The `extra` line does not hold what it should.
    #[error("extra: {0}")]
    Extra(#[from] cbor::Error),
    /// `extra` of a newer version.
    #[error("extra: schema version {found}: expected {SCHEMA_VERSION}")]
    UnknownVersion {
        /// The version it claims.
        found: u64,
    },
    /// The checkpoint is none, or its signatures do not hold or do not suffice.
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
    /// A leaf that does not read.
    #[error("entry {index}: {cause}")]
    Leaf {
        /// Which entry.
        index: u64,
        /// What is wrong with it.
        cause: entry::Error,
    },
    /// An entry that is not proved to be in the log.
    #[error("entry {index} is not proved: {cause}")]
    Inclusion {
        /// Which entry.
        index: u64,
        /// What is wrong with its proof.
        cause: tree::Error,
    },
    /// The entries are in the log, but do not tell a story that may be told.
    #[error("entry {index}: expected {expected}, found {found}")]
    Story {
        /// The first entry that does not fit.
        index: u64,
        /// What the rules demand.
        expected: &'static str,
        /// What the entry says.
        found: String,
    },
    /// An opened detail that does not belong to its entry.
    #[error("opened entry {index}: expected {expected}, found {found}")]
    Opened {
        /// Which entry.
        index: u64,
        /// What would belong to it.
        expected: String,
        /// What was opened.
        found: String,
    },
}

impl From<note::Error> for Error {
    fn from(error: note::Error) -> Self {
        Self::Checkpoint(error.into())
    }
}

impl Certificate {
    /// Makes the certificate of a message from its entries (index and leaf bytes) under a signed checkpoint.
    ///
    /// The deciding entry is the last `message_decided`, or the last hold or block when the message was never let pass.
    /// Everything but the checkpoint's signatures is checked before it is handed out.
    ///
    /// # Errors
    /// When an entry is not covered by the checkpoint yet, is not in the tiles, or the entries break a rule.
    pub fn build(tiles: &Tiles<'_>, checkpoint: Note, entries: &[(u64, &[u8])]) -> Result<Self, Error> {
        let size = Checkpoint::parse(checkpoint.text())?.size;
        let mut proved = Vec::with_capacity(entries.len());
        for &(index, leaf) in entries {
            let proof = tiles.inclusion(index, size).map_err(|cause| Error::Inclusion { index, cause })?;
            proved.push(Entry { index, leaf: leaf.to_vec(), proof });
        }
        proved.sort_by_key(|entry| entry.index);
        let mut certificate = Self { note: checkpoint, entries: proved, primary: 0 };
        certificate.primary = deciding(&certificate.leaves()?)?;
        certificate.check()?;
        Ok(certificate)
    }

    /// The checkpoint with its signatures.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The entries, by ascending index.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The index of the deciding entry.
    pub fn primary(&self) -> u64 {
        self.primary
    }

    /// The file's text (c2sp.org/tlog-proof, "Format").
    pub fn to_text(&self) -> String {
        let mut out =
            format!("{HEADER}\n{EXTRA}{}\n{INDEX}{}\n", STANDARD.encode(self.extra()), self.primary);
        for hash in
            self.entries.iter().filter(|entry| entry.index == self.primary).flat_map(|entry| &entry.proof)
        {
            out.push_str(&hash.to_base64());
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.note.to_text());
        out
    }

    /// Reads the file's text. Strict: what parses is exactly what [`Certificate::to_text`] writes.
    ///
    /// # Errors
    /// The line, or the byte of `extra`, at which the format is broken. Nothing is verified yet.
    pub fn parse(input: &[u8]) -> Result<Self, Error> {
        if input.len() > CERTIFICATE_BYTES_MAX {
            return Err(Error::TooMuch { what: "bytes", limit: CERTIFICATE_BYTES_MAX, found: input.len() });
        }
        let text = std::str::from_utf8(input)
            .map_err(|fault| malformed(1, "UTF-8", &format!("other bytes after {}", fault.valid_up_to())))?;
        let (head, note) = text
            .split_once("\n\n")
            .ok_or_else(|| malformed(1, "an empty line before the checkpoint", text))?;
        let mut lines = (1..).zip(head.split('\n'));
        let mut next = |expected| lines.next().ok_or_else(|| malformed(1, expected, head));
        let (line, header) = next("four lines and more")?;
        if header != HEADER {
            return Err(malformed(line, HEADER, header));
        }
        let (line, extra) = next("extra")?;
        let extra = extra.strip_prefix(EXTRA).and_then(|extra| STANDARD.decode(extra).ok());
        let extra = extra.ok_or_else(|| malformed(line, "extra and base64", head))?;
        let (line, index) = next("index")?;
        let primary = index.strip_prefix(INDEX).and_then(decimal);
        let primary =
            primary.ok_or_else(|| malformed(line, "index and a number without leading zeroes", index))?;
        let mut proof = Vec::new();
        for (line, hash) in lines {
            proof.push(Hash::from_base64(hash).ok_or_else(|| malformed(line, "32 bytes in base64", hash))?);
        }
        check_proof_length(proof.len())?;
        let entries = read_extra(&extra, primary, proof)?;
        Ok(Self { note: note::parse(note.as_bytes())?, entries, primary })
    }

    /// Verifies everything: the checkpoint's signature by the log and by at least `quorum` of the cosigners, every
    /// entry's inclusion, and that the entries tell an allowed story of one message:
    ///
    /// - every leaf reads and names the same message; indices ascend and times do not go backwards;
    /// - the entry at `index` is the gate's answer (decided, held or blocked);
    /// - a message is claimed only after it was decided, and not after it was held or blocked since; a part is submitted,
    ///   refused or unanswered only after the message was claimed (L1: no submission without a durable earlier entry
    ///   that authorises it).
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(
        &self,
        log_key: &VerifierKey,
        cosigners: &[VerifierKey],
        quorum: usize,
    ) -> Result<Report, Error> {
        let (checkpoint, cosignatures) = Checkpoint::verify(&self.note, log_key, cosigners, quorum)?;
        self.check()?;
        let leaves = self.leaves()?.into_iter().map(|(index, leaf)| (index, leaf.into_owned())).collect();
        Ok(Report::new(checkpoint, cosignatures, self.primary, leaves))
    }

    /// Everything but the signatures.
    fn check(&self) -> Result<(), Error> {
        let checkpoint = Checkpoint::parse(self.note.text())?;
        if self.entries.len() > ENTRIES_MAX {
            return Err(Error::TooMuch { what: "entries", limit: ENTRIES_MAX, found: self.entries.len() });
        }
        for Entry { index, leaf, proof } in &self.entries {
            verify_inclusion(*index, leaf_hash(leaf), checkpoint.size, checkpoint.root, proof)
                .map_err(|cause| Error::Inclusion { index: *index, cause })?;
        }
        rules::check(self.primary, &self.leaves()?)
    }

    fn leaves(&self) -> Result<Vec<(u64, Leaf<'_>)>, Error> {
        let mut leaves = Vec::with_capacity(self.entries.len());
        for Entry { index, leaf, .. } in &self.entries {
            let leaf = Leaf::decode(leaf).map_err(|cause| Error::Leaf { index: *index, cause })?;
            leaves.push((*index, leaf));
        }
        Ok(leaves)
    }

    fn extra(&self) -> Vec<u8> {
        let mut out = Vec::new();
        cbor::write_head(&mut out, Major::Map, FIELDS);
        cbor::write_uint(&mut out, key::VERSION);
        cbor::write_uint(&mut out, SCHEMA_VERSION);
        cbor::write_uint(&mut out, key::LEAF);
        let (primary, others): (Vec<_>, Vec<_>) =
            self.entries.iter().partition(|entry| entry.index == self.primary);
        cbor::write_bytes(&mut out, primary.first().map(|entry| entry.leaf.as_slice()).unwrap_or_default());
        cbor::write_uint(&mut out, key::OTHERS);
        cbor::write_head(&mut out, Major::Array, others.len() as u64);
        for Entry { index, leaf, proof } in others {
            cbor::write_head(&mut out, Major::Array, FIELDS);
            cbor::write_uint(&mut out, *index);
            cbor::write_bytes(&mut out, leaf);
            let hashes: Vec<u8> = proof.iter().flat_map(|hash| hash.0).collect();
            cbor::write_bytes(&mut out, &hashes);
        }
        out
    }
}

/// The index of the entry that a certificate is about.
fn deciding(leaves: &[(u64, Leaf<'_>)]) -> Result<u64, Error> {
    let last = |wanted: fn(Kind) -> bool| leaves.iter().rev().find(|(_, leaf)| wanted(leaf.kind));
    match last(|kind| kind == Kind::MessageDecided).or_else(|| last(Kind::decides)) {
        Some((index, _)) => Ok(*index),
        None => Err(Error::Story {
            index: leaves.first().map_or(0, |(index, _)| *index),
            expected: "an entry that decided, held or blocked the message",
            found: format!("{} others", leaves.len()),
        }),
    }
}

fn read_extra(extra: &[u8], primary: u64, proof: Vec<Hash>) -> Result<Vec<Entry>, Error> {
    let mut reader = Reader::new(extra);
    expect(&mut reader, Reader::map, FIELDS, "a map of three")?;
    expect(&mut reader, Reader::uint, key::VERSION, "key 0, the schema version")?;
    let version = reader.uint("the schema version")?;
    if version != SCHEMA_VERSION {
        return Err(Error::UnknownVersion { found: version });
    }
    expect(&mut reader, Reader::uint, key::LEAF, "key 1, the leaf")?;
    let leaf = reader.bytes("the bytes of the leaf")?.to_vec();
    expect(&mut reader, Reader::uint, key::OTHERS, "key 2, the other entries")?;
    let count = reader.array("an array of the other entries")?;
    if count >= ENTRIES_MAX as u64 {
        let found = usize::try_from(count).unwrap_or(usize::MAX);
        return Err(Error::TooMuch { what: "other entries", limit: ENTRIES_MAX - 1, found });
    }
    let mut entries: Vec<Entry> = Vec::new();
    for _ in 0..count {
        let offset = reader.offset();
        let entry = read_entry(&mut reader)?;
        let out_of_order = entries.last().is_some_and(|before| entry.index <= before.index);
        if out_of_order || entry.index == primary {
            let found = format!("index {}", entry.index);
            return Err(cbor::Error { offset, expected: "ascending indices, each once", found }.into());
        }
        entries.push(entry);
    }
    reader.end()?;
    let place = entries.partition_point(|entry| entry.index < primary);
    entries.insert(place, Entry { index: primary, leaf, proof });
    Ok(entries)
}

fn read_entry(reader: &mut Reader<'_>) -> Result<Entry, Error> {
    expect(reader, Reader::array, FIELDS, "an array of three")?;
    let index = reader.uint("the index")?;
    let leaf = reader.bytes("the bytes of the leaf")?.to_vec();
    let offset = reader.offset();
    let (hashes, rest) = reader.bytes("the inclusion proof")?.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() {
        let found = format!("{} bytes after {} hashes", rest.len(), hashes.len());
        return Err(cbor::Error { offset, expected: "whole hashes", found }.into());
    }
    check_proof_length(hashes.len())?;
    Ok(Entry { index, leaf, proof: hashes.iter().copied().map(Hash).collect() })
}

/// Reads one number with `read` and demands that it is `wanted`.
fn expect<'a>(
    reader: &mut Reader<'a>,
    read: fn(&mut Reader<'a>, &'static str) -> Result<u64, cbor::Error>,
    wanted: u64,
    expected: &'static str,
) -> Result<(), cbor::Error> {
    let offset = reader.offset();
    let found = read(reader, expected)?;
    if found == wanted { Ok(()) } else { Err(cbor::Error { offset, expected, found: found.to_string() }) }
}

fn check_proof_length(found: usize) -> Result<(), Error> {
    if found > PROOF_HASHES_MAX {
        return Err(Error::TooMuch { what: "hashes in a proof", limit: PROOF_HASHES_MAX, found });
    }
    Ok(())
}

fn malformed(line: usize, expected: &'static str, found: &str) -> Error {
    Error::Malformed { line, expected, found: found.chars().take(FOUND_CHARACTERS).collect() }
}

/// The keys of `extra`.
mod key {
    pub(super) const VERSION: u64 = 0;
    pub(super) const LEAF: u64 = 1;
    pub(super) const OTHERS: u64 = 2;
}

const HEADER: &str = "c2sp.org/tlog-proof@v1";
const EXTRA: &str = "extra ";
const INDEX: &str = "index ";
/// Both `extra` and each entry in it have three fields.
const FIELDS: u64 = 3;
const FOUND_CHARACTERS: usize = 60;

#[cfg(test)]
mod tests;
