//! The country code of a number, which two vendors write apart from the rest. Nothing here judges whether a number
//! exists: `model::Phone` reads numbers, the gate decides about them.

/// A number in two pieces: country code and national number, digits only.
///
/// Reads `+86138…`, `0086138…`, `86138…` (13 digits) and, as national numbers of China, `138…`. Country codes have one
/// digit in zones 1 and 7, two where ITU-T E.164 assigned them so, else three.
pub fn split(number: &str) -> (String, String) {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let is_whole = number.trim_start().starts_with('+') || (digits.len() == 13 && digits.starts_with("861"));
    let international = if is_whole { Some(digits.as_str()) } else { digits.strip_prefix("00") };
    let Some(digits) = international else { return ("86".to_owned(), digits) };
    let length = country_digits(digits).min(digits.len());
    (digits[..length].to_owned(), digits[length..].to_owned())
}

/// Two-digit country codes (ITU-T E.164 annex, list of assigned codes).
const TWO_DIGITS: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
    "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

fn country_digits(digits: &str) -> usize {
    match digits.get(..2) {
        _ if digits.starts_with(['1', '7']) => 1,
        Some(two) if TWO_DIGITS.contains(&two) => 2,
        _ => 3,
    }
}

/// `+` and all digits.
pub fn international(number: &str) -> String {
    let (country, national) = split(number);
    format!("+{country}{national}")
}

/// As the Chinese vendors write a number in a receipt: national for China, else country code and number.
pub fn domestic(number: &str) -> String {
    let (country, national) = split(number);
    if country == "86" { national } else { format!("{country}{national}") }
}

/// The ISO 3166 code of the regions that Chinese vendors distinguish; empty for all others.
pub fn region(country: &str) -> &'static str {
    match country {
        "86" => "CN",
        "852" => "HK",
        "853" => "MO",
        "886" => "TW",
        _ => "",
    }
}

/// A number as it may be printed: its last two digits.
pub(crate) fn masked(number: &str) -> String {
    let mut last: Vec<char> = number.chars().rev().take(2).collect();
    last.reverse();
    format!("***{}", last.into_iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_split_where_their_country_ends() {
        for (number, country, national) in [
            ("+8613800138000", "86", "13800138000"),
            ("008613800138000", "86", "13800138000"),
            ("8613800138000", "86", "13800138000"),
            ("13800138000", "86", "13800138000"),
            ("+15005550006", "1", "5005550006"),
            ("+85291234567", "852", "91234567"),
            ("+420601123456", "420", "601123456"),
            ("", "86", ""),
            ("+8", "8", ""),
        ] {
            assert_eq!(split(number), (country.to_owned(), national.to_owned()), "{number}");
        }
        assert_eq!(international("13800138000"), "+8613800138000");
        assert_eq!(domestic("+8613800138000"), "13800138000");
        assert_eq!(domestic("+85291234567"), "85291234567");
    }
}
