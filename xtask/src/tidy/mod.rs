//! `cargo xtask tidy`: the rules of the house as checks over the files of the checkout.
//!
//! Each check is a function in a file of its own, from a [`Checkout`] to the [`Problem`]s it found; it reads no file and
//! starts no process, so that its tests can hand it a checkout made of strings. Gathering the files, the package graph
//! and the history happens here, once. It changes nothing: every problem says what a person should do.

mod checkout;
mod source;
mod dependencies;
mod manifests;
mod headers;
mod lengths;
mod stages;
mod purity;
mod unwraps;
mod rules;
mod words;
mod commits;
mod readme;
mod links;

use std::fmt;
use std::time::Instant;

use crate::{Error, Outcome};
use checkout::Checkout;

/// One thing that breaks a rule of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where: a path from the root, or what stands for one (`commit 1a2b3c4`).
    pub(crate) place: String,
    /// Line, counted from 1; 0 when the whole file is meant.
    pub(crate) line: usize,
    /// What is wrong and what to do about it.
    pub(crate) message: String,
    /// A warning is printed and does not fail the run.
    pub(crate) is_warning: bool,
}

impl Problem {
    /// A problem that fails the run.
    pub(crate) fn new(place: impl Into<String>, line: usize, message: impl Into<String>) -> Problem {
        Problem { place: place.into(), line, message: message.into(), is_warning: false }
    }

    /// A problem that is only printed.
    pub(crate) fn warning(place: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { place: place.into(), line: 0, message: message.into(), is_warning: true }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_warning { "warning: " } else { "" };
        match self.line {
            0 => write!(f, "{}: {kind}{}", self.place, self.message),
            line => write!(f, "{}:{line}: {kind}{}", self.place, self.message),
        }
    }
}

type Check = fn(&Checkout) -> Vec<Problem>;

/// Every check, by the name that the report gives it.
const CHECKS: &[(&str, Check)] = &[
    ("dependency directions", dependencies::directions),
    ("dependency counts", dependencies::counts),
    ("manifests", manifests::check),
    ("file headers", headers::check),
    ("file and function lengths", lengths::check),
    ("stage folders", stages::check),
    ("purity", purity::check),
    ("unwrap and expect", unwraps::check),
    ("gate rules", rules::check),
    ("forbidden words", words::check),
    ("commit subjects", commits::check),
    ("readme in two languages", readme::check),
    ("links between pages", links::check),
];

/// Runs every check and prints what it found, one problem a line.
///
/// # Errors
/// When the checkout cannot be read: git or cargo are missing, or this is no checkout.
pub(crate) fn run(args: &[String]) -> Result<Outcome, Error> {
    if let Some(unexpected) = args.first() {
        return Err(format!("expected no argument, found '{unexpected}'").into());
    }
    let start = Instant::now();
    let checkout = Checkout::read(&crate::launch::root()?)?;
    let (mut failures, mut warnings) = (0, 0);
    for (name, check) in CHECKS {
        let problems = check(&checkout);
        if !problems.is_empty() {
            println!("{name}:");
        }
        for problem in problems {
            println!("  {problem}");
            if problem.is_warning { warnings += 1 } else { failures += 1 }
        }
    }
    println!(
        "tidy: {} checks over {} files, {} of them Rust: {failures} problems, {warnings} warnings, {:.2} s",
        CHECKS.len(),
        checkout.files.len(),
        checkout.sources.len(),
        start.elapsed().as_secs_f64()
    );
    Ok(if failures == 0 { Outcome::Passed } else { Outcome::Failed })
}
