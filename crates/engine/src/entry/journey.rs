//! Where somebody stands in a journey, as entries say it.

use super::Event;
use model::{MessageId, Timestamp};
use std::sync::Arc;

/// Somebody enters a journey.
#[derive(Debug, Clone, PartialEq)]
pub struct Entered {
    /// The journey, `id@version`.
    pub journey: Arc<str>,
    /// Digest of what it is entered for, where it may not be entered for the same again.
    pub key: Option<u128>,
    /// The event that set it off.
    pub event: Option<Arc<Event>>,
    /// Where they wait; none if they have gone through it without waiting.
    pub stay: Option<Stay>,
    /// The position of the entry by which something about what they hold was taken in, if that set it off.
    pub market: Option<u64>,
}

/// Somebody who is inside a journey is somewhere else now.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Their way through it: the position of the entry by which they entered.
    pub passage: u64,
    /// The journey, `id@version`; another version than before if they were moved to it.
    pub journey: Arc<str>,
    /// Where they wait.
    pub stay: Stay,
}

/// Where somebody waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Stay {
    /// At which step.
    pub step: Arc<str>,
    /// Until when; none if they are stuck.
    pub due: Option<Timestamp>,
    /// The event that was waited for last.
    pub got: Option<Arc<Event>>,
    /// How often they have been sent back, by step.
    pub jumps: Vec<(Arc<str>, u16)>,
    /// In which arm of an experiment they are, `experiment.arm`.
    pub variant: Option<Arc<str>>,
    /// Why they are stuck, in words without personal data.
    pub stuck: Option<Arc<str>>,
    /// What is open there.
    pub open: Open,
}

/// What is open with somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Open {
    /// Nothing.
    #[default]
    Nothing,
    /// Of several events that are waited for, these have come: their numbers, ascending.
    Heard(Vec<u8>),
    /// A question: the message that asks it.
    Question(MessageId),
    /// A call to a system: the position of the entry by which it is to be made.
    Call(u64),
    /// Something for people to do: the position of the entry that says what.
    Task(u64),
}

/// Something for people to do about a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskOpened {
    /// The journey that wants it, `id@version`.
    pub journey: Arc<str>,
    /// Whose work it is.
    pub queue: Arc<str>,
    /// What is to be done, as the journey says it.
    pub what: Arc<str>,
    /// Until when it is waited for.
    pub due: Timestamp,
}

/// What a system answered, or people have done.
#[derive(Debug, Clone, PartialEq)]
pub struct Returned {
    /// The position of the entry by which it was asked for.
    pub of: u64,
    /// The journey that wanted it, `id@version`.
    pub journey: Arc<str>,
    /// Whether it is what was wanted.
    pub is_done: bool,
    /// What came of it.
    pub event: Arc<Event>,
}

/// How somebody left a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Left {
    /// Behind the last step.
    Completed = 1,
    /// At a step that says so.
    Exited = 2,
    /// By an event that takes people out.
    Withdrawn = 3,
    /// The goal was reached.
    Goal = 4,
    /// The journey was stopped, or the arm of an experiment that they were in.
    Killed = 5,
}

impl Left {
    /// The way of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        let all = [Self::Completed, Self::Exited, Self::Withdrawn, Self::Goal, Self::Killed];
        all.into_iter().find(|left| *left as u8 == code)
    }

    /// The word for it, as leaves show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Exited => "exited",
            Self::Withdrawn => "withdrawn",
            Self::Goal => "goal",
            Self::Killed => "killed",
        }
    }

    /// The way of a word.
    pub fn from_name(name: &str) -> Option<Self> {
        (1..=5).filter_map(Self::from_code).find(|left| left.name() == name)
    }
}
