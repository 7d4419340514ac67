//! Draws that look random and are the same for the same seed: uniform, normal, gamma and beta.
//!
//! Never for secrets, and never for whom an arm gets (that is a hash of the person, `decide::steps::split`). The bandit
//! and tests call it. Logarithms may differ in the last bit between machines, so that what is made of a draw is written
//! down where it must be repeated, and not drawn again.

/// A stream of draws from a seed: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// Between 0 and 1, neither of them: 53 bits, and half a step up.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.roll() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// From the normal curve: Marsaglia's polar method (Marsaglia and Bray, 1964).
    pub(super) fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// From the gamma distribution of shape `shape >= 1` and scale 1 (Marsaglia and Tsang: A simple method for
    /// generating gamma variables, 2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let z = self.normal();
            let v = (1.0 + c * z).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * z * z + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// From the beta distribution, `a, b >= 1`.
    pub(super) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let mut dice = Dice::new(7);
        let n = 20_000;
        let mut mean_and_variance = |draw: &mut dyn FnMut(&mut Dice) -> f64| {
            let draws: Vec<f64> = (0..n).map(|_| draw(&mut dice)).collect();
            let mean = draws.iter().sum::<f64>() / f64::from(n);
            (mean, draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n))
        };
        let near = |(mean, variance): (f64, f64), m: f64, v: f64| {
            // Five standard errors of the mean; a tenth of the variance.
            assert!((mean - m).abs() < 5.0 * (v / f64::from(n)).sqrt(), "mean {mean} for {m}");
            assert!((variance / v - 1.0).abs() < 0.1, "variance {variance} for {v}");
        };
        near(mean_and_variance(&mut Dice::uniform), 0.5, 1.0 / 12.0);
        near(mean_and_variance(&mut Dice::normal), 0.0, 1.0);
        near(mean_and_variance(&mut |dice| dice.beta(3.0, 7.0)), 0.3, 21.0 / 1100.0);
        near(mean_and_variance(&mut |dice| dice.beta(1.0, 1.0)), 0.5, 1.0 / 12.0);
    }
}
