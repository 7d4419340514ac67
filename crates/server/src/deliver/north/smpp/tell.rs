//! Receipts and replies as deliver_sm (SMPP 3.4 §4.6, appendix B): one receipt for each part that the client sent, one
//! deliver_sm for each part of a customer's reply.

use super::super::groups::Groups;
use super::super::ids;
use super::super::reference::{Reference, Written};
use super::super::side::Untold;
use super::ended;
use crate::deliver::post::Taken;
use engine::decide::rules;
use engine::entry::{NoticeKind, Outcome, ReceiptState, Told};
use engine::world::ReceiptStyle;
use model::{Phone, Span, Timestamp};
use std::num::NonZeroU8;
use wire::smpp::address::{Address, Npi, Ton};
use wire::smpp::coding;
use wire::smpp::concat::{Concat, Width, write_header};
use wire::smpp::esm::EsmClass;
use wire::smpp::pdu::ShortMessage;
use wire::smpp::peer::ServerSession;
use wire::smpp::receipt::{Report, State};
use wire::smpp::session::SubmitError;
use wire::smpp::tlv::{Tag, TlvBuf, Value};

/// The bit of registered_delivery that asks for reports on the way (§5.2.17).
pub(super) const INTERMEDIATE: u8 = 0x10;

/// Tells one notice. Returns in how many parts.
pub(super) fn notice(
    (session, style, groups): (&mut ServerSession, ReceiptStyle, &Groups),
    ticket: u64,
    taken: &Taken,
    now: Timestamp,
) -> Result<usize, Untold> {
    let at = taken.notice.at;
    match &taken.notice.kind {
        NoticeKind::Submitted(told) => {
            let reference = reference(told);
            if reference.wants & INTERMEDIATE == 0 {
                return Err(Untold::Unwanted);
            }
            let state = State::Enroute;
            let receipt = Receipt { groups, told, reference, state, error: 0, at, intermediate: true };
            receipt.send(session, style, ticket, now)
        }
        NoticeKind::Ended { told, outcome, state, error } => {
            let reference = reference(told);
            // Success only, which the engine knows no word for.
            if reference.wants & 0x03 == 3 && *outcome != Some(Outcome::Delivered) {
                return Err(Untold::Unwanted);
            }
            let state = state_of(*outcome, *state);
            let error = error.as_deref().map_or(0, code);
            let receipt = Receipt { groups, told, reference, state, error, at, intermediate: false };
            receipt.send(session, style, ticket, now)
        }
        NoticeKind::Inbound { from, to, text } => {
            // Long replies to one account are told apart by the position.
            let reference = taken.position as u16;
            inbound(session, ticket, reference, (*from, to), text.reveal(), now)
        }
    }
}

struct Receipt<'a> {
    groups: &'a Groups,
    told: &'a Told,
    reference: Reference,
    state: State,
    error: u16,
    at: Timestamp,
    intermediate: bool,
}

impl Receipt<'_> {
    fn send(
        &self,
        session: &mut ServerSession,
        style: ReceiptStyle,
        ticket: u64,
        now: Timestamp,
    ) -> Result<usize, Untold> {
        let own = [(self.told.message, self.reference.given)];
        let pieces: Vec<_> =
            self.told.pieces.iter().map(|piece| (*piece, self.groups.name_of(*piece))).collect();
        let parts = if pieces.is_empty() { &own[..] } else { &pieces };
        if session.window_free() < parts.len() {
            return Err(Untold::Full);
        }
        let to = self.told.to.map(|phone| self.reference.to.text(phone)).unwrap_or_default();
        let (ton, npi) = self.reference.to.kind;
        let (source_ton, source_npi) = self.reference.source_kind;
        let (submitted, done) = (wall_time(self.told.accepted), wall_time(self.at));
        for (part, given) in parts {
            let id = match &self.reference.known_as {
                Some(known) => known.clone(),
                None => ids::smpp(*part, *given),
            };
            let report = Report {
                remote_id: &id,
                state: self.state,
                error: self.error,
                submitted: &submitted,
                done: &done,
            };
            let mut text = Vec::new();
            if style != ReceiptStyle::Tlv || session.version() < VERSION_WITH_PARAMETERS {
                report.write_text(&mut text);
            }
            let mut tlvs = match style {
                ReceiptStyle::Text => TlvBuf::new(),
                _ => report.tlvs().map_err(impossible)?,
            };
            if let Some(user) = self.reference.user.filter(|_| pieces.is_empty()) {
                tlvs.push(Tag::USER_MESSAGE_REFERENCE, Value::Two(user)).map_err(impossible)?;
            }
            let message = ShortMessage {
                service_type: self.reference.service.as_bytes(),
                source: Address { ton: Ton(ton), npi: Npi(npi), digits: to.as_bytes() },
                destination: Address {
                    ton: Ton(source_ton),
                    npi: Npi(source_npi),
                    digits: self.reference.source.as_bytes(),
                },
                esm_class: if self.intermediate { EsmClass::INTERMEDIATE } else { EsmClass::RECEIPT },
                short_message: &text,
                tlvs: tlvs.view(),
                ..ShortMessage::default()
            };
            session.deliver(ticket, &message, now).map_err(undeliverable)?;
        }
        Ok(parts.len())
    }
}

/// A customer's reply, cut into parts with a user data header where it is long.
fn inbound(
    session: &mut ServerSession,
    ticket: u64,
    reference: u16,
    (from, to): (Phone, &str),
    text: &str,
    now: Timestamp,
) -> Result<usize, Untold> {
    let (data_coding, parts) = parts(text);
    if session.window_free() < parts.len() {
        return Err(Untold::Full);
    }
    let total = u8::try_from(parts.len()).ok().and_then(NonZeroU8::new);
    let total = total.ok_or_else(|| Untold::Impossible(format!("{} parts", parts.len())))?.get();
    for (number, part) in (1..).zip(&parts) {
        let mut octets = Vec::with_capacity(140);
        if total > 1 {
            write_header(&mut octets, Concat { reference, total, number }, Width::Eight);
        }
        octets.extend_from_slice(part);
        let message = ShortMessage {
            source: Address::international(from.reveal()),
            destination: Address::new(Ton::UNKNOWN, Npi::ISDN, to),
            esm_class: if total > 1 { EsmClass::UDHI } else { EsmClass::DEFAULT },
            data_coding,
            short_message: &octets,
            ..ShortMessage::default()
        };
        session.deliver(ticket, &message, now).map_err(undeliverable)?;
    }
    Ok(parts.len())
}

/// A text in the alphabet that it needs: its data_coding and the octets of each part.
fn parts(text: &str) -> (u8, Vec<Vec<u8>>) {
    let mut octets = Vec::new();
    if coding::encode_gsm(&mut octets, text).is_ok() {
        return (
            coding::DEFAULT,
            cut(text, &octets, GSM_ALONE, GSM_TIED, |out, piece| {
                // It was written as a whole.
                let _ = coding::encode_gsm(out, piece);
            }),
        );
    }
    octets.clear();
    coding::encode_ucs2(&mut octets, text);
    (coding::UCS2, cut(text, &octets, UCS2_ALONE, UCS2_TIED, coding::encode_ucs2))
}

fn cut(
    text: &str,
    octets: &[u8],
    alone: usize,
    tied: usize,
    encode: impl Fn(&mut Vec<u8>, &str),
) -> Vec<Vec<u8>> {
    if octets.len() <= alone {
        return vec![octets.to_vec()];
    }
    let (mut parts, mut part, mut buffer) = (Vec::new(), Vec::new(), [0; 4]);
    for character in text.chars() {
        let before = part.len();
        encode(&mut part, character.encode_utf8(&mut buffer));
        if part.len() > tied {
            let next = part.split_off(before);
            parts.push(std::mem::replace(&mut part, next));
        }
    }
    parts.push(part);
    parts
}

/// What the account wrote; what it did not order over SMPP has nothing of it.
fn reference(told: &Told) -> Reference {
    let read = told.reference.as_deref().and_then(Reference::read);
    read.unwrap_or_else(|| Reference {
        to: Written { kind: (Ton::INTERNATIONAL.0, Npi::ISDN.0), prefix: String::new(), digits: 15 },
        ..Reference::default()
    })
}

fn state_of(outcome: Option<Outcome>, state: Option<ReceiptState>) -> State {
    // What the carrier said is finer than what it came to, as long as both say the same of success.
    match (outcome, state) {
        (Some(Outcome::Undelivered), Some(ReceiptState::Expired)) => State::Expired,
        (Some(Outcome::Undelivered), Some(ReceiptState::Deleted)) => State::Deleted,
        (Some(Outcome::Undelivered), Some(ReceiptState::Rejected)) => State::Rejected,
        (Some(Outcome::Undelivered), Some(ReceiptState::Unknown)) => State::Unknown,
        // The gate stopped it after it had been accepted.
        (None, _) => State::Rejected,
        (outcome, _) => ended(outcome),
    }
}

/// A carrier's error code, or 800 and the number of the rule that stopped it, as three digits.
fn code(error: &str) -> u16 {
    let rule = rules::ORDER.iter().find(|rule| rule.id == error).map(|rule| rule.code.0);
    match rule {
        Some(rule) => 800 + u16::from(rule),
        None => {
            let digits: String = error.chars().filter(char::is_ascii_digit).collect();
            digits.parse().unwrap_or(0)
        }
    }
}

/// `YYMMDDhhmm` in China's time, which the trade keeps.
fn wall_time(at: Timestamp) -> String {
    let octets = wire::cmpp::report::wall_time(at, CHINA_AHEAD);
    octets.iter().map(|octet| char::from(*octet)).collect()
}

fn impossible(error: impl std::fmt::Display) -> Untold {
    Untold::Impossible(error.to_string())
}

fn undeliverable(error: SubmitError) -> Untold {
    match error {
        SubmitError::Full { .. } | SubmitError::NotBound { .. } => Untold::Full,
        other => impossible(other),
    }
}

/// Below it a client has never heard of parameters (§1.3).
const VERSION_WITH_PARAMETERS: u8 = 0x34;
const CHINA_AHEAD: Span = wire::clock::CHINA_AHEAD;
/// Octets of one message and of a part behind its header; GSM 03.38 is not packed here.
const GSM_ALONE: usize = 160;
const GSM_TIED: usize = 153;
const UCS2_ALONE: usize = 140;
const UCS2_TIED: usize = 134;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_cut_at_characters() {
        for (text, data_coding, lengths) in [
            ("ok", 0, vec![2]),
            (&*"a".repeat(160), 0, vec![160]),
            (&*"a".repeat(161), 0, vec![153, 8]),
            (&*("a".repeat(152) + "€aaaaaaaa"), 0, vec![152, 10]),
            (&*"好".repeat(70), 8, vec![140]),
            (&*"好".repeat(71), 8, vec![134, 8]),
            (&*("好".repeat(66) + "😀好好好"), 8, vec![132, 10]),
        ] {
            let (coding, parts) = parts(text);
            assert_eq!(coding, data_coding, "{text}");
            assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), lengths, "{text}");
        }
    }

    #[test]
    fn an_error_is_a_code_or_a_rule() {
        assert_eq!(code("11"), 11);
        assert_eq!(code("MB:0023"), 23);
        assert_eq!(code("no idea"), 0);
        assert_eq!(code("suppression"), 800 + u16::from(rules::suppression::RULE.code.0));
    }

    #[test]
    fn the_carriers_word_is_kept_where_it_says_more() {
        assert_eq!(state_of(Some(Outcome::Delivered), Some(ReceiptState::Delivered)), State::Delivered);
        assert_eq!(state_of(Some(Outcome::Undelivered), Some(ReceiptState::Expired)), State::Expired);
        assert_eq!(state_of(Some(Outcome::NoReceipt), None), State::Unknown);
        assert_eq!(state_of(None, None), State::Rejected);
    }
}
