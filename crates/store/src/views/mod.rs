//! Views: tables to ask questions of, derived from the journal, behind it by a moment, and rebuilt from it at will.
//!
//! Each change carries the journal position it reaches and is applied in one transaction with it, so after a crash the writer
//! goes on from [`Views::position`] and nothing is counted twice or left out. No column holds personal data: a
//! customer is a subject number and a keyed hash; the details are in the ledger, sealed.
//!
//! It refuses to be the truth of anything and to go back. One worker applies; the API, `why` and the console read.
//! Engines implement [`Views`] and [`ViewsReader`] and pass [`crate::views_conformance!`].

mod entries;
mod sqlite;

pub use sqlite::SqliteViews;

use crate::Error;

/// Largest number of rows that one page request returns; a larger limit is taken as this.
pub const PAGE_ROWS_MAX: usize = 10_000;
/// Rows per [`Views::apply`] that a writer should aim for: larger ones gain little and delay readers of the log file.
pub const APPLY_ROWS_GOOD: usize = 20_000;

/// One message, as far as it is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageRow {
    /// The message: the ledger position of its first entry. At most 2⁶³−1, as all numbers here.
    pub id: u64,
    /// Whose it is; 0 once that customer was erased.
    pub subject: u64,
    /// Code of its class.
    pub class: u8,
    /// The journey that sends it.
    pub journey: String,
    /// Its template; may be empty.
    pub template: String,
    /// The route it took or will take.
    pub route: String,
    /// Where it is in its life; the engine's code.
    pub phase: u8,
    /// The rule that held or blocked it last; empty if none did.
    pub rule: String,
    /// When it was decided, milliseconds since 1970 UTC.
    pub decided_ms: i64,
    /// When something last happened to it, milliseconds since 1970 UTC.
    pub updated_ms: i64,
    /// Parts the carrier bills.
    pub parts: u8,
    /// What it costs, in thousandths of a fen.
    pub cost_millifen: i64,
    /// The ledger indices of its entries.
    pub entries: Vec<u64>,
    /// How many goals were credited to it.
    pub goals: u64,
    /// What these were worth, in minor units.
    pub value: u64,
    /// How many opt-outs were credited to it: 0 or 1 of each person.
    pub opt_outs: u64,
    /// How many complaints were.
    pub complaints: u64,
    /// How often a person followed a link of it, as far as that counts.
    pub clicks: u64,
    /// How often somebody did so again shortly after.
    pub repeats: u64,
    /// How often a machine did.
    pub bots: u64,
}

/// One customer, as far as it is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerRow {
    /// The subject number.
    pub subject: u64,
    /// HMAC of the institution's id for the customer, under [`crate::keys::KeyProvider::index_key`].
    pub lookup: [u8; 32],
    /// The ledger index of the first entry about the customer.
    pub first_entry: u64,
}

/// What a stretch of the journal changes in the views. Within one change, erasures come last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// The journal position reached: the index of the next entry to look at.
    pub upto: u64,
    /// Messages, whole; each replaces the row with its id. Of two with one id the later wins.
    pub messages: Vec<MessageRow>,
    /// Customers, whole; each replaces the row with its subject.
    pub customers: Vec<CustomerRow>,
    /// Subjects to erase: the customer's row goes, messages keep no subject (0).
    pub erased: Vec<u64>,
    /// Counters and their new absolute values.
    pub counters: Vec<(String, i64)>,
}

impl Changes {
    /// Number of rows touched, for sizing.
    pub fn rows(&self) -> usize {
        self.messages.len() + self.customers.len() + self.erased.len() + self.counters.len()
    }

    /// Forgets the rows, keeps the memory and the position.
    pub fn clear(&mut self) {
        self.messages.clear();
        self.customers.clear();
        self.erased.clear();
        self.counters.clear();
    }
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Messages.
    pub messages: u64,
    /// Customers.
    pub customers: u64,
}

/// The writing end. One owner.
pub trait Views: Send {
    /// The journal position reached: the index of the first entry that is not in the views yet.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn position(&self) -> Result<u64, Error>;

    /// Applies a change and its position in one transaction. It survives kill -9; after a power loss the views may stand
    /// at an earlier change, with the position to match.
    ///
    /// # Errors
    /// [`Error::PositionWentBack`], [`Error::TooBig`], [`Error::Database`]; nothing was applied then.
    fn apply(&mut self, changes: &Changes) -> Result<(), Error>;

    /// A reading end, usable in another thread while changes are applied. Each of its calls sees whole changes only.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn reader(&self) -> Result<Box<dyn ViewsReader>, Error>;

    /// Empties everything and goes back to position 0, to be rebuilt.
    ///
    /// # Errors
    /// [`Error::Database`].
    fn clear(&mut self) -> Result<(), Error>;
}

/// The reading end. Every method fails with [`Error::Database`] when the engine does, or [`Error::Corrupt`] when a row cannot
/// be read.
pub trait ViewsReader: Send {
    /// See [`Views::position`].
    ///
    /// # Errors
    /// See the trait.
    fn position(&self) -> Result<u64, Error>;

    /// One message.
    ///
    /// # Errors
    /// See the trait.
    fn message(&self, id: u64) -> Result<Option<MessageRow>, Error>;

    /// A subject's messages, newest first, those with an id below `before` only.
    ///
    /// # Errors
    /// See the trait.
    fn messages_of(&self, subject: u64, limit: usize, before: Option<u64>) -> Result<Vec<MessageRow>, Error>;

    /// Messages in a phase, newest first. There is no index for it (keeping one would cost more than all the rest): a rare phase
    /// reads the whole table.
    ///
    /// # Errors
    /// See the trait.
    fn messages_by_phase(
        &self,
        phase: u8,
        limit: usize,
        before: Option<u64>,
    ) -> Result<Vec<MessageRow>, Error>;

    /// Messages of one journey or account by its reference, or of all, newest first. As with phases there is no index
    /// for it: a rare journey reads the whole table.
    ///
    /// # Errors
    /// See the trait.
    fn messages(
        &self,
        journey: Option<&str>,
        limit: usize,
        before: Option<u64>,
    ) -> Result<Vec<MessageRow>, Error>;

    /// Visits all messages of a journey by its name, in whatever version and arm, ascending. Reads the whole table.
    ///
    /// # Errors
    /// See the trait.
    fn each_of_journey(&self, name: &str, visit: &mut dyn FnMut(MessageRow)) -> Result<(), Error>;

    /// One customer.
    ///
    /// # Errors
    /// See the trait.
    fn customer(&self, subject: u64) -> Result<Option<CustomerRow>, Error>;

    /// The customer of a keyed hash; the newest if there were several.
    ///
    /// # Errors
    /// See the trait.
    fn customer_by_lookup(&self, lookup: &[u8; 32]) -> Result<Option<CustomerRow>, Error>;

    /// All counters, by name.
    ///
    /// # Errors
    /// See the trait.
    fn counters(&self) -> Result<Vec<(String, i64)>, Error>;

    /// How many rows there are. Counts them, so not for every click.
    ///
    /// # Errors
    /// See the trait.
    fn totals(&self) -> Result<Totals, Error>;

    /// At most `count` different message ids, spread by the seed, ascending; for audits by sample.
    ///
    /// # Errors
    /// See the trait.
    fn sample_messages(&self, seed: u64, count: usize) -> Result<Vec<u64>, Error>;

    /// SHA-256 over all messages, customers and counters in the order of their keys: the same rows give the same digest
    /// in every engine, however they came in. The position is not in it.
    ///
    /// # Errors
    /// See the trait.
    fn digest(&self) -> Result<[u8; 32], Error>;
}
