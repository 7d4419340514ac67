//! Requests that wait for their answer, by sequence number: ours towards the carrier, or the carrier's side's towards
//! us. The sessions of all protocols use it.
//!
//! Sequence numbers are ours and contiguous, so a ring indexed by distance replaces a map: constant time, in order,
//! and the same on every run. The head of the ring is always a request that still waits, so the next deadline is the
//! head's: every request gets the same time to be answered.

use model::Timestamp;
use std::collections::VecDeque;

/// The largest sequence number; after it comes 1 (SMPP 3.4 §5.1.4). Protocols that let a counter run through all 32
/// bits leave the choice to the sender, and peers that count in signed numbers are spared.
pub(crate) const SEQUENCE_MAX: u32 = 0x7fff_ffff;

/// How many requests, answered or not, may lie behind the oldest that waits. A ring that long means a peer that
/// answered a million requests and forgot one.
pub(crate) const SLOTS_MAX: usize = 1 << 20;

/// The requests that wait.
#[derive(Debug)]
pub(crate) struct Flight<T> {
    /// The sequence number of the ring's head; of the next request when the ring is empty.
    first: u32,
    slots: VecDeque<Option<Slot<T>>>,
}

#[derive(Debug)]
struct Slot<T> {
    request: T,
    deadline: Timestamp,
}

impl<T> Flight<T> {
    /// Nothing waits; the first request gets number 1.
    pub(crate) fn new() -> Self {
        Self::starting_at(1)
    }

    /// Nothing waits; the first request gets this number.
    pub(crate) fn starting_at(first: u32) -> Self {
        Self { first, slots: VecDeque::new() }
    }

    /// Whether one more request can be remembered.
    pub(crate) fn has_room(&self) -> bool {
        self.slots.len() < SLOTS_MAX
    }

    /// The number the next request will get.
    pub(crate) fn next_sequence(&self) -> u32 {
        // The ring is at most SLOTS_MAX long.
        forward(self.first, self.slots.len() as u32)
    }

    /// Remembers a request under `next_sequence`.
    pub(crate) fn push(&mut self, request: T, deadline: Timestamp) {
        self.slots.push_back(Some(Slot { request, deadline }));
    }

    /// The request with this number, if it waits.
    pub(crate) fn waiting(&self, sequence: u32) -> Option<&T> {
        self.slots.get(self.place(sequence)?)?.as_ref().map(|slot| &slot.request)
    }

    /// Takes the request with this number: it has been answered.
    pub(crate) fn take(&mut self, sequence: u32) -> Option<T> {
        let place = self.place(sequence)?;
        let slot = self.slots.get_mut(place)?.take()?;
        self.trim();
        Some(slot.request)
    }

    /// Takes the oldest request whose time is over.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Option<(u32, T)> {
        let sequence = self.first;
        let head = self.slots.front_mut()?;
        let slot = head.take_if(|slot| slot.deadline <= now)?;
        self.trim();
        Some((sequence, slot.request))
    }

    /// When the oldest request's time is over.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.slots.front()?.as_ref().map(|slot| slot.deadline)
    }

    /// Takes everything that waits, oldest first, and starts over at 1.
    pub(crate) fn clear(&mut self) -> Vec<T> {
        let waiting = self.slots.drain(..).flatten().map(|slot| slot.request).collect();
        self.first = 1;
        waiting
    }

    fn place(&self, sequence: u32) -> Option<usize> {
        if sequence == 0 || sequence > SEQUENCE_MAX {
            return None;
        }
        let distance =
            if sequence >= self.first { sequence - self.first } else { sequence + SEQUENCE_MAX - self.first };
        usize::try_from(distance).ok()
    }

    fn trim(&mut self) {
        while let Some(None) = self.slots.front() {
            self.slots.pop_front();
            self.first = forward(self.first, 1);
        }
    }
}

/// The number so many after this one.
fn forward(sequence: u32, by: u32) -> u32 {
    let next = sequence + by;
    if next > SEQUENCE_MAX { next - SEQUENCE_MAX } else { next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn numbers_wrap_after_the_largest() {
        let mut flight = Flight::starting_at(SEQUENCE_MAX - 1);
        let mut numbers = Vec::new();
        for name in ["a", "b", "c"] {
            numbers.push(flight.next_sequence());
            flight.push(name, Timestamp(0));
        }
        assert_eq!(numbers, [SEQUENCE_MAX - 1, SEQUENCE_MAX, 1]);
        assert_eq!((flight.take(1), flight.take(SEQUENCE_MAX), flight.take(0)), (Some("c"), Some("b"), None));
        assert_eq!((flight.take(SEQUENCE_MAX - 1), flight.next_sequence()), (Some("a"), 2));
    }

    proptest! {
        /// Against a map that does the same slowly.
        #[test]
        fn the_ring_is_a_map(steps in proptest::collection::vec((0u8..4, 0u32..24), 0..200), start in 0u32..12) {
            let mut ring = Flight::starting_at(SEQUENCE_MAX - start);
            let mut map: BTreeMap<u64, (u32, i64)> = BTreeMap::new();
            let mut count = 0u64;
            let sequence = |index: u64| {
                let n = u64::from(SEQUENCE_MAX - start) + index;
                (if n > u64::from(SEQUENCE_MAX) { n - u64::from(SEQUENCE_MAX) } else { n }) as u32
            };
            for (now, (step, pick)) in steps.into_iter().enumerate() {
                let now = now as i64;
                match step {
                    0 | 1 => {
                        prop_assert_eq!(ring.next_sequence(), sequence(count));
                        ring.push(pick, Timestamp(now + 10));
                        map.insert(count, (pick, now + 10));
                        count += 1;
                    }
                    2 => {
                        let index = u64::from(pick);
                        let expected = map.remove(&index).map(|(request, _)| request);
                        prop_assert_eq!(ring.take(sequence(index)), expected);
                    }
                    _ => {
                        let due = map.first_key_value().filter(|(_, (_, at))| *at <= now).map(|(index, _)| *index);
                        let expected = due.and_then(|index| Some((sequence(index), map.remove(&index)?.0)));
                        prop_assert_eq!(ring.overdue(Timestamp(now)), expected);
                    }
                }
                prop_assert_eq!(ring.deadline(), map.values().next().map(|(_, at)| Timestamp(*at)));
            }
            prop_assert_eq!(ring.clear(), map.values().map(|(request, _)| *request).collect::<Vec<_>>());
        }
    }
}
