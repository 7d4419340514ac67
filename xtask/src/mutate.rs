//! `cargo xtask mutate`: whether the stories of the library notice every rule that is left out of the gate, and every number,
//! window, flag, date and list of `library/rules` and `library/classes` that is changed.
//!
//! It starts the test file `crates/engine/tests/mutants`, in a build that can leave a rule out. Every change plays the stories in
//! the same process; a change that none of them notices is named, and the chore fails.

use crate::{Error, Outcome, launch};

const START: &[&str] = &[
    "test",
    "--quiet",
    "-p",
    "hongyan-engine",
    "--features",
    "mutants",
    "--test",
    "mutants",
    "--",
    "--nocapture",
];

/// Entry point of the chore; it takes no arguments.
pub(crate) fn run(args: &[String]) -> Result<Outcome, Error> {
    if !args.is_empty() {
        return Err(format!("expected no arguments, found {}", args.join(" ")).into());
    }
    launch::cargo(START)
}
