//! What becomes of a part that the carrier has taken: its receipts, its recipient's answer, and what it says when it is
//! asked.

use super::outgoing::What;
use super::{Behaviour, Carrier, ConnectionId, Due};
use model::{Span, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use wire::smpp::coding::{Alphabet, alphabet, decode};
use wire::smpp::pdu::QueryResp;
use wire::smpp::peer::Message;
use wire::smpp::receipt::State;
use wire::smpp::tlv::Tlvs;
use wire::smpp::{Pdu, Status};

/// Ids from here on are of messages nobody sent.
const UNKNOWN_IDS: u64 = 1 << 40;
/// Of how many parts a carrier that answers queries knows what became of them.
const FATES_MAX: usize = 100_000;

/// What became of the latest parts, and since when.
#[derive(Default)]
pub(super) struct Fates {
    by_number: BTreeMap<u64, (State, Timestamp)>,
    order: VecDeque<u64>,
}

impl Fates {
    pub(super) fn keep(&mut self, number: u64, state: State, at: Timestamp) {
        if self.order.len() >= FATES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_number.remove(&oldest);
        }
        self.order.push_back(number);
        self.by_number.insert(number, (state, at));
    }

    fn of(&self, number: u64, now: Timestamp) -> Option<State> {
        let (state, at) = self.by_number.get(&number)?;
        Some(if *at <= now { *state } else { State::Enroute })
    }
}

impl Carrier {
    /// Somebody asks about the id that they were given.
    pub(super) fn query(&mut self, id: ConnectionId, sequence: u32, asked: &str, now: Timestamp) {
        let hex = self.behaviour.ids.form(false) == super::behaviour::IdForm::Hex;
        let number = u64::from_str_radix(asked, if hex { 16 } else { 10 }).ok();
        let state = number.and_then(|number| self.fates.of(number, now));
        self.counters.queries += 1;
        let answer = QueryResp {
            message_id: asked.as_bytes(),
            final_date: b"",
            message_state: state.map_or(0, State::code),
            error_code: 0,
            tlvs: Tlvs::NONE,
        };
        let status = if state.is_some() { Status::OK } else { Status::QUERY_FAILED };
        if let Some(connection) = self.connection(id) {
            // An id that somebody sent us was short enough to be sent.
            let written = connection.session.answer_with(sequence, status, &Pdu::QueryResp(answer));
            debug_assert!(written.is_ok(), "an id that came fits an answer");
        }
    }

    /// What becomes of a part; nothing if nobody ever hears.
    pub(super) fn fate(&mut self) -> Option<State> {
        let Behaviour { undeliverable, expired, rejected, unreported, .. } = self.behaviour;
        let mut throw = self.dice.below(1_000);
        for (chance, fate) in [
            (undeliverable, Some(State::Undeliverable)),
            (expired, Some(State::Expired)),
            (rejected, Some(State::Rejected)),
            (unreported, None),
        ] {
            if throw < u64::from(chance) {
                return fate;
            }
            throw -= u64::from(chance);
        }
        Some(State::Delivered)
    }

    pub(super) fn plan_receipts(
        &mut self,
        account: usize,
        number: u64,
        state: State,
        message: &Message,
        now: Timestamp,
    ) {
        let Behaviour { receipt_latency, receipt_jitter, early, duplicate, unknown, .. } = self.behaviour;
        let plan = |carrier: &mut Self, number: u64, at: Timestamp| {
            let what = What::Receipt { number, state, submitted: now };
            let ticket = carrier.add(account, what, message);
            carrier.due.entry(at).or_default().push(Due::Deliver(ticket));
        };
        let jitter = self.dice.between(0, receipt_jitter.0);
        let at = now.after(receipt_latency).after(Span(jitter));
        if self.dice.permille(early) {
            let what = What::Receipt { number, state, submitted: now };
            let ticket = self.add(account, what, message);
            self.queue(ticket);
            self.flush(account, now);
        } else {
            plan(self, number, at);
        }
        if self.dice.permille(duplicate) {
            plan(self, number, at.after(Span(receipt_jitter.0 / 2)));
        }
        if self.dice.permille(unknown) {
            plan(self, UNKNOWN_IDS + number, at);
        }
    }

    pub(super) fn plan_reply(&mut self, account: usize, number: u64, message: &Message, now: Timestamp) {
        let Some(replies) = &mut self.replies else { return };
        let Some(text) = decode(alphabet(message.data_coding, Alphabet::Gsm), &message.payload.0) else {
            return;
        };
        let Some(reply) = replies(number, &text) else { return };
        let ticket = self.add(account, What::Reply(reply), message);
        let at = now.after(self.behaviour.receipt_latency).after(self.behaviour.reply_latency);
        self.due.entry(at).or_default().push(Due::Deliver(ticket));
    }

    /// Something that goes back to where a message came from.
    fn add(&mut self, account: usize, what: What, message: &Message) -> usize {
        self.outgoing.add(account, what, message.destination.clone(), message.source.clone())
    }
}
