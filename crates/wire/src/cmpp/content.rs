//! What a Msg_Content is besides text: a user data header in front of it, and the times that go with a message.

use crate::concat::{self, Concat};
use crate::smpp::time;
use model::{Span, Timestamp};

pub use crate::concat::write_header;

/// Whether a TP_udhi announces a user data header: bit 0, as the specification has it, or bit 6, as gateways hand it
/// through from SMPP's esm_class.
pub const fn has_header(tp_udhi: u8) -> bool {
    tp_udhi & 0x41 != 0
}

/// Tells where a message belongs, if it is a part, and what of its content is text. A header that claims more octets than
/// there are is taken for text: better a garbled head than a lost message.
pub fn split(tp_udhi: u8, content: &[u8]) -> (Option<Concat>, &[u8]) {
    if has_header(tp_udhi)
        && let Some(found) = concat::split(content)
    {
        return found;
    }
    (None, content)
}

/// ValId_Time or At_Time: an instant, or so long after the gateway has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// `YYMMDDhhmmsstnn+` or `-`.
    At(Timestamp),
    /// `YYMMDDhhmmss000R`.
    After(Span),
}

impl When {
    /// Reads the 16 characters. `None` for anything else. Nobody agrees how long a month is; here it has 30
    /// days and a year 365.
    pub fn read(text: &[u8]) -> Option<Self> {
        let Some(digits) = text.strip_suffix(b"000R") else { return time::absolute(text).map(Self::At) };
        if digits.len() != 12 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut fields = digits
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[high, low]| i64::from(high - b'0') * 10 + i64::from(low - b'0'));
        let mut next = || fields.next().unwrap_or_default();
        let (years, months, days, hours, minutes, seconds) = (next(), next(), next(), next(), next(), next());
        let days = years * 365 + months * 30 + days;
        Some(Self::After(Span::seconds(((days * 24 + hours) * 60 + minutes) * 60 + seconds)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::concat::Width;
    use proptest::prelude::*;

    #[test]
    fn a_header_is_announced_by_either_bit() {
        let part = Concat { reference: 7, total: 3, number: 2 };
        for (tp_udhi, header, expected) in [
            (1, &[5, 0, 3, 7, 3, 2][..], Some(part)),
            (0x40, &[5, 0, 3, 7, 3, 2], Some(part)),
            (0x41, &[6, 8, 4, 0, 7, 3, 2], Some(part)),
            (1, &[5, 0, 3, 7, 3, 4], None),
        ] {
            let content = [header, b"abc"].concat();
            assert_eq!(split(tp_udhi, &content), (expected, &b"abc"[..]));
            assert_eq!(split(0, &content), (None, &content[..]));
        }
        assert_eq!(split(1, &[200, 0, 3]), (None, &[200, 0, 3][..]), "a header that lies costs no text");
    }

    #[test]
    fn times_are_instants_or_spans() {
        for (text, expected) in [
            ("260501080000032+", Some(When::At(Timestamp::parse_rfc3339("2026-05-01T00:00:00Z").unwrap()))),
            ("000002010203000R", Some(When::After(Span::seconds(2 * 86_400 + 3_723)))),
            ("010100000000000R", Some(When::After(Span::days(395)))),
            ("00000201020x000R", None),
            ("000R", None),
            ("2605010800", None),
            ("", None),
        ] {
            assert_eq!(When::read(text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn headers_read_back(reference in any::<u16>(), total in 1u8.., pick in any::<u8>(), text in any::<Vec<u8>>()) {
            let part = Concat { reference, total, number: pick % total + 1 };
            for (width, expected) in
                [(Width::Sixteen, part), (Width::Eight, Concat { reference: reference & 0xff, ..part })]
            {
                let mut content = Vec::new();
                write_header(&mut content, part, width);
                content.extend(&text);
                prop_assert_eq!(split(1, &content), (Some(expected), &text[..]));
            }
        }

        #[test]
        fn no_octets_panic(tp_udhi in any::<u8>(), octets in any::<Vec<u8>>()) {
            let _ = (split(tp_udhi, &octets), When::read(&octets));
        }
    }
}
