//! The few functions of mathematics that the methods need: gamma, incomplete gamma and beta, and the normal curve.
//!
//! Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF); the numbers in the tests are SciPy's.
//! They check no argument and never panic: the methods look at what they are handed before.

/// Where Stirling's series is exact to the last bit of an `f64` but one or two.
const STIRLING_FROM: f64 = 12.0;
/// How many terms a continued fraction or a series may have. It needs about the square root of its arguments.
const TERMS_MAX: u32 = 100_000;
/// Where a continued fraction stops.
const CLOSE: f64 = 1e-15;
/// Instead of a zero in a denominator (Lentz's method, modified).
const TINY: f64 = 1e-300;
/// Beyond this many standard deviations the normal curve is 0 in an `f64`.
const NORMAL_END: f64 = 39.0;

/// The logarithm of the gamma function for `x > 0`: Stirling's series (DLMF 5.11.1) after moving up by DLMF 5.5.1.
pub(super) fn ln_gamma(x: f64) -> f64 {
    let mut x = x;
    let mut below = 0.0;
    while x < STIRLING_FROM {
        below += x.ln();
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    // B(2k) / (2k (2k - 1)) for k = 6 .. 1.
    let terms = [-691.0 / 360_360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0];
    let series = terms.iter().fold(0.0, |sum, term| sum * square + term) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - below
}

/// The regularised upper incomplete gamma function Q(a, x), `a > 0`, `x >= 0`: the series of DLMF 8.7.1 below `a + 1`,
/// the continued fraction of DLMF 8.9.2 above.
pub(super) fn gamma_upper(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        for _ in 0..TERMS_MAX {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * CLOSE {
                break;
            }
        }
        return 1.0 - front * sum;
    }
    let mut b = x + 1.0 - a;
    let fraction = continued_fraction(b, |k| {
        let k = f64::from(k);
        b += 2.0;
        (-k * (k - a), b)
    });
    front / fraction
}

/// The regularised incomplete beta function I(x; a, b), `a, b > 0`: the continued fraction of DLMF 8.17.22.
pub(super) fn beta_lower(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction is quick on one side of the mean only; the other side is its mirror (DLMF 8.17.4).
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_lower(1.0 - x, b, a);
    }
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b)).exp() / a;
    let fraction = continued_fraction(1.0, |k| {
        let m = f64::from(k / 2);
        let numerator = if k % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (numerator, 1.0)
    });
    front / fraction
}

/// The logarithm of the beta function.
pub(super) fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// The share of the normal curve left of `z` (DLMF 7.11.2: the error function is an incomplete gamma function).
pub(super) fn normal(z: f64) -> f64 {
    let tail = gamma_upper(0.5, z * z / 2.0) / 2.0;
    if z < 0.0 { tail } else { 1.0 - tail }
}

/// The z with `normal(z) = share`, by halving; `share` in (0, 1).
pub(super) fn normal_quantile(share: f64) -> f64 {
    // The left tail keeps its digits, the right one is rounded against 1.
    if share > 0.5 {
        return -normal_quantile(1.0 - share);
    }
    let (mut low, mut high) = (-NORMAL_END, 0.0);
    while high - low > CLOSE * NORMAL_END {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if normal(middle) < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The continued fraction `first + a(1) / (b(1) + a(2) / (b(2) + ...))` by Lentz's method as Thompson and Barnett (1986)
/// modified it; `next(k)` gives a(k) and b(k), from k = 1.
fn continued_fraction(first: f64, mut next: impl FnMut(u32) -> (f64, f64)) -> f64 {
    let away = |x: f64| if x.abs() < TINY { TINY } else { x };
    let mut fraction = away(first);
    let (mut c, mut d) = (fraction, 0.0);
    for k in 1..TERMS_MAX {
        let (numerator, denominator) = next(k);
        d = 1.0 / away(denominator + numerator * d);
        c = away(denominator + numerator / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < CLOSE {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    //! References: scipy 1.17.1, `scipy.special.gammaln`, `gammaincc`, `betainc`, `scipy.stats.norm.cdf` and `ppf`.
    use super::*;

    fn close(found: f64, expected: f64) {
        let room = if expected == 0.0 { 1e-12 } else { 1e-10 * expected.abs() };
        assert!((found - expected).abs() <= room, "{found} for {expected}");
    }

    #[test]
    fn functions_are_those_of_scipy() {
        for (x, expected) in [
            (0.1, 2.252712651734206),
            (0.5, 0.5723649429247),
            (1.0, 0.0),
            (3.7, 1.428072326665388),
            (100.5, 361.43554046777757),
            (1e6, 12815504.569147611),
        ] {
            close(ln_gamma(x), expected);
        }
        for (a, x, expected) in [
            (0.5, 0.1, 0.6547208460185768),
            (1.0, 2.0, 0.1353352832366127),
            (2.5, 1.0, 0.8491450360846096),
            (10.0, 30.0, 7.121750862815593e-06),
            (50.0, 40.0, 0.9296649333406051),
            (0.5, 30.0, 9.485737571073857e-15),
        ] {
            close(gamma_upper(a, x), expected);
        }
        for (a, b, x, expected) in [
            (1.0, 1.0, 0.3, 0.3),
            (2.0, 5.0, 0.1, 0.11426500000000002),
            (30.0, 4.0, 0.8, 0.0808127257645497),
            (0.5, 0.5, 0.5, 0.5),
            (200.0, 300.0, 0.45, 0.9881463456202628),
        ] {
            close(beta_lower(x, a, b), expected);
        }
        for (z, expected) in [
            (0.0, 0.5),
            (0.5, 0.6914624612740131),
            (1.96, 0.9750021048517795),
            (-3.0, 0.0013498980316300933),
            (5.0, 0.9999997133484281),
            (-8.0, 6.22096057427174e-16),
        ] {
            close(normal(z), expected);
        }
        for (share, expected) in [
            (0.975, 1.959963984540054),
            (0.5, 0.0),
            (0.9995, 3.2905267314919255),
            (1e-9, -5.9978070150076865),
            (0.2, -0.8416212335729142),
        ] {
            close(normal_quantile(share), expected);
        }
    }

    #[test]
    fn arguments_outside_give_no_panic() {
        assert!(normal_quantile(0.0) < -8.0);
        assert_eq!(beta_lower(2.0, 1.0, 1.0), 1.0);
        assert_eq!(gamma_upper(1.0, -1.0), 1.0);
    }
}
