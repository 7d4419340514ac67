//! How often one address may ask for the page. Addresses are kept in memory for as long as they ask, and in no log.

use crate::deliver::Rate;
use model::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// More addresses than this are not kept: everybody begins anew then, which costs a second's worth each.
const ADDRESSES_MAX: usize = 20_000;

/// Who has asked lately.
#[derive(Debug)]
pub(super) struct Visitors {
    per_second: Option<u32>,
    rates: Mutex<HashMap<IpAddr, Rate>>,
}

impl Visitors {
    /// So many requests a second from one address; 0: as many as they like.
    pub(super) fn new(per_second: u32) -> Self {
        Self { per_second: Some(per_second).filter(|rate| *rate > 0), rates: Mutex::default() }
    }

    /// Whether an address may ask now.
    pub(super) fn let_in(&self, from: IpAddr, now: Timestamp) -> bool {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        if rates.len() >= ADDRESSES_MAX && !rates.contains_key(&from) {
            rates.clear();
        }
        rates.entry(from.to_canonical()).or_insert_with(|| Rate::new(self.per_second)).take(1, now).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Span;

    #[test]
    fn one_address_waits_and_another_does_not() {
        let (visitors, now) = (Visitors::new(3), Timestamp(1_000_000));
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse::<IpAddr>().unwrap());
        assert_eq!((0..10).filter(|_| visitors.let_in(one, now)).count(), 3);
        assert!(visitors.let_in(other, now));
        assert!(visitors.let_in(one, now.after(Span::seconds(1))));
        let free = Visitors::new(0);
        assert!((0..1_000).all(|_| free.let_in(one, now)));
    }
}
