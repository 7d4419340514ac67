//! Links that are followed: the institution's own short address (`links.toml`), where its links lead (`targets/<id>.toml`), and
//! who follows them without being a person (`clicks.toml`). Read by [`super::load`]; no address leads anywhere but to a target
//! that stands in a file.

use crate::converse::SHORT_CHARACTERS;
use model::{Date, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The institution's own short address (`links.toml`). Without it texts name the targets themselves, and nobody learns who
/// follows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracking {
    /// What stands before a token, without the slash at its end.
    pub url: Arc<str>,
    /// How long after its message an address leads on.
    pub valid: Span,
}

impl Tracking {
    /// How long an address leads on where nothing is said.
    pub const VALID: Span = Span::days(180);

    /// How long a short address is, in characters, all of them of the GSM alphabet.
    pub fn characters(&self) -> usize {
        self.url.len() + 1 + SHORT_CHARACTERS
    }

    /// A short address.
    pub fn address(&self, token: &str) -> String {
        format!("{}/{token}", self.url)
    }
}

/// Where a link leads (`targets/<id>.toml`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name, by which templates declare it.
    pub id: Arc<str>,
    /// Its number, which stands in short addresses: whoever gives it to another target sends old messages there.
    pub number: u16,
    /// The address.
    pub url: Arc<str>,
    /// The last day on which it is there, on the institution's calendar.
    pub until: Option<Date>,
}

/// All targets.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    named: BTreeMap<Arc<str>, Arc<Target>>,
    numbered: BTreeMap<u16, Arc<Target>>,
}

impl Targets {
    /// Sorts targets by name and number.
    pub fn of(all: impl IntoIterator<Item = Arc<Target>>) -> Self {
        let mut targets = Self::default();
        for target in all {
            targets.numbered.insert(target.number, Arc::clone(&target));
            targets.named.insert(Arc::clone(&target.id), target);
        }
        targets
    }

    /// The target of a name.
    pub fn named(&self, id: &str) -> Option<&Arc<Target>> {
        self.named.get(id)
    }

    /// The target of a number.
    pub fn numbered(&self, number: u16) -> Option<&Arc<Target>> {
        self.numbered.get(&number)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(|id| &**id)
    }
}

/// Who follows links without being a person, and what counts twice (`clicks.toml`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickFilter {
    /// Following the same link of the same message again within this time counts as a repetition.
    pub repeat: Span,
    /// Whoever follows a link so soon after its message was let pass has not read it on a phone.
    pub early: Span,
    /// What user agents of machines have in them, in lower case.
    pub agents: Vec<Arc<str>>,
    /// Header fields by which browsers say that they fetch beforehand, in lower case, with what their values have in them.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
}

impl Default for ClickFilter {
    /// What holds where nothing is said: nobody is taken for a machine.
    fn default() -> Self {
        Self { repeat: Span::seconds(1_800), early: Span(0), agents: Vec::new(), headers: Vec::new() }
    }
}
