//! A promise that was broken, with what happened last: everything needed to see it again.

use model::Timestamp;
use std::collections::VecDeque;
use std::fmt;

/// How many happenings a violation shows.
const TRAIL: usize = 30;

/// A broken promise.
#[derive(Debug)]
pub struct Violation {
    /// Which: `L1` to `L8`, or the word for one that has no number.
    pub invariant: &'static str,
    /// What was expected and what was found.
    pub what: String,
    /// The seed to see it again.
    pub seed: u64,
    /// When, in virtual time.
    pub at: Timestamp,
    /// What happened last, oldest first.
    pub trail: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} broken at {} with seed {}: {}", self.invariant, self.at, self.seed, self.what)?;
        for line in &self.trail {
            writeln!(f, "    {line}")?;
        }
        write!(f, "    to see it again: cargo xtask sim --seed {}", self.seed)
    }
}

/// A broken promise before it knows where it was broken.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) invariant: &'static str,
    pub(crate) what: String,
}

/// Says that a promise is broken unless `kept`.
pub(crate) fn keep(kept: bool, invariant: &'static str, what: impl FnOnce() -> String) -> Result<(), Broken> {
    if kept { Ok(()) } else { Err(Broken { invariant, what: what() }) }
}

/// The last happenings.
#[derive(Debug, Default)]
pub(crate) struct Trail(VecDeque<(Timestamp, String)>);

impl Trail {
    /// Something happened.
    pub(crate) fn note(&mut self, at: Timestamp, what: impl Into<String>) {
        if self.0.len() == TRAIL {
            self.0.pop_front();
        }
        self.0.push_back((at, what.into()));
    }

    /// The happenings as lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(at, what)| format!("{at} {what}")).collect()
    }
}
