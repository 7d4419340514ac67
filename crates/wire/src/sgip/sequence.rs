//! The sequence number of SGIP: twelve octets, node, time, counter. A request's is made by its sender; the answer repeats it, and a
//! Report names the Submit it is about by it. So the id of a message is ours, and is known before the gateway has answered.
//!
//! Printed as `node:MMDDhhmmss:counter`, decimal, the time with all its ten digits: `3001099999:0501080000:17`. That is the
//! `remote_id` of events and receipts on both sides.

use std::fmt;
use std::str::FromStr;

/// A sequence number as it stands in a PDU.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence {
    /// The node that made it: of an enterprise 3, its area code in four digits, and its enterprise code in five; of a
    /// gateway 1 and its own.
    pub node: u32,
    /// MMDDhhmmss on that node's clock.
    pub time: u32,
    /// Counts within the second, or for ever; it wraps.
    pub counter: u32,
}

impl Sequence {
    /// The twelve octets.
    pub(crate) fn octets(self) -> [u8; 12] {
        let mut octets = [0; 12];
        let words = [self.node, self.time, self.counter];
        for (place, word) in octets.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *place = word.to_be_bytes();
        }
        octets
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:010}:{}", self.node, self.time, self.counter)
    }
}

impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no sequence number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected node:MMDDhhmmss:counter in decimal, found {found:?}")]
pub struct ParseSequenceError {
    found: String,
}

impl FromStr for Sequence {
    type Err = ParseSequenceError;

    fn from_str(text: &str) -> Result<Self, ParseSequenceError> {
        let mut parts = text.split(':').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        });
        match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten(), parts.next()) {
            (Some(node), Some(time), Some(counter), None) => Ok(Self { node, time, counter }),
            _ => Err(ParseSequenceError { found: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sequence_prints_with_all_digits_of_its_time() {
        let sequence = Sequence { node: 3_001_099_999, time: 501_080_000, counter: 17 };
        assert_eq!(sequence.to_string(), "3001099999:0501080000:17");
        for wrong in ["", "1:2", "1:2:3:4", "1:2:+3", "a:2:3", "1:2:4294967296", "1::3"] {
            assert!(wrong.parse::<Sequence>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn sequences_read_back(node: u32, time: u32, counter: u32) {
            let sequence = Sequence { node, time, counter };
            prop_assert_eq!(sequence.to_string().parse(), Ok(sequence));
        }
    }
}
