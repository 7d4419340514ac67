//! Money exactly: integers only. Amounts of customers are in minor units (fen); prices of parts are finer.

use std::fmt;

/// A three-letter currency code, ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Chinese yuan, the default.
    pub const CNY: Self = Self(*b"CNY");

    /// The currency of a code such as `CNY`; `None` unless it is three capital letters.
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The code as text.
    pub fn code(&self) -> &str {
        // Only ASCII capitals can get in.
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of money in minor units (1/100: fen for CNY, haléř for CZK). May be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    /// Minor units.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// A text that is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an amount such as 1234.56 (at most two decimals), found {0:?}")]
pub struct ParseMoneyError(String);

impl Money {
    /// Reads a plain decimal amount: an optional sign, digits (commas may set off groups of three), an optional
    /// point with one or two digits. A third decimal must be zero: rounding somebody's money is not our business.
    /// A comma elsewhere is refused: `1,5` is one and a half to whoever wrote it, and must not become fifteen.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, ParseMoneyError> {
        let bad = || ParseMoneyError(text.to_owned());
        let trimmed = text.trim();
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let in_threes = whole.split_once(',').is_none_or(|(first, rest)| {
            (1..=3).contains(&first.len()) && rest.split(',').all(|group| group.len() == 3)
        });
        let whole = whole.replace(',', "");
        let all_digits = whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        if whole.is_empty() || !in_threes || !all_digits {
            return Err(bad());
        }
        let (cents, rest) = fraction.split_at(fraction.len().min(2));
        if rest.bytes().any(|b| b != b'0') {
            return Err(bad());
        }
        let cents = match cents.len() {
            0 => 0,
            1 => cents.parse::<i64>().map_err(|_| bad())? * 10,
            _ => cents.parse::<i64>().map_err(|_| bad())?,
        };
        let minor = whole
            .parse::<i64>()
            .ok()
            .and_then(|w| w.checked_mul(100))
            .and_then(|w| w.checked_add(cents))
            .ok_or_else(bad)?;
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
    }

    /// The amount in major units, for comparisons in conditions. Exact up to 2^53 minor units.
    pub fn to_f64(self) -> f64 {
        self.minor as f64 / 100.0
    }
}

impl fmt::Display for Money {
    /// `1,234.56`: grouped, two decimals, without the currency.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, cents) = (self.minor.unsigned_abs() / 100, self.minor.unsigned_abs() % 100);
        let digits = whole.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "{sign}{grouped}.{cents:02}")
    }
}

/// What sending costs the institution, in thousandths of a fen: a part at ¥0.035 is 3,500.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cost {
    /// Thousandths of a fen.
    pub millifen: i64,
}

impl Cost {
    /// Nothing.
    pub const ZERO: Self = Self { millifen: 0 };

    /// The sum; stays at the largest value rather than wrap.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { millifen: self.millifen.saturating_add(other.millifen) }
    }

    /// The difference; stays at the smallest value rather than wrap.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self { millifen: self.millifen.saturating_sub(other.millifen) }
    }

    /// So many parts at this price each.
    #[must_use]
    pub fn times(self, parts: u32) -> Self {
        Self { millifen: self.millifen.saturating_mul(i64::from(parts)) }
    }

    /// Reads yuan with up to five decimals, e.g. `0.035`.
    pub fn parse_yuan(text: &str) -> Option<Self> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        if whole.is_empty()
            || fraction.len() > 5
            || !(whole.to_owned() + fraction).bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let fraction: i64 = format!("{fraction:0<5}").parse().ok()?;
        Some(Self { millifen: whole.parse::<i64>().ok()?.checked_mul(100_000)?.checked_add(fraction)? })
    }
}

impl fmt::Display for Cost {
    /// In yuan: `¥0.035`, trailing zeros beyond the fen dropped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.millifen < 0 { "-" } else { "" };
        let abs = self.millifen.unsigned_abs();
        let fraction = format!("{:05}", abs % 100_000);
        let kept = fraction.trim_end_matches('0').len().max(2);
        write!(f, "{sign}¥{}.{}", abs / 100_000, &fraction[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(text: &str) -> Option<i64> {
        Money::parse(text, Currency::CNY).ok().map(|m| m.minor)
    }

    #[test]
    fn amounts_read_exactly_or_not_at_all() {
        assert_eq!(minor("1,234.5"), Some(123_450));
        assert_eq!(minor("-0.07"), Some(-7));
        assert_eq!(minor("700.0"), Some(70_000));
        assert_eq!(minor("1.230"), Some(123));
        assert_eq!(minor("12,345,678"), Some(1_234_567_800));
        let misplaced = ["1,5", ",5", "1,", "1,2345", "1234,567", "1,,234", "1,23,456"];
        for bad in ["", ".5", "1.234", "12a", "99999999999999999999", "1e3"].into_iter().chain(misplaced) {
            assert_eq!(minor(bad), None, "{bad}");
        }
    }

    #[test]
    fn amounts_print_grouped() {
        let print = |minor| Money { minor, currency: Currency::CNY }.to_string();
        assert_eq!(print(123_456_789), "1,234,567.89");
        assert_eq!(print(-5), "-0.05");
    }

    #[test]
    fn costs_are_finer_than_fen() {
        assert_eq!(Cost::parse_yuan("0.035"), Some(Cost { millifen: 3_500 }));
        assert_eq!(Cost { millifen: 3_500 }.times(3).to_string(), "¥0.105");
        assert_eq!(Cost { millifen: 36_481_600 }.to_string(), "¥364.816");
        assert_eq!(Cost::parse_yuan("0.1234567"), None);
    }
}
