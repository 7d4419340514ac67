//! Phone numbers by their digits: to which country one belongs.

/// The country code that a number in E.164 digits (without `+`) begins with; all of it if it is too short for one.
/// (ITU-T E.164 annex to Operational Bulletin 930: codes have one to three digits, and none is the beginning of another.)
pub fn country_of(digits: &str) -> &str {
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [a, b, ..] if TWO_DIGITS.contains(&&[*a, *b]) => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or(digits)
}

/// Every country code of two digits.
const TWO_DIGITS: [&[u8; 2]; 44] = [
    b"20", b"27", b"30", b"31", b"32", b"33", b"34", b"36", b"39", b"40", b"41", b"43", b"44", b"45", b"46",
    b"47", b"48", b"49", b"51", b"52", b"53", b"54", b"55", b"56", b"57", b"58", b"60", b"61", b"62", b"63",
    b"64", b"65", b"66", b"81", b"82", b"84", b"86", b"90", b"91", b"92", b"93", b"94", b"95", b"98",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_begins_with_its_countrys_code() {
        for (digits, expect) in [
            ("8613800001234", "86"),
            ("12125550123", "1"),
            ("79161234567", "7"),
            ("420601123456", "420"),
            ("85251234567", "852"),
            ("447400123456", "44"),
            ("9", "9"),
            ("", ""),
        ] {
            assert_eq!(country_of(digits), expect, "{digits}");
        }
    }
}
