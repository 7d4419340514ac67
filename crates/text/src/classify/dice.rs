//! Numbers that look random and are the same for ever: SplitMix64 (Steele, Lea and Flood, 2014), and the hash FNV-1a.
//!
//! Expanding the corpus and shuffling it need them; the seed is always an argument. Not for secrets.

/// A stream of numbers from a seed.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `limit`; 0 when `limit` is 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.roll() % limit as u64) as usize }
    }

    /// True in `percent` of a hundred rolls.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.roll() % 100 < percent
    }
}

/// Spreads the bits of a number over all of its places.
pub(super) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Where every hash begins.
pub(super) const HASH_START: u64 = 0xCBF2_9CE4_8422_2325;

/// FNV-1a, one step of 64 bits at a time.
pub(super) fn hash(state: u64, value: u64) -> u64 {
    (state ^ value).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23)
}

/// The hash of characters in order.
pub(super) fn hash_characters(characters: impl IntoIterator<Item = char>) -> u64 {
    mix(characters.into_iter().fold(HASH_START, |state, c| hash(state, c as u64)))
}
