//! The message id of SMGP: ten octets, two decimal digits in each: gateway (6 digits), MMDDhhmm (8), sequence (6).
//!
//! It is printed as its 20 hex digits, the same way everywhere: that is the `remote_id` of events and receipts. A client takes
//! it as opaque; gateways are free to fill it as they like, and some do not keep to decimal digits. (Layout: SMSGate `MsgId`,
//! gosms `codec.BcdSeq`.)

use crate::clock::{Face, face};
use model::{Span, Timestamp};
use std::fmt;
use std::str::FromStr;

/// A message id as it stands in a PDU.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MsgId(pub [u8; 10]);

impl MsgId {
    /// No id: what stands in the answer to a Submit that was not accepted.
    pub const NONE: Self = Self([0; 10]);

    /// Reads 20 hex digits in either case.
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        let mut octets = [0; 10];
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        if pairs.len() != octets.len() {
            return None;
        }
        for (place, &[high, low]) in octets.iter_mut().zip(pairs) {
            let digit = |octet: u8| char::from(octet).to_digit(16);
            // Both are below 16.
            *place = (digit(high)? * 16 + digit(low)?) as u8;
        }
        Some(Self(octets))
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no message id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 20 hex digits, found {found} octets of something else")]
pub struct ParseMsgIdError {
    found: usize,
}

impl FromStr for MsgId {
    type Err = ParseMsgIdError;

    fn from_str(text: &str) -> Result<Self, ParseMsgIdError> {
        Self::from_hex(text.as_bytes()).ok_or(ParseMsgIdError { found: text.len() })
    }
}

/// Makes ids for a gateway: a value, so that a run can be repeated. A million a minute; what is more carries the minute forward,
/// so that no id comes twice in a year.
#[derive(Debug, Clone)]
pub struct MsgIds {
    gateway: u32,
    ahead: Span,
    /// The minute the last id was given in, counted from 1970.
    minute: i64,
    next: u32,
}

impl MsgIds {
    /// Ids of one gateway, by its last six digits, on a clock so far ahead of UTC.
    pub fn new(gateway: u32, ahead: Span) -> Self {
        Self { gateway: gateway % SEQUENCES, ahead, minute: i64::MIN, next: 0 }
    }

    /// The next id.
    pub fn take(&mut self, now: Timestamp) -> MsgId {
        let minute = now.0.div_euclid(MINUTE_MS);
        if minute > self.minute {
            (self.minute, self.next) = (minute, 0);
        } else if self.next == SEQUENCES {
            (self.minute, self.next) = (self.minute.saturating_add(1), 0);
        }
        let Face { month, day, hour, minute, .. } =
            face(Timestamp(self.minute.saturating_mul(MINUTE_MS)), self.ahead);
        let sequence = self.next;
        self.next += 1;
        let pairs = [
            self.gateway / 10_000,
            self.gateway / 100,
            self.gateway,
            month,
            day,
            hour,
            minute,
            sequence / 10_000,
            sequence / 100,
            sequence,
        ];
        MsgId(pairs.map(|pair| {
            let pair = pair % 100;
            // Two decimal digits.
            (pair / 10 * 16 + pair % 10) as u8
        }))
    }
}

const SEQUENCES: u32 = 1_000_000;
const MINUTE_MS: i64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::CHINA_AHEAD;

    #[test]
    fn ids_say_gateway_minute_and_number_and_read_back() {
        let now = Timestamp::parse_rfc3339("2026-11-05T06:29:42Z").unwrap();
        let mut ids = MsgIds::new(7_059_001, CHINA_AHEAD);
        let first = ids.take(now);
        assert_eq!(first.to_string(), "05900111051429000000");
        assert_eq!(ids.take(now).to_string(), "05900111051429000001");
        // A clock that goes backwards repeats no id.
        assert_eq!(ids.take(now.before(Span::hours(1))).to_string(), "05900111051429000002");
        ids.next = SEQUENCES;
        assert_eq!(ids.take(now).to_string(), "05900111051430000000");
        assert_eq!(first.to_string().parse(), Ok(first));
        for wrong in ["", "0590011105142900000", "0590011105142900000g", "059001110514290000000000"] {
            assert!(wrong.parse::<MsgId>().is_err(), "{wrong}");
        }
    }
}
