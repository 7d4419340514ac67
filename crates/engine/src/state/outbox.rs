//! What accounts have to be told: one list per account, in the order of the ledger, until it is settled.
//!
//! A notice is named by the position of the entry that caused it. Only `apply` adds and removes; whoever tells an
//! account remembers for itself how far it has read.

use crate::entry::{Notice, Settled};
use model::{AccountId, Subject};
use std::collections::BTreeMap;

/// The notices of every account.
#[derive(Debug, Default)]
pub struct Outboxes {
    accounts: BTreeMap<AccountId, BTreeMap<u64, (Subject, Notice)>>,
    /// The account that was given a notice last, until somebody asks.
    fresh: Option<AccountId>,
}

impl Outboxes {
    /// Adds a notice about something that concerns `subject`.
    pub(crate) fn add(&mut self, account: &AccountId, position: u64, subject: Subject, notice: Notice) {
        if !self.accounts.contains_key(account) {
            self.accounts.insert(account.clone(), BTreeMap::new());
        }
        if let Some(notices) = self.accounts.get_mut(account) {
            notices.insert(position, (subject, notice));
        }
        self.fresh = Some(account.clone());
    }

    /// The account that was given a notice since this was last asked.
    pub(crate) fn take_fresh(&mut self) -> Option<AccountId> {
        self.fresh.take()
    }

    /// Settles notices; those that are not known (any more) change nothing.
    pub(crate) fn settle(&mut self, account: &AccountId, positions: &[u64], how: Settled) {
        let Some(notices) = self.accounts.get_mut(account) else { return };
        for position in positions {
            if how == Settled::Told {
                notices.remove(position);
            } else if let Some((_, notice)) = notices.get_mut(position) {
                notice.dead = how == Settled::Dead;
            }
        }
        if notices.is_empty() {
            self.accounts.remove(account);
        }
    }

    /// Forgets what concerns a customer.
    pub(crate) fn forget(&mut self, subject: Subject) {
        for notices in self.accounts.values_mut() {
            notices.retain(|_, (about, _)| *about != subject);
        }
        self.accounts.retain(|_, notices| !notices.is_empty());
    }

    /// The notices of an account from a position on that still have to be told, oldest first.
    pub fn from(&self, account: &AccountId, position: u64) -> impl Iterator<Item = (u64, &Notice)> {
        let notices = self.accounts.get(account).into_iter().flat_map(move |n| n.range(position..));
        notices.filter(|(_, (_, notice))| !notice.dead).map(|(position, (_, notice))| (*position, notice))
    }

    /// The notices of an account that were given up.
    pub fn dead(&self, account: &AccountId) -> impl Iterator<Item = (u64, &Notice)> {
        let notices = self.accounts.get(account).into_iter().flatten();
        notices.filter(|(_, (_, notice))| notice.dead).map(|(position, (_, notice))| (*position, notice))
    }

    /// Every notice, in order: whose it is, its position, whom it concerns.
    pub fn all(&self) -> impl Iterator<Item = (&AccountId, u64, Subject, &Notice)> {
        let of = |(account, notices)| {
            let notices: &BTreeMap<u64, (Subject, Notice)> = notices;
            notices.iter().map(move |(position, (subject, notice))| (account, *position, *subject, notice))
        };
        self.accounts.iter().flat_map(of)
    }

    /// Every account with the number of its notices, dead ones included.
    pub fn waiting(&self) -> impl Iterator<Item = (&AccountId, usize)> {
        self.accounts.iter().map(|(account, notices)| (account, notices.len()))
    }
}
