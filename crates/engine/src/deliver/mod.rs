//! DELIVER: from a message that may go to a message whose end is known.
//!
//! Carriers are met only through values here: [`Answer`]s and [`Report`]s come in, claims go out. What an answer
//! means for the message is decided here; what it changes is applied by `apply`.

mod claim;
mod fair;
mod answer;
mod receipt;
mod query;
mod numbering;
pub(crate) mod quota;

pub use answer::{Again, Answer};
pub use numbering::{Numbering, Range};
pub use receipt::Report;

pub(crate) use answer::{ending, failed, given_back, has_failed, is_untaken, on_answer, recover};
pub(crate) use claim::claim;
pub(crate) use fair::{Fairness, Resting};
pub(crate) use query::{ask, questions};
pub(crate) use receipt::{PARKED_WAIT, on_report};
