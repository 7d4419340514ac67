//! DELIVER: from a message that may go to a message whose end is known.
//!
//! Carriers are met only through values here: [`Answer`]s and [`Report`]s come in, claims go out. What an answer
//! means for the message is decided here; what it changes is applied by `apply`.

mod claim;
mod fair;
mod answer;
mod receipt;
mod numbering;
pub(crate) mod quota;

pub use answer::{Again, Answer};
pub use numbering::{Numbering, Range};
pub use receipt::Report;

pub(crate) use answer::{ending, given_back, is_final, is_untaken, on_answer, recover};
pub(crate) use claim::claim;
pub(crate) use fair::Fairness;
pub(crate) use receipt::{PARKED_WAIT, on_report};
