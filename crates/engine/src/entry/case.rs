//! Cases: what a customer complains of or asks for by law, until somebody has answered it.
//!
//! What kind a case is, when it began, until when it must be answered and how it ended stands in leaves, so that an open
//! case stays open when its customer is erased; who it is about and what was said is sealed under the customer's key.

use super::Evidence;
use model::{MessageId, Private};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A case: the position of the entry that opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(pub u64);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c-{}", self.0)
    }
}

impl FromStr for CaseId {
    type Err = std::num::ParseIntError;

    /// Reads `c-1024` or `1024`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("c-").unwrap_or(text).parse().map(Self)
    }
}

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum CaseKind {
    /// A complaint.
    Complaint = 1,
    /// They want to see and have what is held on them (PIPL art. 45).
    Access = 2,
    /// They want it erased (PIPL art. 47).
    Erasure = 3,
    /// They want it corrected (PIPL art. 46).
    Correction = 4,
}

impl CaseKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Complaint, Self::Access, Self::Erasure, Self::Correction];

    /// The kind of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }

    /// The word for it, in leaves and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Access => "access",
            Self::Erasure => "erasure",
            Self::Correction => "correction",
        }
    }
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum CaseOutcome {
    /// The customer was right.
    Upheld = 1,
    /// They were not.
    Rejected = 2,
    /// What they asked for was done.
    Done = 3,
    /// They took it back.
    Withdrawn = 4,
}

impl CaseOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Upheld, Self::Rejected, Self::Done, Self::Withdrawn];

    /// The outcome of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == word)
    }

    /// The word for it, in leaves and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::Rejected => "rejected",
            Self::Done => "done",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A case that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseOpened {
    /// What it is about.
    pub kind: CaseKind,
    /// Within how many days of 24 hours it must be answered.
    pub days: u32,
    /// The message it is about, if it is about one.
    pub message: Option<MessageId>,
    /// What the customer said.
    pub text: Private,
    /// How it is known.
    pub evidence: Evidence,
}

/// Something that was done about a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseNoted {
    /// Which case.
    pub case: CaseId,
    /// Who did it: the name of a key, or `local`.
    pub by: Arc<str>,
    /// Whose it is from now on, if that changes.
    pub assignee: Option<Arc<str>>,
    /// What was done.
    pub note: Private,
}

/// A case that ends.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseClosed {
    /// Which case.
    pub case: CaseId,
    /// How.
    pub outcome: CaseOutcome,
    /// Who closed it.
    pub by: Arc<str>,
    /// What was answered, and the evidence.
    pub note: Private,
    /// Whether the stop that the complaint has set is taken back.
    pub resume: bool,
}

/// Why messages stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum SuppressionCause {
    /// The customer answered with an opt-out word.
    OptOut = 1,
    /// The customer complained.
    Complaint = 2,
    /// An employee entered it.
    Staff = 3,
}

impl SuppressionCause {
    /// The cause of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::OptOut, Self::Complaint, Self::Staff].into_iter().find(|cause| *cause as u8 == code)
    }

    /// The cause of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::OptOut, Self::Complaint, Self::Staff].into_iter().find(|cause| cause.name() == word)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::Complaint => "complaint",
            Self::Staff => "staff",
        }
    }
}
