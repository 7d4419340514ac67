//! The steps of journeys, and the moments and days that they and triggers name. Walked by `decide::steps`.

use super::{Condition, Facts, Split, Watch};
use crate::compose::Template;
use model::{ClockTime, Date, MessageClass, Recurrence, Span, Subtype, Value};
use std::sync::Arc;

/// One step of a journey.
#[derive(Debug)]
pub struct Step {
    /// Its name: what others go to, and what stands in the ledger.
    pub name: Arc<str>,
    /// What it does.
    pub kind: StepKind,
}

/// What a step does. A place to go to is the number of a step; one behind the last ends the journey.
#[derive(Debug)]
pub enum StepKind {
    /// Send a message.
    Send {
        /// The text.
        template: Arc<Template>,
    },
    /// Wait until a moment.
    Wait(Until),
    /// Wait for an event.
    Await {
        /// Which.
        watch: Watch,
        /// Until when.
        timeout: Until,
        /// Where to go if it has not come.
        otherwise: usize,
    },
    /// Wait for several events.
    Join {
        /// Which.
        watches: Vec<Watch>,
        /// How many of them must come.
        needed: usize,
        /// Until when.
        timeout: Until,
        /// Where to go if they have not come.
        otherwise: usize,
    },
    /// Ask the customer something, and wait for the answer.
    Ask(Box<Ask>),
    /// Call a system, and wait for its answer.
    Webhook {
        /// Which.
        hook: Arc<str>,
        /// What it is told: names, and where their values come from.
        with: Vec<(Arc<str>, Source)>,
        /// Until when.
        timeout: Until,
        /// Where to go if it does not answer, or refuses.
        otherwise: usize,
    },
    /// Hand something over to people, and wait until they have done it.
    HandOver {
        /// Whose work it is.
        queue: Arc<str>,
        /// What is to be done.
        what: Arc<str>,
        /// Until when.
        timeout: Until,
        /// Where to go if they have not done it by then, or could not.
        otherwise: usize,
    },
    /// The goal is reached: leave.
    Goal,
    /// Go where the first condition that is met points.
    Branch {
        /// Conditions over `customer`, `tag`, `event` and `got`, with where to go.
        arms: Vec<(Condition, usize)>,
        /// Where to go if none is met, or one has no answer.
        otherwise: usize,
    },
    /// Divide people by chance, each always the same way.
    Split(Box<Split>),
    /// Note something about the customer.
    Tag {
        /// Names with values; none takes the tag away.
        values: Vec<(Arc<str>, Option<Value>)>,
    },
    /// Go on elsewhere, so many times at most; after that behind this step.
    GoTo {
        /// Where.
        to: usize,
        /// How many times.
        at_most: u16,
    },
    /// Leave.
    Exit,
}

/// A question to a customer.
#[derive(Debug)]
pub struct Ask {
    /// What asks it.
    pub template: Arc<Template>,
    /// What asks again, once, where the answer cannot be read.
    pub again: Option<Arc<Template>>,
    /// What is an answer.
    pub answer: Answer,
    /// The tag that the answer is noted under.
    pub save: Option<Arc<str>>,
    /// Until when it is waited for.
    pub timeout: Until,
    /// Where to go if none comes that can be read.
    pub otherwise: usize,
}

/// What is an answer.
#[derive(Debug)]
pub enum Answer {
    /// A whole number, from one to another.
    Number(i64, i64),
    /// One of some words; the value is the name that it stands for.
    Choice(text::Keywords<Value>),
    /// Whatever somebody writes.
    Text,
}

/// Where a value comes from: one of the roots that conditions know, and its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// What set the journey off.
    Event(Arc<str>),
    /// What was waited for.
    Got(Arc<str>),
    /// What the institution's systems know.
    Customer(Arc<str>),
    /// What journeys have noted.
    Tag(Arc<str>),
}

impl Source {
    /// Reads `event.amount`, `got.answer`, `customer.city` or `tag.done`.
    pub fn parse(text: &str) -> Option<Self> {
        let (root, field) = text.split_once('.').filter(|(_, field)| !field.is_empty())?;
        match root {
            "event" => Some(Self::Event(field.into())),
            "got" => Some(Self::Got(field.into())),
            "customer" => Some(Self::Customer(field.into())),
            "tag" => Some(Self::Tag(field.into())),
            _ => None,
        }
    }

    /// The value, if there is one.
    pub fn of<'a>(&self, facts: &Facts<'a>) -> Option<&'a Value> {
        match self {
            Self::Event(field) => facts.event?.get(field),
            Self::Got(field) => facts.got?.get(field),
            Self::Customer(field) => facts.customer.get(field),
            Self::Tag(field) => facts.tags.get(field),
        }
    }
}

impl StepKind {
    /// The word that it begins with in its journey's file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Send { .. } => "send",
            Self::Wait(_) => "wait",
            Self::Await { .. } => "wait_for",
            Self::Join { watches, needed, .. } if *needed == watches.len() => "wait_for_all",
            Self::Join { .. } => "wait_for_any",
            Self::Ask(_) => "ask",
            Self::Webhook { .. } => "webhook",
            Self::HandOver { .. } => "hand_over",
            Self::Goal => "goal",
            Self::Branch { .. } => "branch",
            Self::Split(_) => "split",
            Self::Tag { .. } => "tag",
            Self::GoTo { .. } => "go_to",
            Self::Exit => "exit",
        }
    }

    /// Until when somebody waits there, if it is a place to wait.
    pub fn until(&self) -> Option<&Until> {
        match self {
            Self::Wait(until) => Some(until),
            Self::Await { timeout, .. }
            | Self::Join { timeout, .. }
            | Self::Webhook { timeout, .. }
            | Self::HandOver { timeout, .. } => Some(timeout),
            Self::Ask(ask) => Some(&ask.timeout),
            _ => None,
        }
    }

    /// The texts that it sends or asks by.
    pub fn texts(&self) -> impl Iterator<Item = &Arc<Template>> {
        let texts = match self {
            Self::Send { template } => [Some(template), None],
            Self::Ask(ask) => [Some(&ask.template), ask.again.as_ref()],
            _ => [None, None],
        };
        texts.into_iter().flatten()
    }

    /// The numbers of the steps that somebody may come to from it, which has the number `at`.
    pub(super) fn leads_to(&self, at: usize) -> Vec<usize> {
        let behind = at + 1;
        match self {
            Self::Goal | Self::Exit => Vec::new(),
            Self::Branch { arms, otherwise } => arms.iter().map(|(_, to)| *to).chain([*otherwise]).collect(),
            Self::Split(split) => split.arms.iter().map(|arm| arm.to).collect(),
            Self::GoTo { to, .. } => vec![*to, behind],
            _ => [behind].into_iter().chain(self.otherwise()).collect(),
        }
    }

    /// Where somebody goes whose waiting there ends without what was waited for.
    pub fn otherwise(&self) -> Option<usize> {
        match self {
            Self::Await { otherwise, .. }
            | Self::Join { otherwise, .. }
            | Self::Webhook { otherwise, .. }
            | Self::HandOver { otherwise, .. } => Some(*otherwise),
            Self::Ask(ask) => Some(ask.otherwise),
            _ => None,
        }
    }

    /// The events that are waited for there.
    pub(super) fn watches(&self) -> &[Watch] {
        match self {
            Self::Await { watch, .. } => std::slice::from_ref(watch),
            Self::Join { watches, .. } => watches,
            _ => &[],
        }
    }
}

/// A moment, seen from where somebody stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Until {
    /// So long from now.
    After(Span),
    /// When the customer's clock shows a time next, on one of some days.
    Clock {
        /// The time.
        at: ClockTime,
        /// The days.
        days: Days,
    },
    /// A day that is an attribute of the customer, so many days before or after it.
    Date {
        /// Which attribute.
        attribute: Arc<str>,
        /// So many days later.
        offset: Offset,
        /// At this time on the customer's clock.
        at: ClockTime,
    },
    /// When they read messages of a class best, not later than after so long.
    Best {
        /// So long.
        within: Span,
        /// The class of what follows.
        class: MessageClass,
        /// Its subtype.
        subtype: Option<Subtype>,
    },
}

/// So many days later, of those that count; before it if negative. No days: the day itself, or the first behind it that
/// counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// How many.
    pub count: i64,
    /// Of which days.
    pub of: Days,
}

/// How often a day that is an attribute comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// On that day of each month, on the last of a shorter one. A number is a day of the month.
    Month,
    /// On that day of each year; what is due on a 29 February, in other years on the 28th.
    Year,
}

/// Days that come again, on the institution's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// By which rule.
    pub rule: Recurrence,
    /// The day from which it counts.
    pub begin: Date,
    /// Which days count at all, before the rule takes its choice.
    pub days: Option<Days>,
    /// At this time.
    pub at: ClockTime,
}

/// Some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// All.
    Any,
    /// When people work, by the institution's calendar.
    Workdays,
    /// When they do not.
    DaysOff,
    /// When the exchanges trade.
    Trading,
    /// Of the week: bit 0 is Monday.
    Week(u8),
}
