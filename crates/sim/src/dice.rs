//! Chance by seed: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). Not for
//! secrets.

/// A sequence of numbers that a seed determines.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The sequence of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence of its own for one purpose, so that one more throw for one thing does not change all others.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self(self.throw())
    }

    /// The next number.
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // Without the bias correction: of 2^64 throws, the bounds used here favour none by more than one in a billion.
        ((u128::from(self.throw()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both possible.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).max(0) as u64 + 1) as i64
    }

    /// True in so many of a thousand cases.
    pub fn permille(&mut self, chance: u16) -> bool {
        chance > 0 && self.below(1_000) < u64::from(chance)
    }

    /// One of several; none of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len() as u64) as usize)
    }

    /// Fills a slice.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let throw = self.throw().to_le_bytes();
            for (byte, thrown) in chunk.iter_mut().zip(throw) {
                *byte = thrown;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_follow_the_seed_and_keep_their_bounds() {
        // The first numbers of the published generator for seed 0.
        let mut dice = Dice::new(0);
        assert_eq!([dice.throw(), dice.throw()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
        let mut seen = [0; 3];
        for _ in 0..3_000 {
            seen[dice.between(-1, 1).unsigned_abs() as usize + usize::from(dice.below(1) > 0)] += 1;
        }
        assert!(seen[0] > 900 && seen[1] > 1_900 && seen[2] == 0, "{seen:?}");
        assert!(!dice.permille(0) && dice.permille(1_000));
        assert_eq!(dice.pick::<u8>(&[]), None);
    }
}
