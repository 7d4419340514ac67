//! Consent with evidence: who agreed to which class, when, and where the proof lies.
//!
//! The history is kept whole, so that "was there consent at that moment?" has an answer years later
//! (PIPL art. 14–16; Advertising Law art. 43).

use crate::{EvidenceId, MessageClass, Timestamp};

/// Whether the customer agreed or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsentState {
    /// Agreed.
    Granted,
    /// Withdrew or refused.
    Withdrawn,
}

/// One statement of a customer's will about one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The class it is about.
    pub class: MessageClass,
    /// Agreed or refused.
    pub state: ConsentState,
    /// From when it holds.
    pub at: Timestamp,
    /// Until when a grant holds, if it was given for a time.
    pub until: Option<Timestamp>,
    /// Where its proof lies.
    pub evidence: EvidenceId,
}

/// The statement in force for a class at an instant: the last one made at or before it. A grant past its end is
/// not in force. Statements need not be sorted; of two with the same time the later in the list wins.
pub fn consent_at(history: &[Consent], class: MessageClass, at: Timestamp) -> Option<&Consent> {
    history
        .iter()
        .filter(|c| c.class == class && c.at <= at)
        .max_by_key(|c| c.at)
        .filter(|c| c.until.is_none_or(|until| at < until))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_statement_before_the_moment_counts() {
        let say = |at, state, until| Consent {
            class: MessageClass::Marketing,
            state,
            at: Timestamp(at),
            until,
            evidence: "form-1".into(),
        };
        let history = [
            say(10, ConsentState::Granted, None),
            say(30, ConsentState::Granted, Some(Timestamp(40))),
            say(20, ConsentState::Withdrawn, None),
        ];
        let state = |at| consent_at(&history, MessageClass::Marketing, Timestamp(at)).map(|c| c.state);
        assert_eq!(state(9), None);
        assert_eq!(state(10), Some(ConsentState::Granted));
        assert_eq!(state(29), Some(ConsentState::Withdrawn));
        assert_eq!(state(39), Some(ConsentState::Granted));
        assert_eq!(state(40), None, "a grant for a time ends by itself");
    }
}
