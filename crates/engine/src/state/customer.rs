//! One customer, as the sum of the entries about them.

use crate::entry::{Profile, SuppressionCause};
use crate::world::CAP_WINDOW_MAX;
use model::{Consent, MessageClass, MessageId, Subject, Timestamp};
use std::collections::BTreeSet;
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
    /// What has been stopped.
    pub suppressions: Vec<Suppression>,
    /// The messages that count towards caps, oldest first.
    pub contacts: Vec<Contact>,
    /// 128-bit digests of the ids of events already taken in.
    pub seen: BTreeSet<u128>,
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
    /// Its class.
    pub class: MessageClass,
    /// Its journey, `id@version`.
    pub journey: Arc<str>,
}

impl Customer {
    /// A customer of whom only the profile is known.
    pub fn new(subject: Subject, profile: Profile) -> Self {
        Self {
            subject,
            profile,
            consents: Vec::new(),
            suppressions: Vec::new(),
            contacts: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Counts a message towards caps, and forgets those that no cap can still count.
    pub(crate) fn count_contact(&mut self, contact: Contact) {
        let horizon = contact.at.before(CAP_WINDOW_MAX);
        self.contacts.retain(|c| c.at >= horizon && c.message != contact.message);
        self.contacts.push(contact);
    }

    /// Gives the count back: the message was not sent after all.
    pub(crate) fn uncount_contact(&mut self, message: MessageId) {
        self.contacts.retain(|c| c.message != message);
    }
}
