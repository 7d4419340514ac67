//! The leaf: the public half of a ledger entry, and the bytes that the Merkle tree hashes.
//!
//! A leaf says when, what kind of thing happened, to which message, under which rules. It holds **no personal data and
//! no lasting pseudonym of a person**: no name, no number, no customer id, no hash of any of them. The message id is
//! drawn per message and leads to a customer only through the sealed part, which is gone when the customer is erased.
//! `commitment` binds the sealed part: see [`crate::seal`].
//!
//! A leaf is deterministic CBOR (RFC 8949 section 4.2.1): a map whose keys are the small integers below, ascending; what
//! is absent is left out. A leaf refuses keys it does not know, so nothing can ride along unseen; a new field needs a
//! new schema version, and the decoder of version 1 stays for ever (`fixtures/leaf-v1.cbor`).
//!
//! | key | field | CBOR | meaning |
//! |----:|-------|------|---------|
//! | 0 | schema version | unsigned | always 1 here |
//! | 1 | `time_ms` | integer | when it was written, milliseconds since 1970-01-01T00:00:00Z |
//! | 2 | `kind` | unsigned | what happened, see [`Kind`] |
//! | 3 | `message` | unsigned | the message it is about |
//! | 4 | `class` | unsigned ≤ 255 | the message's class, see [`class_name`] |
//! | 5 | `journey` | text | `name@version` of the journey or broadcast that wanted the message |
//! | 6 | `route` | text | the account at a carrier that it goes through |
//! | 7 | `rule` | text | the rule that held or blocked it, with its version |
//! | 8 | `parts` | unsigned ≤ 255 | how many carrier-billed parts, or which part (from 1) a part's entry is about |
//! | 9 | `cost_millifen` | integer | cost in thousandths of a fen (CNY 0.01) |
//! | 10 | `count` | unsigned | how many, where an entry is about many |
//! | 11 | `world` | 32 bytes | SHA-256 of everything configured when it was decided |
//! | 12 | `template` | 32 bytes | SHA-256 of the template that the text was made from |
//! | 13 | `commitment` | 32 bytes | salted hash of the sealed detail |
//!
//! Called by the engine (encode, on its hot path) and by the certificate and every auditor (decode).

use std::borrow::Cow;

use crate::cbor::{self, Major, Reader};
use crate::hash::Hash;
pub use crate::kind::{Kind, class_name};

/// The schema version that this file writes and reads.
pub const SCHEMA_VERSION: u64 = 1;
/// The longest leaf in bytes: an entry bundle gives its length in 16 bits (c2sp.org/tlog-tiles, "Log entries").
pub const LEAF_BYTES_MAX: usize = 65_535;
/// The longest `journey`, `route` or `rule` in bytes. With it no leaf can reach [`LEAF_BYTES_MAX`].
pub const NAME_BYTES_MAX: usize = 255;

/// One leaf. See the table at the top of the file for what each field means.
///
/// Names borrow where they can: decoding copies nothing, and `"rule".into()` costs nothing when encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// When it was written, milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: i64,
    /// What happened.
    pub kind: Kind,
    /// The message it is about.
    pub message: Option<u64>,
    /// The message's class, see [`class_name`].
    pub class: Option<u8>,
    /// `name@version` of the journey or broadcast; at most [`NAME_BYTES_MAX`] bytes.
    pub journey: Option<Cow<'a, str>>,
    /// The account at a carrier; at most [`NAME_BYTES_MAX`] bytes.
    pub route: Option<Cow<'a, str>>,
    /// The rule that held or blocked; at most [`NAME_BYTES_MAX`] bytes.
    pub rule: Option<Cow<'a, str>>,
    /// How many carrier-billed parts, or which part (from 1).
    pub parts: Option<u8>,
    /// Cost in thousandths of a fen.
    pub cost_millifen: Option<i64>,
    /// How many, where an entry is about many.
    pub count: Option<u64>,
    /// SHA-256 of everything configured.
    pub world: Option<Hash>,
    /// SHA-256 of the template.
    pub template: Option<Hash>,
    /// Salted hash of the sealed detail.
    pub commitment: Option<Hash>,
}

/// Why a leaf could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are not deterministic CBOR of the expected shape.
    #[error("leaf {0}")]
    Encoding(#[from] cbor::Error),
    /// More than [`LEAF_BYTES_MAX`] bytes.
    #[error("leaf of {found} bytes: expected at most {LEAF_BYTES_MAX}")]
    TooLong {
        /// How long it is.
        found: usize,
    },
    /// A name of more than [`NAME_BYTES_MAX`] bytes.
    #[error("leaf field {field} of {found} bytes: expected at most {NAME_BYTES_MAX}")]
    NameTooLong {
        /// Which field.
        field: &'static str,
        /// How long it is.
        found: usize,
    },
    /// Written by a newer version.
    #[error("leaf schema version {found}: expected {SCHEMA_VERSION}")]
    UnknownVersion {
        /// The version it claims.
        found: u64,
    },
    /// A code that is not in [`Kind`].
    #[error("at byte {offset} of the leaf: unknown kind {found}")]
    UnknownKind {
        /// Where the code stands.
        offset: usize,
        /// The code.
        found: u64,
    },
}

impl<'a> Leaf<'a> {
    /// A leaf with nothing but a time and a kind; set the rest with `Leaf { message: …, ..Leaf::new(time_ms, kind) }`.
    pub fn new(time_ms: i64, kind: Kind) -> Self {
        Self {
            time_ms,
            kind,
            message: None,
            class: None,
            journey: None,
            route: None,
            rule: None,
            parts: None,
            cost_millifen: None,
            count: None,
            world: None,
            template: None,
            commitment: None,
        }
    }

    /// Appends the leaf's bytes to `out`. Allocates only when `out` must grow.
    ///
    /// # Errors
    /// [`Error::NameTooLong`]; `out` is then unchanged.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.check_names()?;
        cbor::write_head(out, Major::Map, REQUIRED_FIELDS + self.optional_fields());
        put_uint(out, key::VERSION, Some(SCHEMA_VERSION));
        put_int(out, key::TIME_MS, Some(self.time_ms));
        put_uint(out, key::KIND, Some(u64::from(self.kind.code())));
        put_uint(out, key::MESSAGE, self.message);
        put_uint(out, key::CLASS, self.class.map(u64::from));
        put_text(out, key::JOURNEY, self.journey.as_deref());
        put_text(out, key::ROUTE, self.route.as_deref());
        put_text(out, key::RULE, self.rule.as_deref());
        put_uint(out, key::PARTS, self.parts.map(u64::from));
        put_int(out, key::COST_MILLIFEN, self.cost_millifen);
        put_uint(out, key::COUNT, self.count);
        put_hash(out, key::WORLD, self.world.as_ref());
        put_hash(out, key::TEMPLATE, self.template.as_ref());
        put_hash(out, key::COMMITMENT, self.commitment.as_ref());
        Ok(())
    }

    /// The leaf's bytes in a new vector.
    ///
    /// # Errors
    /// [`Error::NameTooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(TYPICAL_BYTES);
        self.encode_into(&mut out)?;
        Ok(out)
    }

    /// Reads a leaf. Every accepted input is exactly what [`Leaf::encode`] would write for the result.
    ///
    /// # Errors
    /// What was expected, what was found and at which byte.
    pub fn decode(input: &'a [u8]) -> Result<Self, Error> {
        if input.len() > LEAF_BYTES_MAX {
            return Err(Error::TooLong { found: input.len() });
        }
        let mut reader = Reader::new(input);
        let pairs = reader.map("the map of a leaf")?;
        required(&mut reader, pairs, 0, key::VERSION, "key 0, the schema version")?;
        let version = reader.uint("the schema version")?;
        if version != SCHEMA_VERSION {
            return Err(Error::UnknownVersion { found: version });
        }
        required(&mut reader, pairs, 1, key::TIME_MS, "key 1, the time")?;
        let time_ms = reader.int("the time in milliseconds")?;
        required(&mut reader, pairs, 2, key::KIND, "key 2, the kind")?;
        let kind = read_kind(&mut reader)?;
        let mut leaf = Self::new(time_ms, kind);
        let mut previous = key::KIND;
        for _ in REQUIRED_FIELDS..pairs {
            previous = leaf.read_field(&mut reader, previous)?;
        }
        reader.end()?;
        leaf.check_names()?;
        Ok(leaf)
    }

    /// Reads one optional field and returns its key, which must be above the previous one.
    fn read_field(&mut self, reader: &mut Reader<'a>, previous: u8) -> Result<u8, Error> {
        let offset = reader.offset();
        let code = reader.uint("the key of a leaf field")?;
        let code = u8::try_from(code)
            .ok()
            .filter(|code| (previous + 1..=key::LAST).contains(code))
            .ok_or_else(|| {
                let found = format!("key {code} after key {previous}");
                cbor::Error { offset, expected: "a greater key of at most 13", found }
            })?;
        match code {
            key::MESSAGE => self.message = Some(reader.uint("the message id")?),
            key::CLASS => self.class = Some(read_u8(reader, "the class, at most 255")?),
            key::JOURNEY => self.journey = Some(reader.text("the journey")?.into()),
            key::ROUTE => self.route = Some(reader.text("the route")?.into()),
            key::RULE => self.rule = Some(reader.text("the rule")?.into()),
            key::PARTS => self.parts = Some(read_u8(reader, "the parts, at most 255")?),
            key::COST_MILLIFEN => self.cost_millifen = Some(reader.int("the cost in millifen")?),
            key::COUNT => self.count = Some(reader.uint("the count")?),
            key::WORLD => self.world = Some(read_hash(reader, "the 32 bytes of the world's hash")?),
            key::TEMPLATE => self.template = Some(read_hash(reader, "the 32 bytes of the template's hash")?),
            // The range check above leaves only the last key.
            _ => self.commitment = Some(read_hash(reader, "the 32 bytes of the commitment")?),
        }
        Ok(code)
    }

    /// The same leaf, owning its names.
    pub fn into_owned(self) -> Leaf<'static> {
        let own = |name: Option<Cow<'_, str>>| name.map(|name| Cow::Owned(name.into_owned()));
        Leaf {
            time_ms: self.time_ms,
            kind: self.kind,
            message: self.message,
            class: self.class,
            journey: own(self.journey),
            route: own(self.route),
            rule: own(self.rule),
            parts: self.parts,
            cost_millifen: self.cost_millifen,
            count: self.count,
            world: self.world,
            template: self.template,
            commitment: self.commitment,
        }
    }

    fn optional_fields(&self) -> u64 {
        let present = [
            self.message.is_some(),
            self.class.is_some(),
            self.journey.is_some(),
            self.route.is_some(),
            self.rule.is_some(),
            self.parts.is_some(),
            self.cost_millifen.is_some(),
            self.count.is_some(),
            self.world.is_some(),
            self.template.is_some(),
            self.commitment.is_some(),
        ];
        present.into_iter().map(u64::from).sum()
    }

    fn check_names(&self) -> Result<(), Error> {
        for (field, name) in [("journey", &self.journey), ("route", &self.route), ("rule", &self.rule)] {
            let found = name.as_ref().map_or(0, |name| name.len());
            if found > NAME_BYTES_MAX {
                return Err(Error::NameTooLong { field, found });
            }
        }
        Ok(())
    }
}

/// Demands that the map reaches as far as field number `position` and that its key is next.
fn required(
    reader: &mut Reader<'_>,
    pairs: u64,
    position: u64,
    wanted: u8,
    expected: &'static str,
) -> Result<(), Error> {
    let offset = reader.offset();
    if position >= pairs {
        let found = format!("a map of {pairs} fields");
        return Err(cbor::Error { offset, expected, found }.into());
    }
    match reader.uint(expected)? {
        key if key == u64::from(wanted) => Ok(()),
        key => Err(cbor::Error { offset, expected, found: format!("key {key}") }.into()),
    }
}

fn read_kind(reader: &mut Reader<'_>) -> Result<Kind, Error> {
    let offset = reader.offset();
    let code = reader.uint("the kind")?;
    Kind::from_code(code).ok_or(Error::UnknownKind { offset, found: code })
}

fn read_u8(reader: &mut Reader<'_>, expected: &'static str) -> Result<u8, cbor::Error> {
    let offset = reader.offset();
    let value = reader.uint(expected)?;
    u8::try_from(value).map_err(|_| cbor::Error { offset, expected, found: value.to_string() })
}

fn read_hash(reader: &mut Reader<'_>, expected: &'static str) -> Result<Hash, cbor::Error> {
    let offset = reader.offset();
    let bytes = reader.bytes(expected)?;
    Hash::from_slice(bytes).ok_or_else(|| cbor::Error {
        offset,
        expected,
        found: format!("{} bytes", bytes.len()),
    })
}

fn put_uint(out: &mut Vec<u8>, key: u8, value: Option<u64>) {
    if let Some(value) = value {
        out.push(key);
        cbor::write_uint(out, value);
    }
}

fn put_int(out: &mut Vec<u8>, key: u8, value: Option<i64>) {
    if let Some(value) = value {
        out.push(key);
        cbor::write_int(out, value);
    }
}

fn put_text(out: &mut Vec<u8>, key: u8, value: Option<&str>) {
    if let Some(value) = value {
        out.push(key);
        cbor::write_text(out, value);
    }
}

fn put_hash(out: &mut Vec<u8>, key: u8, value: Option<&Hash>) {
    if let Some(value) = value {
        out.push(key);
        cbor::write_bytes(out, &value.0);
    }
}

/// The keys of the map. All are below 24, so each is its own CBOR encoding.
mod key {
    pub(super) const VERSION: u8 = 0;
    pub(super) const TIME_MS: u8 = 1;
    pub(super) const KIND: u8 = 2;
    pub(super) const MESSAGE: u8 = 3;
    pub(super) const CLASS: u8 = 4;
    pub(super) const JOURNEY: u8 = 5;
    pub(super) const ROUTE: u8 = 6;
    pub(super) const RULE: u8 = 7;
    pub(super) const PARTS: u8 = 8;
    pub(super) const COST_MILLIFEN: u8 = 9;
    pub(super) const COUNT: u8 = 10;
    pub(super) const WORLD: u8 = 11;
    pub(super) const TEMPLATE: u8 = 12;
    pub(super) const COMMITMENT: u8 = 13;
    pub(super) const LAST: u8 = COMMITMENT;
}

/// Version, time and kind.
const REQUIRED_FIELDS: u64 = 3;
const TYPICAL_BYTES: usize = 192;

#[cfg(test)]
mod tests;
