//! Lints: what is wrong with a template before anybody gets a message of it.
//!
//! Each lint is a file: what it looks for and why, its severity, the fix it offers, its tests. [`look`] asks all of them about
//! one [`Sheet`], which the loader makes of a file (`world::lint_template`). A lint reads and says; it changes nothing and
//! stops nothing: `hongyan check`, `hongyan template lint` and the start of a server do. What only values can tell is the
//! gate's to ask, by [`value_fault`].

mod sheet;
mod shape;
pub mod suggest;

pub mod variables;
pub mod class;
pub mod words;
pub mod key_fact;
pub mod opt_out;
pub mod signature;
pub mod links;
pub mod numbers;
pub mod length;
pub mod personal_data;
pub mod tone;
pub mod characters;
pub mod fields;
pub mod allow;

#[cfg(test)]
mod tests;

pub use personal_data::value_fault;
pub use sheet::{Readers, Sheet, Text};

use std::fmt;
use std::ops::Range;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Somebody should look.
    Warning,
    /// The template must not be used.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One lint.
pub struct Lint {
    /// Its name, which is its file's.
    pub id: &'static str,
    /// How bad what it finds is, unless a finding says otherwise.
    pub severity: Severity,
    /// Whether a template may be excused from it.
    pub excusable: bool,
    /// What it looks for.
    pub look: fn(&Sheet<'_>) -> Vec<Found>,
}

/// What a lint found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where: bytes of the file.
    pub place: Range<usize>,
    /// What was expected and what came.
    pub message: String,
    /// How bad it is, if not as the lint says.
    pub severity: Option<Severity>,
    /// What can be written instead.
    pub fix: Option<Fix>,
    /// The rule of the word lists that speaks, if one does.
    pub entry: Option<String>,
}

impl Found {
    fn new(place: Range<usize>, message: impl Into<String>) -> Self {
        Self { place, message: message.into(), severity: None, fix: None, entry: None }
    }

    fn warning(self) -> Self {
        Self { severity: Some(Severity::Warning), ..self }
    }

    fn with(self, fix: Option<Fix>) -> Self {
        Self { fix, ..self }
    }
}

/// A replacement that a rule can make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Which bytes of the file go.
    pub place: Range<usize>,
    /// What comes in their place.
    pub text: String,
}

/// A finding as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The lint.
    pub lint: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// Bytes of the file.
    pub place: Range<usize>,
    /// What was expected and what came.
    pub message: String,
    /// What can be written instead.
    pub fix: Option<Fix>,
    /// Why the template is excused from it, if it is.
    pub excused: Option<String>,
}

impl Finding {
    /// Whether the template must not be used because of it.
    pub fn is_fatal(&self) -> bool {
        self.severity == Severity::Error && self.excused.is_none()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lint, severity, file, line, column, message, .. } = self;
        match &self.excused {
            Some(reason) => {
                write!(f, "{file}:{line}:{column}: excused {lint}: {message} (because: {reason})")
            }
            None => write!(f, "{file}:{line}:{column}: {severity} {lint}: {message}"),
        }
    }
}

/// Every lint, in the order in which it is asked.
pub const LINTS: [&Lint; 14] = [
    &variables::LINT,
    &class::LINT,
    &words::LINT,
    &key_fact::LINT,
    &opt_out::LINT,
    &signature::LINT,
    &links::LINT,
    &numbers::LINT,
    &length::LINT,
    &personal_data::LINT,
    &tone::LINT,
    &characters::LINT,
    &fields::LINT,
    &allow::LINT,
];

/// The name under which mistakes of the file itself are told.
pub const FILE: &str = "file";

/// Asks every lint. An excuse is set beside what it excuses; it hides nothing.
pub fn look(sheet: &Sheet<'_>) -> Vec<(&'static Lint, Found, Option<String>)> {
    let mut all = Vec::new();
    for lint in LINTS {
        for found in (lint.look)(sheet) {
            let excuse = sheet.allowed.iter().find(|(_, allowed)| excuses(lint, &found, &allowed.lint));
            all.push((lint, found, excuse.map(|(_, allowed)| allowed.reason.clone())));
        }
    }
    all
}

/// Whether `[[allow]]` of a name excuses a finding: by its lint, or by the rule of the word lists that wants a person to look.
fn excuses(lint: &Lint, found: &Found, name: &str) -> bool {
    match &found.entry {
        Some(rule) => {
            found.severity == Some(Severity::Warning) && name.strip_prefix(words::RULE) == Some(rule)
        }
        None => lint.excusable && name == lint.id,
    }
}
