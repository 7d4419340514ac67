//! What customers choose for themselves: which classes they want and by which channels, how often, at which hours, from
//! when on again, and what may be done with what is known of them.
//!
//! An entry carries the whole of somebody's choices, never a difference: whoever reads one knows how things stand.
//! What a customer has not chosen is as the institution has it.

use model::{Channel, ClockTime, MessageClass, Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a customer chose, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// All of their choices.
    pub choices: Choices,
    /// How it is known.
    pub evidence: Evidence,
}

/// All choices of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// By class; a class that is not here is wanted as it comes.
    pub classes: BTreeMap<MessageClass, ClassChoice>,
    /// At which hours what can wait may come; none: at any.
    pub hours: Option<Hours>,
    /// Whether they want nothing that was chosen for them by who they are (PIPL art. 24).
    pub impersonal: bool,
    /// What must not be used of what is known of them, by the names of `institution.toml`.
    pub unused: BTreeSet<Arc<str>>,
}

/// What somebody chose for one class.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassChoice {
    /// Nothing of it.
    pub off: bool,
    /// Not by these channels.
    pub channels_off: BTreeSet<Channel>,
    /// Nothing of it before this moment.
    pub paused_until: Option<Timestamp>,
    /// No more than this of it.
    pub at_most: Option<Frequency>,
}

/// So many in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frequency {
    /// How many; at least 1.
    pub messages: u16,
    /// In how long.
    pub per: Per,
}

/// How long the window of a [`Frequency`] is: always the last so long, so that Sunday and Monday are not two weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Per {
    /// 24 hours.
    Day = 1,
    /// 7 days.
    Week = 2,
    /// 30 days.
    Month = 3,
}

impl Per {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The window of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|per| *per as u8 == code)
    }

    /// The window of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|per| per.name() == word)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// How long it is; never longer than contacts are remembered.
    pub fn span(self) -> Span {
        match self {
            Self::Day => Span::days(1),
            Self::Week => Span::days(7),
            Self::Month => Span::days(30),
        }
    }
}

/// Hours of the day on the customer's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first minute at which something may come.
    pub open: ClockTime,
    /// The first at which nothing may any more; after `open`.
    pub close: ClockTime,
}

/// How it is known what a customer wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// By which way they said it.
    pub through: Through,
    /// When they said it.
    pub at: Timestamp,
    /// Where it can be looked up: a form, a call, the link they came by.
    pub reference: Arc<str>,
}

/// By which way a customer said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Through {
    /// On their own page.
    Page = 1,
    /// In one of the institution's systems, which told us over the API.
    Api = 2,
    /// To an employee.
    Agent = 3,
    /// In a message to us.
    Text = 4,
}

impl Through {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Page, Self::Api, Self::Agent, Self::Text];

    /// The way of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|through| *through as u8 == code)
    }

    /// The way of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|through| through.name() == word)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Agent => "agent",
            Self::Text => "text",
        }
    }
}

impl Choices {
    /// What was chosen for a class, if anything.
    pub fn of(&self, class: MessageClass) -> Option<&ClassChoice> {
        self.classes.get(&class)
    }

    /// The same choices with nothing said where nothing is meant, so that equal wishes are equal.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        self.classes.retain(|_, choice| *choice != ClassChoice::default());
        self
    }
}
