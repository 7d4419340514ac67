//! Deterministic draws for the demo bank: SplitMix64 (Steele, Lea, Flood 2014) and distributions made of whole
//! numbers, because floating-point `exp` and `ln` differ between platforms. Not for secrets.

/// The increment of SplitMix64.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a stream of draws is for. Each purpose and index has a stream of its own, so that a change to one kind of
/// data leaves the others as they were.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Customer = 1,
    Plan = 2,
    Event = 3,
    Reply = 4,
    DueDay = 5,
}

/// A stream of draws.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The stream for a purpose and up to two indices.
    pub(super) fn new(seed: u64, purpose: Purpose, index: u64, second: u64) -> Self {
        let mut state = mix(seed ^ (purpose as u64).wrapping_mul(GOLDEN));
        state = mix(state ^ index.wrapping_mul(GOLDEN));
        state = mix(state ^ second.wrapping_mul(GOLDEN));
        Self { state }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A number from 0 to `n` − 1; 0 when `n` is 0. The bias, below n / 2^64, does not matter here.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        // The high half of a 128-bit product is less than `n`, so it fits.
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number of a range, both ends included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).unsigned_abs()) as i64
    }

    /// True in so many of a thousand cases.
    pub(super) fn per_mille(&mut self, n: u64) -> bool {
        self.below(1000) < n
    }

    /// One of a list, all equally likely.
    pub(super) fn pick<'a, T, const N: usize>(&mut self, list: &'a [T; N]) -> &'a T {
        const { assert!(N > 0, "an empty list has nothing to pick") };
        // `below(N)` is less than N.
        &list[self.below(N as u64) as usize]
    }

    /// One of a list, each as likely as its weight says. The weights' sum must not be 0.
    pub(super) fn weighted<'a, T, const N: usize>(&mut self, list: &'a [(u32, T); N]) -> &'a T {
        const { assert!(N > 0, "an empty list has nothing to pick") };
        let total: u64 = list.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (weight, item) in list {
            let weight = u64::from(*weight);
            if left < weight {
                return item;
            }
            left -= weight;
        }
        &list[N - 1].1
    }

    /// A positive amount with this median whose logarithm is spread like a bell: many small, few large. `spread` is
    /// the standard deviation in thousandths of a doubling: with 1,000 two thirds lie between half and twice the median.
    pub(super) fn skewed(&mut self, median: i64, spread: i64) -> i64 {
        let doublings = self.bell() * spread / 1000;
        scale_by_power_of_two(median, doublings).max(1)
    }

    /// About normal with standard deviation 1, in 1/65,536: the sum of twelve equal draws (Irwin and Hall), which
    /// never leaves ±6.
    fn bell(&mut self) -> i64 {
        let mut sum = 0;
        for _ in 0..3 {
            let bits = self.next();
            sum += (0..4).map(|i| ((bits >> (16 * i)) & 0xFFFF) as i64).sum::<i64>();
        }
        sum - 6 * 65_536
    }
}

/// `value` × 2^(`exponent` / 65,536), within 0.3 %: the fraction by a parabola through 1, √2 (nearly) and 2.
fn scale_by_power_of_two(value: i64, exponent: i64) -> i64 {
    let whole = (exponent >> 16).clamp(-40, 20);
    let fraction = exponent & 0xFFFF;
    let mantissa = 65_536 + ((fraction * (43_025 + ((22_511 * fraction) >> 16))) >> 16);
    let scaled = i128::from(value) * i128::from(mantissa);
    let shifted = if whole >= 0 { scaled << whole } else { scaled >> -whole };
    i64::try_from(shifted >> 16).unwrap_or(i64::MAX)
}

/// The output function of SplitMix64.
fn mix(state: u64) -> u64 {
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The first outputs for state 0, as published with the algorithm's reference implementation.
        let mut random = Random { state: 0 };
        assert_eq!(random.next(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(random.next(), 0x6E78_9E6A_A1B9_65F4);
        assert_eq!(random.next(), 0x06C4_5D18_8009_454F);
    }

    #[test]
    fn powers_of_two_are_close_without_floating_point() {
        for (exponent, expect) in
            [(0, 1_000_000), (65_536, 2_000_000), (-65_536, 500_000), (32_768, 1_414_214)]
        {
            let found = scale_by_power_of_two(1_000_000, exponent);
            assert!((found - expect).abs() * 1000 <= expect * 3, "{exponent}: {found} for {expect}");
        }
    }

    #[test]
    fn skewed_amounts_have_the_median_and_spread_asked_for() {
        let mut random = Random::new(1, Purpose::Event, 0, 0);
        let mut amounts: Vec<i64> = (0..10_000).map(|_| random.skewed(10_000, 1_000)).collect();
        amounts.sort_unstable();
        assert!((9_500..10_500).contains(&amounts[5_000]), "median {}", amounts[5_000]);
        assert!((4_600..5_400).contains(&amounts[1_587]), "one deviation below {}", amounts[1_587]);
        assert!((18_500..21_500).contains(&amounts[8_413]), "one deviation above {}", amounts[8_413]);
        assert!(amounts[0] > 0);
    }

    #[test]
    fn weights_are_respected_and_streams_differ() {
        let mut random = Random::new(1, Purpose::Event, 0, 0);
        let heads = (0..10_000).filter(|_| *random.weighted(&[(9, true), (1, false)])).count();
        assert!((8_850..9_150).contains(&heads), "{heads}");
        let first = |seed, purpose, index| Random::new(seed, purpose, index, 0).next();
        assert_ne!(first(1, Purpose::Event, 0), first(1, Purpose::Plan, 0));
        assert_ne!(first(1, Purpose::Event, 0), first(1, Purpose::Event, 1));
        assert_ne!(first(1, Purpose::Event, 0), first(2, Purpose::Event, 0));
        assert!((0..1000).all(|_| (-3..=3).contains(&random.between(-3, 3))));
    }
}
