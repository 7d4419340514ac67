//! Long messages from customers: the parts wait for each other, over whichever connection of the route they come, and
//! are read as one text.
//!
//! A part is acknowledged only with the whole, so nothing is lost when the process dies in between: the carrier sends
//! the parts again. Parts whose rest does not come are read as they are, in order. A part of a message that has been
//! read already, come again because its acknowledgement was lost, is acknowledged and not read twice.

use super::protocol::{Coding, Party, Ref};
use model::{Span, Timestamp};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use wire::Concat;

/// How long parts wait for the rest of their message.
pub(crate) const JOIN_WAIT: Span = Span::seconds(30);

/// How long a message that was read is remembered.
pub(crate) const JOINED_WAIT: Span = Span::seconds(300);

/// How many unfinished messages are kept, and how many that were read; beyond it the oldest goes.
pub(crate) const JOINS_MAX: usize = 4_096;

/// From whom, to whom, and the mark of the message.
type Mark = (Party, Party, u16, u8);

/// To answer a part with, and over which connection.
pub(crate) type Answerable = (usize, Ref);

/// One part.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Who wrote.
    pub(crate) from: Party,
    /// The number they wrote to.
    pub(crate) to: Party,
    /// Where it belongs.
    pub(crate) place: Concat,
    /// Its alphabet.
    pub(crate) coding: Coding,
    /// Its octets, without header.
    pub(crate) payload: Vec<u8>,
    /// To answer it with.
    pub(crate) delivery: Answerable,
}

/// A message, joined.
#[derive(Debug)]
pub(crate) struct Joined {
    /// Who wrote.
    pub(crate) from: Party,
    /// The number they wrote to.
    pub(crate) to: Party,
    /// The alphabet of its first part.
    pub(crate) coding: Coding,
    /// The octets of the parts there are, in order.
    pub(crate) payload: Vec<u8>,
    /// To answer every part with.
    pub(crate) deliveries: Vec<Answerable>,
}

/// What a part led to.
#[derive(Debug)]
pub(crate) enum Added {
    /// The message is whole.
    Whole(Joined),
    /// The rest is waited for.
    Waits,
    /// It was read before.
    Again(Answerable),
}

#[derive(Debug, Default)]
struct Open {
    parts: BTreeMap<u8, (Coding, Vec<u8>)>,
    deliveries: Vec<Answerable>,
}

/// The messages whose parts have not all come.
#[derive(Debug, Default)]
pub(crate) struct Joins {
    open: HashMap<Mark, Open>,
    /// By the time at which their waiting ends. May name messages that are whole already.
    order: VecDeque<(Timestamp, Mark)>,
    /// The parts of messages that were read, by what they held.
    read: HashMap<Mark, BTreeMap<u8, u64>>,
    read_order: VecDeque<(Timestamp, Mark)>,
}

impl Joins {
    /// Takes a part. One that comes again while its message waits replaces itself.
    pub(crate) fn add(&mut self, piece: Piece, now: Timestamp) -> Added {
        let Concat { reference, total, number } = piece.place;
        let mark = (piece.from, piece.to, reference, total);
        let held = content(&piece.payload);
        if self.read.get(&mark).and_then(|parts| parts.get(&number)) == Some(&held) {
            return Added::Again(piece.delivery);
        }
        let order = &mut self.order;
        let open = self.open.entry(mark.clone()).or_insert_with(|| {
            order.push_back((now.after(JOIN_WAIT), mark.clone()));
            Open::default()
        });
        open.parts.insert(number, (piece.coding, piece.payload));
        open.deliveries.push(piece.delivery);
        if open.parts.len() < usize::from(total) {
            return Added::Waits;
        }
        self.take(mark, now).map_or(Added::Waits, Added::Whole)
    }

    /// The next message that has waited long enough, or that there is no room for.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Option<Joined> {
        loop {
            let crowded = self.open.len() > JOINS_MAX;
            let (_, mark) = self.order.pop_front_if(|(at, _)| crowded || *at <= now)?;
            if let Some(joined) = self.take(mark, now) {
                return Some(joined);
            }
        }
    }

    /// When the oldest has waited long enough.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.order.front().map(|(at, _)| *at)
    }

    fn take(&mut self, mark: Mark, now: Timestamp) -> Option<Joined> {
        let Open { parts, deliveries } = self.open.remove(&mark)?;
        self.remember(&mark, &parts, now);
        let (from, to, ..) = mark;
        let coding = parts.values().next().map(|(coding, _)| *coding)?;
        let payload = parts.into_values().flat_map(|(_, payload)| payload).collect();
        Some(Joined { from, to, coding, payload, deliveries })
    }

    fn remember(&mut self, mark: &Mark, parts: &BTreeMap<u8, (Coding, Vec<u8>)>, now: Timestamp) {
        let read = parts.iter().map(|(number, (_, payload))| (*number, content(payload))).collect();
        self.read.insert(mark.clone(), read);
        self.read_order.push_back((now.after(JOINED_WAIT), mark.clone()));
        while let Some((_, mark)) =
            self.read_order.pop_front_if(|(at, _)| *at <= now || self.read.len() > JOINS_MAX)
        {
            // A mark that was used again in the meantime stands behind it once more.
            if self.read_order.iter().rev().all(|(_, later)| *later != mark) {
                self.read.remove(&mark);
            }
        }
    }
}

fn content(payload: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    payload.hash(&mut hasher);
    hasher.finish()
}
