//! Remembers submits that were given up on, so that an answer that comes after all is not lost. The
//! sessions of all protocols use it.

use std::collections::{HashMap, VecDeque};

/// Submits that were given up on but may still be answered over the same connection; the oldest are forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Late {
    tickets: HashMap<u32, u64>,
    order: VecDeque<u32>,
}

impl Late {
    pub(crate) fn remember(&mut self, sequence: u32, ticket: u64) {
        if self.order.len() >= LATE_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.tickets.remove(&oldest);
        }
        self.order.push_back(sequence);
        self.tickets.insert(sequence, ticket);
    }

    /// Constant time: the number stays in `order` until it is the oldest.
    pub(crate) fn take(&mut self, sequence: u32) -> Option<u64> {
        self.tickets.remove(&sequence)
    }

    pub(crate) fn clear(&mut self) {
        self.tickets.clear();
        self.order.clear();
    }
}

/// How many submits without answer are remembered.
const LATE_MAX: usize = 65_536;
