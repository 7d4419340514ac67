//! The content of a part for the Chinese protocols: Msg_Fmt, user data header, octets. The three of them carry the same.

use super::{NotSendable, Part};
use engine::world::Concatenation;
use text::Encoding;
use wire::Width;
use wire::msg_fmt::{MsgFmt, encode_ascii, encode_gbk, encode_ucs2};
use wire::smpp::concat::write_header;

/// Octets behind which a tied part in ASCII does not fit any more: the content of one message has fewer than 160.
const ASCII_OCTETS_MAX: usize = 159;
/// The same for every other alphabet.
const OCTETS_MAX: usize = 140;

/// Writes a part's content to `out`, which it clears first. Returns its alphabet and whether it starts with a header.
///
/// What was counted in GSM-7 goes as ASCII if it is; the few other characters of that alphabet, and 160 characters in
/// one part, go as UCS-2 or GBK if they fit the part that was paid for.
pub(super) fn write(out: &mut Vec<u8>, part: &Part<'_>) -> Result<(MsgFmt, bool), NotSendable> {
    out.clear();
    let header = part.place.total > 1;
    if header {
        // These protocols have neither sar_ parameters nor message_payload.
        let width = if part.how == Concatenation::Udh16 { Width::Sixteen } else { Width::Eight };
        write_header(out, part.place, width);
    }
    let start = out.len();
    let formats: &[MsgFmt] = match part.encoding {
        Encoding::Gsm7 => &[MsgFmt::ASCII, MsgFmt::UCS2, MsgFmt::GBK],
        Encoding::Ucs2 => &[MsgFmt::UCS2],
    };
    for format in formats {
        let (written, max) = match *format {
            MsgFmt::ASCII => (encode_ascii(out, part.text), ASCII_OCTETS_MAX),
            MsgFmt::GBK => (encode_gbk(out, part.text), OCTETS_MAX),
            _ => {
                encode_ucs2(out, part.text);
                (Ok(()), OCTETS_MAX)
            }
        };
        if written.is_ok() && out.len() <= max {
            return Ok((*format, header));
        }
        out.truncate(start);
    }
    Err(NotSendable)
}

/// A mainland number as the carriers there write it, without its country code; any other as it is.
pub(super) fn domestic(digits: &str) -> &str {
    match digits.strip_prefix("86") {
        Some(number) if number.len() == 11 && number.starts_with('1') => number,
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use wire::Concat;

    fn coded(text: &str, encoding: Encoding, total: u8, how: Concatenation) -> Option<(u8, bool, usize)> {
        let place = Concat { reference: 0x0107, total, number: 1 };
        let part =
            Part { source: "1069", to: "8613800000001", text, encoding, place, how, expires: Timestamp(0) };
        let mut out = vec![1, 2, 3];
        let (format, header) = write(&mut out, &part).ok()?;
        Some((format.0, header, out.len()))
    }

    #[test]
    fn the_alphabet_is_the_smallest_that_fits_the_part_that_was_paid_for() {
        use Encoding::{Gsm7, Ucs2};
        let udh = Concatenation::Udh;
        for (text, encoding, total, expected) in [
            ("a".repeat(159), Gsm7, 1, Some((0, false, 159))),
            ("a".repeat(153), Gsm7, 2, Some((0, true, 159))),
            ("a".repeat(160), Gsm7, 1, None),
            ("é".repeat(70), Gsm7, 1, Some((8, false, 140))),
            ("é".to_owned() + &"a".repeat(137), Gsm7, 1, Some((15, false, 139))),
            ("é".to_owned() + &"a".repeat(153), Gsm7, 1, None),
            ("汉".repeat(70), Ucs2, 1, Some((8, false, 140))),
            ("汉".repeat(67), Ucs2, 2, Some((8, true, 140))),
        ] {
            assert_eq!(coded(&text, encoding, total, udh), expected, "{} of {total}", text.chars().count());
        }
        assert_eq!(coded("汉", Ucs2, 2, Concatenation::Udh16), Some((8, true, 9)));
        assert_eq!(coded("汉", Ucs2, 2, Concatenation::Sar), Some((8, true, 8)));
    }

    #[test]
    fn mainland_mobile_numbers_lose_their_country_code() {
        for (digits, expected) in [
            ("8613800000001", "13800000001"),
            ("862112345678", "862112345678"),
            ("4915112345678", "4915112345678"),
            ("13800000001", "13800000001"),
        ] {
            assert_eq!(domestic(digits), expected);
        }
    }
}
