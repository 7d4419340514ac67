//! What the carrier has to deliver to its accounts: receipts, and what recipients answer. Until an account has
//! acknowledged it, it comes again.

use super::behaviour::IdForm;
use super::{Carrier, Due, ReceiptForm};
use model::{Span, Timestamp};
use wire::smpp::address::OwnedAddress;
use wire::smpp::coding::{UCS2, encode_gsm, encode_ucs2};
use wire::smpp::esm::EsmClass;
use wire::smpp::pdu::ShortMessage;
use wire::smpp::receipt::{Report, State};
use wire::smpp::tlv::TlvBuf;

/// How long after a refusal something is offered again.
const AGAIN_AFTER: Span = Span::seconds(1);

/// Octets an id takes at most: 64 bits in decimal.
pub(super) const ID_OCTETS: usize = 20;

/// Octets of an id with leading zeros, at least.
const PADDED_OCTETS: usize = 10;

/// What waits, or is on its way, by ticket.
#[derive(Default)]
pub(super) struct Outgoing {
    slots: Vec<Option<Parcel>>,
    free: Vec<usize>,
    payload: Vec<u8>,
    clock: Clock,
}

struct Parcel {
    account: usize,
    what: What,
    from: OwnedAddress,
    to: OwnedAddress,
}

/// Something to deliver.
pub(super) enum What {
    Receipt { number: u64, state: State, submitted: Timestamp },
    Reply(String),
}

impl Outgoing {
    /// Remembers something; returns its ticket.
    pub(super) fn add(&mut self, account: usize, what: What, from: OwnedAddress, to: OwnedAddress) -> usize {
        let parcel = Some(Parcel { account, what, from, to });
        match self.free.pop() {
            Some(ticket) => {
                if let Some(slot) = self.slots.get_mut(ticket) {
                    *slot = parcel;
                }
                ticket
            }
            None => {
                self.slots.push(parcel);
                self.slots.len() - 1
            }
        }
    }

    fn get(&self, ticket: usize) -> Option<&Parcel> {
        self.slots.get(ticket)?.as_ref()
    }

    fn take(&mut self, ticket: usize) -> Option<Parcel> {
        let parcel = self.slots.get_mut(ticket)?.take()?;
        self.free.push(ticket);
        Some(parcel)
    }
}

impl Carrier {
    /// Its time has come: it waits for a connection.
    pub(super) fn queue(&mut self, ticket: usize) {
        let Some(account) = self.outgoing.get(ticket).map(|parcel| parcel.account) else { return };
        if let Some(account) = self.accounts.get_mut(account) {
            account.outbox.push_back(ticket);
        }
    }

    /// Hands an account what waits for it, as far as its connections take it.
    pub(super) fn flush(&mut self, account: usize, now: Timestamp) {
        for place in 0.. {
            let Some(known) = self.accounts.get(account) else { return };
            let Some(&id) = known.connections.get(place).filter(|_| !known.outbox.is_empty()) else { return };
            while self.connection(id).is_some_and(|c| c.session.window_free() > 0)
                && let Some(ticket) = self.accounts.get_mut(account).and_then(|a| a.outbox.pop_front())
            {
                self.deliver(id, ticket, now);
            }
        }
    }

    /// A deliver_sm was answered, or will not be.
    pub(super) fn delivered(&mut self, ticket: usize, accepted: bool, now: Timestamp) {
        if !accepted {
            return self.due.entry(now.after(AGAIN_AFTER)).or_default().push(Due::Deliver(ticket));
        }
        match self.outgoing.take(ticket).map(|parcel| parcel.what) {
            Some(What::Receipt { .. }) => self.counters.receipts_acknowledged += 1,
            Some(What::Reply(_)) => self.counters.replies_acknowledged += 1,
            None => {}
        }
    }

    fn deliver(&mut self, id: super::ConnectionId, ticket: usize, now: Timestamp) {
        let Some(connection) = self.connections.get_mut(id.0).and_then(Option::as_mut) else { return };
        let Outgoing { slots, payload, clock, .. } = &mut self.outgoing;
        let Some(parcel) = slots.get(ticket).and_then(Option::as_ref) else { return };
        payload.clear();
        let mut text = [0; ID_OCTETS];
        let tlvs;
        let mut message = ShortMessage {
            source: parcel.from.borrow(),
            destination: parcel.to.borrow(),
            ..Default::default()
        };
        match &parcel.what {
            What::Receipt { number, state, submitted } => {
                let remote_id = super::outgoing::id(&mut text, *number, self.behaviour.ids.form(true));
                let error = u16::from(*state != State::Delivered);
                let (submitted, done) = clock.read(*submitted, now);
                let report = Report { remote_id, state: *state, error, submitted, done };
                message.esm_class = EsmClass::RECEIPT;
                if self.behaviour.receipt != ReceiptForm::Tlv {
                    report.write_text(payload);
                }
                if self.behaviour.receipt != ReceiptForm::Text {
                    // Three parameters of known sizes always fit.
                    tlvs = report.tlvs().unwrap_or_else(|_| TlvBuf::new());
                    message.tlvs = tlvs.view();
                }
                self.counters.receipts += 1;
            }
            What::Reply(reply) => {
                if encode_gsm(payload, reply).is_err() {
                    encode_ucs2(payload, reply);
                    message.data_coding = UCS2;
                }
                self.counters.replies += 1;
            }
        }
        message.short_message = payload;
        if connection.session.deliver(ticket as u64, &message, now).is_err() {
            // The window was asked before: only a reply longer than a short message cannot be written.
            self.outgoing.take(ticket);
        }
    }
}

/// Writes an id without allocating.
pub(super) fn id(out: &mut [u8; ID_OCTETS], number: u64, form: IdForm) -> &str {
    let base = if form == IdForm::Hex { 16 } else { 10 };
    let least = if form == IdForm::Padded { PADDED_OCTETS } else { 1 };
    let (mut rest, mut start) = (number, out.len());
    let length = out.len();
    for (place, digit) in out.iter_mut().enumerate().rev() {
        let value = (rest % base) as u8;
        *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        rest /= base;
        start = place;
        if rest == 0 && length - place >= least {
            break;
        }
    }
    // Only digits were written.
    out.get(start..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or("0")
}

/// `YYMMDDhhmm` of the minutes last asked for.
#[derive(Default)]
struct Clock {
    submitted: Option<(i64, String)>,
    done: Option<(i64, String)>,
}

impl Clock {
    fn read(&mut self, submitted: Timestamp, done: Timestamp) -> (&str, &str) {
        (minute(&mut self.submitted, submitted), minute(&mut self.done, done))
    }
}

fn minute(known: &mut Option<(i64, String)>, at: Timestamp) -> &str {
    let minute = at.0.div_euclid(60_000);
    if known.as_ref().is_none_or(|(of, _)| *of != minute) {
        // `2026-05-01T08:00:…` without its century and its separators.
        let text: String = at.to_string().chars().filter(char::is_ascii_digit).skip(2).take(10).collect();
        *known = Some((minute, text));
    }
    known.as_ref().map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_minutes_are_written_as_carriers_write_them() {
        for number in [0, 9, 10, 255, 4_096, u64::MAX] {
            assert_eq!(id(&mut [0; ID_OCTETS], number, IdForm::Decimal), number.to_string());
            assert_eq!(id(&mut [0; ID_OCTETS], number, IdForm::Hex), format!("{number:x}"));
            assert_eq!(id(&mut [0; ID_OCTETS], number, IdForm::Padded), format!("{number:010}"));
        }
        let at = Timestamp::parse_rfc3339("2026-05-01T08:30:59Z").unwrap();
        assert_eq!(minute(&mut None, at), "2605010830");
    }
}
