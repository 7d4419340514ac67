//! Reads the digits of an amount: which of its separators is the decimal one.
//!
//! 1,23,456.78 (India), 1.234,56 (Europe), 1 234,56 (Russia), 1'234.56 (Switzerland), 70.000.00 (a bank that groups with dots).
//! It keeps the decimals as they were written and makes no floating-point number of anything.

/// Currencies of countries that write 1.234 for a thousand and a bit, and no amount with three decimals.
const DOT_GROUPS: [&str; 9] = ["EUR", "IDR", "VND", "CLP", "COP", "ARS", "BRL", "TRY", "DKK"];

/// Digits and separators as a plain decimal, such as `123456.78`, times ten to the `power`. `currency` settles the one
/// doubtful form, `1.234`.
pub(super) fn decimal(digits: &str, currency: &str, power: u8) -> String {
    let point = decimal_point(digits, currency);
    let mut whole: String = digits[..point].chars().filter(char::is_ascii_digit).collect();
    let mut fraction: String = digits[point..].chars().filter(char::is_ascii_digit).collect();
    for _ in 0..power {
        whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
    }
    // Leading noughts say nothing, the last one before the point does.
    let kept = whole.trim_start_matches('0');
    let whole = if kept.is_empty() { "0" } else { kept };
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// Where the decimal separator stands; the end when there is none.
fn decimal_point(digits: &str, currency: &str) -> usize {
    let Some(last) = digits.rfind([',', '.']) else { return digits.len() };
    let separator = &digits[last..=last];
    let behind = digits.len() - last - 1;
    let is_alone = digits.matches([',', '.']).count() == 1;
    let is_repeated = digits[..last].contains(separator);
    let has_spaces = digits.contains([' ', '\'']);
    let is_decimal = match (separator, behind) {
        // 1,23,456 and 1.234.567 group; 70.000.00 does not end in a group.
        (_, 3) if is_repeated => false,
        (",", 3) => false,
        (".", 3) if is_alone && !has_spaces => !DOT_GROUPS.contains(&currency),
        (",", 2) if is_repeated => true,
        _ => true,
    };
    if is_decimal { last } else { digits.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_an_amount() {
        for (digits, currency, power, expect) in [
            ("1,23,456.78", "INR", 0, "123456.78"),
            ("1,234.56", "CNY", 0, "1234.56"),
            ("1.234,56", "EUR", 0, "1234.56"),
            ("1 234,56", "RUB", 0, "1234.56"),
            ("1'234.50", "CHF", 0, "1234.50"),
            ("1,234", "INR", 0, "1234"),
            ("1.234", "EUR", 0, "1234"),
            ("1.234", "OMR", 0, "1.234"),
            ("5.000", "INR", 0, "5.000"),
            ("70.000.00", "PKR", 0, "70000.00"),
            ("1.234.567", "IDR", 0, "1234567"),
            ("699,25", "RUB", 0, "699.25"),
            ("1,5", "BYN", 0, "1.5"),
            ("0.05", "", 0, "0.05"),
            ("3.5", "CNY", 4, "35000"),
            ("1.25", "INR", 5, "125000"),
            ("2", "CNY", 8, "200000000"),
            ("007", "", 0, "7"),
            ("000.87", "", 0, "0.87"),
        ] {
            assert_eq!(decimal(digits, currency, power), expect, "{digits} {currency}");
        }
    }
}
