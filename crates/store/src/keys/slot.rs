//! The key table's file, byte for byte: a header of 4,096 bytes, then one slot of 128 bytes per subject number.
//!
//! 128 divides a sector, so a slot is never torn across two. Pure: bytes in, values out. Version 1; the tables:
//!
//! | header byte | size | field |      | slot byte | size | field |
//! |---|---|---|---|---|---|---|
//! | 0 | 8 | magic `HYKEYS\r\n` |       | 0 | 1 | state: 0 never made, 1 live, 2 erased |
//! | 8 | 2 | format version: 1 |        | 1 | 1 | length of the wrapped key |
//! | 10 | 2 | slot bytes: 128 |         | 2 | 2 | zero |
//! | 12 | 4 | zero |                    | 4 | 4 | number of the KEK |
//! | 16 | 16 | mark of the provider |   | 8 | 8 | subject |
//! | 32 | 28 | zero |                   | 16 | 108 | wrapped key, then zeros |
//! | 60 | 4 | CRC-32 of bytes 0–59 |    | 124 | 4 | CRC-32 of bytes 0–123 |
//!
//! A slot never made is all zeros. Integers are little-endian.

use super::{KekId, Wrapped};

/// Most bytes a wrapped key may have.
pub const WRAPPED_BYTES_MAX: usize = 108;
/// Bytes before the first slot.
pub(super) const HEADER_BYTES: usize = 4096;
/// Bytes of a slot.
pub(super) const SLOT_BYTES: usize = 128;
/// The only format version so far.
pub(super) const FORMAT_VERSION: u16 = 1;

/// What became of a subject's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotState {
    /// No key was ever made.
    Never,
    /// There is a key.
    Live,
    /// There was a key; it is gone for ever.
    Erased,
    /// The slot's checksum does not fit: rot, or a creation that a crash tore (then the key was never used).
    Damaged,
}

impl SlotState {
    /// The state in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never made",
            Self::Live => "live",
            Self::Erased => "erased",
            Self::Damaged => "damaged",
        }
    }
}

pub(super) type SlotBytes = [u8; SLOT_BYTES];

/// The slot of a live key; `None` when the wrapped key is too long.
pub(super) fn live(subject: u64, wrapped: &Wrapped) -> Option<SlotBytes> {
    let length =
        u8::try_from(wrapped.bytes.len()).ok().filter(|_| wrapped.bytes.len() <= WRAPPED_BYTES_MAX)?;
    Some(encode(1, length, wrapped.kek.0, subject, &wrapped.bytes))
}

/// The slot of an erased key: nothing of the key is in it.
pub(super) fn erased(subject: u64) -> SlotBytes {
    encode(2, 0, 0, subject, &[])
}

fn encode(state: u8, length: u8, kek: u32, subject: u64, wrapped: &[u8]) -> SlotBytes {
    let mut bytes = vec![state, length, 0, 0];
    bytes.extend_from_slice(&kek.to_le_bytes());
    bytes.extend_from_slice(&subject.to_le_bytes());
    bytes.extend_from_slice(wrapped);
    bytes.resize(SLOT_BYTES - 4, 0);
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
    bytes.try_into().unwrap_or([0; SLOT_BYTES])
}

/// What a slot holds.
pub(super) enum Slot {
    Never,
    Live(Wrapped),
    Erased,
    Damaged,
}

impl Slot {
    pub(super) fn decode(subject: u64, bytes: &SlotBytes) -> Self {
        if bytes.iter().all(|byte| *byte == 0) {
            return Self::Never;
        }
        Self::decode_written(subject, bytes).unwrap_or(Self::Damaged)
    }

    fn decode_written(subject: u64, bytes: &SlotBytes) -> Option<Self> {
        let (content, checksum) = bytes.split_last_chunk::<4>()?;
        let (head, wrapped) = content.split_first_chunk::<16>()?;
        let [state, length, _, _, kek @ .., s0, s1, s2, s3, s4, s5, s6, s7] = *head;
        let stored = u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
        if crc32fast::hash(content) != u32::from_le_bytes(*checksum) || stored != subject {
            return None;
        }
        match state {
            1 => {
                let bytes = wrapped.get(..usize::from(length))?.to_vec();
                Some(Self::Live(Wrapped { kek: KekId(u32::from_le_bytes(kek)), bytes }))
            }
            2 => Some(Self::Erased),
            _ => None,
        }
    }

    pub(super) fn state(&self) -> SlotState {
        match self {
            Self::Never => SlotState::Never,
            Self::Live(_) => SlotState::Live,
            Self::Erased => SlotState::Erased,
            Self::Damaged => SlotState::Damaged,
        }
    }
}

/// The file's beginning for a provider's mark.
pub(super) fn encode_header(mark: &[u8; 16]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&(SLOT_BYTES as u16).to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(mark);
    bytes.resize(60, 0);
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
    bytes.resize(HEADER_BYTES, 0);
    bytes
}

/// The format version and mark in a header whose checksum fits.
pub(super) fn decode_header(bytes: &[u8]) -> Option<(u16, [u8; 16])> {
    let content = bytes.get(..60).filter(|content| content.starts_with(MAGIC))?;
    let checksum = bytes.get(60..64)?.first_chunk::<4>()?;
    if crc32fast::hash(content) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let version = content.get(8..)?.first_chunk::<2>()?;
    let mark = content.get(16..)?.first_chunk::<16>()?;
    Some((u16::from_le_bytes(*version), *mark))
}

const MAGIC: &[u8] = b"HYKEYS\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_read_back_and_every_flipped_bit_is_seen() {
        let wrapped = Wrapped { kek: KekId(3), bytes: vec![7; 60] };
        let bytes = live(42, &wrapped).unwrap();
        assert!(matches!(Slot::decode(42, &bytes), Slot::Live(found) if found == wrapped));
        assert!(matches!(Slot::decode(43, &bytes), Slot::Damaged), "a slot in another's place");
        for bit in 0..SLOT_BYTES * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(Slot::decode(42, &changed), Slot::Damaged), "bit {bit}");
        }
        assert!(matches!(Slot::decode(42, &erased(42)), Slot::Erased));
        assert!(matches!(Slot::decode(42, &[0; SLOT_BYTES]), Slot::Never));
        assert!(live(1, &Wrapped { kek: KekId(1), bytes: vec![0; WRAPPED_BYTES_MAX + 1] }).is_none());
    }
}
