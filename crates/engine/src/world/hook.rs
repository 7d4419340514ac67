//! Systems that journeys call (`hooks/<id>.toml`): where they are and what signs a call. Read by [`super::load`]; the calls
//! are made by whoever drives the engine.

use super::{Allow, Secret};
use std::sync::Arc;

/// A system that journeys call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its name.
    pub id: Arc<str>,
    /// Where it is.
    pub url: String,
    /// What signs the calls, as Standard Webhooks.
    pub secret: Secret,
    /// Private ranges that the address may point into all the same.
    pub allow: Vec<Allow>,
    /// A PEM file of certificates that are trusted besides the list that ships.
    pub roots: Option<String>,
}
