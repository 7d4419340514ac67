//! Who may bind: the accounts with access over SMPP or CMPP, what is counted of each, and the seats their links hold.
//!
//! One `Member` per account lives as long as the server; every link of the account shares it. Logging in is judged here:
//! first the name, then the password, then the address, then the number of seats.

use super::counters::Counters;
use crate::deliver::secret::{AccountError, Password, clear};
use crate::deliver::standing::{Standing, Standings};
use engine::world::{Account, CmppAccess, Outbind, SmppAccess, World};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Everybody who may bind.
#[derive(Debug, Default)]
pub(super) struct Directory {
    smpp: BTreeMap<String, (Arc<Member>, SmppAccess, Password)>,
    cmpp: BTreeMap<String, (Arc<Member>, CmppAccess, String)>,
    members: Vec<Arc<Member>>,
}

/// What all links of one account share.
#[derive(Debug)]
pub(super) struct Member {
    /// The account.
    pub(super) account: Arc<Account>,
    /// What it shares with the account's other ways in and out.
    pub(super) standing: Arc<Standing>,
    /// What is counted of it.
    pub(super) counters: Arc<Counters>,
    seats: AtomicU32,
}

/// Why somebody may not log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// Nobody has this name.
    Name,
    /// The password is wrong.
    Password,
    /// Not from this address.
    Address,
    /// All its seats are taken.
    Full,
    /// No version that both speak.
    Version,
}

/// A link's place under its account's limit; given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    /// Whose it is.
    pub(super) member: Arc<Member>,
    /// How many submits may wait for our answer on this link.
    pub(super) window: usize,
    /// Whether it takes what the account must be told.
    pub(super) receives: bool,
}

impl Directory {
    /// The accounts of a configuration.
    pub(super) fn of(world: &World, standings: &Standings) -> Result<Self, AccountError> {
        let mut directory = Self::default();
        for account in world.accounts.values() {
            let access = &account.access;
            if access.smpp.is_none() && access.cmpp.is_none() {
                continue;
            }
            let failed = |what| move |why| AccountError { account: account.id.clone(), what, why };
            let member = Arc::new(Member::new(Arc::clone(account), standings));
            if let Some(smpp) = &access.smpp {
                let password = Password::of(&smpp.password).map_err(failed("smpp"))?;
                directory.smpp.insert(smpp.system_id.clone(), (Arc::clone(&member), smpp.clone(), password));
            }
            if let Some(cmpp) = &access.cmpp {
                let secret = clear(&cmpp.secret).map_err(failed("cmpp"))?;
                directory.cmpp.insert(cmpp.sp_id.clone(), (Arc::clone(&member), cmpp.clone(), secret));
            }
            directory.members.push(member);
        }
        Ok(directory)
    }

    /// All accounts that may bind.
    pub(super) fn members(&self) -> &[Arc<Member>] {
        &self.members
    }

    /// Whom we call when there is something to tell.
    pub(super) fn called(&self) -> impl Iterator<Item = (&Arc<Member>, &Outbind)> {
        self.smpp.values().filter_map(|(member, access, _)| Some((member, access.outbind.as_ref()?)))
    }

    /// Judges a login over SMPP.
    pub(super) fn smpp(
        &self,
        name: &str,
        password: &str,
        from: IpAddr,
        receives: bool,
    ) -> Result<(Seat, &SmppAccess), Denied> {
        let (member, access, right) = self.smpp.get(name).ok_or(Denied::Name)?;
        if !right.is(password) {
            return Err(Denied::Password);
        }
        let seat = member.seat(from, access.binds, access.window, receives)?;
        Ok((seat, access))
    }

    /// Finds who logs in over CMPP: what it may and its secret, which the caller compares.
    pub(super) fn cmpp(&self, name: &str) -> Result<(&Arc<Member>, &CmppAccess, &str), Denied> {
        let (member, access, secret) = self.cmpp.get(name).ok_or(Denied::Name)?;
        Ok((member, access, secret))
    }
}

impl Member {
    fn new(account: Arc<Account>, standings: &Standings) -> Self {
        Self {
            standing: standings.find(&account),
            counters: Arc::new(Counters::new(account.id.clone())),
            seats: AtomicU32::new(0),
            account,
        }
    }

    /// Takes a seat, if the address is right and one is free.
    pub(super) fn seat(
        self: &Arc<Self>,
        from: IpAddr,
        seats: u32,
        window: u32,
        receives: bool,
    ) -> Result<Seat, Denied> {
        let allow = &self.account.access.allow;
        if !allow.is_empty() && !allow.iter().any(|range| range.contains(from)) {
            return Err(Denied::Address);
        }
        let take = |taken: u32| (taken < seats).then_some(taken + 1);
        self.seats.fetch_update(Ordering::AcqRel, Ordering::Acquire, take).map_err(|_| Denied::Full)?;
        self.counters.binds.fetch_add(1, Ordering::Relaxed);
        Ok(Seat { member: Arc::clone(self), window: window as usize, receives })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.member.seats.fetch_sub(1, Ordering::AcqRel);
        self.member.counters.binds.fetch_sub(1, Ordering::Relaxed);
    }
}
