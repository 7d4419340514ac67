//! Delivery receipts, in both forms: parameters (receipted_message_id, message_state, network_error_code; §5.3.2) and
//! the text of Appendix B, which carriers vary: order, case, spelling and spacing are forgiven here. Where both speak, the
//! parameters win.
//!
//! Whether a message is a receipt at all is for `esm_class` and the parameters to say, never for its text: otherwise
//! anybody could write us a receipt from a handset. The session calls `read`; the carrier simulator calls `write`.

use super::error::EncodeError;
use super::esm::{EsmClass, Kind};
use super::time::{WallClock, wall_clock};
use super::tlv::{Tag, TlvBuf, Tlvs, Value};
use std::borrow::Cow;

/// What became of a message (§5.2.28; `Scheduled` and `Skipped` are v5.0's, §4.7.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It waits for the time it is to be sent.
    Scheduled,
    /// On its way.
    Enroute,
    /// On the handset.
    Delivered,
    /// Its validity ended before it could be delivered.
    Expired,
    /// Cancelled or deleted.
    Deleted,
    /// It cannot be delivered.
    Undeliverable,
    /// Accepted; carriers use it for "taken over, more will follow", so it is not counted as final.
    Accepted,
    /// The carrier does not know, or says a word we do not know.
    Unknown,
    /// The network or the handset refused it.
    Rejected,
    /// It was accepted and then not sent on, on purpose.
    Skipped,
}

impl State {
    /// Whether nothing more will follow. `Unknown` is not final: a later receipt may know, and whoever waits has a
    /// time limit anyway.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Delivered
                | Self::Expired
                | Self::Deleted
                | Self::Undeliverable
                | Self::Rejected
                | Self::Skipped
        )
    }

    /// The value of message_state (§5.2.28).
    pub const fn code(self) -> u8 {
        match self {
            Self::Scheduled => 0,
            Self::Enroute => 1,
            Self::Delivered => 2,
            Self::Expired => 3,
            Self::Deleted => 4,
            Self::Undeliverable => 5,
            Self::Accepted => 6,
            Self::Unknown => 7,
            Self::Rejected => 8,
            Self::Skipped => 9,
        }
    }

    /// Reads message_state; values no specification has are `Unknown`.
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Scheduled,
            1 => Self::Enroute,
            2 => Self::Delivered,
            3 => Self::Expired,
            4 => Self::Deleted,
            5 => Self::Undeliverable,
            6 => Self::Accepted,
            8 => Self::Rejected,
            9 => Self::Skipped,
            _ => Self::Unknown,
        }
    }

    /// The word of Appendix B, which has none for v5.0's two: they get words of its length.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDLD",
            Self::Enroute => "ENROUTE",
            Self::Delivered => "DELIVRD",
            Self::Expired => "EXPIRED",
            Self::Deleted => "DELETED",
            Self::Undeliverable => "UNDELIV",
            Self::Accepted => "ACCEPTD",
            Self::Unknown => "UNKNOWN",
            Self::Rejected => "REJECTD",
            Self::Skipped => "SKIPPED",
        }
    }

    /// Reads a word by its first five letters in any case, so `DELIVERED`, `Delivrd` and `DELIV` are one.
    pub fn from_word(word: &[u8]) -> Self {
        let starts = |prefix: &[u8]| word.get(..prefix.len()).is_some_and(|w| w.eq_ignore_ascii_case(prefix));
        let words: [(&[u8], Self); 13] = [
            (b"DELIV", Self::Delivered),
            (b"UNDEL", Self::Undeliverable),
            (b"EXPIR", Self::Expired),
            (b"REJEC", Self::Rejected),
            (b"DELET", Self::Deleted),
            (b"ACCEP", Self::Accepted),
            (b"ENROU", Self::Enroute),
            (b"BUFFE", Self::Enroute),
            (b"BUFFR", Self::Enroute),
            (b"FAILE", Self::Undeliverable),
            (b"UNKNO", Self::Unknown),
            (b"SCHED", Self::Scheduled),
            (b"SKIPP", Self::Skipped),
        ];
        words.iter().find(|(prefix, _)| starts(prefix)).map_or(Self::Unknown, |(_, state)| *state)
    }
}

/// A receipt, borrowed from the message that carried it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt<'a> {
    /// The id the carrier gave the message; see `Numbering` for carriers that write it two ways.
    pub remote_id: &'a str,
    /// What became of the message.
    pub state: State,
    /// Whether the carrier says by esm_class that it is a report on the way.
    pub intermediate: bool,
    /// The carrier's error code as it is written; none when it is all zeros.
    pub error: Option<&'a str>,
    /// network_error_code: the kind of network and its code (§5.3.2.31); none when the code is 0.
    pub network_error: Option<(u8, u16)>,
    /// When it was submitted, by the carrier's clock.
    pub submitted: Option<WallClock>,
    /// When it reached its state, by the carrier's clock.
    pub done: Option<WallClock>,
}

impl Receipt<'_> {
    /// Whether nothing more will follow.
    pub const fn is_final(&self) -> bool {
        self.state.is_final() && !self.intermediate
    }

    /// The same, owned.
    pub fn to_owned(&self) -> OwnedReceipt {
        OwnedReceipt {
            remote_id: self.remote_id.to_owned(),
            state: self.state,
            intermediate: self.intermediate,
            error: self.error.map(str::to_owned),
            network_error: self.network_error,
            submitted: self.submitted,
            done: self.done,
        }
    }
}

/// A receipt that outlives its message; the fields of `Receipt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedReceipt {
    /// The id the carrier gave the message.
    pub remote_id: String,
    /// What became of the message.
    pub state: State,
    /// Whether the carrier says by esm_class that it is a report on the way.
    pub intermediate: bool,
    /// The carrier's error code as it is written; none when it is all zeros.
    pub error: Option<String>,
    /// The kind of network and its code; none when the code is 0.
    pub network_error: Option<(u8, u16)>,
    /// When it was submitted, by the carrier's clock.
    pub submitted: Option<WallClock>,
    /// When it reached its state, by the carrier's clock.
    pub done: Option<WallClock>,
}

impl OwnedReceipt {
    /// Whether nothing more will follow.
    pub const fn is_final(&self) -> bool {
        self.state.is_final() && !self.intermediate
    }
}

/// Whether a message is a receipt: esm_class says so, or it names the message it is about.
pub fn is_receipt(esm_class: EsmClass, tlvs: Tlvs<'_>) -> bool {
    matches!(esm_class.kind(), Kind::Receipt | Kind::Intermediate)
        || (!tlvs.is_empty() && tlvs.find(Tag::RECEIPTED_MESSAGE_ID).is_some())
}

/// Reads a receipt from its parameters and its text (ASCII). `None` when neither names a message.
pub fn read<'a>(esm_class: EsmClass, tlvs: Tlvs<'a>, text: &'a [u8]) -> Option<Receipt<'a>> {
    let written = read_text(text);
    let mut receipt = written.unwrap_or(Receipt {
        remote_id: "",
        state: State::Unknown,
        intermediate: false,
        error: None,
        network_error: None,
        submitted: None,
        done: None,
    });
    for tlv in tlvs {
        match (tlv.tag, tlv.value) {
            (Tag::RECEIPTED_MESSAGE_ID, _) => {
                if let Some(id) = ascii(word(tlv.text())).filter(|id| !id.is_empty()) {
                    receipt.remote_id = id;
                }
            }
            (Tag::MESSAGE_STATE, &[code]) => receipt.state = State::from_code(code),
            (Tag::NETWORK_ERROR_CODE, &[network, high, low]) => {
                let code = u16::from_be_bytes([high, low]);
                receipt.network_error = (code != 0).then_some((network, code));
            }
            _ => {}
        }
    }
    receipt.intermediate = esm_class.kind() == Kind::Intermediate;
    (!receipt.remote_id.is_empty()).then_some(receipt)
}

/// Reads the text of Appendix B:
/// `id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E Text: …`.
///
/// Fields may come in any order and case, with spaces around them. Of a field that comes twice the first counts, and
/// `text` ends the reading once id and stat are known, so that a message's own words cannot overrule the carrier's.
/// `None` without an id.
pub fn read_text(text: &[u8]) -> Option<Receipt<'_>> {
    let mut fields: [Option<&[u8]>; KEYS.len()] = [None; KEYS.len()];
    let mut open: Option<(usize, usize)> = None;
    let mut from = 0;
    while let Some(colon) = text.get(from..).and_then(|rest| rest.iter().position(|&o| o == b':')) {
        let colon = from + colon;
        from = colon + 1;
        let Some((key, starts)) = key_before(text, colon) else { continue };
        close(&mut fields, open, text, starts);
        open = Some((key, colon + 1));
        if key == TEXT && known(&fields, ID) && known(&fields, STAT) {
            break;
        }
    }
    close(&mut fields, open, text, text.len());
    let field = |key: usize| fields.get(key).copied().flatten();
    let remote_id = ascii(word(field(ID)?)).filter(|id| !id.is_empty())?;
    Some(Receipt {
        remote_id,
        state: State::from_word(field(STAT).map_or(&[], word)),
        intermediate: false,
        error: field(ERR).map(word).and_then(ascii).filter(|code| code.bytes().any(|digit| digit != b'0')),
        network_error: None,
        submitted: field(SUBMIT_DATE).and_then(wall_clock),
        done: field(DONE_DATE).and_then(wall_clock),
    })
}

/// Which key ends at the colon, and where it starts. A key must not be the tail of a longer word.
fn key_before(text: &[u8], colon: usize) -> Option<(usize, usize)> {
    let before = text.get(..colon)?.trim_ascii_end();
    KEYS.iter().enumerate().find_map(|(key, name)| {
        let starts = before.len().checked_sub(name.len())?;
        let same =
            before.get(starts..)?.iter().zip(*name).all(|(octet, letter)| {
                octet.eq_ignore_ascii_case(letter) || (*letter == b' ' && *octet == b'_')
            });
        let whole = starts == 0 || !before.get(starts - 1)?.is_ascii_alphanumeric();
        (same && whole).then_some((key, starts))
    })
}

/// Ends the field that is open, unless an earlier one of its name stands.
fn close<'a>(
    fields: &mut [Option<&'a [u8]>; KEYS.len()],
    open: Option<(usize, usize)>,
    text: &'a [u8],
    end: usize,
) {
    let Some((key, start)) = open else { return };
    if let Some(place) = fields.get_mut(key)
        && place.is_none()
    {
        *place = text.get(start..end).map(<[u8]>::trim_ascii);
    }
}

fn known(fields: &[Option<&[u8]>; KEYS.len()], key: usize) -> bool {
    fields.get(key).is_some_and(|field| field.is_some_and(|value| !value.is_empty()))
}

/// The value up to the first space, control character, comma or semicolon.
fn word(value: &[u8]) -> &[u8] {
    let ends = |octet: &u8| *octet <= b' ' || matches!(octet, b',' | b';' | 0x7f);
    value.split(ends).next().unwrap_or_default()
}

fn ascii(octets: &[u8]) -> Option<&str> {
    std::str::from_utf8(octets).ok().filter(|text| text.is_ascii())
}

// Places in KEYS.
const ID: usize = 0;
const STAT: usize = 1;
const ERR: usize = 2;
const DONE_DATE: usize = 3;
const SUBMIT_DATE: usize = 4;
const TEXT: usize = 7;
const KEYS: [&[u8]; 8] = [b"id", b"stat", b"err", b"done date", b"submit date", b"dlvrd", b"sub", b"text"];

/// How a carrier writes the id of a message in its submit_sm_resp and in its receipts. Several write one of them in
/// hexadecimal and the other in decimal (SMPP 3.3 required hexadecimal in the response, 3.4 does not say).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Numbering {
    /// The same text in both.
    #[default]
    Same,
    /// Decimal in both, with leading zeros in one of them.
    Decimal,
    /// Hexadecimal in both, in other letters or with leading zeros in one of them.
    Hex,
    /// Hexadecimal in the response, decimal in the receipt.
    HexThenDecimal,
    /// Decimal in the response, hexadecimal in the receipt.
    DecimalThenHex,
}

impl Numbering {
    /// The id of a response or, with `in_receipt`, of a receipt, in the one form to look both up by: decimal without
    /// leading zeros. What is not a number stays as it is.
    pub fn common<'a>(self, id: &'a str, in_receipt: bool) -> Cow<'a, str> {
        let hex = match self {
            Self::Same => return Cow::Borrowed(id),
            Self::Decimal => false,
            Self::Hex => true,
            Self::HexThenDecimal => !in_receipt,
            Self::DecimalThenHex => in_receipt,
        };
        match u64::from_str_radix(id, if hex { 16 } else { 10 }) {
            Ok(number) => Cow::Owned(number.to_string()),
            Err(_) => Cow::Borrowed(id),
        }
    }

    /// The form of [`Numbering::common`] as the carrier writes it in its responses, for asking it about a message: in
    /// capital digits, without leading zeros.
    pub fn in_response<'a>(self, common: &'a str) -> Cow<'a, str> {
        match (self, common.parse::<u64>()) {
            (Self::Hex | Self::HexThenDecimal, Ok(number)) => Cow::Owned(format!("{number:X}")),
            _ => Cow::Borrowed(common),
        }
    }
}

/// A receipt to be written, by the carrier's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report<'a> {
    /// The id that was given to the message.
    pub remote_id: &'a str,
    /// What became of it.
    pub state: State,
    /// The error code, 0 to 999; 0 for none.
    pub error: u16,
    /// When it was submitted: `YYMMDDhhmm`.
    pub submitted: &'a str,
    /// When it reached its state: `YYMMDDhhmm`.
    pub done: &'a str,
}

impl Report<'_> {
    /// Appends the text of Appendix B, without the first words of the message: they are nobody's business here.
    pub fn write_text(&self, out: &mut Vec<u8>) {
        let delivered = if self.state == State::Delivered { "001" } else { "000" };
        for piece in ["id:", self.remote_id, " sub:001 dlvrd:", delivered, " submit date:", self.submitted] {
            out.extend_from_slice(piece.as_bytes());
        }
        for piece in [" done date:", self.done, " stat:", self.state.word(), " err:"] {
            out.extend_from_slice(piece.as_bytes());
        }
        let code = self.error.min(999);
        // Each is a digit.
        out.extend([code / 100, code / 10 % 10, code % 10].map(|digit| b'0' + digit as u8));
        out.extend_from_slice(b" text:");
    }

    /// The three parameters.
    pub fn tlvs(&self) -> Result<TlvBuf, EncodeError> {
        let mut tlvs = TlvBuf::new();
        tlvs.push(Tag::RECEIPTED_MESSAGE_ID, Value::Text(self.remote_id.as_bytes()))?;
        tlvs.push(Tag::MESSAGE_STATE, Value::One(self.state.code()))?;
        if self.error != 0 {
            let [high, low] = self.error.to_be_bytes();
            tlvs.push(Tag::NETWORK_ERROR_CODE, Value::Octets(&[NETWORK_GSM, high, low]))?;
        }
        Ok(tlvs)
    }
}

/// §5.3.2.31: 1 ANSI-136, 2 IS-95, 3 GSM.
const NETWORK_GSM: u8 = 3;

#[cfg(test)]
mod tests;
