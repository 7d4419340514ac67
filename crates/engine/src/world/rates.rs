//! Published rates that loans follow (`rates/<id>.toml`): from which day which rate.

use model::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Published rates, by name: each day on which one was published, with hundredths of a percent a year.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates(pub BTreeMap<Arc<str>, BTreeMap<Date, i64>>);

impl Rates {
    /// The rate of a name that was published last by a day.
    pub fn at(&self, name: &str, day: Date) -> Option<i64> {
        self.0.get(name)?.range(..=day).next_back().map(|(_, rate)| *rate)
    }
}
