//! A demo bank: customers, a day of their events, and what they answer, all from a seed.
//!
//! For trying the product, for benchmarks and for system tests. The same seed gives the same bank on every platform
//! and in every release that does not say otherwise: whole-number arithmetic only, no maps in random order. No person
//! and no company here exists; the phone numbers lie in a range (154) that no operator has been given. It is a
//! plausible bank, not a statistical model of one: do not train or tune anything on it.
//!
//! ```
//! let bank = library::demo::Bank::new(7, 100);
//! let names: Vec<String> = bank.customers().map(|customer| customer.name).collect();
//! let midnight_in_shanghai = 1_772_467_200_000;
//! let events = bank.events(midnight_in_shanghai).count();
//! assert_eq!(names.len(), 100);
//! assert!(events > 150);
//! ```

mod customer;
mod event;
mod reply;
mod data;
mod date;
mod random;

pub use customer::{Consent, Customer, Gender};
pub use event::{Event, Value};
pub use reply::{Replies, replies};

/// The most customers a bank can have: as many as there are phone numbers for them.
pub const CUSTOMERS_MAX: usize = 100_000_000;

/// A bank that exists only as a seed and a size; everything else is computed when asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bank {
    seed: u64,
    customers: u32,
}

impl Bank {
    /// A bank of so many customers; [`CUSTOMERS_MAX`] when more are asked for. A bigger bank of the same seed has
    /// the customers of a smaller one, and more.
    pub const fn new(seed: u64, customers: usize) -> Self {
        let customers = if customers > CUSTOMERS_MAX { CUSTOMERS_MAX } else { customers };
        Self { seed, customers: customers as u32 }
    }

    /// How many customers there are.
    pub const fn len(&self) -> usize {
        self.customers as usize
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.customers == 0
    }

    /// All customers in the order of their ids.
    pub fn customers(&self) -> impl Iterator<Item = Customer> + use<> {
        let seed = self.seed;
        (0..self.customers).map(move |index| customer::customer(seed, index))
    }

    /// What happens in the 24 hours from `day_start_ms` (milliseconds since 1970 UTC; midnight in Asia/Shanghai),
    /// in the order of time. About 2.5 events per customer. Ids are unique over all days and the same when the same
    /// day is asked for again. Every day starts from the same balances.
    ///
    /// Costs about 60 bytes per customer and 16 per event at once.
    pub fn events(&self, day_start_ms: i64) -> impl Iterator<Item = Event> + use<> {
        event::events(self.seed, self.customers, day_start_ms)
    }
}

#[cfg(test)]
mod tests;
