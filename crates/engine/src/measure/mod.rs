//! MEASURE: what it was worth. For now the running totals that the live line, the status page and the reports
//! show; they are computed from leaves alone, so that erasing a customer changes no figure.

pub mod click;
pub mod experiment;
pub(crate) mod goal;
pub mod tally;
pub(crate) mod trial;

use crate::entry::{Public, SuppressionCause};
use model::MessageId;
use proof::entry::Kind;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Running totals since the first entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Entries by kind code.
    pub kinds: BTreeMap<u16, u64>,
    /// Messages that came to the gate for the first time.
    pub candidates: u64,
    /// How often a message that had passed was stopped, or held again, before it reached the carrier.
    pub revoked: u64,
    /// Messages of which the carrier has every part.
    pub submitted: u64,
    /// How messages ended.
    pub outcomes: BTreeMap<Arc<str>, u64>,
    /// Which rule held or blocked how often: `(rule, blocked)`.
    pub rules: BTreeMap<(Arc<str>, bool), u64>,
    /// How often tracked links were followed, by whom.
    pub clicks: BTreeMap<Arc<str>, u64>,
    /// The same, by journey.
    pub journeys: BTreeMap<Arc<str>, JourneyTotals>,
}

/// Running totals of one journey.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JourneyTotals {
    /// Messages that came to the gate for the first time.
    pub candidates: u64,
    /// Let pass; one that was held again afterwards counts again.
    pub decided: u64,
    /// Stopped.
    pub blocked: u64,
    /// Arrived.
    pub delivered: u64,
    /// Ended otherwise.
    pub failed: u64,
    /// Parts of those let pass.
    pub parts: u64,
    /// People who entered and waited, or whose entering counts.
    pub entered: u64,
    /// People's clicks that counted.
    pub clicks: u64,
    /// People who left, by how.
    pub left: BTreeMap<Arc<str>, u64>,
    /// Messages to which a goal was credited.
    pub goals: u64,
    /// People who opted out after a message.
    pub opt_outs: u64,
    /// People who complained after one.
    pub complaints: u64,
}

impl Totals {
    /// Counts one entry. `position` is the entry's own.
    pub fn count(&mut self, position: u64, kind: Kind, public: &Public) {
        *self.kinds.entry(kind.code()).or_default() += 1;
        let first = public.message == Some(MessageId(position));
        self.candidates += u64::from(first);
        match kind {
            Kind::MessageHeld | Kind::MessageBlocked => {
                if let Some(rule) = &public.rule {
                    *self.rules.entry((Arc::clone(rule), kind == Kind::MessageBlocked)).or_default() += 1;
                }
                self.revoked += u64::from(public.cost.is_some());
            }
            Kind::PartSubmitted => self.submitted += public.count.unwrap_or(0),
            Kind::LinkClicked => {
                if let Some(by) = &public.rule {
                    *self.clicks.entry(Arc::clone(by)).or_default() += 1;
                }
            }
            _ => {}
        }
        let ended = ends(kind, public);
        if let Some(outcome) = ended {
            match self.outcomes.get_mut(outcome) {
                Some(n) => *n += 1,
                None => {
                    self.outcomes.insert(Arc::clone(outcome), 1);
                }
            }
        }
        let Some(journey) = &public.journey else { return };
        if !self.journeys.contains_key(journey) {
            self.journeys.insert(Arc::clone(journey), JourneyTotals::default());
        }
        if let Some(totals) = self.journeys.get_mut(journey) {
            totals.candidates += u64::from(first);
            totals.decided += u64::from(kind == Kind::MessageDecided);
            totals.parts +=
                if kind == Kind::MessageDecided { u64::from(public.parts.unwrap_or(0)) } else { 0 };
            totals.blocked += u64::from(kind == Kind::MessageBlocked);
            totals.entered += u64::from(kind == Kind::JourneyEntered);
            totals.goals += u64::from(kind == Kind::GoalReached);
            if kind == Kind::SuppressionRecorded {
                let why = public.rule.as_deref().and_then(SuppressionCause::parse);
                totals.opt_outs += u64::from(why == Some(SuppressionCause::OptOut));
                totals.complaints += u64::from(why == Some(SuppressionCause::Complaint));
            }
            let is_human = public.rule.as_deref() == Some(crate::entry::Follower::Human.name());
            totals.clicks += u64::from(kind == Kind::LinkClicked && is_human);
            if let (Kind::JourneyLeft, Some(how)) = (kind, &public.rule) {
                *totals.left.entry(Arc::clone(how)).or_default() += 1;
            }
            match ended.map(|outcome| &**outcome == DELIVERED) {
                Some(true) => totals.delivered += 1,
                Some(false) => totals.failed += 1,
                None => {}
            }
        }
    }

    /// How many entries of a kind there are.
    pub fn of(&self, kind: Kind) -> u64 {
        self.kinds.get(&kind.code()).copied().unwrap_or(0)
    }

    /// How often links were followed so.
    pub fn clicked(&self, by: crate::entry::Follower) -> u64 {
        self.clicks.get(by.name()).copied().unwrap_or(0)
    }

    /// How many messages ended so.
    pub fn ended(&self, outcome: crate::entry::Outcome) -> u64 {
        self.outcomes.get(outcome.name()).copied().unwrap_or(0)
    }
}

/// The outcome's word for a message that arrived.
const DELIVERED: &str = "delivered";

/// The outcome an entry gives its message, if it ends it.
fn ends(kind: Kind, public: &Public) -> Option<&Arc<str>> {
    match kind {
        Kind::ReceiptReceived | Kind::PartRefused | Kind::MessageEnded => public.rule.as_ref(),
        _ => None,
    }
}
