//! Unwrapped keys kept for a while: two generations, so that the bound is kept and hot keys stay.
//!
//! When the young generation is full it becomes the old one, and the old one is dropped. A forgotten key's bytes are
//! overwritten first; that the compiler keeps this is likely, not certain.

use std::collections::HashMap;

#[derive(Default)]
pub(super) struct Cache {
    young: HashMap<u64, [u8; 32]>,
    old: HashMap<u64, [u8; 32]>,
}

impl Cache {
    pub(super) fn look_up(&mut self, subject: u64) -> Option<[u8; 32]> {
        if let Some(key) = self.young.get(&subject) {
            return Some(*key);
        }
        let key = self.old.remove(&subject)?;
        self.insert(subject, key);
        Some(key)
    }

    pub(super) fn insert(&mut self, subject: u64, key: [u8; 32]) {
        if self.young.len() >= GENERATION_KEYS_MAX {
            wipe(&mut self.old);
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(subject, key);
    }

    pub(super) fn forget(&mut self, subject: u64) {
        for generation in [&mut self.young, &mut self.old] {
            if let Some(key) = generation.get_mut(&subject) {
                key.fill(0);
            }
            generation.remove(&subject);
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        wipe(&mut self.young);
        wipe(&mut self.old);
    }
}

fn wipe(keys: &mut HashMap<u64, [u8; 32]>) {
    for key in keys.values_mut() {
        key.fill(0);
    }
}

/// Two generations of this many keys take about 6 MB.
const GENERATION_KEYS_MAX: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_keeps_what_is_used() {
        let mut cache = Cache::default();
        cache.insert(0, [9; 32]);
        for subject in 1..5 * GENERATION_KEYS_MAX as u64 {
            cache.insert(subject, [1; 32]);
            if subject % 1000 == 0 {
                assert_eq!(cache.look_up(0), Some([9; 32]));
            }
        }
        assert!(cache.len() <= 2 * GENERATION_KEYS_MAX);
        assert_eq!(cache.look_up(1), None);
        cache.forget(0);
        assert_eq!(cache.look_up(0), None);
    }
}
