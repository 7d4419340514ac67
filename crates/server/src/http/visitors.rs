//! How often somebody may ask for something without a key: an address for pages, a link for being counted. Who asks is kept in
//! memory for as long as they ask, and in no log.

use crate::deliver::Rate;
use model::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// More than this are not kept: everybody begins anew then, which costs a second's worth each.
const KEPT_MAX: usize = 20_000;

/// Who has asked lately.
#[derive(Debug)]
pub(crate) struct Visitors<K> {
    per_second: Option<u32>,
    rates: Mutex<HashMap<K, Rate>>,
}

impl<K: Eq + Hash> Visitors<K> {
    /// So many times a second each; 0: as many as they like.
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second: Some(per_second).filter(|rate| *rate > 0), rates: Mutex::default() }
    }

    /// Whether one may ask now.
    pub(crate) fn let_in(&self, who: K, now: Timestamp) -> bool {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        if rates.len() >= KEPT_MAX && !rates.contains_key(&who) {
            rates.clear();
        }
        rates.entry(who).or_insert_with(|| Rate::new(self.per_second)).take(1, now).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Span;

    #[test]
    fn one_waits_and_another_does_not() {
        let (visitors, now) = (Visitors::new(3), Timestamp(1_000_000));
        assert_eq!((0..10).filter(|_| visitors.let_in("one", now)).count(), 3);
        assert!(visitors.let_in("other", now));
        assert!(visitors.let_in("one", now.after(Span::seconds(1))));
        let free = Visitors::new(0);
        assert!((0..1_000).all(|_| free.let_in("one", now)));
    }
}
