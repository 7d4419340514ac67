//! Reports: the text inside a Deliver whose IsReport is 1,
//! `id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:EEE text:…`, 122 octets in
//! all, whose id is ten raw octets. (Layout: SMSGate `SMGPReportData`, gosms `codec/smgp/report.go`, go_smgp `report.go`.)
//!
//! Read by names where they stand and by widths in between, since gateways vary: `Submit_Date:`, other separators than a space
//! (go_smgp's tests keep both forms from the field), an id in 20 hex digits, fields left away. Whether a message is a report
//! is for IsReport to say, never for its text: otherwise anybody could write us one from a handset. The session calls `read`; the
//! simulator's gateway calls `Report::write`.

use super::id::MsgId;
use crate::clock::absolute;
pub use crate::smpp::receipt::{OwnedReceipt as Receipt, State};
use crate::smpp::time::wall_clock;
use model::{Span, Timestamp};

/// Reads a report. `None` when it names no message.
pub fn read(text: &[u8]) -> Option<Receipt> {
    let text = text.trim_ascii_start();
    let after = text.split_at_checked(3).filter(|(name, _)| same(name, b"id:"))?.1;
    let (id, mut rest) = id(after)?;
    let [_sub, _dlvrd, submitted, done, stat, err] =
        FIELDS.map(|(name, width)| field(&mut rest, name, width));
    let word = stat.unwrap_or_default();
    let state = state(word);
    let code = err.filter(|code| code.iter().any(|&digit| digit != b'0')).map(lossy);
    Some(Receipt {
        remote_id: id.to_string(),
        state,
        intermediate: false,
        // A word we do not know is the gateway's own code; it must not get lost.
        error: match (named(word), code) {
            (true, code) => code,
            (false, None) => Some(lossy(word)),
            (false, Some(code)) => Some(format!("{}/{code}", lossy(word))),
        },
        network_error: None,
        submitted: submitted.and_then(wall_clock),
        done: done.and_then(wall_clock),
    })
}

/// What became of a message, by the seven letters of stat. A word that no table has (`MA:0001`, `REJECT1`) is a failure with a
/// code of the gateway's; `UNKNOWN`, or no word at all, says nothing, and nothing is concluded from it.
pub fn state(word: &[u8]) -> State {
    if named(word) { State::from_word(word) } else { State::Undeliverable }
}

/// Whether the word is one of SMPP's table, or missing.
fn named(word: &[u8]) -> bool {
    word.is_empty()
        || State::from_word(word) != State::Unknown
        || word.get(..5).is_some_and(|head| head.eq_ignore_ascii_case(b"UNKNO"))
}

/// Takes the id off what follows `id:`. Its length shows by where `sub:` begins; without that, twenty hex digits are an id in
/// digits, anything else one in octets.
fn id(after: &[u8]) -> Option<(MsgId, &[u8])> {
    let raw = || {
        let (octets, rest) = after.split_first_chunk::<10>()?;
        Some((MsgId(*octets), rest))
    };
    let ends = |octets: usize| after.get(octets + 1..octets + 5).is_some_and(|next| same(next, b"sub:"));
    if ends(10) {
        return raw();
    }
    let digits = after.split_at_checked(20).and_then(|(digits, rest)| Some((MsgId::from_hex(digits)?, rest)));
    digits.or_else(raw)
}

/// Takes the value behind the next field of this name: at most `width` octets, ended by a space or a NUL. `rest` stays where
/// it is when there is no such field before the message's own text.
fn field<'a>(rest: &mut &'a [u8], name: &[u8], width: usize) -> Option<&'a [u8]> {
    let end = find(rest, b"text:").unwrap_or(rest.len());
    let head = rest.get(..end)?;
    let from = find(head, name)? + name.len();
    let value = head.get(from..head.len().min(from + width))?;
    *rest = rest.get(from + value.len()..)?;
    let value = value.split(|&octet| octet == b' ' || octet == 0).next().unwrap_or_default();
    Some(value)
}

fn find(text: &[u8], name: &[u8]) -> Option<usize> {
    text.windows(name.len()).position(|window| same(window, name))
}

/// Compares a field's name: in any case, and with `_` for a space.
fn same(found: &[u8], name: &[u8]) -> bool {
    let fold = |octet: u8| if octet == b'_' { b' ' } else { octet.to_ascii_lowercase() };
    found.len() == name.len() && found.iter().zip(name).all(|(&a, &b)| fold(a) == b)
}

fn lossy(octets: &[u8]) -> String {
    octets.iter().map(|&octet| if octet.is_ascii_graphic() { char::from(octet) } else { '?' }).collect()
}

/// The fields behind the id, in their order, with their widths.
const FIELDS: [(&[u8], usize); 6] =
    [(b"sub:", 3), (b"dlvrd:", 3), (b"submit date:", 10), (b"done date:", 10), (b"stat:", 7), (b"err:", 3)];

/// How the id is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdForm {
    /// Ten octets, as the specification has it.
    Raw,
    /// Twenty hex digits, as some gateways have it.
    Hex,
}

/// A report to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report<'a> {
    /// The message.
    pub id: MsgId,
    /// What became of it; at most seven letters count.
    pub stat: &'a str,
    /// The gateway's code, three digits; `000` when there was no error.
    pub err: &'a str,
    /// When the message was submitted.
    pub submitted: Timestamp,
    /// When it came to that.
    pub done: Timestamp,
}

impl Report<'_> {
    /// Appends the text: 122 octets with a raw id. `ahead`: how far the gateway's clock is ahead of UTC.
    pub fn write(&self, out: &mut Vec<u8>, form: IdForm, ahead: Span) {
        let date = |at| absolute(at, ahead);
        let start = out.len();
        out.extend_from_slice(b"id:");
        match form {
            IdForm::Raw => out.extend_from_slice(&self.id.0),
            IdForm::Hex => out.extend_from_slice(self.id.to_string().as_bytes()),
        }
        let (submitted, done) = (date(self.submitted), date(self.done));
        let values: [&[u8]; 6] = [
            b"001",
            b"001",
            submitted.get(..10).unwrap_or_default(),
            done.get(..10).unwrap_or_default(),
            self.stat.as_bytes(),
            self.err.as_bytes(),
        ];
        for ((name, width), value) in FIELDS.iter().zip(values) {
            out.push(b' ');
            out.extend_from_slice(name);
            out.extend(value.iter().copied().chain(std::iter::repeat(b' ')).take(*width));
        }
        out.extend_from_slice(b" text:");
        let octets = if form == IdForm::Raw { TEXT_OCTETS } else { TEXT_OCTETS + 10 };
        out.resize(start + octets, b' ');
    }
}

/// The length of a report with a raw id.
pub const TEXT_OCTETS: usize = 122;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(id: &[u8], rest: &str) -> Vec<u8> {
        [b"id:", id, rest.as_bytes()].concat()
    }

    #[test]
    fn reports_of_the_field_are_read() {
        let id = [0x10, 0x10, 0x05, 0x05, 0x30, 0x15, 0x57, 0x92, 0x63, 0x39];
        let hex = "10100505301557926339";
        for (written, done, state, error) in [
            (
                text(
                    &id,
                    " sub:001 dlvrd:001 submit date:1805301557 done date:1805301558 stat:DELIVRD err:000 Text:",
                ),
                true,
                State::Delivered,
                None,
            ),
            (
                text(
                    &id,
                    "sSub:001sDlvrd:000sSubmit_Date:1805301550sDone_Date:1805301550sStat:DELIVRDsErr:000sText:x",
                ),
                true,
                State::Delivered,
                None,
            ),
            (
                text(
                    hex.as_bytes(),
                    " sub:001 dlvrd:000 submit date:1805301557 done date:1805301558 stat:UNDELIV err:006 text:",
                ),
                true,
                State::Undeliverable,
                Some("006"),
            ),
            (text(&id, " sub:001 stat:MA:0001 err:000 text:"), false, State::Undeliverable, Some("MA:0001")),
            (
                text(&id, " sub:001 stat:MK:0012 err:012 text:"),
                false,
                State::Undeliverable,
                Some("MK:0012/012"),
            ),
            (text(&id, " stat:EXPIRED err:E"), false, State::Expired, Some("E")),
            (text(hex.as_bytes(), " stat:UNKNOWN err:999"), false, State::Unknown, Some("999")),
            (text(&id, ""), false, State::Unknown, None),
            // The message's own words do not overrule the gateway's.
            (text(&id, " sub:001 text:stat:DELIVRD err:000"), false, State::Unknown, None),
        ] {
            let receipt = read(&written).unwrap();
            assert_eq!(receipt.remote_id, hex);
            assert_eq!((receipt.state, receipt.error.as_deref()), (state, error));
            assert_eq!(receipt.done.is_some(), done, "{receipt:?}");
        }
        for nothing in [&b""[..], b"id:", b"id:123456789", b"hello, this is a text"] {
            assert_eq!(read(nothing), None);
        }
    }

    #[test]
    fn a_report_has_its_exact_length() {
        let at = Timestamp::parse_rfc3339("2026-05-01T00:01:02Z").unwrap();
        let report = Report { id: MsgId([0x12; 10]), stat: "DELIVRD", err: "000", submitted: at, done: at };
        let mut out = Vec::new();
        report.write(&mut out, IdForm::Raw, crate::clock::CHINA_AHEAD);
        assert_eq!(out.len(), TEXT_OCTETS);
        assert!(out.ends_with(b" sub:001 dlvrd:001 submit date:2605010801 done date:2605010801 stat:DELIVRD err:000 text:                    "));
    }

    proptest! {
        #[test]
        fn what_we_write_we_read(octets in any::<[u8; 10]>(), seconds in 946_684_800i64..4_102_444_800, hex in any::<bool>(), code in 0u16..1_000) {
            let at = Timestamp(seconds * 1_000);
            let err = format!("{code:03}");
            let report = Report { id: MsgId(octets), stat: "REJECTD", err: &err, submitted: at, done: at };
            let mut out = Vec::new();
            report.write(&mut out, if hex { IdForm::Hex } else { IdForm::Raw }, Span::hours(8));
            let receipt = read(&out).unwrap();
            prop_assert_eq!(receipt.remote_id, MsgId(octets).to_string());
            prop_assert_eq!(receipt.state, State::Rejected);
            prop_assert_eq!(receipt.error, (code != 0).then_some(err));
            prop_assert_eq!(receipt.done.unwrap().at(Span::hours(8)), Timestamp(seconds / 60 * 60_000));
        }

        #[test]
        fn no_octets_panic(octets in any::<Vec<u8>>(), tail in ".*") {
            let _ = read(&octets);
            let _ = read(&text(&octets, &tail));
        }
    }
}
