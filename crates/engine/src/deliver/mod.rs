//! DELIVER: from a message that may go to a message whose end is known.
//!
//! Carriers are met only through values here: [`Answer`]s and [`Report`]s come in, claims go out. What an answer
//! means for the message is decided here; what it changes is applied by `apply`.

mod claim;
mod answer;
mod receipt;

pub use answer::{Again, Answer};
pub use receipt::Report;

pub(crate) use answer::{ending, given_back, is_untaken, on_answer, recover};
pub(crate) use claim::claim;
pub(crate) use receipt::{PARKED_WAIT, on_report};
