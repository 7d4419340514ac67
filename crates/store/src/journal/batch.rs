//! A batch of records, encoded once into one buffer, and the record encoding itself.
//!
//! Every engine stores the same encoding (a batch's bytes are a frame's payload in the segments engine), so that copying
//! between engines copies bytes. Layout in docs/journal-format.md. Refuses records over the named limits.

use crate::Error;

/// Largest leaf in bytes.
pub const LEAF_BYTES_MAX: usize = 1 << 16;
/// Largest sealed part in bytes.
pub const SEALED_BYTES_MAX: usize = 1 << 20;
/// Most records in a batch.
pub const BATCH_RECORDS_MAX: usize = 1 << 20;
/// Most encoded bytes in a batch.
pub const BATCH_BYTES_MAX: usize = 1 << 26;
/// Bytes before the leaf: partition u16, subject u64, leaf length u32, sealed length u32, little-endian.
pub const RECORD_HEAD_BYTES: usize = 18;

/// One entry as the journal sees it: bytes with just enough beside them to route and to erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The partition that decided it.
    pub partition: u16,
    /// Whose key sealed it; 0 is the institution.
    pub subject: u64,
    /// The public part: what the Merkle tree hashes. At most [`LEAF_BYTES_MAX`].
    pub leaf: &'a [u8],
    /// The encrypted part; may be empty. At most [`SEALED_BYTES_MAX`].
    pub sealed: &'a [u8],
}

impl Record<'_> {
    /// A copy that owns its bytes.
    pub fn to_owned(&self) -> OwnedRecord {
        OwnedRecord {
            partition: self.partition,
            subject: self.subject,
            leaf: self.leaf.to_vec(),
            sealed: self.sealed.to_vec(),
        }
    }
}

/// A [`Record`] that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnedRecord {
    /// See [`Record::partition`].
    pub partition: u16,
    /// See [`Record::subject`].
    pub subject: u64,
    /// See [`Record::leaf`].
    pub leaf: Vec<u8>,
    /// See [`Record::sealed`].
    pub sealed: Vec<u8>,
}

impl OwnedRecord {
    /// The record, borrowed.
    pub fn as_record(&self) -> Record<'_> {
        Record { partition: self.partition, subject: self.subject, leaf: &self.leaf, sealed: &self.sealed }
    }
}

/// Records waiting to be appended together. Reusable: [`Batch::clear`] keeps the memory.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    count: u32,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a record at the end.
    ///
    /// # Errors
    /// [`Error::OverLimit`] when the record or the batch with it would be too large; the batch is unchanged.
    pub fn push(&mut self, record: Record<'_>) -> Result<(), Error> {
        let leaf = within("leaf (bytes)", record.leaf.len(), LEAF_BYTES_MAX)?;
        let sealed = within("sealed part (bytes)", record.sealed.len(), SEALED_BYTES_MAX)?;
        let size = RECORD_HEAD_BYTES + record.leaf.len() + record.sealed.len();
        within("batch (bytes)", self.bytes.len() + size, BATCH_BYTES_MAX)?;
        self.count = within("batch (records)", self.len() + 1, BATCH_RECORDS_MAX)?;
        self.bytes.reserve(size);
        self.bytes.extend_from_slice(&record.partition.to_le_bytes());
        self.bytes.extend_from_slice(&record.subject.to_le_bytes());
        self.bytes.extend_from_slice(&leaf.to_le_bytes());
        self.bytes.extend_from_slice(&sealed.to_le_bytes());
        self.bytes.extend_from_slice(record.leaf);
        self.bytes.extend_from_slice(record.sealed);
        Ok(())
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets the records, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }

    /// Encoded size in bytes.
    pub fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// The encoded records, for an engine to store.
    pub fn encoded(&self) -> &[u8] {
        &self.bytes
    }

    /// The records in order.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || decode_record(&mut rest))
    }
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<u32, Error> {
    match u32::try_from(found) {
        Ok(number) if found <= limit => Ok(number),
        _ => Err(Error::OverLimit { what, found: found as u64, limit: limit as u64 }),
    }
}

/// Takes one record off the front; `None` when the bytes end before it does, or at their end.
#[inline]
pub(crate) fn decode_record<'a>(bytes: &mut &'a [u8]) -> Option<Record<'a>> {
    let (head, rest) = bytes.split_first_chunk::<RECORD_HEAD_BYTES>()?;
    let [p0, p1, s0, s1, s2, s3, s4, s5, s6, s7, l0, l1, l2, l3, e0, e1, e2, e3] = *head;
    let leaf_length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    let sealed_length = u32::from_le_bytes([e0, e1, e2, e3]) as usize;
    let (leaf, rest) = rest.split_at_checked(leaf_length)?;
    let (sealed, rest) = rest.split_at_checked(sealed_length)?;
    *bytes = rest;
    Some(Record {
        partition: u16::from_le_bytes([p0, p1]),
        subject: u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]),
        leaf,
        sealed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn records_read_back_what_was_pushed(
            records in prop::collection::vec(
                (any::<u16>(), any::<u64>(), prop::collection::vec(any::<u8>(), 0..300), prop::collection::vec(any::<u8>(), 0..300)),
                0..20,
            )
        ) {
            let records: Vec<OwnedRecord> = records
                .into_iter()
                .map(|(partition, subject, leaf, sealed)| OwnedRecord { partition, subject, leaf, sealed })
                .collect();
            let mut batch = Batch::new();
            for record in &records {
                batch.push(record.as_record()).unwrap();
            }
            let read: Vec<OwnedRecord> = batch.records().map(|record| record.to_owned()).collect();
            prop_assert_eq!(&read, &records);
            prop_assert_eq!(batch.len(), records.len());
        }

        #[test]
        fn any_bytes_decode_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut rest = bytes.as_slice();
            while let Some(record) = decode_record(&mut rest) {
                prop_assert!(record.leaf.len() + record.sealed.len() <= bytes.len());
            }
        }
    }

    #[test]
    fn too_large_is_refused_and_changes_nothing() {
        let mut batch = Batch::new();
        let leaf = vec![0; LEAF_BYTES_MAX + 1];
        let record = Record { partition: 0, subject: 0, leaf: &leaf, sealed: &[] };
        let error = batch.push(record).unwrap_err().to_string();
        assert_eq!(error, "leaf (bytes) of 65537 is over the limit of 65536");
        assert!(batch.is_empty());
        let sealed = vec![0; SEALED_BYTES_MAX];
        let big = Record { partition: 0, subject: 0, leaf: &[], sealed: &sealed };
        while batch.push(big).is_ok() {}
        assert_eq!(batch.len(), 63, "the 64th would pass 64 MiB with the heads");
    }
}
