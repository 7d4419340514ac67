//! The one hash of the ledger: SHA-256, with the two RFC 6962 prefixes that keep leaves and nodes apart.
//!
//! Refuses to know any other hash function: the tlog-tiles specification fixes SHA-256.
//! Called by every module that touches the tree, and by whoever stores a hash in a leaf.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt;

/// How many bytes a hash has.
pub const HASH_BYTES: usize = 32;

/// A SHA-256 hash: of a leaf, of a node of the tree, of a world, of a template, or a commitment.
///
/// `Debug` and `Display` show the first eight hex digits, for logs; `{:#}` shows all 64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl Hash {
    /// The plain SHA-256 of some bytes, without any prefix.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The root of a tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1).
    pub fn empty_root() -> Self {
        Self::of(b"")
    }

    /// A hash from exactly 32 bytes, or `None`.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The first 128 bits: enough to recognise a thing again, at half the memory.
    pub fn half(&self) -> u128 {
        let [high, _] = self.0.as_chunks::<16>().0 else { return 0 };
        u128::from_be_bytes(*high)
    }

    /// All 64 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        hex_encode(&self.0)
    }

    /// Standard base64 with padding (RFC 4648 section 4), as checkpoints and proofs write hashes.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads the form of [`Hash::to_base64`]; `None` for anything else, also for a second spelling of the same bytes.
    pub fn from_base64(text: &str) -> Option<Self> {
        Self::from_slice(&STANDARD.decode(text).ok()?)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if f.alternate() { HASH_BYTES } else { SHORT_BYTES };
        self.0.iter().take(shown).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of a leaf: SHA-256(0x00 ‖ leaf) (RFC 6962 section 2.1).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([LEAF_PREFIX]).chain_update(leaf).finalize().into())
}

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 section 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([NODE_PREFIX]);
    hasher.update(left.0);
    hasher.update(right.0);
    Hash(hasher.finalize().into())
}

/// One hash over several fields: a domain first, so that no two uses can share a hash, then every field with its
/// length as 8 octets big-endian before it, so that moving a byte from one field to the next changes the hash.
pub fn hash_fields<'a>(domain: &str, fields: impl IntoIterator<Item = &'a [u8]>) -> Hash {
    let mut hasher = Sha256::new();
    let mut add = |field: &[u8]| {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    };
    add(domain.as_bytes());
    fields.into_iter().for_each(add);
    Hash(hasher.finalize().into())
}

/// Lower-case hex of any bytes.
pub fn hex_encode(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of lower-case hex; `None` for an odd length, upper case or any other character.
pub fn hex_decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(hex_digit(*high)? << 4 | hex_digit(*low)?)).collect()
}

fn hex_digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;
const SHORT_BYTES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_the_empty_tree_and_the_empty_leaf_are_the_published_ones() {
        let known = [
            (Hash::empty_root(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (leaf_hash(b""), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ];
        for (hash, hex) in known {
            assert_eq!(hash.to_hex(), hex);
        }
    }

    #[test]
    fn fields_cannot_flow_into_each_other() {
        let hash = |domain, fields: [&str; 2]| hash_fields(domain, fields.into_iter().map(str::as_bytes));
        assert_ne!(hash("d", ["ab", "c"]), hash("d", ["a", "bc"]));
        assert_ne!(hash("d", ["ab", "c"]), hash("e", ["ab", "c"]));
        assert_eq!(hash_fields("", []), Hash::of(&[0; 8]));
    }

    #[test]
    fn text_forms_come_back() {
        let hash = leaf_hash(b"x");
        assert_eq!(Hash::from_base64(&hash.to_base64()), Some(hash));
        assert_eq!(hex_decode(&hash.to_hex()).as_deref(), Some(&hash.0[..]));
        assert_eq!(format!("{hash}"), hash.to_hex()[..8]);
        assert_eq!(format!("{hash:#}"), hash.to_hex());
    }

    #[test]
    fn other_spellings_are_refused() {
        // The last character before the padding carries two unused bits; they must be zero.
        let text = Hash([0; 32]).to_base64();
        assert!(text.ends_with("A="));
        assert_eq!(Hash::from_base64(&text.replace("A=", "B=")), None);
        assert_eq!(Hash::from_base64(text.trim_end_matches('=')), None);
        for bad in ["0", "0G", "AB", "é"] {
            assert_eq!(hex_decode(bad), None, "{bad}");
        }
    }
}
