//! Why a signed request is not believed, and the memory that keeps one from being believed twice.
//!
//! A signature says who made a request, a freshness window says when, and only remembering its nonce says that it has
//! not been seen. The memory is bounded and never forgets inside the window: when it is full it refuses, because
//! forgetting would let a replay through. Secrets and signatures appear in no message of an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::{Span, Timestamp};

use super::encode::Hash;

/// Why a request is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// A part of the signature is not there.
    #[error("expected {0}, found nothing")]
    Missing(&'static str),
    /// A part of the signature is there and cannot be read.
    #[error("{what}: expected {expected}")]
    Malformed {
        /// Which part.
        what: &'static str,
        /// What it should look like.
        expected: &'static str,
    },
    /// The caller knows no secret for the key that was named.
    #[error("expected a key that is known here")]
    UnknownKey,
    /// The signature was made of another request or with another secret.
    #[error("expected the signature of this request, found another")]
    Mismatch,
    /// The body is not the one whose hash was signed.
    #[error("expected the body whose hash was signed, found another")]
    Body,
    /// What must be signed is not.
    #[error("expected {0} among the signed headers")]
    Unsigned(&'static str),
    /// The request was made too long ago, or in the future.
    #[error("expected a request of the last {window_seconds} s, found one {age_seconds} s old")]
    Stale {
        /// How long ago, negative for the future.
        age_seconds: i64,
        /// What is allowed, either way.
        window_seconds: i64,
    },
    /// The nonce was used already.
    #[error("expected a nonce that was not used before")]
    Replayed,
    /// The memory for nonces is full.
    #[error("expected room for another nonce among {capacity}, found none")]
    Full {
        /// How many it holds.
        capacity: usize,
    },
}

/// What a client signs with.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// The public half.
    pub id: &'a str,
    /// The secret half.
    pub secret: &'a str,
    /// The token of a temporary key.
    pub token: Option<&'a str>,
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<key {}>", self.id)
    }
}

/// Checks that a request was signed within `window` of `now`, before or after.
pub fn fresh(signed_at: Timestamp, now: Timestamp, window: Span) -> Result<(), AuthError> {
    let age = now.since(signed_at).0;
    if age.saturating_abs() <= window.0 {
        return Ok(());
    }
    Err(AuthError::Stale { age_seconds: age / 1_000, window_seconds: window.0 / 1_000 })
}

/// How many octets of a nonce's hash are kept: enough that two nonces never meet.
const KEPT: usize = 16;

/// Remembers nonces for as long as a request that carries one could still be fresh.
///
/// Ask it only after the signature was verified: then nobody without a secret can fill it. One memory for each account
/// keeps accounts from filling each other's. An entry takes about 100 bytes.
#[derive(Debug, Clone)]
pub struct Replay {
    window: Span,
    capacity: usize,
    until: BTreeMap<[u8; KEPT], Timestamp>,
    order: BTreeSet<(Timestamp, [u8; KEPT])>,
}

impl Replay {
    /// A memory for `capacity` nonces of requests that are fresh within `window` of now.
    pub fn new(window: Span, capacity: usize) -> Self {
        Self { window, capacity, until: BTreeMap::new(), order: BTreeSet::new() }
    }

    /// Takes a nonce that was not seen before. `nonce` must name the key, too, if several keys share this memory.
    pub fn admit(&mut self, nonce: &str, now: Timestamp) -> Result<(), AuthError> {
        self.forget(now);
        let mut kept = [0; KEPT];
        kept.iter_mut().zip(Hash::Sha256.digest(nonce.as_bytes())).for_each(|(to, from)| *to = from);
        if self.until.contains_key(&kept) {
            return Err(AuthError::Replayed);
        }
        if self.until.len() >= self.capacity {
            return Err(AuthError::Full { capacity: self.capacity });
        }
        // Signed at most a window in the future, it stays fresh for a window after that.
        let until = now.after(self.window).after(self.window);
        self.until.insert(kept, until);
        self.order.insert((until, kept));
        Ok(())
    }

    /// How many nonces are remembered.
    pub fn len(&self) -> usize {
        self.until.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.until.is_empty()
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some(&(until, kept)) = self.order.first().filter(|(until, _)| *until < now) {
            self.order.remove(&(until, kept));
            self.until.remove(&kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Span = Span::seconds(900);

    #[test]
    fn a_nonce_counts_once_until_no_request_with_it_can_be_fresh() {
        let mut replay = Replay::new(WINDOW, 10);
        let start = Timestamp(1_000_000);
        assert_eq!(replay.admit("a", start), Ok(()));
        assert_eq!(replay.admit("a", start.after(Span::seconds(1_800))), Err(AuthError::Replayed));
        assert_eq!(replay.admit("b", start), Ok(()));
        assert_eq!(replay.admit("a", start.after(Span::seconds(1_801))), Ok(()));
        assert_eq!(replay.len(), 1);
    }

    #[test]
    fn a_full_memory_refuses_and_does_not_forget() {
        let mut replay = Replay::new(WINDOW, 2);
        let now = Timestamp(0);
        assert!(replay.admit("a", now).is_ok() && replay.admit("b", now).is_ok());
        assert_eq!(replay.admit("c", now), Err(AuthError::Full { capacity: 2 }));
        assert_eq!(replay.admit("a", now), Err(AuthError::Replayed));
        assert_eq!(replay.admit("c", now.after(Span::seconds(1_801))), Ok(()));
    }

    #[test]
    fn freshness_goes_both_ways() {
        let now = Timestamp(10_000_000);
        assert!(
            fresh(now.before(WINDOW), now, WINDOW).is_ok() && fresh(now.after(WINDOW), now, WINDOW).is_ok()
        );
        let stale = fresh(now.before(Span::seconds(901)), now, WINDOW);
        assert_eq!(stale, Err(AuthError::Stale { age_seconds: 901, window_seconds: 900 }));
        assert!(fresh(Timestamp(i64::MIN), Timestamp(i64::MAX), WINDOW).is_err());
    }
}
