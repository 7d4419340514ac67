//! Format version 1 of a segment file, byte for byte: header, frame head, chained checksum.
//!
//! The tables are in docs/journal-format.md; a change here is a new version there, and files of every version ever
//! released stay in `fixtures/`. Pure: bytes in, values or a [`Misfit`] out.

use crc32fast::Hasher;

/// First bytes of every segment file.
pub(crate) const SEGMENT_MAGIC: [u8; 8] = *b"HYJRNL\r\n";
/// The only format version so far.
pub(crate) const FORMAT_VERSION: u16 = 1;
/// Bytes before the first frame.
pub(crate) const HEADER_BYTES: usize = 64;
/// First bytes of every frame.
pub(crate) const FRAME_MAGIC: [u8; 4] = [0xF7, b'H', b'Y', 0x1A];
/// Bytes of a frame before its records.
pub(crate) const FRAME_HEAD_BYTES: usize = 28;
/// In a header: no segment comes before.
pub(crate) const NO_PREVIOUS: u64 = u64::MAX;

/// What a place in a file should hold and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Bytes from the start of the structure; 0 when a checksum over all of it does not fit.
    pub(crate) offset: u64,
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Misfit {
    fn new(offset: u64, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { offset, expected: expected.into(), found: found.into() }
    }
}

/// Why a header cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeaderProblem {
    Misfit(Misfit),
    NewerVersion(u16),
}

/// The start of a segment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) log_id: [u8; 16],
    /// Index of the first entry in the file.
    pub(crate) first: u64,
    /// First index of the segment before, or [`NO_PREVIOUS`].
    pub(crate) previous_first: u64,
    /// Chain value at the end of the segment before; 0 when there is none.
    pub(crate) previous_chain: u32,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(&SEGMENT_MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&[0; 6]);
        bytes.extend_from_slice(&self.log_id);
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&self.previous_first.to_le_bytes());
        bytes.extend_from_slice(&self.previous_chain.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        let mut array = [0; HEADER_BYTES];
        for (to, from) in array.iter_mut().zip(bytes) {
            *to = from;
        }
        array
    }

    /// Reads a header from the first bytes of a file, fewer than [`HEADER_BYTES`] if the file is shorter.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, HeaderProblem> {
        let misfit = |offset, expected: &str, found: String| {
            HeaderProblem::Misfit(Misfit::new(offset, expected, found))
        };
        let mut fields = Fields { bytes, at: 0 };
        let cut = || misfit(0, "a header of 64 bytes", format!("{} bytes", bytes.len()));
        if !bytes.starts_with(&SEGMENT_MAGIC) && bytes.len() >= SEGMENT_MAGIC.len() {
            return Err(misfit(
                0,
                "the magic of a journal segment",
                hex(fields.take::<8>().unwrap_or_default()),
            ));
        }
        fields.take::<8>().ok_or_else(cut)?;
        let version = fields.u16().ok_or_else(cut)?;
        fields.take::<6>().ok_or_else(cut)?;
        let log_id = fields.take::<16>().ok_or_else(cut)?;
        let first = fields.u64().ok_or_else(cut)?;
        let previous_first = fields.u64().ok_or_else(cut)?;
        let previous_chain = fields.u32().ok_or_else(cut)?;
        fields.take::<8>().ok_or_else(cut)?;
        let crc = crc32fast::hash(bytes.get(..fields.at).unwrap_or_default());
        let stored = fields.u32().ok_or_else(cut)?;
        if crc != stored {
            return Err(misfit(0, &format!("header checksum {crc:08x}"), format!("{stored:08x}")));
        }
        match version {
            FORMAT_VERSION => Ok(Self { log_id, first, previous_first, previous_chain }),
            0 => Err(misfit(8, "format version 1", "0".to_owned())),
            newer => Err(HeaderProblem::NewerVersion(newer)),
        }
    }

    /// The chain value before the first frame: the header's own checksum, so that a frame belongs to its file.
    pub(crate) fn chain(&self) -> u32 {
        crc32fast::hash(&self.encode())
    }
}

/// The start of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHead {
    /// Bytes of records that follow.
    pub(crate) length: u32,
    /// Index of the first record.
    pub(crate) first: u64,
    /// Number of records, at least 1.
    pub(crate) count: u32,
    /// Checksum over the chain value before, this head and the records: the chain value after.
    pub(crate) chain: u32,
}

impl FrameHead {
    /// The head of a frame with these records, and the chain value after it.
    pub(crate) fn encode(
        log_id: &[u8; 16],
        chain_before: u32,
        first: u64,
        count: u32,
        records: &[u8],
    ) -> ([u8; FRAME_HEAD_BYTES], u32) {
        let mut head = [0; FRAME_HEAD_BYTES];
        // A batch is at most BATCH_BYTES_MAX, which fits.
        let length = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let fields = FRAME_MAGIC
            .into_iter()
            .chain(length.to_le_bytes())
            .chain(first.to_le_bytes())
            .chain(count.to_le_bytes());
        for (to, from) in head.iter_mut().zip(fields) {
            *to = from;
        }
        let head_crc = head_checksum(log_id, head.first_chunk().unwrap_or(&[0; 20]));
        let chain = chain_checksum(chain_before, head_crc, records);
        for (to, from) in
            head.iter_mut().skip(20).zip(head_crc.to_le_bytes().into_iter().chain(chain.to_le_bytes()))
        {
            *to = from;
        }
        (head, chain)
    }

    /// Reads a frame head; its own checksum must fit, so that a length can be believed before the records are read.
    pub(crate) fn decode(log_id: &[u8; 16], bytes: &[u8]) -> Result<Self, Misfit> {
        let cut = || {
            Misfit::new(
                0,
                format!("a frame head of {FRAME_HEAD_BYTES} bytes"),
                format!("{} bytes", bytes.len()),
            )
        };
        let mut fields = Fields { bytes, at: 0 };
        let magic = fields.take::<4>().ok_or_else(cut)?;
        if magic != FRAME_MAGIC {
            return Err(Misfit::new(0, format!("frame magic {}", hex(FRAME_MAGIC)), hex(magic)));
        }
        let length = fields.u32().ok_or_else(cut)?;
        let first = fields.u64().ok_or_else(cut)?;
        let count = fields.u32().ok_or_else(cut)?;
        let stored = fields.u32().ok_or_else(cut)?;
        let chain = fields.u32().ok_or_else(cut)?;
        let computed = head_checksum(log_id, bytes.first_chunk().unwrap_or(&[0; 20]));
        if computed != stored {
            return Err(Misfit::new(0, format!("head checksum {computed:08x}"), format!("{stored:08x}")));
        }
        Ok(Self { length, first, count, chain })
    }

    /// Checks records (and the head's count) against the chain value before.
    pub(crate) fn check(&self, chain_before: u32, head: &[u8], records: &[u8]) -> Result<(), Misfit> {
        let head_crc = head.get(20..24).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
        let chain = chain_checksum(chain_before, head_crc, records);
        if chain == self.chain {
            return Ok(());
        }
        Err(Misfit::new(0, format!("chained checksum {chain:08x}"), format!("{:08x}", self.chain)))
    }

    /// The index after the last record.
    pub(crate) fn end(&self) -> u64 {
        self.first.saturating_add(u64::from(self.count))
    }

    /// Bytes of the whole frame.
    pub(crate) fn frame_bytes(&self) -> u64 {
        FRAME_HEAD_BYTES as u64 + u64::from(self.length)
    }
}

/// The log id goes in, so that bytes of another journal can never pass for a frame of this one.
fn head_checksum(log_id: &[u8; 16], head: &[u8; 20]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(log_id);
    hasher.update(head);
    hasher.finalize()
}

/// The head goes in by its checksum; the frame before by its chain value.
fn chain_checksum(chain_before: u32, head_crc: u32, records: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&chain_before.to_le_bytes());
    hasher.update(&head_crc.to_le_bytes());
    hasher.update(records);
    hasher.finalize()
}

struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = self.bytes.get(self.at..)?.first_chunk::<N>()?;
        self.at += N;
        Some(*taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}

fn hex<const N: usize>(bytes: [u8; N]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name of the segment that begins with an index.
pub(crate) fn segment_name(first: u64) -> String {
    format!("{first:020}.seg")
}

/// The index in a segment's name; `None` for a file that is no segment.
pub(crate) fn first_of_name(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SEGMENT_SUFFIX)?;
    (digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// How every segment's name ends.
pub(crate) const SEGMENT_SUFFIX: &str = ".seg";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_heads_read_back() {
        let header = Header { log_id: [7; 16], first: 12, previous_first: NO_PREVIOUS, previous_chain: 9 };
        assert_eq!(Header::decode(&header.encode()), Ok(header));
        let (head, chain) = FrameHead::encode(&[7; 16], 5, 12, 2, b"records");
        let read = FrameHead::decode(&[7; 16], &head).unwrap();
        assert_eq!(read, FrameHead { length: 7, first: 12, count: 2, chain });
        assert_eq!(read.check(5, &head, b"records"), Ok(()));
        assert!(read.check(6, &head, b"records").is_err(), "another frame before");
        assert!(read.check(5, &head, b"recordz").is_err());
        assert!(FrameHead::decode(&[8; 16], &head).is_err(), "another log");
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_seen() {
        let header = Header { log_id: [7; 16], first: 12, previous_first: 0, previous_chain: 9 };
        let bytes = header.encode();
        for bit in 0..HEADER_BYTES * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::decode(&changed).is_err(), "bit {bit}");
        }
        for length in 0..HEADER_BYTES {
            assert!(Header::decode(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn a_newer_version_is_told_from_rot() {
        let mut bytes = Header { log_id: [0; 16], first: 0, previous_first: 0, previous_chain: 0 }.encode();
        bytes[8] = 2;
        let crc = crc32fast::hash(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(Header::decode(&bytes), Err(HeaderProblem::NewerVersion(2)));
    }

    #[test]
    fn names_carry_twenty_digits() {
        assert_eq!(segment_name(42), "00000000000000000042.seg");
        assert_eq!(first_of_name("00000000000000000042.seg"), Some(42));
        assert_eq!(first_of_name("42.seg"), None);
        assert_eq!(first_of_name("0000000000000000004x.seg"), None);
        assert_eq!(first_of_name("99999999999999999999.seg"), None);
    }
}
