//! Who is connected: counted by address and in all, so that no listener keeps more than it has room for. Doors for accounts
//! and the HTTP listener ask here before they keep anything of a connection.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The connections there are.
#[derive(Debug, Default)]
pub(crate) struct Census(Mutex<HashMap<IpAddr, usize>>);

/// A connection's place in the census; given back when dropped.
pub(crate) struct Place {
    census: Arc<Census>,
    from: IpAddr,
}

impl Census {
    /// Lets one in from an address, if there are fewer than so many in all and from there.
    pub(crate) fn enter(self: &Arc<Self>, from: IpAddr, all_max: usize, each_max: usize) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = counts.values().sum();
        let count = counts.entry(from).or_default();
        if all >= all_max || *count >= each_max {
            if *count == 0 {
                counts.remove(&from);
            }
            return None;
        }
        *count += 1;
        Some(Place { census: Arc::clone(self), from })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.census.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_given_back() {
        let census = Arc::new(Census::default());
        let (a, b): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let first = census.enter(a, 3, 2);
        let second = census.enter(a, 3, 2);
        assert!(first.is_some() && second.is_some());
        assert!(census.enter(a, 3, 2).is_none(), "two from one address");
        let third = census.enter(b, 3, 2);
        assert!(third.is_some() && census.enter(b, 3, 2).is_none(), "three in all");
        drop(first);
        assert!(census.enter(b, 3, 2).is_some());
        drop((second, third));
        assert!(census.0.lock().unwrap().is_empty());
    }
}
