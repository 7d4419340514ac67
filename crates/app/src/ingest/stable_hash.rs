//! A hash that gives the same number for the same row on every machine and in every version, for ids and for spreading.
//!
//! FNV-1a of 128 bits (Fowler, Noll, Vo; RFC 9923). It keeps honest rows apart (a million of them collide with a chance of
//! 1.5 in 10^27); it is no signature and resists nobody who tries.

use std::fmt;

/// The hash of a list of texts, each with its length, so that `ab` + `c` and `a` + `bc` differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StableHash(u128);

impl StableHash {
    /// The hash of nothing.
    pub(crate) const EMPTY: Self = Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);

    /// The hash with one more text; `None` is not the same as an empty text.
    #[must_use]
    pub(crate) fn with(self, text: Option<&str>) -> Self {
        let marker = u64::from(text.is_some());
        let text = text.unwrap_or_default().as_bytes();
        let length = (text.len() as u64) << 1 | marker;
        Self(
            length
                .to_le_bytes()
                .iter()
                .chain(text)
                .fold(self.0, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME)),
        )
    }

    /// A number below `end`, spread evenly; 0 when `end` is 0.
    pub(crate) fn below(self, end: u64) -> u64 {
        let folded = (self.0 >> 64) as u64 ^ self.0 as u64;
        folded.checked_rem(end).unwrap_or(0)
    }
}

impl fmt::Display for StableHash {
    /// 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The prime of the 128-bit variant, 2^88 + 315.
const PRIME: u128 = (1 << 88) + 0x13b;

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(texts: &[Option<&str>]) -> String {
        texts.iter().fold(StableHash::EMPTY, |hash, text| hash.with(*text)).to_string()
    }

    #[test]
    fn the_hash_never_changes_and_keeps_texts_apart() {
        // Ids in somebody's ledger depend on these: a change here would let every event in a second time.
        assert_eq!(hash(&[]), "6c62272e07bb014262b821756295c58d");
        assert_eq!(hash(&[Some("C1"), Some("12.50"), None]), "cf90acdcf375a3ba23ccd6365556cf4b");
        let all = [
            hash(&[Some("ab"), Some("c")]),
            hash(&[Some("a"), Some("bc")]),
            hash(&[Some("abc"), Some("")]),
            hash(&[Some("abc"), None]),
            hash(&[Some("abc")]),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(all.iter().skip(i + 1).all(|other| other != one), "{i}");
        }
    }

    #[test]
    fn spreading_is_even() {
        let mut hours = [0u32; 24];
        for n in 0..24_000 {
            let second = StableHash::EMPTY.with(Some(&n.to_string())).below(86_400);
            hours[(second / 3_600) as usize] += 1;
        }
        assert!(hours.iter().all(|n| (850..1_150).contains(n)), "{hours:?}");
        assert_eq!(StableHash::EMPTY.below(0), 0);
    }
}
