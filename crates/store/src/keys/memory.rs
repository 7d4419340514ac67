//! A provider whose keys follow from a seed: for the simulator and tests, so that a run repeats to the byte.
//!
//! Never for real customers: who knows the seed knows every key.

use super::ring::{NONCE_BYTES, Ring, derive};
use super::{KekId, KeyProvider, Wrapped};
use crate::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

/// See the module's text.
pub struct MemoryKeyProvider {
    root: [u8; 32],
    ring: RwLock<Ring>,
    wraps: AtomicU64,
}

impl MemoryKeyProvider {
    /// The provider of a seed, with one KEK.
    pub fn from_seed(seed: u64) -> Self {
        let mut root = [0; 32];
        for (to, from) in root.iter_mut().zip(seed.to_le_bytes()) {
            *to = from;
        }
        let provider = Self { root, ring: RwLock::default(), wraps: AtomicU64::new(0) };
        provider.add(KekId(1));
        provider
    }

    fn add(&self, id: KekId) {
        let secret = derive(&self.root, &format!("key-encryption key {id}"));
        self.ring.write().unwrap_or_else(PoisonError::into_inner).insert(id, &secret);
    }
}

impl KeyProvider for MemoryKeyProvider {
    fn current(&self) -> KekId {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).current()
    }

    fn wrap(&self, aad: &[u8], key: &[u8; 32]) -> Result<Wrapped, Error> {
        let mut nonce = [0; NONCE_BYTES];
        let number = self.wraps.fetch_add(1, Ordering::Relaxed);
        for (to, from) in nonce.iter_mut().zip(number.to_le_bytes()) {
            *to = from;
        }
        self.ring.read().unwrap_or_else(PoisonError::into_inner).wrap(nonce, aad, key, PLACE)
    }

    fn unwrap(&self, aad: &[u8], wrapped: &Wrapped) -> Result<[u8; 32], Error> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).unwrap(aad, wrapped, PLACE)
    }

    fn rotate(&self) -> Result<KekId, Error> {
        let next = KekId(self.current().0.saturating_add(1));
        self.add(next);
        Ok(next)
    }

    fn retire(&self, kek: KekId) -> Result<(), Error> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner).remove(kek, PLACE)
    }

    fn index_key(&self) -> [u8; 32] {
        derive(&self.root, super::file::INDEX_PURPOSE)
    }
}

const PLACE: &str = "the memory provider";
