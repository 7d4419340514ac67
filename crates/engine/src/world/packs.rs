//! The effective-dated rules: what they say, from when until when, and which law says so.
//!
//! A rule's *procedure* is code (`decide/rules/`); its *numbers* are data here, chosen by the moment of the
//! decision, so that a change of law is a new file and never a new release.

use super::Days;
use crate::entry::CaseKind;
use model::{ClockTime, MessageClass, Span, Subtype, Timestamp};
use std::sync::Arc;

/// All rule sets of one jurisdiction, sorted by kind and id.
#[derive(Debug, Default)]
pub struct Pack {
    /// Consent demands.
    pub consent: Vec<RuleSet<ConsentRule>>,
    /// Frequency caps.
    pub caps: Vec<RuleSet<Cap>>,
    /// Quiet hours.
    pub quiet: Vec<RuleSet<QuietHours>>,
    /// What competes for one person.
    pub arbitration: Vec<RuleSet<Arbitration>>,
    /// Who gets nothing, to see what it would have been worth.
    pub holdouts: Vec<RuleSet<Holdout>>,
    /// Until when what customers ask for must be answered.
    pub terms: Vec<RuleSet<Term>>,
    /// Which products are for whom.
    pub suitability: Vec<RuleSet<Suitability>>,
    /// When people read, of whom nothing better is known.
    pub best_time: Vec<RuleSet<BestTime>>,
}

/// One effective-dated rule.
#[derive(Debug, Clone)]
pub struct RuleSet<R> {
    /// Its name, e.g. `marketing-night`.
    pub id: String,
    /// Counts up with every change of the text or the numbers.
    pub revision: u16,
    /// In force from this instant.
    pub from: Timestamp,
    /// Until this instant, exclusive.
    pub until: Option<Timestamp>,
    /// Classes it binds; empty means all.
    pub classes: Vec<MessageClass>,
    /// Subtypes it binds; empty means all.
    pub subtypes: Vec<Subtype>,
    /// The law, clause or contract.
    pub citation: String,
    /// Whether somebody has read the primary document.
    pub verified: bool,
    /// The numbers.
    pub rule: R,
}

impl<R> RuleSet<R> {
    /// Whether it binds a message of this class and subtype at this moment.
    pub fn binds(&self, class: MessageClass, subtype: Option<&Subtype>, now: Timestamp) -> bool {
        self.from <= now
            && self.until.is_none_or(|until| now < until)
            && (self.classes.is_empty() || self.classes.contains(&class))
            && (self.subtypes.is_empty() || subtype.is_some_and(|s| self.subtypes.contains(s)))
    }
}

/// A demand for consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRule {
    /// Whether a grant with evidence is needed, or only the absence of a refusal.
    pub required: bool,
}

/// Of what competes for one person only the most important goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arbitration {
    /// So close together they compete.
    pub window: Span,
    /// Hold the others until the window is over, or drop them.
    pub hold: bool,
}

/// A share of all customers gets nothing of what it binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdout {
    /// How many of a million customers.
    pub of_million: u32,
    /// Who they are hangs on this: another text, other people. The same text in two sets of the pack, the same people.
    pub salt: String,
}

/// Within how long a case must be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Of which kind it is.
    pub case: CaseKind,
    /// How many days.
    pub days: u32,
    /// Whether only working days count.
    pub workdays: bool,
}

/// A product may only be offered to customers whose assessed level is not below its risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suitability {
    /// The attribute that holds the customer's level: a number, or a text that ends with one (`C3`).
    pub level: Arc<str>,
    /// The attribute that holds the day of the assessment, and for how many days it holds.
    pub assessed: Option<(Arc<str>, i64)>,
}

/// When messages are read best.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BestTime {
    /// On which days.
    pub days: Days,
    /// From when.
    pub open: ClockTime,
    /// Until when; after `open`.
    pub close: ClockTime,
    /// Only within so many days behind a day that comes again each month, as an attribute says it.
    pub after: Option<(Arc<str>, i64)>,
    /// Only for whom this attribute has this value: a segment comes before what is for everybody.
    pub of: Option<(Arc<str>, Arc<str>)>,
    /// From how many answers and clicks on somebody's own habits count.
    pub own_from: u32,
    /// How many in a hundred are tried at another hour, so that habits are found at all.
    pub explore_percent: u8,
}

/// So many messages in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// What is counted together.
    pub scope: CapScope,
    /// The window.
    pub window: CapWindow,
    /// How many may be in it.
    pub max: u32,
    /// Hold until there is room again, or block at once.
    pub hold: bool,
}

/// What a cap counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapScope {
    /// Every message the cap binds.
    Global,
    /// Those of the same class.
    Class,
    /// Those of the same journey.
    Journey,
}

/// A window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapWindow {
    /// The last so long, up to now.
    Rolling(Span),
    /// The customer's calendar day.
    Day,
    /// The customer's calendar week, from Monday.
    Week,
    /// The customer's calendar month.
    Month,
}

/// The longest window a cap may have: contacts older than this are forgotten.
pub const CAP_WINDOW_MAX: Span = Span::days(35);

/// When messages may come, on the recipient's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietHours {
    /// The first minute that is allowed.
    pub open: ClockTime,
    /// The first minute that is not allowed any more; after `open`.
    pub close: ClockTime,
    /// What public holidays change.
    pub holidays: HolidayPolicy,
}

/// What public holidays change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolidayPolicy {
    /// Nothing.
    AsUsual,
    /// The whole day is quiet.
    Quiet,
    /// Only working days are open.
    WorkdaysOnly,
}
