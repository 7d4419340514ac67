//! Msg_Id (2.0 and 3.0 §8.4.3.2): 64 bits that the gateway makes of the time, its own code and a counter. Whoever receives
//! one treats it as opaque; only our own gateway side makes them, with `MsgIds`.

use crate::clock::{Face, face};
use model::{Span, Timestamp};
use std::fmt;
use std::str::FromStr;

/// A message's id, as it stands on the wire in network order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MsgId(pub u64);

/// What a gateway that keeps to the layout says by a Msg_Id. It knows no year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// 0 to 15; 1 to 12 if it is a month.
    pub month: u8,
    /// 0 to 31.
    pub day: u8,
    /// 0 to 31; 23 at most if it is an hour.
    pub hour: u8,
    /// 0 to 63.
    pub minute: u8,
    /// 0 to 63.
    pub second: u8,
    /// The gateway's code, 22 bits.
    pub gateway: u32,
    /// The counter.
    pub sequence: u16,
}

impl MsgId {
    /// None: what stands in a SUBMIT, and in an answer that refuses one.
    pub const NONE: Self = Self(0);

    /// Puts an id together; what does not fit into its bits is cut off.
    pub const fn new(parts: Parts) -> Self {
        let Parts { month, day, hour, minute, second, gateway, sequence } = parts;
        Self(
            (month as u64 & 0x0f) << 60
                | (day as u64 & 0x1f) << 55
                | (hour as u64 & 0x1f) << 50
                | (minute as u64 & 0x3f) << 44
                | (second as u64 & 0x3f) << 38
                | (gateway as u64 & GATEWAY_MAX as u64) << 16
                | sequence as u64,
        )
    }

    /// Takes an id apart, whether or not its gateway keeps to the layout.
    pub const fn parts(self) -> Parts {
        Parts {
            month: (self.0 >> 60) as u8,
            day: (self.0 >> 55) as u8 & 0x1f,
            hour: (self.0 >> 50) as u8 & 0x1f,
            minute: (self.0 >> 44) as u8 & 0x3f,
            second: (self.0 >> 38) as u8 & 0x3f,
            gateway: (self.0 >> 16) as u32 & GATEWAY_MAX,
            sequence: self.0 as u16,
        }
    }

    /// The id of the number at this place, from 0, of a SUBMIT to many: only the counter moves, inside its 16 bits.
    #[must_use]
    pub const fn nth(self, place: u16) -> Self {
        Self(self.0 & !0xffff | (self.0 as u16).wrapping_add(place) as u64)
    }

    /// Undoes `nth`: the place of `other` in the SUBMIT that got this id, if it was to so many numbers.
    pub const fn place_of(self, other: Self, numbers: u16) -> Option<u16> {
        let place = (other.0 as u16).wrapping_sub(self.0 as u16);
        if self.0 >> 16 == other.0 >> 16 && place < numbers { Some(place) } else { None }
    }

    /// The 22 digits that people of the trade write: `MMDDhhmmss`, gateway in 7, counter in 5. Reads back with `parse`.
    pub fn digits(self) -> String {
        let Parts { month, day, hour, minute, second, gateway, sequence } = self.parts();
        format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}{gateway:07}{sequence:05}")
    }
}

/// An id that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "Msg_Id: expected a number of 64 bits or 22 digits (MMDDhhmmss, gateway, counter), found {octets} octets"
)]
pub struct ParseMsgIdError {
    octets: usize,
}

impl FromStr for MsgId {
    type Err = ParseMsgIdError;

    /// Reads the 22 digits, or the number in decimal, which has 20 at most.
    fn from_str(text: &str) -> Result<Self, ParseMsgIdError> {
        let bad = ParseMsgIdError { octets: text.len() };
        if !text.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(bad);
        }
        if text.len() != DIGITS {
            return text.parse().map(Self).map_err(|_| bad);
        }
        let id = from_digits(text).ok_or(bad.clone())?;
        // A field that overflows its bits would come out as another id.
        if id.digits() == text { Ok(id) } else { Err(bad) }
    }
}

fn from_digits(text: &str) -> Option<MsgId> {
    let two = |at: usize| text.get(at..at + 2)?.parse().ok();
    Some(MsgId::new(Parts {
        month: two(0)?,
        day: two(2)?,
        hour: two(4)?,
        minute: two(6)?,
        second: two(8)?,
        gateway: text.get(10..17)?.parse().ok()?,
        sequence: text.get(17..)?.parse().ok()?,
    }))
}

impl fmt::Display for MsgId {
    /// In decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits())
    }
}

/// Makes the ids of one gateway code. No two are alike within a year, as long as one `MsgIds` makes all of a code's: it
/// never goes back in time, and what one second has no room for is dated into the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MsgIds {
    gateway: u32,
    ahead: Span,
    /// The second of the last id, counted from 1970.
    second: i64,
    /// How many ids of that second are taken.
    taken: u32,
    /// The counter of the next id.
    sequence: u16,
}

impl MsgIds {
    /// Ids of this gateway code (22 bits, the rest is cut off) on a clock so far ahead of UTC. After a restart begin where
    /// the counter stood, or one second later: the seconds of a former life are not remembered here.
    pub const fn new(gateway: u32, ahead: Span, sequence: u16) -> Self {
        Self { gateway: gateway & GATEWAY_MAX, ahead, second: i64::MIN, taken: 0, sequence }
    }

    /// An id for one message; for a SUBMIT to many, the first of `numbers` (`MsgId::nth` gives the others).
    pub fn next(&mut self, now: Timestamp, numbers: u16) -> MsgId {
        let (now, numbers_wide) = (now.0.div_euclid(1_000), u32::from(numbers.max(1)));
        if now > self.second {
            (self.second, self.taken) = (now, 0);
        }
        if self.taken + numbers_wide > IDS_A_SECOND {
            (self.second, self.taken) = (self.second.saturating_add(1), 0);
        }
        self.taken += numbers_wide;
        let at = Timestamp(self.second.saturating_mul(1_000));
        let Face { month, day, hour, minute, second } = face(at, self.ahead);
        // A clock's face shows at most two digits in each field.
        let id = MsgId::new(Parts {
            month: month as u8,
            day: day as u8,
            hour: hour as u8,
            minute: minute as u8,
            second: second as u8,
            gateway: self.gateway,
            sequence: self.sequence,
        });
        self.sequence = self.sequence.wrapping_add(numbers.max(1));
        id
    }
}

/// The largest gateway code.
const GATEWAY_MAX: u32 = 0x3f_ffff;
/// How many counters a second has.
const IDS_A_SECOND: u32 = 1 << 16;
/// Digits of the long notation.
const DIGITS: usize = 22;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::CHINA_AHEAD;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn the_bits_stand_where_the_specification_puts_them() {
        let id = MsgId(0xb2b9_da80_0001_0000);
        let parts = Parts { month: 11, day: 5, hour: 14, minute: 29, second: 42, gateway: 1, sequence: 0 };
        assert_eq!((id.parts(), MsgId::new(parts)), (parts, id));
        assert_eq!(id.digits(), "1105142942000000100000");
        assert_eq!(id.to_string(), "12878564852733378560");
        for text in [id.digits(), id.to_string()] {
            assert_eq!(text.parse(), Ok(id));
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "x",
            "-1",
            "18446744073709551616",
            "1105142942000000165536",
            "1664000000000000000000",
            "１１",
        ] {
            assert!(text.parse::<MsgId>().is_err(), "{text}");
        }
        let error = "18446744073709551616".parse::<MsgId>().unwrap_err().to_string();
        assert!(error.ends_with("found 20 octets"), "{error}");
    }

    #[test]
    fn the_ids_of_a_group_wrap_inside_their_counter() {
        let first = MsgId(0xb2b9_da80_0001_fffe);
        assert_eq!(
            [first.nth(1), first.nth(2)],
            [MsgId(0xb2b9_da80_0001_ffff), MsgId(0xb2b9_da80_0001_0000)]
        );
        assert_eq!([first.place_of(first.nth(2), 3), first.place_of(first.nth(2), 2)], [Some(2), None]);
        assert_eq!(first.place_of(MsgId(0xb2b9_da80_0002_ffff), 3), None);
    }

    #[test]
    fn a_full_second_is_continued_in_the_next() {
        let now = Timestamp::parse_rfc3339("2026-12-31T15:59:59.900Z").unwrap();
        let mut ids = MsgIds::new(7, CHINA_AHEAD, 65_000);
        let mut seen = HashSet::new();
        let last = (0..65_536).map(|_| ids.next(now, 1)).inspect(|id| assert!(seen.insert(*id))).last();
        assert_eq!(last.map(|id| id.digits()), Some("1231235959000000764999".to_owned()));
        let next = ids.next(now, 1);
        assert_eq!(next.digits(), "0101000000000000765000", "the year turns over");
        // The clock goes back: the ids do not.
        let back = ids.next(Timestamp(now.0 - 3_600_000), 1);
        assert_eq!(back.digits(), "0101000000000000765001");
        let later = ids.next(now.after(Span::seconds(2)), 1);
        assert_eq!(later.digits(), "0101000001000000765002");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn both_notations_read_back(id in any::<u64>().prop_map(MsgId)) {
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.digits().parse(), Ok(id));
            prop_assert_eq!(MsgId::new(id.parts()), id);
        }

        #[test]
        fn no_id_of_any_group_comes_twice(
            steps in proptest::collection::vec((0i64..3_000, 1u16..100), 1..60),
            start in any::<u16>(),
            full in any::<bool>(),
        ) {
            let mut ids = MsgIds::new(1, CHINA_AHEAD, start);
            let (mut now, mut seen) = (Timestamp(1_777_593_600_000), HashSet::new());
            if full {
                for _ in 0..700 {
                    let first = ids.next(now, 93);
                    prop_assert!((0..93).all(|place| seen.insert(first.nth(place))));
                }
            }
            for (millis, numbers) in steps {
                now = now.after(Span(millis));
                let first = ids.next(now, numbers);
                for place in 0..numbers {
                    prop_assert!(seen.insert(first.nth(place)));
                    prop_assert_eq!(first.place_of(first.nth(place), numbers), Some(place));
                }
            }
        }
    }
}
