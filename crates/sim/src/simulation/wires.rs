//! Connections between the process and the carriers: bytes take their time, arrive cut anywhere but in order, and a
//! connection may break with bytes on the way.

use super::checker::Order;
use crate::Dice;
use crate::carrier::ConnectionId;
use model::{Span, Timestamp};
use std::collections::BTreeMap;

/// Into how many pieces what is written at once may fall.
const PIECES_MAX: u64 = 3;

/// One connection.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) carrier: usize,
    pub(crate) connection: ConnectionId,
    /// Which of the route's connections it is.
    pub(crate) bind: usize,
    /// The life of the process that opened it.
    pub(crate) life: u32,
    latency: Span,
    jitter: Span,
    up_until: Timestamp,
    down_until: Timestamp,
}

/// Something on its way.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// Bytes for the carrier: when they left, and after how many others.
    Up { bytes: Vec<u8>, order: Order, sent: Timestamp },
    /// Bytes for the process.
    Down(Vec<u8>),
    /// The process's end is closed.
    UpEnd,
    /// The carrier's end is closed.
    DownEnd,
}

/// All connections and what is on them.
#[derive(Debug, Default)]
pub(crate) struct Wires {
    pub(crate) open: BTreeMap<u64, Wire>,
    way: BTreeMap<(Timestamp, u64), (u64, Parcel)>,
    last: u64,
    dialled: u64,
}

impl Wires {
    /// A connection is made; returns its name.
    pub(crate) fn connect(
        &mut self,
        (carrier, bind): (usize, usize),
        connection: ConnectionId,
        life: u32,
        now: Timestamp,
        dice: &mut Dice,
    ) -> u64 {
        self.dialled += 1;
        let slow = dice.permille(100);
        let wire = Wire {
            carrier,
            connection,
            bind,
            life,
            latency: Span(dice.between(0, if slow { 800 } else { 20 })),
            jitter: Span(dice.between(0, 20)),
            up_until: now,
            down_until: now,
        };
        self.open.insert(self.dialled, wire);
        self.dialled
    }

    /// Something leaves the process or the carrier.
    pub(crate) fn send(&mut self, name: u64, parcel: Parcel, now: Timestamp, dice: &mut Dice) {
        let (latency, jitter) = match self.open.get(&name) {
            Some(wire) => (wire.latency, wire.jitter),
            None => return,
        };
        for piece in pieces(parcel, dice) {
            let at = now.after(latency).after(Span(dice.between(0, jitter.0)));
            let Some(wire) = self.open.get_mut(&name) else { return };
            let until = match piece {
                Parcel::Up { .. } | Parcel::UpEnd => &mut wire.up_until,
                Parcel::Down(_) | Parcel::DownEnd => &mut wire.down_until,
            };
            *until = (*until).max(at);
            self.last += 1;
            self.way.insert((*until, self.last), (name, piece));
        }
    }

    /// The carrier reads nothing until then: what has come for it waits, and whatever follows it.
    pub(crate) fn hold(&mut self, name: u64, parcel: Parcel, until: Timestamp) {
        let Some(wire) = self.open.get_mut(&name) else { return };
        wire.up_until = wire.up_until.max(until);
        let is_up = |parcel: &Parcel| matches!(parcel, Parcel::Up { .. } | Parcel::UpEnd);
        let behind = self.way.extract_if(..=(until, u64::MAX), |_, (of, other)| *of == name && is_up(other));
        let behind: Vec<Parcel> = behind.map(|(_, (_, other))| other).collect();
        for held in std::iter::once(parcel).chain(behind) {
            self.last += 1;
            self.way.insert((until, self.last), (name, held));
        }
    }

    /// The connection breaks now: what is on the way is lost.
    pub(crate) fn cut(&mut self, name: u64) -> Option<Wire> {
        self.way.retain(|_, (of, _)| *of != name);
        self.open.remove(&name)
    }

    /// What arrives next, if it has arrived by now.
    pub(crate) fn arrived(&mut self, now: Timestamp) -> Option<(u64, Parcel)> {
        let next = self.way.first_entry().filter(|next| next.key().0 <= now)?;
        Some(next.remove())
    }

    /// When something arrives next.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.way.keys().next().map(|(at, _)| *at)
    }
}

/// Bytes cut anywhere; anything else whole.
fn pieces(parcel: Parcel, dice: &mut Dice) -> Vec<Parcel> {
    let count = dice.below(PIECES_MAX) + 1;
    let mut pieces = Vec::new();
    match parcel {
        Parcel::Up { mut bytes, order, sent } => {
            for _ in 1..count {
                let rest = bytes.split_off(dice.below(bytes.len() as u64 + 1) as usize);
                pieces.push(Parcel::Up { bytes: std::mem::replace(&mut bytes, rest), order, sent });
            }
            pieces.push(Parcel::Up { bytes, order, sent });
        }
        Parcel::Down(mut bytes) => {
            for _ in 1..count {
                let rest = bytes.split_off(dice.below(bytes.len() as u64 + 1) as usize);
                pieces.push(Parcel::Down(std::mem::replace(&mut bytes, rest)));
            }
            pieces.push(Parcel::Down(bytes));
        }
        end => pieces.push(end),
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_arrive_in_order_however_they_are_cut_and_a_cut_wire_loses_them() {
        let mut carrier = crate::carrier::Carrier::new(Default::default(), 0);
        let mut dice = Dice::new(7);
        let mut wires = Wires::default();
        let name = wires.connect((0, 0), carrier.accept(Timestamp(0)), 1, Timestamp(0), &mut dice);
        let mut written = Vec::new();
        for n in 0..100u8 {
            let bytes = vec![n; usize::from(n)];
            written.extend_from_slice(&bytes);
            let now = Timestamp(i64::from(n));
            wires.send(name, Parcel::Up { bytes, order: 1, sent: now }, now, &mut dice);
        }
        let (mut read, mut last) = (Vec::new(), Timestamp(0));
        while let Some(at) = wires.deadline() {
            assert!(at >= last);
            last = at;
            assert!(wires.arrived(at.before(Span(1))).is_none());
            if let Some((_, Parcel::Up { bytes, .. })) = wires.arrived(at) {
                read.extend(bytes);
            }
        }
        assert_eq!(read, written);
        wires.send(name, Parcel::Down(vec![1]), last, &mut dice);
        assert!(wires.cut(name).is_some());
        assert_eq!(wires.deadline(), None);
    }

    #[test]
    fn what_is_held_keeps_its_order_and_its_moment() {
        let mut carrier = crate::carrier::Carrier::new(Default::default(), 0);
        let mut dice = Dice::new(7);
        let mut wires = Wires::default();
        let name = wires.connect((0, 0), carrier.accept(Timestamp(0)), 1, Timestamp(0), &mut dice);
        for n in 0..100u8 {
            let now = Timestamp(i64::from(n) * 10);
            wires.send(name, Parcel::Up { bytes: vec![n], order: n.into(), sent: now }, now, &mut dice);
        }
        wires.send(name, Parcel::UpEnd, Timestamp(1_000), &mut dice);
        // Nothing is read in every other 300 ms.
        let stalled = |now: Timestamp| (now.0 / 300 % 2 == 0).then(|| Timestamp((now.0 / 300 + 1) * 300));
        let (mut read, mut ended) = (Vec::new(), false);
        while let Some(at) = wires.deadline() {
            let Some((of, parcel)) = wires.arrived(at) else { continue };
            if let Some(until) = stalled(at) {
                wires.hold(of, parcel, until);
                continue;
            }
            assert!(!ended, "nothing comes after the end");
            match parcel {
                Parcel::Up { bytes, order, sent } => {
                    assert_eq!(sent, Timestamp(order as i64 * 10));
                    read.extend(bytes);
                }
                _ => ended = true,
            }
        }
        assert!(ended);
        assert_eq!(read, (0..100).collect::<Vec<u8>>());
    }
}
