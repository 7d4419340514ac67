//! How the two sides of a link prove that they know the shared secret (2.0 and 3.0 §8.4.1): MD5 over it and what the other
//! side knows. MD5 is the protocol's choice; it keeps the secret off the wire and no more, so a link belongs into a tunnel.
//!
//! Secrets and proofs do not print.

use super::status::ConnectStatus;
use super::version::Version;
use md5::{Digest, Md5};
use model::{Span, Timestamp};
use std::fmt;

pub use crate::clock::CHINA_AHEAD;

/// AuthenticatorSource or AuthenticatorISMG; does not print.
#[derive(Clone, Copy, Default)]
pub struct Authenticator(pub [u8; 16]);

impl Authenticator {
    /// What a client proves itself with: MD5 of Source_Addr, nine NUL, the secret and the ten digits of the Timestamp.
    pub fn source(source_addr: &[u8], secret: &[u8], timestamp: u32) -> Self {
        let digest = Md5::new()
            .chain_update(source_addr)
            .chain_update([0; 9])
            .chain_update(secret)
            .chain_update(format!("{timestamp:010}"));
        Self(digest.finalize().into())
    }

    /// The same as some clients make it of a Source_Addr of fewer than 6 octets: padded, as it stands on the wire.
    pub fn source_padded(source_addr: &[u8], secret: &[u8], timestamp: u32) -> Self {
        let mut padded = [0; SOURCE_ADDR_OCTETS];
        for (place, octet) in padded.iter_mut().zip(source_addr) {
            *place = *octet;
        }
        Self::source(&padded, secret, timestamp)
    }

    /// What a gateway proves itself with: MD5 of the Status as wide as it stands on the wire, the client's authenticator
    /// and the secret.
    pub fn ismg(version: Version, status: ConnectStatus, source: Self, secret: &[u8]) -> Self {
        let digest = match version {
            // The low octet; statuses are small numbers.
            Version::V2 => Md5::new().chain_update([status.0 as u8]),
            Version::V3 => Md5::new().chain_update(status.0.to_be_bytes()),
        };
        Self(digest.chain_update(source.0).chain_update(secret).finalize().into())
    }
}

impl PartialEq for Authenticator {
    /// Takes the same time whatever is different.
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).fold(0, |different, (a, b)| different | (a ^ b)) == 0
    }
}

impl Eq for Authenticator {}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("16 octets")
    }
}

/// What a client does about the gateway's own proof. Gateways in the field get it wrong: they hash a status of four octets
/// in 2.0, or the Source_Addr in place of the authenticator, or send zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Verify {
    /// Report a wrong one and go on.
    #[default]
    Warn,
    /// Report a wrong one and end the link.
    Strict,
}

/// Whether a gateway's proof is right. One over the other version's width of the status is; that is a known mistake, and
/// nobody without the secret can make it.
pub(super) fn ismg_is_right(proof: Authenticator, source: Authenticator, secret: &[u8]) -> bool {
    let right = |version| proof == Authenticator::ismg(version, ConnectStatus::OK, source, secret);
    right(Version::V2) | right(Version::V3)
}

/// How far a Timestamp (`MMDDhhmmss`, no year) is from the clock's at `now`, the shorter way round the year. `None` when
/// it is no time of day and date.
pub(super) fn skew(timestamp: u32, now: Timestamp, ahead: Span) -> Option<Span> {
    let seconds = second_of_year(timestamp)?;
    let there = second_of_year(crate::clock::stamp(now, ahead))?;
    let apart = (seconds - there).abs();
    Some(Span::seconds(apart.min(YEAR_SECONDS - apart)))
}

/// Seconds since the beginning of a leap year.
fn second_of_year(timestamp: u32) -> Option<i64> {
    let two = |at: u32| timestamp / 100u32.pow(at) % 100;
    let (month, day, hour, minute, second) = (two(4), two(3), two(2), two(1), two(0));
    if timestamp > 12_31_23_59_59 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (date, start) = (model::Date::new(LEAP_YEAR, month, day)?, model::Date::new(LEAP_YEAR, 1, 1)?);
    Some(
        i64::from(date.to_days() - start.to_days()) * 86_400 + i64::from(hour * 3_600 + minute * 60 + second),
    )
}

/// Octets of Source_Addr and Msg_src.
pub(super) const SOURCE_ADDR_OCTETS: usize = 6;
/// Any year that has every day.
const LEAP_YEAR: i32 = 2_024;
const YEAR_SECONDS: i64 = 366 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(proof: Authenticator) -> String {
        proof.0.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    #[test]
    fn the_proofs_are_those_of_another_implementation() {
        let source = Authenticator::source(b"900001", b"888888", 1_021_080_510);
        assert_eq!(hex(source), "90d00c1d517abd0b4f65f6bcf8535d16");
        let ismg = |version| hex(Authenticator::ismg(version, ConnectStatus::OK, source, b"888888"));
        assert_eq!(ismg(Version::V2), "6c0b846e25bab6daa4ed1c466e0f4bd8");
        assert_eq!(ismg(Version::V3), "7942977274098cf210ab0c16c367bc8d");
        assert_eq!(format!("{source:?}"), "16 octets");
    }

    #[test]
    fn a_timestamp_has_ten_digits_and_a_short_address_two_forms() {
        let early = Authenticator::source(b"900001", b"s", 101_000_000);
        assert_eq!(early.0, <[u8; 16]>::from(Md5::digest(b"900001\0\0\0\0\0\0\0\0\0s0101000000")));
        let (short, padded) = (b"9001", Authenticator::source_padded(b"9001", b"s", 1));
        assert_ne!(Authenticator::source(short, b"s", 1), padded);
        assert_eq!(Authenticator::source(b"9001\0\0", b"s", 1), padded);
        assert_eq!(
            Authenticator::source_padded(b"900001", b"s", 1),
            Authenticator::source(b"900001", b"s", 1)
        );
    }

    #[test]
    fn either_width_of_the_status_proves_the_secret_and_nothing_else_does() {
        let source = Authenticator::source(b"900001", b"888888", 1);
        for (proof, expected) in [
            (Authenticator::ismg(Version::V2, ConnectStatus::OK, source, b"888888"), true),
            (Authenticator::ismg(Version::V3, ConnectStatus::OK, source, b"888888"), true),
            (Authenticator::ismg(Version::V3, ConnectStatus::OK, source, b"888889"), false),
            (Authenticator::ismg(Version::V3, ConnectStatus::OTHER, source, b"888888"), false),
            (Authenticator::default(), false),
        ] {
            assert_eq!(ismg_is_right(proof, source, b"888888"), expected);
        }
    }

    #[test]
    fn timestamps_are_compared_the_short_way_round_the_year() {
        let now = Timestamp::parse_rfc3339("2026-12-31T15:59:50Z").unwrap();
        for (timestamp, expected) in [
            (12_31_23_59_50, Some(0)),
            (12_31_23_59_00, Some(50)),
            (1_01_00_00_05, Some(15)),
            (2_29_00_00_00, Some(59 * 86_400 + 10)),
            (13_01_00_00_00, None),
            (2_30_00_00_00, None),
            (1_01_24_00_00, None),
            (0, None),
            (u32::MAX, None),
        ] {
            assert_eq!(skew(timestamp, now, CHINA_AHEAD), expected.map(Span::seconds), "{timestamp}");
        }
    }
}
