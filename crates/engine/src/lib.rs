//! The loop, pure and synchronous: decide and apply.
//!
//! It learns of nothing but its inputs and the clock value they carry, and answers with entries; only applying
//! an entry changes state. It never learns which store or carrier it runs on. The caller makes the entries
//! durable and only then performs the actions that came with them: commit, then act.

pub mod world;
pub mod entry;
pub mod state;
pub mod perceive;
pub mod decide;
pub mod compose;
pub mod deliver;
pub mod converse;
pub mod measure;
pub mod prove;
mod apply;
mod changes;
mod engine;
mod inbound;
mod journeys;
mod orders;
mod reports;
mod returns;
mod reviews;
mod trials;
mod walks;
mod wishes;

pub use apply::apply;
pub use changes::{ChangeError, ChangeRequest, FILE_BYTES_MAX, FILES_MAX, Person, lacking};
pub use engine::{Action, Cancelled, Engine, Input, Output, Reply};
pub use journeys::Entering;
pub use returns::{Call, Return};
pub use reviews::{ReviewRequest, Reviewed};
pub use trials::Resumed;
