//! What a customer wants of us, as it is told by their own page, by a system of the institution, by an employee or by
//! themselves in a message; and what became of it. The engine's part is in `wishes`.

use crate::entry::{CaseClosed, CaseId, CaseKind, CaseNoted, Chosen, Evidence};
use model::{CustomerId, MessageClass, MessageId, Private, Subject};
use std::sync::Arc;

/// Something a customer wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// Who wants it.
    pub who: Who,
    /// What.
    pub what: Wanted,
}

/// Who wants something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By the institution's id.
    Customer(CustomerId),
    /// By their number in this ledger: their page knows no more.
    Subject(Subject),
    /// Whose case it is; nobody once they are erased.
    Case(CaseId),
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// To get this and nothing else: the whole of their choices.
    Choices {
        /// The choices, with how they are known.
        chosen: Chosen,
        /// Classes they have agreed to with these choices: each is recorded as a consent, whose evidence is the entry of
        /// the choices.
        agreed: Vec<MessageClass>,
    },
    /// To complain, or to have something of what the law gives them.
    Open {
        /// What it is.
        kind: CaseKind,
        /// About which message, if about one.
        message: Option<MessageId>,
        /// What they say.
        text: Private,
        /// How it is known.
        evidence: Evidence,
    },
    /// That something was done about a case.
    Note(CaseNoted),
    /// That a case was answered.
    Close(CaseClosed),
    /// That everything held on them was handed out.
    Exported {
        /// By whom.
        by: Arc<str>,
    },
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Nobody is known by that name (any more).
    Unknown,
    /// Things were so already.
    Unchanged,
    /// The same is being dealt with, by this case.
    Already(CaseId),
    /// Too much of the kind is open.
    TooMany,
    /// It is recorded, by the entry at this position.
    Recorded(u64),
}
