//! What customers may choose about, as it is configured: what they cannot switch off and why, what is known of them that
//! they may keep from being used, where their own page is; and what a message is chosen by.

use crate::converse::{LINK_PATH, TOKEN_CHARACTERS};
use model::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The same in the two languages of the customer's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// The customer's own page (`[preferences]` of `institution.toml`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Where customers reach it from outside, without the slash at its end; none: no message can name it.
    pub url: Option<Arc<str>>,
    /// How long a link to it opens.
    pub valid: Span,
    /// How often one address may ask for it in a second; 0: as often as it likes.
    pub per_second: u32,
    /// What may be used of what is known of a customer, unless they say no: names with what they mean.
    pub uses: BTreeMap<Arc<str>, Words>,
}

impl Preferences {
    /// How long a link to a customer's own page is; none where no address is configured.
    pub fn link_characters(&self) -> Option<usize> {
        Some(self.url.as_ref()?.chars().count() + LINK_PATH.len() + TOKEN_CHARACTERS)
    }
}

impl Default for Preferences {
    fn default() -> Self {
        Self { url: None, valid: LINK_VALID, per_second: PER_SECOND, uses: BTreeMap::new() }
    }
}

/// How often one address may ask if nothing is said: a person with a page, and some behind one address.
const PER_SECOND: u32 = 20;
/// How long a link opens if nothing is said.
const LINK_VALID: Span = Span::days(30);

/// What a message is chosen by: who is concerned is asked whether that is what they want.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Basis {
    /// Whether it goes to somebody because of who they are or what they did.
    pub personalised: bool,
    /// What it uses of what is known of them, by the names of [`Preferences::uses`].
    pub uses: Vec<Arc<str>>,
}
