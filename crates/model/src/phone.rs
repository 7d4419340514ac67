//! A phone number in E.164 digits. Prints masked everywhere; only `reveal` shows it.

use phonenumber::Mode;
use phonenumber::metadata::DATABASE;
use std::fmt;

/// A phone number: country code and national number, digits only, 8 to 15 of them (ITU-T E.164 §6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    // Two bytes shorter than a String is long, and no allocation: there are millions of them in memory.
    digits: [u8; 15],
    len: u8,
}

/// A text that is not a phone number. Does not repeat the text: it may be somebody's number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a phone number of 8 to 15 digits, such as 13800001234 or +8613800001234, found {found}")]
pub struct ParsePhoneError {
    found: String,
}

impl Phone {
    /// Reads a number as people write it: spaces, dashes and brackets are ignored; `+` or `00` starts an
    /// international number; anything else is national and gets `country` (digits, e.g. `86`), its trunk prefix
    /// dropped as that country's numbering plan has it (`8` in Russia, `0` in most others, none in Italy); a number that
    /// is in no plan loses a leading `0`. A Chinese mobile number written as 86… is recognised as international.
    pub fn parse(text: &str, country: &str) -> Result<Self, ParsePhoneError> {
        let describe = |what: &str| ParsePhoneError { found: what.to_owned() };
        let compact: String =
            text.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}')).collect();
        let (international, digits) = if let Some(rest) = compact.strip_prefix('+') {
            (true, rest)
        } else if let Some(rest) = compact.strip_prefix("00") {
            (true, rest)
        } else {
            (false, compact.as_str())
        };
        if digits.is_empty() {
            return Err(describe("nothing"));
        }
        if let Some(odd) = digits.chars().find(|c| !c.is_ascii_digit()) {
            return Err(describe(&format!("the character {odd:?}")));
        }
        let full = if international || (digits.len() == 13 && digits.starts_with("861")) {
            digits.to_owned()
        } else if let Some(known) = (country != CHINA).then(|| by_plan(digits, country)).flatten() {
            known
        } else {
            format!("{country}{}", digits.strip_prefix('0').unwrap_or(digits))
        };
        if !(8..=15).contains(&full.len()) {
            return Err(describe(&format!("{} digits", full.len())));
        }
        let mut phone = Self { digits: [0; 15], len: full.len() as u8 };
        phone.digits[..full.len()].copy_from_slice(full.as_bytes());
        Ok(phone)
    }

    /// The digits in clear, without `+`: for the carrier and for sealed storage, never for a log.
    pub fn reveal(&self) -> &str {
        // Only ASCII digits can get in.
        std::str::from_utf8(&self.digits[..usize::from(self.len)]).unwrap_or("")
    }

    /// The number as it is read, like `138****1234` (JR/T 0197-2020 annex A): a Chinese mobile without its
    /// country code, any other number by its first and last digits.
    pub fn masked(&self) -> String {
        let full = self.reveal();
        let shown = match full.strip_prefix("86") {
            Some(national) if national.len() == 11 => national,
            _ => full,
        };
        format!("{}****{}", &shown[..3], &shown[shown.len() - 4..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// The country whose numbers come in millions: its plan is simple enough to be read here.
const CHINA: &str = "86";

/// A national number in full, if it is one in the numbering plan of its country (ITU-T E.164 as libphonenumber's tables
/// have it).
fn by_plan(digits: &str, country: &str) -> Option<String> {
    let regions = DATABASE.region(&country.parse::<u16>().ok()?)?;
    let region = regions.first()?.parse().ok()?;
    let number = phonenumber::parse(Some(region), digits).ok().filter(phonenumber::is_valid)?;
    let full = number.format().mode(Mode::E164).to_string();
    full.strip_prefix('+').filter(|full| full.starts_with(country)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(Phone::parse(text, "86").ok().as_ref().map(Phone::reveal), expect, "{text}");
    }

    #[test]
    fn numbers_as_people_write_them() {
        check("13800001234", Some("8613800001234"));
        check("+86 138-0000-1234", Some("8613800001234"));
        check("008613800001234", Some("8613800001234"));
        check("8613800001234", Some("8613800001234"));
        check("(010) 6655 4433", Some("861066554433"));
        check("+420601123456", Some("420601123456"));
        for bad in ["", "12", "1380000123x", "+1234567890123456"] {
            check(bad, None);
        }
    }

    #[test]
    fn national_numbers_are_read_by_their_countrys_plan() {
        for (country, text, expect) in [
            ("7", "8 916 123-45-67", "79161234567"),
            ("7", "916 123-45-67", "79161234567"),
            ("44", "07400 123456", "447400123456"),
            ("1", "(212) 555-0123", "12125550123"),
            ("1", "1 212 555 0123", "12125550123"),
            // Italy has no trunk prefix: the zero is part of the number.
            ("39", "06 698 1234", "39066981234"),
            // Mobile numbers in Argentina get a 9 and lose a 15 on their way abroad.
            ("54", "011 15 2345 6789", "5491123456789"),
            ("36", "06 20 123 4567", "36201234567"),
            ("91", "098765 43210", "919876543210"),
            ("65", "8123 4567", "6581234567"),
            // In no plan: a number of our own making, as senders are.
            ("65", "01069000011", "651069000011"),
        ] {
            assert_eq!(Phone::parse(text, country).ok().as_ref().map(Phone::reveal), Some(expect), "{text}");
        }
    }

    #[test]
    fn errors_and_prints_keep_the_number_to_themselves() {
        let phone = Phone::parse("13800001234", "86").unwrap();
        assert_eq!(format!("{phone} {phone:?}"), "138****1234 138****1234");
        let error = Phone::parse("1390998877x", "86").unwrap_err().to_string();
        assert!(!error.contains("0998877"), "{error}");
    }
}
