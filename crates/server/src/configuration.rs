//! The configuration as the server meets it: read at the start, changed while it runs.
//!
//! Where approvals are asked for, what is in force stands in the ledger, so the start asks with the ledger's state at hand. What
//! reads files and folders is the caller's; this is what it must be able to do.

use engine::state::Approvals;
use engine::world::{Mistake, World};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Paths of a configuration with what they hold.
pub type Files = BTreeMap<Arc<str>, Arc<str>>;

/// What a start goes on with.
#[derive(Debug)]
pub struct Start {
    /// The configuration.
    pub world: Arc<World>,
    /// What is to be recorded as in force, because approvals are asked for from now on.
    pub adopt: Option<Files>,
    /// Lines for whoever starts it: what is not in force, and what to do about it.
    pub notes: Vec<String>,
}

/// Reads configurations.
pub trait Configuration: Send + Sync {
    /// The configuration to start with, by what the ledger has in force.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn start(&self, approvals: &Approvals) -> Result<Start, String>;

    /// Reads a configuration as it would be at the next start: these files, and what of it is never approved.
    ///
    /// # Errors
    /// Every mistake.
    fn whole(&self, files: &Files) -> Result<World, Vec<Mistake>>;

    /// Reads it as it may run from now on: what is connected at the start stays as it was then.
    ///
    /// # Errors
    /// Every mistake.
    fn running(&self, files: &Files) -> Result<World, Vec<Mistake>>;

    /// What of these files waits for the next start.
    fn waiting(&self, files: &Files) -> Vec<Arc<str>>;

    /// What the lints say of these templates: each in words, and whether it stands in the way.
    ///
    /// # Errors
    /// What reads them is not there.
    fn lints(&self, world: &World, files: &Files) -> Result<Vec<(Mistake, bool)>, String>;
}

/// The configuration as it runs now. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Current(Arc<RwLock<Arc<World>>>);

impl Current {
    /// Begins with this.
    pub fn new(world: Arc<World>) -> Self {
        Self(Arc::new(RwLock::new(world)))
    }

    /// The one that is in force.
    pub fn now(&self) -> Arc<World> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on it is this.
    pub(crate) fn set(&self, world: Arc<World>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = world;
    }
}
