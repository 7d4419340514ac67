//! Status reports and replies as DELIVER (CMPP 2.0 and 3.0 §8.4.5): one report for each part that the client sent, one
//! DELIVER for each part of a customer's reply.

use super::super::groups::Groups;
use super::super::ids;
use super::super::reference::Reference;
use super::super::side::Untold;
use crate::deliver::post::Taken;
use engine::entry::{NoticeKind, Outcome, ReceiptState, Told};
use model::{MessageId, Phone, Timestamp};
use std::num::NonZeroU8;
use wire::clock::CHINA_AHEAD;
use wire::cmpp::MsgFmt;
use wire::cmpp::content::write_header;
use wire::cmpp::pdu::Deliver;
use wire::cmpp::peer::{ReportDelivery, ServerSession};
use wire::cmpp::report::{self, Stat, wall_time};
use wire::cmpp::session::SubmitError;
use wire::msg_fmt::{encode_ascii, encode_ucs2};
use wire::smpp::concat::{Concat, Width};

/// Tells one notice. Returns in how many parts.
pub(super) fn notice(
    session: &mut ServerSession,
    (gateway, groups): (u32, &Groups),
    ticket: u64,
    taken: &Taken,
    now: Timestamp,
) -> Result<usize, Untold> {
    match &taken.notice.kind {
        // There are no reports on the way.
        NoticeKind::Submitted(_) => Err(Untold::Unwanted),
        NoticeKind::Ended { told, outcome, state, error } => {
            let stat = stat_of(*outcome, *state, error.as_deref());
            reports(session, (gateway, groups), ticket, (told, stat, taken), now)
        }
        NoticeKind::Inbound { from, to, text } => {
            let id = MessageId(taken.position);
            inbound(session, (gateway, id), ticket, (*from, to), text.reveal(), now)
        }
    }
}

fn reports(
    session: &mut ServerSession,
    (gateway, groups): (u32, &Groups),
    ticket: u64,
    (told, stat, taken): (&Told, Stat, &Taken),
    now: Timestamp,
) -> Result<usize, Untold> {
    let reference = told.reference.as_deref().and_then(Reference::read).unwrap_or_default();
    let own = [(told.message, reference.given)];
    let pieces: Vec<_> = told.pieces.iter().map(|piece| (*piece, groups.name_of(*piece))).collect();
    let parts = if pieces.is_empty() { &own[..] } else { &pieces };
    if session.window_free() < parts.len() {
        return Err(Untold::Full);
    }
    let destination = match told.to {
        Some(phone) if reference.to.digits > 0 => reference.to.text(phone),
        Some(phone) => national(&phone).to_owned(),
        None => String::new(),
    };
    for (number, (part, given)) in (0u32..).zip(parts) {
        let delivery = ReportDelivery {
            msg_id: ids::cmpp(gateway, MessageId(taken.position), 0),
            dest_id: &reference.source,
            service_id: &reference.service,
            outcome: report::Outcome {
                msg_id: ids::cmpp(gateway, *part, *given),
                stat,
                submitted: wall_time(told.accepted, CHINA_AHEAD),
                done: wall_time(taken.notice.at, CHINA_AHEAD),
                destination: &destination,
                // What the client keeps it for is its own number; ours need only differ.
                smsc_sequence: (taken.position as u32).wrapping_add(number),
            },
        };
        session.deliver_report(ticket, &delivery, now).map_err(undeliverable)?;
    }
    Ok(parts.len())
}

fn inbound(
    session: &mut ServerSession,
    (gateway, id): (u32, MessageId),
    ticket: u64,
    (from, to): (Phone, &str),
    text: &str,
    now: Timestamp,
) -> Result<usize, Untold> {
    let (msg_fmt, parts) = parts(text);
    if session.window_free() < parts.len() {
        return Err(Untold::Full);
    }
    let total = u8::try_from(parts.len()).ok().and_then(NonZeroU8::new);
    let total = total.ok_or_else(|| Untold::Impossible(format!("{} parts", parts.len())))?.get();
    for (number, part) in (1..).zip(&parts) {
        let mut content = Vec::with_capacity(140);
        if total > 1 {
            // Long replies to one account are told apart by their place in the ledger.
            let reference = id.0 as u16;
            write_header(&mut content, Concat { reference, total, number }, Width::Eight);
        }
        content.extend_from_slice(part);
        let message = Deliver {
            msg_id: ids::cmpp(gateway, id, 0),
            dest_id: to.as_bytes(),
            tp_udhi: u8::from(total > 1),
            msg_fmt,
            src_terminal_id: national(&from).as_bytes(),
            content: &content,
            ..Deliver::default()
        };
        session.deliver(ticket, &message, now).map_err(undeliverable)?;
    }
    Ok(parts.len())
}

/// A text in the alphabet that it needs: ASCII or UCS-2, cut at characters.
fn parts(text: &str) -> (MsgFmt, Vec<Vec<u8>>) {
    let fmt = if text.is_ascii() { MsgFmt::ASCII } else { MsgFmt::UCS2 };
    let encode = |out: &mut Vec<u8>, piece: &str| {
        if fmt == MsgFmt::UCS2 {
            encode_ucs2(out, piece);
        } else {
            // All of it is ASCII.
            let _ = encode_ascii(out, piece);
        }
    };
    let mut whole = Vec::new();
    encode(&mut whole, text);
    if whole.len() <= ALONE {
        return (fmt, vec![whole]);
    }
    let (mut parts, mut part, mut buffer) = (Vec::new(), Vec::new(), [0; 4]);
    for character in text.chars() {
        let before = part.len();
        encode(&mut part, character.encode_utf8(&mut buffer));
        if part.len() > fmt.part_max(Width::Eight) {
            let next = part.split_off(before);
            parts.push(std::mem::replace(&mut part, next));
        }
    }
    parts.push(part);
    (fmt, parts)
}

/// How the end of a message is said. A code in the trade's own form is handed through; what the gate stopped after it had
/// been accepted was never sent.
fn stat_of(outcome: Option<Outcome>, state: Option<ReceiptState>, error: Option<&str>) -> Stat {
    let code = error.and_then(|error| <[u8; 7]>::try_from(error.as_bytes()).ok()).map(Stat);
    match (outcome, state) {
        (Some(Outcome::Delivered), _) => Stat::DELIVERED,
        (Some(Outcome::Undelivered), Some(ReceiptState::Expired)) => Stat::EXPIRED,
        (Some(Outcome::Undelivered), Some(ReceiptState::Deleted)) => Stat::DELETED,
        (Some(Outcome::Undelivered), Some(ReceiptState::Rejected)) => Stat::REJECTED,
        (Some(Outcome::Undelivered), Some(ReceiptState::Unknown)) => code.unwrap_or(Stat::UNKNOWN),
        (Some(Outcome::Undelivered), _) => code.unwrap_or(Stat::UNDELIVERABLE),
        (Some(Outcome::Refused) | None, _) => Stat::REJECTED,
        (Some(Outcome::Uncertain | Outcome::NoReceipt), _) => Stat::UNKNOWN,
        (Some(Outcome::Erased), _) => Stat::DELETED,
    }
}

/// A Chinese mobile number as this protocol writes it, without its country code; others whole.
fn national(phone: &Phone) -> &str {
    let full = phone.reveal();
    match full.strip_prefix("86") {
        Some(national) if national.len() == 11 => national,
        _ => full,
    }
}

fn undeliverable(error: SubmitError) -> Untold {
    match error {
        SubmitError::Full { .. } | SubmitError::NotBound { .. } => Untold::Full,
        other => Untold::Impossible(other.to_string()),
    }
}

/// Octets of one message.
const ALONE: usize = 140;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_cut_at_characters() {
        for (text, fmt, lengths) in [
            ("TD", MsgFmt::ASCII, vec![2]),
            (&*"a".repeat(141), MsgFmt::ASCII, vec![134, 7]),
            (&*"好".repeat(70), MsgFmt::UCS2, vec![140]),
            (&*("好".repeat(66) + "😀好好好"), MsgFmt::UCS2, vec![132, 10]),
        ] {
            let (found, parts) = parts(text);
            assert_eq!((found, parts.iter().map(Vec::len).collect::<Vec<_>>()), (fmt, lengths), "{text}");
        }
    }

    #[test]
    fn ends_are_said_in_the_words_of_the_trade() {
        let failed = |state, error| stat_of(Some(Outcome::Undelivered), state, error);
        assert_eq!(stat_of(Some(Outcome::Delivered), None, None), Stat::DELIVERED);
        assert_eq!(failed(Some(ReceiptState::Expired), Some("MK:0001")), Stat::EXPIRED);
        assert_eq!(failed(Some(ReceiptState::Undeliverable), Some("MK:0001")), Stat(*b"MK:0001"));
        assert_eq!(failed(None, Some("11")), Stat::UNDELIVERABLE);
        assert_eq!(stat_of(None, None, Some("suppression")), Stat::REJECTED);
    }
}
