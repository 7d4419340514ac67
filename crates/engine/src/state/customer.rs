//! One customer, as the sum of the entries about them.

use super::{About, Assigned, Clicks, Habits, Passage};
use crate::entry::{Chosen, Clicked, Credited, Follower, Piece, Profile, SuppressionCause};
use crate::world::{CAP_WINDOW_MAX, reference};
use model::{AccountId, Consent, Fields, MessageClass, MessageId, Private, Span, Subject, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One customer.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Their number in this ledger.
    pub subject: Subject,
    /// What is known of them.
    pub profile: Profile,
    /// Every statement of their will, oldest first.
    pub consents: Vec<Consent>,
    /// What they chose for themselves; nothing where they never chose.
    pub chosen: Option<Box<Chosen>>,
    /// What has been stopped.
    pub suppressions: Vec<Suppression>,
    /// The messages that count towards caps, oldest first.
    pub contacts: Vec<Contact>,
    /// What was kept from them although it would have gone to them, as far as that was a matter of chance or room: by a
    /// holdout, a control group, or a rule asked after these. They are what the others are compared with.
    pub withheld: Vec<Contact>,
    /// Messages to which a goal has been credited.
    pub goals: BTreeSet<MessageId>,
    /// 128-bit digests of the ids of events already taken in.
    pub seen: BTreeSet<u128>,
    /// Digests of the keys under which accounts ordered messages, with the messages.
    pub orders: BTreeMap<u128, MessageId>,
    /// What journeys have noted about them.
    pub tags: Fields,
    /// Their ways through journeys, by the position of the entry by which they entered.
    pub passages: BTreeMap<u64, Passage>,
    /// Digests of what they have entered journeys for, where that counts, with when last.
    pub entered: BTreeMap<u128, Timestamp>,
    /// In which arms of experiments they are; mostly nothing at all.
    pub assigned: Option<Box<Assigned>>,
    /// When they answer and click; mostly nothing at all.
    pub habits: Option<Box<Habits>>,
    /// Which tracked links they followed lately; mostly nothing at all.
    pub clicks: Option<Box<Clicks>>,
    /// Pieces of messages that are not whole yet; mostly nothing at all.
    pub pieces: Option<Box<Pieces>>,
}

/// Pieces of messages that are not whole yet, by account and mark.
pub type Pieces = BTreeMap<(AccountId, Arc<str>), Unfinished>;

/// The pieces of one message that have come, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// When the first came.
    pub since: Timestamp,
    /// What each says, with the position of its entry.
    pub pieces: BTreeMap<u8, (MessageId, Private)>,
}

/// A stop to some classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Which classes.
    pub classes: Vec<MessageClass>,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub why: SuppressionCause,
}

/// A message that was let pass, as caps count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// When it was let pass.
    pub at: Timestamp,
    /// Which message.
    pub message: MessageId,
    /// Its journey and class.
    pub about: Arc<About>,
    /// Whether a carrier has had it, or may have: by an earlier leg of its plan. Then it counts whatever follows.
    pub reached: bool,
}

/// How long pieces wait for the rest of their message.
pub(crate) const PIECES_WAIT: Span = Span::seconds(300);
/// How many messages that were kept from a customer are remembered.
const WITHHELD_MAX: usize = 16;
/// How long after a message an answer or a click is taken for one to it.
const ATTENTION_WAIT: Span = Span::days(3);
/// How many unfinished messages are kept for one customer.
const UNFINISHED_MAX: usize = 16;

impl Customer {
    /// A customer of whom only the profile is known.
    pub fn new(subject: Subject, profile: Profile) -> Self {
        Self {
            subject,
            profile,
            consents: Vec::new(),
            chosen: None,
            suppressions: Vec::new(),
            contacts: Vec::new(),
            withheld: Vec::new(),
            goals: BTreeSet::new(),
            seen: BTreeSet::new(),
            orders: BTreeMap::new(),
            tags: Fields::new(),
            passages: BTreeMap::new(),
            entered: BTreeMap::new(),
            assigned: None,
            habits: None,
            clicks: None,
            pieces: None,
        }
    }

    /// Counts a message towards caps, and forgets those that no cap can still count.
    pub(crate) fn count_contact(&mut self, mut contact: Contact) {
        let horizon = contact.at.before(CAP_WINDOW_MAX);
        contact.reached |= self.contacts.iter().any(|c| c.message == contact.message && c.reached);
        self.contacts.retain(|c| c.at >= horizon && c.message != contact.message);
        self.contacts.push(contact);
    }

    /// Remembers what was kept from them, the youngest few of the time in which a goal can still be credited.
    pub(crate) fn withhold(&mut self, kept: Contact) {
        let horizon = kept.at.before(CAP_WINDOW_MAX);
        self.withheld.retain(|c| c.at >= horizon && c.message != kept.message);
        if self.withheld.len() >= WITHHELD_MAX {
            self.withheld.remove(0);
        }
        self.withheld.push(kept);
    }

    /// Credits a goal to a message, and forgets the credits of messages that are forgotten.
    pub(crate) fn credit(&mut self, message: MessageId) {
        let known = self.contacts.iter().chain(&self.withheld).map(|c| c.message);
        let known: BTreeSet<MessageId> = known.collect();
        self.goals.retain(|credited| known.contains(credited));
        self.goals.insert(message);
    }

    /// Notes the arm of an experiment that a message for them is in.
    pub(crate) fn note_arm(&mut self, journey: &Arc<str>) {
        if reference::variant(journey).is_some() {
            self.assigned.get_or_insert_default().note(journey);
        }
    }

    /// Notes what an opt-out or a complaint of theirs was credited to.
    pub(crate) fn note_credited(&mut self, why: SuppressionCause, credited: &Credited) {
        let version = reference::versioned(&credited.journey).into();
        self.assigned.get_or_insert_default().credited.insert((why as u8, version));
    }

    /// Whether one was credited to a version of a journey before.
    pub(crate) fn is_credited(&self, why: SuppressionCause, journey: &str) -> bool {
        let version = reference::versioned(journey);
        let known = self.assigned.as_ref().map(|assigned| &assigned.credited);
        known.is_some_and(|known| known.iter().any(|(cause, of)| *cause == why as u8 && **of == *version))
    }

    /// Notes an answer or a click: to the message that was let pass last, if that is not too long ago.
    pub(crate) fn note_attention(&mut self, at: Timestamp) {
        let last = self.contacts.last().filter(|contact| contact.at.after(ATTENTION_WAIT) >= at);
        if let Some(class) = last.map(|contact| contact.about.class) {
            self.habits.get_or_insert_default().note(class, at);
        }
    }

    /// Notes that a tracked link was followed; a person who did it reads at such an hour.
    pub(crate) fn note_click(&mut self, clicked: &Clicked, at: Timestamp) {
        if clicked.by == Follower::Human {
            self.habits.get_or_insert_default().note(clicked.class, at);
        }
        self.clicks.get_or_insert_default().note(clicked, at);
    }

    /// Takes a piece; forgets messages whose rest did not come in time, and the oldest where there are too many.
    pub(crate) fn take_piece(&mut self, piece: &Piece, id: MessageId, at: Timestamp) {
        let all = self.pieces.get_or_insert_default();
        all.retain(|_, unfinished| unfinished.since.after(PIECES_WAIT) > at);
        let key = (piece.account.clone(), Arc::clone(&piece.place.mark));
        if !all.contains_key(&key)
            && all.len() >= UNFINISHED_MAX
            && let Some(oldest) = all.iter().min_by_key(|(_, u)| u.since).map(|(key, _)| key.clone())
        {
            all.remove(&oldest);
        }
        let unfinished = all.entry(key).or_insert_with(|| Unfinished { since: at, pieces: BTreeMap::new() });
        unfinished.pieces.insert(piece.place.number, (id, piece.text.clone()));
    }

    /// Forgets the pieces of a message that is whole now.
    pub(crate) fn forget_pieces(&mut self, whole: &[MessageId]) {
        let Some(all) = &mut self.pieces else { return };
        all.retain(|_, unfinished| !unfinished.pieces.values().any(|(id, _)| whole.contains(id)));
        if all.is_empty() {
            self.pieces = None;
        }
    }

    /// Gives the count back: the message was not sent after all.
    pub(crate) fn uncount_contact(&mut self, message: MessageId) {
        self.contacts.retain(|c| c.message != message || c.reached);
    }

    /// Notes that a message has been with a carrier, although it goes another way now.
    pub(crate) fn keep_contact(&mut self, message: MessageId) {
        self.contacts.iter_mut().filter(|c| c.message == message).for_each(|c| c.reached = true);
    }
}
