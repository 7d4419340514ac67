//! Long messages from customers: the parts wait for each other, and are read as one text.
//!
//! A part is acknowledged only with the whole, so nothing is lost when the process dies in between: the carrier sends
//! the parts again. Parts whose rest does not come are read as they are, in order.

use model::{Span, Timestamp};
use std::collections::{BTreeMap, HashMap, VecDeque};
use wire::smpp::address::OwnedAddress;
use wire::smpp::concat::Concat;
use wire::smpp::session::DeliveryRef;

/// How long parts wait for the rest of their message.
pub(crate) const JOIN_WAIT: Span = Span::seconds(30);

/// How many unfinished messages are kept; beyond it the oldest is read as it is.
pub(crate) const JOINS_MAX: usize = 4_096;

/// From whom, to whom, and the mark of the message.
type Mark = (OwnedAddress, OwnedAddress, u16, u8);

/// One part.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Who wrote.
    pub(crate) from: OwnedAddress,
    /// The number they wrote to.
    pub(crate) to: OwnedAddress,
    /// Where it belongs.
    pub(crate) place: Concat,
    /// Its alphabet.
    pub(crate) data_coding: u8,
    /// Its octets, without header.
    pub(crate) payload: Vec<u8>,
    /// To answer it with.
    pub(crate) delivery: DeliveryRef,
}

/// A message, joined.
#[derive(Debug)]
pub(crate) struct Joined {
    /// Who wrote.
    pub(crate) from: OwnedAddress,
    /// The number they wrote to.
    pub(crate) to: OwnedAddress,
    /// The alphabet of its first part.
    pub(crate) data_coding: u8,
    /// The octets of the parts there are, in order.
    pub(crate) payload: Vec<u8>,
    /// To answer every part with.
    pub(crate) deliveries: Vec<DeliveryRef>,
}

#[derive(Debug, Default)]
struct Open {
    parts: BTreeMap<u8, (u8, Vec<u8>)>,
    deliveries: Vec<DeliveryRef>,
}

/// The messages whose parts have not all come.
#[derive(Debug, Default)]
pub(crate) struct Joins {
    open: HashMap<Mark, Open>,
    /// By the time at which their waiting ends. May name messages that are whole already.
    order: VecDeque<(Timestamp, Mark)>,
}

impl Joins {
    /// Takes a part; returns the message if it is whole now. A part that comes again replaces itself.
    pub(crate) fn add(&mut self, piece: Piece, now: Timestamp) -> Option<Joined> {
        let Concat { reference, total, number } = piece.place;
        let mark = (piece.from, piece.to, reference, total);
        let order = &mut self.order;
        let open = self.open.entry(mark.clone()).or_insert_with(|| {
            order.push_back((now.after(JOIN_WAIT), mark.clone()));
            Open::default()
        });
        open.parts.insert(number, (piece.data_coding, piece.payload));
        open.deliveries.push(piece.delivery);
        if open.parts.len() < usize::from(total) {
            return None;
        }
        self.take(mark)
    }

    /// The next message that has waited long enough, or that there is no room for.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Option<Joined> {
        loop {
            let crowded = self.open.len() > JOINS_MAX;
            let (_, mark) = self.order.pop_front_if(|(at, _)| crowded || *at <= now)?;
            if let Some(joined) = self.take(mark) {
                return Some(joined);
            }
        }
    }

    /// When the oldest has waited long enough.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.order.front().map(|(at, _)| *at)
    }

    fn take(&mut self, mark: Mark) -> Option<Joined> {
        let Open { parts, deliveries } = self.open.remove(&mark)?;
        let (from, to, ..) = mark;
        let data_coding = parts.values().next().map_or(0, |(coding, _)| *coding);
        let payload = parts.into_values().flat_map(|(_, payload)| payload).collect();
        Some(Joined { from, to, data_coding, payload, deliveries })
    }
}
