//! What all ways in and out of one account share: its rate, counted once whether it comes over SMPP, CMPP or HTTP, and its
//! postman, so that nothing is told twice by two of them.
//!
//! Made once, when the server starts; links, the API, the dialects and the callbacks each hold the same one.

use super::post::Post;
use super::rate::Rate;
use crate::core::Handle;
use engine::world::{Account, World};
use model::AccountId;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What is kept of one account while the server runs.
#[derive(Debug)]
pub(crate) struct Standing {
    /// How fast it may be.
    pub(crate) rate: Rate,
    /// What it must be told.
    pub(crate) post: Arc<Post>,
}

/// What is kept of all accounts.
#[derive(Debug, Default)]
pub struct Standings(BTreeMap<AccountId, Arc<Standing>>);

impl Standings {
    /// Of the accounts of a configuration.
    pub fn of(world: &World) -> Self {
        let standing = |account: &Arc<Account>| (account.id.clone(), Arc::new(Standing::new(account)));
        Self(world.accounts.values().map(standing).collect())
    }

    /// One account's.
    pub(crate) fn find(&self, account: &Account) -> Arc<Standing> {
        // An account of another configuration has nobody to share with.
        self.0.get(&account.id).map_or_else(|| Arc::new(Standing::new(account)), Arc::clone)
    }

    /// Starts the postmen of those that somebody can tell: accounts that bind or are called back. Who only pulls needs
    /// none that runs.
    pub fn run(&self, world: &World, core: &Handle, stopping: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let told = world.accounts.values().filter(|account| {
            let access = &account.access;
            access.smpp.is_some() || access.cmpp.is_some() || access.callback.is_some()
        });
        told.map(|account| Arc::clone(&self.find(account).post))
            .map(|post| tokio::spawn(post.run(core.clone(), stopping.clone())))
            .collect()
    }
}

impl Standing {
    fn new(account: &Account) -> Self {
        Self { rate: Rate::new(account.tps), post: Post::new(account.id.clone()) }
    }
}
