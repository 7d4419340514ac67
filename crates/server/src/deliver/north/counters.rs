//! What is counted of each account that binds to us, for `/metrics` and the operator: since the start, and how many binds
//! there are now. No number or text of a message is kept.

use super::refusal::Refusal;
use model::AccountId;
use std::sync::atomic::{AtomicU64, Ordering};

/// One account's figures. All but `binds` only grow.
#[derive(Debug)]
pub struct Counters {
    /// Whose they are.
    pub account: AccountId,
    /// Binds now.
    pub binds: AtomicU64,
    /// Messages that came, each destination and each part counted.
    pub submits: AtomicU64,
    /// Of them: taken over.
    pub accepted: AtomicU64,
    /// Of them: refused, by the reason.
    pub refused: [AtomicU64; Refusal::KINDS],
    /// Receipts and replies that the account has acknowledged.
    pub told: AtomicU64,
    /// Receipts and replies that it did not acknowledge, or refused for now.
    pub untold: AtomicU64,
    /// PDUs that broke the protocol.
    pub mistakes: AtomicU64,
}

impl Counters {
    /// All zero.
    pub(super) fn new(account: AccountId) -> Self {
        Self {
            account,
            binds: AtomicU64::new(0),
            submits: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            refused: Default::default(),
            told: AtomicU64::new(0),
            untold: AtomicU64::new(0),
            mistakes: AtomicU64::new(0),
        }
    }

    /// Counts what was answered.
    pub(super) fn refused(&self, why: &Refusal) {
        if let Some(counter) = self.refused.get(why.kind()) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many messages were refused, by the word for the reason.
    pub fn refusals(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Refusal::NAMES.into_iter().zip(self.refused.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}
