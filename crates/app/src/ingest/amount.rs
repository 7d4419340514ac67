//! Amounts of money as files write them, read exactly or not at all.
//!
//! It refuses to round, and to take `12,34` for 1,234: separators of thousands must stand where thousands begin.

use model::{Currency, Money};

/// How amounts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `1,234.56`.
    Point,
    /// `1.234,56` or `1 234,56`.
    Comma,
    /// `123456`: minor units (fen).
    Minor,
}

impl Notation {
    /// What to expect, for complaints.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Point => "an amount such as 1234.56 (at most two decimals)",
            Self::Comma => "an amount such as 1234,56 (at most two decimals)",
            Self::Minor => "a whole number of minor units such as 123456",
        }
    }

    /// Reads an amount; `None` when it is not written this way, or does not fit.
    pub(crate) fn read(self, text: &str, currency: Currency) -> Option<Money> {
        if self == Self::Minor {
            return Some(Money { minor: whole_number(text)?, currency });
        }
        Money::parse(&self.plain(text)?, currency).ok()
    }

    /// Reads a number with a fraction that is not money.
    pub(crate) fn read_float(self, text: &str) -> Option<f64> {
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
        let text = match self {
            Self::Comma => text.replace('.', "!").replace(',', "."),
            Self::Point | Self::Minor => text.to_owned(),
        };
        // Without this check `inf` and `nan` would be numbers.
        text.parse().ok().filter(|number: &f64| number.is_finite() && is_number(&text))
    }

    /// The amount with a decimal point and without separators of thousands.
    fn plain(self, text: &str) -> Option<String> {
        let (decimal, separators): (char, &[char]) = match self {
            Self::Comma => (',', &['.', ' ', '\u{a0}', '\u{202f}']),
            Self::Point | Self::Minor => ('.', &[',']),
        };
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once(decimal).unwrap_or((digits, ""));
        if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
            && !is_grouped(whole, separators)
        {
            return None;
        }
        let whole = whole.replace(separators, "");
        Some(format!("{sign}{whole}.{fraction}"))
    }
}

/// Whether separators stand before every three digits, and nowhere else.
fn is_grouped(whole: &str, separators: &[char]) -> bool {
    let mut groups = whole.split(separators);
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && is_digits(first))
        && groups.all(|group| group.len() == 3 && is_digits(group))
}

/// Reads a whole number of at most 64 bits.
pub(crate) fn whole_number(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minor(notation: Notation, text: &str) -> Option<i64> {
        notation.read(text, Currency::CNY).map(|money| money.minor)
    }

    #[test]
    fn amounts_read_as_they_were_meant() {
        let table = [
            (Notation::Point, "1234.56", Some(123_456)),
            (Notation::Point, "1,234,567.8", Some(123_456_780)),
            (Notation::Point, "-5446.6", Some(-544_660)),
            (Notation::Point, "12,34", None),
            (Notation::Point, "1,2345.00", None),
            (Notation::Point, "1.234", None),
            (Notation::Point, "1e3", None),
            (Notation::Point, "", None),
            (Notation::Comma, "1.234,56", Some(123_456)),
            (Notation::Comma, "1 234,5", Some(123_450)),
            (Notation::Comma, "12.34", None),
            (Notation::Minor, "123456", Some(123_456)),
            (Notation::Minor, "1234.56", None),
        ];
        for (notation, text, expect) in table {
            assert_eq!(minor(notation, text), expect, "{notation:?} {text:?}");
        }
    }

    #[test]
    fn floats_are_finite_numbers() {
        assert_eq!(Notation::Comma.read_float("0,35"), Some(0.35));
        assert_eq!(Notation::Comma.read_float("0.35"), None);
        assert_eq!(Notation::Point.read_float("-1.5e3"), Some(-1500.0));
        for bad in ["inf", "NaN", "1e999", "", "0x1"] {
            assert_eq!(Notation::Point.read_float(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn grouped_amounts_equal_plain_ones(amount in -10_000_000_000i64..10_000_000_000) {
            let money = Money { minor: amount, currency: Currency::CNY };
            prop_assert_eq!(Notation::Point.read(&money.to_string(), Currency::CNY), Some(money));
            let swapped: String = money
                .to_string()
                .chars()
                .map(|c| match c { ',' => '.', '.' => ',', c => c })
                .collect();
            prop_assert_eq!(Notation::Comma.read(&swapped, Currency::CNY), Some(money));
        }
    }
}
