//! Status reports (2.0 and 3.0 §8.4.5.1): the content of a DELIVER whose Registered_Delivery is 1.
//!
//! Which of the two layouts it has is said by its length, never by the version: gateways of 3.0 do bring reports of 2.0.
//! The session calls `read`; the gateway's side calls `write`.

use super::command::CommandId;
use super::error::EncodeError;
use super::msg_id::MsgId;
use super::version::Version;
use crate::fixed::{Number, owned};
use crate::smpp::receipt::State;
use crate::smpp::time::{WallClock, wall_clock};
use std::fmt;

/// What became of a message, in the gateway's seven characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stat(pub [u8; STAT_OCTETS]);

impl Stat {
    /// Delivered.
    pub const DELIVERED: Self = Self(*b"DELIVRD");
    /// Its validity ended.
    pub const EXPIRED: Self = Self(*b"EXPIRED");
    /// Deleted.
    pub const DELETED: Self = Self(*b"DELETED");
    /// It cannot be delivered.
    pub const UNDELIVERABLE: Self = Self(*b"UNDELIV");
    /// Taken over, more will follow. Gateways should not bring it.
    pub const ACCEPTED: Self = Self(*b"ACCEPTD");
    /// The gateway does not know, and will not.
    pub const UNKNOWN: Self = Self(*b"UNKNOWN");
    /// Refused.
    pub const REJECTED: Self = Self(*b"REJECTD");

    /// The code without its padding; what is not ASCII becomes U+FFFD. For a carrier's own table of codes.
    pub fn code(&self) -> String {
        let end = self.0.iter().position(|&octet| octet == 0).unwrap_or(self.0.len());
        owned(self.0.get(..end).unwrap_or_default()).trim_end().to_owned()
    }

    /// What it says in the words of SMPP; none for a failure that has a code instead of a word: no answer (`MA:xxxx`), an
    /// error (`MB:`) or no report (`MC:`) of the SMSC, the same of the SCP (`CA:`), the DSMP (`DA:`), the provider
    /// (`SA:`), the next gateway (`IA:`), and whatever a carrier invents.
    pub const fn state(self) -> Option<State> {
        match self {
            Self::DELIVERED => Some(State::Delivered),
            Self::EXPIRED => Some(State::Expired),
            Self::DELETED => Some(State::Deleted),
            Self::UNDELIVERABLE => Some(State::Undeliverable),
            Self::ACCEPTED => Some(State::Accepted),
            Self::UNKNOWN => Some(State::Unknown),
            Self::REJECTED => Some(State::Rejected),
            _ => None,
        }
    }

    /// Whether the message reached the handset.
    pub const fn is_delivered(self) -> bool {
        matches!(self, Self::DELIVERED)
    }

    /// Whether nothing more will follow: everything but ACCEPTD. Here UNKNOWN is final too, for the gateway has given up.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::ACCEPTED)
    }
}

impl fmt::Debug for Stat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.code())
    }
}

/// A report, owned. Its number prints masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The message it is about, as SUBMIT_RESP named it; of a message to many, `MsgId::nth`.
    pub msg_id: MsgId,
    /// What became of it.
    pub stat: Stat,
    /// When it was submitted, by the carrier's clock.
    pub submitted: Option<WallClock>,
    /// When it reached its state, by the carrier's clock.
    pub done: Option<WallClock>,
    /// The number it went to.
    pub destination: Number,
    /// The SMSC's own number.
    pub smsc_sequence: u32,
}

/// Reads the content of a report. `None` when it is shorter than any report is.
pub fn read(content: &[u8]) -> Option<Report> {
    let width = if content.len() >= OCTETS_V3 { Version::V3 } else { Version::V2 }.number_octets();
    let (msg_id, rest) = content.split_first_chunk::<8>()?;
    let (stat, rest) = rest.split_first_chunk::<STAT_OCTETS>()?;
    let (submitted, rest) = rest.split_first_chunk::<TIME_OCTETS>()?;
    let (done, rest) = rest.split_first_chunk::<TIME_OCTETS>()?;
    let (destination, rest) = rest.split_at_checked(width)?;
    let smsc_sequence = rest.first_chunk::<4>()?;
    let end = destination.iter().position(|&octet| octet == 0).unwrap_or(width);
    Some(Report {
        msg_id: MsgId(u64::from_be_bytes(*msg_id)),
        stat: Stat(*stat),
        submitted: wall_clock(submitted),
        done: wall_clock(done),
        destination: Number::new(destination.get(..end).unwrap_or_default().trim_ascii_end()),
        smsc_sequence: u32::from_be_bytes(*smsc_sequence),
    })
}

/// What a gateway reports.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// The message it is about.
    pub msg_id: MsgId,
    /// What became of it.
    pub stat: Stat,
    /// `YYMMDDhhmm`; see `wall_time`.
    pub submitted: [u8; TIME_OCTETS],
    /// `YYMMDDhhmm`.
    pub done: [u8; TIME_OCTETS],
    /// The number it went to.
    pub destination: &'a str,
    /// The SMSC's own number.
    pub smsc_sequence: u32,
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outcome({:?}, {:?})", self.msg_id, self.stat)
    }
}

/// Appends the content of a report, 60 octets in 2.0 and 71 in 3.0; on an error `out` is as before.
pub fn write(out: &mut Vec<u8>, version: Version, outcome: &Outcome<'_>) -> Result<(), EncodeError> {
    let (number, max) = (outcome.destination.as_bytes(), version.number_octets());
    let (command, field) = (CommandId::DELIVER, "Dest_terminal_Id");
    if number.len() > max {
        return Err(EncodeError::TooLong { command, field, max, found: number.len() });
    }
    if let Some(at) = number.iter().position(|&octet| octet == 0) {
        return Err(EncodeError::Nul { command, field, at });
    }
    out.extend_from_slice(&outcome.msg_id.0.to_be_bytes());
    out.extend_from_slice(&outcome.stat.0);
    out.extend_from_slice(&outcome.submitted);
    out.extend_from_slice(&outcome.done);
    out.extend_from_slice(number);
    out.resize(out.len() + max - number.len(), 0);
    out.extend_from_slice(&outcome.smsc_sequence.to_be_bytes());
    Ok(())
}

/// `YYMMDDhhmm` at an instant, on a clock so far ahead of UTC.
pub fn wall_time(at: model::Timestamp, ahead: model::Span) -> [u8; TIME_OCTETS] {
    let [y0, y1, m0, m1, d0, d1, h0, h1, n0, n1, ..] = crate::clock::absolute(at, ahead);
    [y0, y1, m0, m1, d0, d1, h0, h1, n0, n1]
}

const STAT_OCTETS: usize = 7;
const TIME_OCTETS: usize = 10;
/// Octets of a report in 3.0.
const OCTETS_V3: usize = 71;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::CHINA_AHEAD;
    use model::Timestamp;
    use proptest::prelude::*;

    fn outcome(destination: &str) -> Outcome<'_> {
        let now = Timestamp(1_777_593_600_000);
        Outcome {
            msg_id: MsgId(0xb2b9_da80_0001_0000),
            stat: Stat::DELIVERED,
            submitted: wall_time(now, CHINA_AHEAD),
            done: wall_time(now, CHINA_AHEAD),
            destination,
            smsc_sequence: 9,
        }
    }

    #[test]
    fn the_length_decides_how_a_report_is_laid_out() {
        for (version, octets) in [(Version::V2, 60), (Version::V3, 71)] {
            let mut content = Vec::new();
            write(&mut content, version, &outcome("13800001234")).unwrap();
            assert_eq!(content.len(), octets);
            assert_eq!(&content[8..35], b"DELIVRD26050108002605010800");
            let report = read(&content).unwrap();
            assert_eq!((report.msg_id, report.stat), (MsgId(0xb2b9_da80_0001_0000), Stat::DELIVERED));
            assert_eq!((report.destination.reveal(), report.smsc_sequence), ("13800001234", 9));
            assert_eq!(report.done.map(|done| done.at(CHINA_AHEAD)), Some(Timestamp(1_777_593_600_000)));
            assert!(!format!("{report:?}").contains("1380000"), "a number prints");
            assert_eq!(read(&content[..59]), None);
        }
    }

    #[test]
    fn a_number_that_does_not_fit_is_refused() {
        let mut content = vec![7];
        let error = write(&mut content, Version::V2, &outcome("1234567890123456789012")).unwrap_err();
        assert_eq!(error.to_string(), "CMPP_DELIVER, Dest_terminal_Id: expected at most 21 octets, found 22");
        assert!(write(&mut content, Version::V3, &outcome("12\0")).is_err());
        assert_eq!(content, [7]);
    }

    #[test]
    fn every_stat_but_one_is_final_and_one_is_success() {
        for (stat, state) in [
            (b"DELIVRD", Some(State::Delivered)),
            (b"EXPIRED", Some(State::Expired)),
            (b"DELETED", Some(State::Deleted)),
            (b"UNDELIV", Some(State::Undeliverable)),
            (b"REJECTD", Some(State::Rejected)),
            (b"UNKNOWN", Some(State::Unknown)),
            (b"ACCEPTD", Some(State::Accepted)),
            (b"MA:0001", None),
            (b"MB:1041", None),
            (b"MC:0055", None),
            (b"CA:0051", None),
            (b"CB:0007", None),
            (b"DA:0054", None),
            (b"DB:0141", None),
            (b"SA:9999", None),
            (b"SB:0013", None),
            (b"IA:0054", None),
            (b"IB:0064", None),
            (b"IC:0015", None),
            (b"MK:0001", None),
        ] {
            let stat = Stat(*stat);
            assert_eq!(stat.state(), state, "{stat:?}");
            assert_eq!(
                (stat.is_final(), stat.is_delivered()),
                (stat != Stat::ACCEPTED, stat == Stat::DELIVERED)
            );
        }
        assert_eq!(Stat(*b"MA:1\0\0\0").code(), "MA:1");
        assert_eq!(Stat(*b"MK:12  ").code(), "MK:12");
    }

    proptest! {
        #[test]
        fn reports_read_back(id in any::<u64>(), stat in "[A-Z0-9:]{7}", number in "[0-9]{0,21}", sequence in any::<u32>()) {
            let stat = Stat(stat.as_bytes().try_into().unwrap());
            let written = Outcome { msg_id: MsgId(id), stat, smsc_sequence: sequence, ..outcome(&number) };
            for version in [Version::V2, Version::V3] {
                let mut content = Vec::new();
                write(&mut content, version, &written).unwrap();
                let report = read(&content).unwrap();
                prop_assert_eq!((report.msg_id, report.stat), (MsgId(id), stat));
                prop_assert_eq!((report.destination.reveal(), report.smsc_sequence), (&number[..], sequence));
            }
        }

        #[test]
        fn no_octets_panic(content in any::<Vec<u8>>()) {
            let _ = read(&content);
        }
    }
}
