//! What the operator sees of each route: parts taken and refused, how messages ended, how long receipts take. Since the
//! start of this process, from leaves alone; the projector counts, the server shows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The figures of one route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteFigures {
    /// Claims.
    pub claimed: u64,
    /// Parts that the carrier took.
    pub submitted: u64,
    /// Parts that the carrier refused.
    pub refused: u64,
    /// Parts without an answer.
    pub unanswered: u64,
    /// Receipts.
    pub receipts: u64,
    /// How messages ended, by the outcome's word.
    pub outcomes: BTreeMap<String, u64>,
    /// From the carrier's having the whole message to the next receipt.
    pub latency: Latency,
}

/// How often something took how long, in buckets that double.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Latency {
    /// The n-th counts what took less than 2ⁿ ms, and not less than the one before.
    buckets: [u64; BUCKETS],
}

/// 2³¹ ms are 24 days: longer than receipts are waited for.
const BUCKETS: usize = 32;

impl Latency {
    /// Counts one.
    pub fn add(&mut self, millis: i64) {
        let millis = u64::try_from(millis).unwrap_or(0);
        let bucket = (u64::BITS - millis.leading_zeros()) as usize;
        if let Some(count) = self.buckets.get_mut(bucket.min(BUCKETS - 1)) {
            *count += 1;
        }
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The milliseconds within which so many of a hundred were done: the upper end of their bucket, so at most twice
    /// what it was. `None` before the first.
    pub fn percentile(&self, of_hundred: u64) -> Option<u64> {
        let wanted = (self.count() * of_hundred).div_ceil(100).max(1);
        let mut seen = 0;
        let place = self.buckets.iter().position(|count| {
            seen += count;
            seen >= wanted
        })?;
        Some(1 << place)
    }

    /// How many took less than each power of two of milliseconds.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        self.buckets.iter().enumerate().scan(0, |seen, (place, count)| {
            *seen += count;
            Some((1 << place, *seen))
        })
    }
}

/// The figures of all routes, shared by who counts and who shows.
#[derive(Debug, Clone, Default)]
pub struct Figures(Arc<Mutex<BTreeMap<String, RouteFigures>>>);

impl Figures {
    /// All of them, as they are now.
    pub fn all(&self) -> BTreeMap<String, RouteFigures> {
        self.lock().clone()
    }

    /// Changes those of one route.
    pub(super) fn of(&self, route: &str, change: impl FnOnce(&mut RouteFigures)) {
        let mut all = self.lock();
        match all.get_mut(route) {
            Some(figures) => change(figures),
            None => change(all.entry(route.to_owned()).or_default()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, RouteFigures>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_ends_of_their_buckets() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentile(50), None);
        for millis in [0, 1, 3, 3, 900, 900, 900, 900, 900, 70_000] {
            latency.add(millis);
        }
        assert_eq!(latency.count(), 10);
        assert_eq!(
            [10, 20, 40, 50, 90, 95, 100].map(|p| latency.percentile(p)),
            [1, 2, 4, 1_024, 1_024, 131_072, 131_072].map(Some)
        );
        latency.add(i64::MAX);
        latency.add(-1);
        assert_eq!(latency.cumulative().last(), Some((1 << 31, 12)));
    }
}
