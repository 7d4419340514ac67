//! Extensions: digits behind a route's number (sub-codes). Each belongs to an account or to a journey; messages of theirs go
//! out under it, and what customers write to it is theirs.

use super::{Account, Journey, Route, World};
use model::Channel;

/// Whose an extension is.
#[derive(Debug, Clone, Copy)]
pub enum Owner<'a> {
    /// A system that hands in messages.
    Account(&'a Account),
    /// A journey, by its newest version. People inside an older one may still write to the extension that that had.
    Journey(&'a Journey),
}

impl World {
    /// Whose the digits behind a route's number are: of those who own a beginning of them, the one with the longest.
    pub fn owner(&self, extension: &str) -> Option<Owner<'_>> {
        let accounts = self.accounts.values().map(|a| (a.extension.as_deref(), Owner::Account(a)));
        let journeys = self.journeys.versions().map(|j| (j.extension.as_deref(), Owner::Journey(j)));
        let owners = accounts.chain(journeys).filter_map(|(own, owner)| {
            let own = own.filter(|own| extension.starts_with(*own))?;
            Some((own.len(), owner))
        });
        owners.max_by_key(|(length, _)| *length).map(|(_, owner)| match owner {
            Owner::Journey(version) => {
                Owner::Journey(self.journeys.get(version.id.as_str()).map_or(version, |j| &**j))
            }
            account => account,
        })
    }
}

impl Route {
    /// Whether an extension may follow its number: where the number is one, and the whole is no longer than carriers take
    /// (SMPP 3.4 §5.2.8: 20 digits; CMPP `Src_Id`: 21). Channels that do not go by numbers have none, and need none.
    pub fn takes(&self, extension: &str) -> bool {
        let is_number = self.source.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+');
        self.channel != Channel::Sms || (is_number && self.source.len() + extension.len() <= SENDER_MAX)
    }
}

/// The longest sender, with its extension.
const SENDER_MAX: usize = 20;
