//! One customer's way through a journey, line by line: which condition was asked of what, which step came, what followed.
//!
//! A condition is asked here a second time, of the same values, for its words: the first time it decided. The engine notes where
//! people stand; `rehearsal` puts it in order.

use crate::decide::steps::Walker;
use crate::entry::Entry;
use crate::state::Customer;
use crate::world::{Condition, Facts, StepKind};
use model::{Timestamp, Value};
use std::sync::Arc;

/// A line of somebody's way.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// They came to the journey's door.
    Came {
        /// When.
        at: Timestamp,
        /// What was asked there.
        asked: Vec<Asked>,
        /// What became of it, in words.
        said: &'static str,
        /// Whether they are inside.
        entered: bool,
    },
    /// They stood before a step.
    Stood(Stood),
    /// Something followed, which in earnest would be an entry of the ledger.
    Happened(Box<Entry>),
}

/// Somebody before a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Stood {
    /// When.
    pub at: Timestamp,
    /// The step's name; the end's, behind the last.
    pub step: Arc<str>,
    /// What it does, in the word of its file.
    pub does: &'static str,
    /// What it asked, as far as it had to.
    pub asked: Vec<Asked>,
    /// Before which entry.
    position: u64,
}

/// A condition, with what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// As it is written.
    pub when: String,
    /// Whether it is met, or why it has no answer.
    pub met: Result<bool, String>,
    /// The fields it looks at, with the values that are there.
    pub values: Vec<(String, Option<Value>)>,
}

impl Asked {
    /// Asks.
    pub(super) fn of(condition: &Condition, facts: &Facts<'_>) -> Self {
        let values = condition.values(facts).into_iter().map(|(name, value)| (name, value.cloned()));
        Self {
            when: condition.source().to_owned(),
            met: condition.met(*facts).map_err(|error| error.to_string()),
            values: values.collect(),
        }
    }
}

impl Stood {
    /// Somebody is about to take a step.
    pub(crate) fn before(walker: &Walker, customer: &Customer, position: u64, at: Timestamp) -> Self {
        let Some(step) = walker.journey.steps.get(walker.at) else {
            let step = crate::decide::steps::END.into();
            return Self { at, step, does: "end", asked: Vec::new(), position };
        };
        let mut asked = Vec::new();
        if let StepKind::Branch { arms, .. } = &step.kind {
            let facts = walker.facts(customer);
            for (condition, _) in arms {
                asked.push(Asked::of(condition, &facts));
                if asked.last().is_some_and(|last| last.met == Ok(true)) {
                    break;
                }
            }
        }
        Self { at, step: Arc::clone(&step.name), does: step.kind.word(), asked, position }
    }
}

/// Everything in the order in which it came: what somebody stood before goes ahead of what followed from it.
pub(super) fn lines(came: Line, first: u64, stood: Vec<Stood>, entries: Vec<Entry>) -> Vec<Line> {
    let mut lines = vec![came];
    let mut stood = stood.into_iter().peekable();
    for (position, entry) in (first..).zip(entries) {
        while let Some(next) = stood.next_if(|next| next.position <= position) {
            lines.push(Line::Stood(next));
        }
        lines.push(Line::Happened(Box::new(entry)));
    }
    lines.extend(stood.map(Line::Stood));
    lines
}
