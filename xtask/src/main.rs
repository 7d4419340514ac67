//! The chores of the house: `cargo xtask NAME`.
//!
//! One chore is one file with a `run` function and one line in [`CHORES`]. This crate depends on nothing of ours; a
//! chore that needs the product builds and starts it (see `launch`). It refuses to hold logic that the product needs.
//! Called by people, by `make test` and by `.ci/run`.
//!
//! Exit status: 0 passed, 1 failed, 2 wrong usage, 3 skipped because something it needs is not there (said on stderr).

mod launch;
mod tidy;
mod sim;
mod bench;
mod eval;
mod interop;
mod mutate;

use std::process::ExitCode;

/// What a chore came to.
pub(crate) enum Outcome {
    /// It ran and everything it checks holds.
    Passed,
    /// It ran and something does not hold; the chore has already printed what.
    Failed,
    /// It could not run: what is missing, in one line.
    Skipped(String),
}

/// Why a chore broke off before it had an outcome.
pub(crate) type Error = Box<dyn std::error::Error>;

/// One line of the table below.
struct Chore {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<Outcome, Error>,
}

/// Every chore, in the order `cargo xtask` prints them.
const CHORES: &[Chore] = &[
    Chore { name: "tidy", about: "check the rules of the house (make test runs it)", run: tidy::run },
    Chore { name: "sim", about: "run the whole loop under virtual time, by seed", run: sim::run },
    Chore { name: "bench", about: "measure, print one JSON line, hold the bars", run: bench::run },
    Chore { name: "eval", about: "judge the product by real messages, where they are", run: eval::run },
    Chore { name: "mutate", about: "change every rule and see a story fail", run: mutate::run },
    Chore { name: "interop", about: "run against implementations that are not ours", run: interop::run },
];

const EXIT_FAILED: u8 = 1;
const EXIT_USAGE: u8 = 2;
const EXIT_SKIPPED: u8 = 3;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        print_usage();
        return ExitCode::from(EXIT_USAGE);
    };
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        eprintln!("error: no chore is called '{name}'\n");
        print_usage();
        return ExitCode::from(EXIT_USAGE);
    };
    match (chore.run)(rest) {
        Ok(Outcome::Passed) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(EXIT_FAILED),
        Ok(Outcome::Skipped(missing)) => {
            eprintln!("skipped: {missing}");
            ExitCode::from(EXIT_SKIPPED)
        }
        Err(error) => {
            eprintln!("error: {name}: {error}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}

fn print_usage() {
    eprintln!("usage: cargo xtask CHORE [ARGUMENT…]\n");
    for chore in CHORES {
        eprintln!("  {:<8} {}", chore.name, chore.about);
    }
    eprintln!(
        "\nexit status: 0 passed, 1 failed, 2 wrong usage, 3 skipped (something it needs is not there)"
    );
}
