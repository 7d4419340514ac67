//! What a process remembers of ids that do not follow from a message's own: the submits to many, and messages whose text
//! was replaced. Bounded, and gone with the process; after a restart such an id is no longer known to query and cancel,
//! while receipts still carry it.

use model::{MessageId, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wire::clock::CHINA_AHEAD;
use wire::cmpp::{MsgId, MsgIds};

/// How many of each are remembered.
const REMEMBERED: usize = 10_000;

/// The ids of submits to many, and of replaced messages.
#[derive(Debug)]
pub(super) struct Groups {
    next: AtomicU64,
    msg_ids: Mutex<Option<MsgIds>>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    groups: HashMap<u64, Vec<MessageId>>,
    oldest: VecDeque<u64>,
    replaced: HashMap<MessageId, MessageId>,
    oldest_replaced: VecDeque<MessageId>,
    given: HashMap<MessageId, u64>,
    oldest_given: VecDeque<MessageId>,
    signed: HashMap<Arc<str>, Arc<str>>,
    oldest_signed: VecDeque<Arc<str>>,
}

impl Groups {
    /// Ids that no earlier process has given: they start at the present millisecond, times 2²⁰.
    pub(super) fn new(now: Timestamp) -> Self {
        let start = u64::try_from(now.0).unwrap_or(1) << 20;
        Self { next: AtomicU64::new(start), msg_ids: Mutex::default(), known: Mutex::default() }
    }

    /// A new id; never 0.
    pub(super) fn fresh(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed).max(1)
    }

    /// A new id over CMPP for so many numbers, of this gateway code. One maker serves the process: it has one code.
    pub(super) fn msg_id(&self, gateway: u32, now: Timestamp, numbers: u16) -> MsgId {
        let mut ids = self.msg_ids.lock().unwrap_or_else(PoisonError::into_inner);
        // The counter of a former life is not known; that of its last second is unlikely to be met.
        let start = (now.0 >> 3) as u16;
        ids.get_or_insert_with(|| MsgIds::new(gateway, CHINA_AHEAD, start)).next(now, numbers)
    }

    /// These are the messages of a submit.
    pub(super) fn remember(&self, group: u64, messages: Vec<MessageId>) {
        let mut known = self.known();
        known.oldest.push_back(group);
        known.groups.insert(group, messages);
        while known.oldest.len() > REMEMBERED {
            let Some(oldest) = known.oldest.pop_front() else { break };
            known.groups.remove(&oldest);
        }
    }

    /// The messages of a submit.
    pub(super) fn of(&self, group: u64) -> Vec<MessageId> {
        self.known().groups.get(&group).cloned().unwrap_or_default()
    }

    /// The first message of a submit.
    pub(super) fn first(&self, group: u64) -> Option<MessageId> {
        self.known().groups.get(&group).and_then(|messages| messages.first().copied())
    }

    /// One message stands for another from now on.
    pub(super) fn replace(&self, old: MessageId, new: MessageId) {
        let mut known = self.known();
        known.oldest_replaced.push_back(old);
        known.replaced.insert(old, new);
        while known.oldest_replaced.len() > REMEMBERED {
            let Some(oldest) = known.oldest_replaced.pop_front() else { break };
            known.replaced.remove(&oldest);
        }
    }

    /// A piece of a submit to many was given this id.
    pub(super) fn name(&self, piece: MessageId, given: u64) {
        let mut known = self.known();
        known.oldest_given.push_back(piece);
        known.given.insert(piece, given);
        while known.oldest_given.len() > REMEMBERED {
            let Some(oldest) = known.oldest_given.pop_front() else { break };
            known.given.remove(&oldest);
        }
    }

    /// The id that a piece was given; 0 if it follows from its own.
    pub(super) fn name_of(&self, piece: MessageId) -> u64 {
        self.known().given.get(&piece).copied().unwrap_or_default()
    }

    /// A piece brought the signature of its whole.
    pub(super) fn sign(&self, whole: Arc<str>, signature: Arc<str>) {
        let mut known = self.known();
        known.oldest_signed.push_back(Arc::clone(&whole));
        known.signed.insert(whole, signature);
        while known.oldest_signed.len() > REMEMBERED {
            let Some(oldest) = known.oldest_signed.pop_front() else { break };
            known.signed.remove(&oldest);
        }
    }

    /// The signature that an earlier piece of a whole brought.
    pub(super) fn signature(&self, whole: &str) -> Option<Arc<str>> {
        self.known().signed.get(whole).cloned()
    }

    /// The message that an id stands for now.
    pub(super) fn now(&self, message: MessageId) -> MessageId {
        let known = self.known();
        let mut last = message;
        // A chain cannot be longer than what is remembered.
        for _ in 0..REMEMBERED {
            let Some(next) = known.replaced.get(&last) else { break };
            last = *next;
        }
        last
    }

    /// Whether another message stands for this one.
    pub(super) fn is_replaced(&self, message: MessageId) -> bool {
        self.known().replaced.contains_key(&message)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_replacements_are_found_until_there_are_too_many() {
        let groups = Groups::new(Timestamp(1_800_000_000_000));
        let first = groups.fresh();
        assert!(groups.fresh() > first);
        groups.remember(first, vec![MessageId(1), MessageId(2)]);
        assert_eq!((groups.of(first).len(), groups.first(first)), (2, Some(MessageId(1))));
        groups.replace(MessageId(1), MessageId(5));
        groups.replace(MessageId(5), MessageId(9));
        assert_eq!(groups.now(MessageId(1)), MessageId(9));
        assert!(groups.is_replaced(MessageId(5)) && !groups.is_replaced(MessageId(9)));
        (0..REMEMBERED as u64).for_each(|n| groups.remember(n, Vec::new()));
        assert_eq!(groups.first(first), None);
    }
}
