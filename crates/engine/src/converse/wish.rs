//! What a customer wants of us, as it is told by their own page, by a system of the institution, by an employee or by
//! themselves in a message; and what became of it. The engine's part is in `wishes`.

use crate::entry::Chosen;
use model::{CustomerId, MessageClass, Subject};

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
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Nobody is known by that name (any more).
    Unknown,
    /// Things were so already.
    Unchanged,
    /// It is recorded, by the entry at this position.
    Recorded(u64),
}
