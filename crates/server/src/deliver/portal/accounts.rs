//! Who may hand in messages over HTTP, by what they prove themselves with: a bearer token of ours, or an id and a secret
//! in one of the dialects. Addresses, rates and used nonces are kept here, for each account apart from the others.

use crate::deliver::secret::{AccountError, SecretError, clear, digest, digest_of};
use crate::deliver::standing::{Standing, Standings};
use engine::world::{Account, KeyAccess, World};
use model::{AccountId, Span, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use wire::http::{AuthError, Replay, alibaba, tencent};

/// How many nonces of an account are remembered inside the window: 300 signed requests a second.
const NONCES_MAX: usize = 600_000;

/// Everybody who may hand in messages over HTTP.
#[derive(Debug, Default)]
pub struct Accounts {
    tokens: HashMap<[u8; 32], Arc<Holder>>,
    alibaba: HashMap<String, Key>,
    tencent: HashMap<String, Key>,
    twilio: HashMap<String, Key>,
    holders: BTreeMap<AccountId, Arc<Holder>>,
}

/// An account that somebody has proved to speak for.
#[derive(Debug)]
pub struct Holder {
    /// The account.
    pub account: Arc<Account>,
    /// What it shares with the account's other ways in and out.
    pub(crate) standing: Arc<Standing>,
    alibaba: Mutex<Replay>,
    tencent: Mutex<Replay>,
}

/// A secret and whose it is. Never printed.
#[derive(Clone)]
pub(crate) struct Key {
    /// Whose it is.
    pub(crate) holder: Arc<Holder>,
    /// What signatures are made with.
    pub(crate) secret: Arc<str>,
    /// The application under the account, where the dialect has one.
    pub(crate) application: Option<Arc<str>>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<key of {}>", self.holder.account.id)
    }
}

/// Why an account's request is not taken, though it is the account's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It comes from an address that is not one of the account's.
    Address,
    /// Too many messages; how long to wait.
    Rate(Span),
}

impl Accounts {
    /// The accounts of a configuration, with their secrets.
    ///
    /// # Errors
    /// A secret that is not there, or cannot be used as it is written.
    pub fn of(world: &World, standings: &Standings) -> Result<Self, AccountError> {
        let mut accounts = Self::default();
        for account in world.accounts.values() {
            let access = &account.access;
            let holder = Arc::new(Holder::new(Arc::clone(account), standings));
            let failed = |what| move |why| AccountError { account: account.id.clone(), what, why };
            for token in &access.tokens {
                let digest = digest(token).map_err(failed("tokens"))?;
                accounts.tokens.insert(digest, Arc::clone(&holder));
            }
            let key = |access: &KeyAccess| -> Result<(String, Key), SecretError> {
                let secret = clear(&access.secret)?.into();
                let application = access.application.as_deref().map(Arc::from);
                Ok((access.id.clone(), Key { holder: Arc::clone(&holder), secret, application }))
            };
            let dialects = [
                ("alibaba", &access.alibaba, &mut accounts.alibaba),
                ("tencent", &access.tencent, &mut accounts.tencent),
                ("twilio", &access.twilio, &mut accounts.twilio),
            ];
            for (what, access, keys) in dialects {
                keys.extend(access.as_ref().map(&key).transpose().map_err(failed(what))?);
            }
            accounts.holders.insert(account.id.clone(), holder);
        }
        Ok(accounts)
    }

    /// Whose token this is.
    pub(crate) fn by_token(&self, token: &str) -> Option<&Arc<Holder>> {
        self.tokens.get(&digest_of(token))
    }

    /// Whose access key of the Alibaba dialect this is.
    pub(crate) fn alibaba(&self, id: &str) -> Option<&Key> {
        self.alibaba.get(id)
    }

    /// Whose secret id of the Tencent dialect this is.
    pub(crate) fn tencent(&self, id: &str) -> Option<&Key> {
        self.tencent.get(id)
    }

    /// Whose account of the Twilio dialect this is.
    pub(crate) fn twilio(&self, id: &str) -> Option<&Key> {
        self.twilio.get(id)
    }

    /// An account by its name.
    pub(crate) fn named(&self, id: &AccountId) -> Option<&Arc<Holder>> {
        self.holders.get(id)
    }
}

impl Holder {
    fn new(account: Arc<Account>, standings: &Standings) -> Self {
        Self {
            standing: standings.find(&account),
            alibaba: Mutex::new(Replay::new(alibaba::WINDOW, NONCES_MAX)),
            tencent: Mutex::new(Replay::new(tencent::WINDOW, NONCES_MAX)),
            account,
        }
    }

    /// Whether the account may come from an address; none is this machine's own socket.
    pub(crate) fn admits(&self, from: Option<IpAddr>) -> Result<(), Refused> {
        let allow = &self.account.access.allow;
        let is_one = |from: IpAddr| allow.iter().any(|range| range.contains(from));
        if allow.is_empty() || from.is_none_or(is_one) { Ok(()) } else { Err(Refused::Address) }
    }

    /// Takes so many messages of the account's rate.
    pub(crate) fn take(&self, count: usize, now: Timestamp) -> Result<(), Refused> {
        self.standing.rate.take(count, now).map_err(Refused::Rate)
    }

    /// Takes a nonce of the Alibaba dialect that was not seen before.
    pub(crate) fn admit_alibaba(&self, nonce: &str, now: Timestamp) -> Result<(), AuthError> {
        self.alibaba.lock().unwrap_or_else(PoisonError::into_inner).admit(nonce, now)
    }

    /// Takes a request of the Tencent dialect that was not seen before.
    pub(crate) fn admit_tencent(&self, nonce: &str, now: Timestamp) -> Result<(), AuthError> {
        self.tencent.lock().unwrap_or_else(PoisonError::into_inner).admit(nonce, now)
    }
}
