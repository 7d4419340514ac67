//! The nouns that two stages of the loop, or the disk, share: ids, phones, money, time, classes, consent, values.
//!
//! Nothing here does I/O, reads a clock or draws a random number; nothing here is `Serialize` (a type that leaves
//! the process is owned and versioned by the crate at that boundary). Everybody calls it; it calls nobody.

mod id;
mod channel;
mod class;
mod money;
mod phone;
mod time;
mod calendar;
mod consent;
mod recurrence;
mod value;

pub use calendar::Calendar;
pub use channel::{Channel, Contact};
pub use class::{MessageClass, Subtype, UnknownClass};
pub use consent::{Consent, ConsentState, consent_at};
pub use id::{
    AccountId, CustomerId, EvidenceId, JourneyId, MessageId, ParseIdError, RemoteId, RouteId, RuleId,
    Subject, TemplateId,
};
pub use money::{Cost, Currency, Money, ParseMoneyError};
pub use phone::{ParsePhoneError, Phone};
pub use recurrence::{ParseRecurrenceError, Recurrence};
pub use time::{ClockTime, Date, ParseTimeError, Span, Timestamp, Zone};
pub use value::{Fields, Private, Value};
