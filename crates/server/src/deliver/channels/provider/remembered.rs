//! A bounded memory of a provider's ids: of messages of several parts, and of receipts that came before their answer. What is
//! forgotten here the engine still knows; the link asks it.

use std::collections::{HashMap, VecDeque};

/// How many ids are remembered.
const REMEMBERED: usize = 65_536;

/// The newest of some values by id.
#[derive(Debug)]
pub(super) struct Remembered<T> {
    values: HashMap<String, T>,
    order: VecDeque<String>,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { values: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Remembered<T> {
    /// Keeps a value; the oldest goes when there are too many.
    pub(super) fn keep(&mut self, id: String, value: T) {
        if self.values.insert(id.clone(), value).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.values.remove(&oldest);
            }
        }
    }

    /// The value of an id.
    pub(super) fn find(&self, id: &str) -> Option<&T> {
        self.values.get(id)
    }

    /// Takes the value of an id.
    pub(super) fn forget(&mut self, id: &str) -> Option<T> {
        self.values.remove(id)
    }
}
