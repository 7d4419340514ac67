//! DECIDE: who gets what, when, on which channel, or why not.
//!
//! One gate for every path. Rules are files in `rules/`, each its own documentation and tests; their order is
//! [`rules::ORDER`]. Journeys turn events into candidates, broadcasts turn a condition into candidates; the gate
//! turns a candidate into an entry.

mod gate;
mod broadcast;
mod hold;
mod order;
mod plan;
mod reroute;
pub(crate) mod review;
mod triggers;
pub(crate) mod until;
mod preview;
pub mod rules;
pub(crate) mod steps;
mod agenda;
mod best_time;
mod rota;
mod switched;
mod stage;
pub mod story;
pub mod rehearsal;

pub use broadcast::{BroadcastError, Reach};
pub use gate::{Candidate, Composed, Sendable, judge};
pub use order::{OrderError, OrderRequest, Ordered, Recipient};
pub use preview::{Funnel, audience, preview};
pub use rules::RuleCode;

pub(crate) use agenda::{Agenda, is_on};
pub(crate) use broadcast::{Cursors, advance, has_room_ahead, launch, next_advance};
pub(crate) use gate::release;
pub(crate) use hold::{again, due, revoked, stopped, unwanted};
pub(crate) use order::{ordered, piece, prepare, recipient, whole};
pub(crate) use reroute::{elsewhere, has_next_leg, next_leg, stranded};
pub(crate) use rota::{Rota, holds};
pub(crate) use switched::switched_off;
pub(crate) use triggers::{
    entry_key, general_way, is_met, is_true, may_enter, on_event, on_segments, on_words, segments,
};

use crate::world::ConditionError;
use model::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;

/// A condition that had no answer for some customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionFailure {
    /// Whose condition, `id@version`.
    pub journey: Arc<str>,
    /// Why.
    pub error: ConditionError,
}

/// What one rule said about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: RuleCode,
    /// Which revision of its rule set; 0 where the rule has no numbers.
    pub revision: u16,
    /// What it decided.
    pub verdict: Verdict,
    /// From which inputs: the rule set's id, counter values, the evidence id.
    pub detail: Cow<'static, str>,
}

/// What a rule decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing against it.
    Pass,
    /// Not before this moment; then everything is asked again.
    Hold {
        /// The moment.
        until: Timestamp,
    },
    /// Never.
    Block,
}

/// A rule's answer, before it is signed with the rule's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Which revision of its rule set; 0 where the rule has no numbers.
    pub revision: u16,
    /// The verdict.
    pub verdict: Verdict,
    /// From which inputs.
    pub detail: Cow<'static, str>,
}

impl Judgement {
    /// Nothing against it.
    pub fn pass(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { revision: 0, verdict: Verdict::Pass, detail: detail.into() }
    }

    /// Never.
    pub fn block(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { revision: 0, verdict: Verdict::Block, detail: detail.into() }
    }

    /// Not before `until`.
    pub fn hold(until: Timestamp, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { revision: 0, verdict: Verdict::Hold { until }, detail: detail.into() }
    }

    /// The same, said by this revision of a rule set.
    #[must_use]
    pub fn by(self, revision: u16) -> Self {
        Self { revision, ..self }
    }
}
