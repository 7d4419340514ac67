//! Figures, bars, and the one JSON line that a measuring program ends with.

use super::Error;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// The exit status for "something that this needs is not there".
pub const EXIT_SKIPPED: u8 = 3;

/// Command line arguments of the form `--name value` and `--flag`.
#[derive(Debug)]
pub struct Arguments(Vec<String>);

impl Arguments {
    /// What follows the program's name.
    pub fn from_env() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// Whether a flag stands there; it is taken out.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|word| word != name);
        self.0.len() < before
    }

    /// The value behind a name; both are taken out.
    ///
    /// # Errors
    /// A name without a value.
    pub fn value(&mut self, name: &str) -> Result<Option<String>, Error> {
        let Some(at) = self.0.iter().position(|word| word == name) else { return Ok(None) };
        if at + 1 >= self.0.len() {
            return Err(format!("{name}: expected a value behind it").into());
        }
        self.0.remove(at);
        Ok(Some(self.0.remove(at)))
    }

    /// The number behind a name, or the default.
    ///
    /// # Errors
    /// What is no number.
    pub fn number(&mut self, name: &str, default: u64) -> Result<u64, Error> {
        match self.value(name)? {
            None => Ok(default),
            Some(text) => {
                text.parse().map_err(|_| format!("{name}: expected a number, found {text:?}").into())
            }
        }
    }

    /// Nothing may be left over.
    ///
    /// # Errors
    /// A word that nobody asked for.
    pub fn finish(self) -> Result<(), Error> {
        match self.0.first() {
            None => Ok(()),
            Some(word) => Err(format!("unexpected argument {word:?}").into()),
        }
    }
}

/// The figures of one run.
#[derive(Debug)]
pub struct Figures {
    values: Map<String, Value>,
    failed: Vec<String>,
}

impl Figures {
    /// No figures yet, of the run that is called so.
    pub fn new(name: &str) -> Self {
        let mut values = Map::new();
        values.insert("bench".to_owned(), json!(name));
        Self { values, failed: Vec::new() }
    }

    /// Adds a figure.
    pub fn add(&mut self, name: &str, value: impl Into<Value>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// Adds a figure of two digits behind the point.
    pub fn add_rounded(&mut self, name: &str, value: f64) {
        self.add(name, (value * 100.0).round() / 100.0);
    }

    /// Notes whether something that must hold holds. `what` names it with what was expected and what came.
    pub fn hold(&mut self, holds: bool, what: impl Into<String>) {
        if !holds {
            self.failed.push(what.into());
        }
    }

    /// Prints what does not hold, and the line; the exit status follows the bars unless they are not asked for.
    pub fn finish(mut self, bars_count: bool) -> ExitCode {
        for failed in &self.failed {
            eprintln!("does not hold: {failed}");
        }
        let passed = self.failed.is_empty();
        self.values.insert("failed".to_owned(), json!(self.failed));
        println!("{}", Value::Object(self.values));
        if passed || !bars_count { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// The value below which so many hundredths of the sorted values lie; 0 of none.
pub fn percentile(sorted: &[i64], hundredths: usize) -> i64 {
    let place = (sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or(0)
}
