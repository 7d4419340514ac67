//! `cargo xtask eval compose --data DIR`: how right the product is on messages that real institutions sent.
//!
//! The messages do not ship with us and nothing of them is kept; without them the chore is skipped. It builds in
//! release what judges, runs it, and passes its figures and its verdict on. `--no-bar` makes a missed bar count as
//! passed. It judges nothing itself.

use crate::{Error, Outcome, launch};

/// What can be judged, and the program that does it.
const EVALUATIONS: &[(&str, &str)] = &[("compose", "eval_compose")];

/// Entry point of the chore; `args` is what follows its name.
pub(crate) fn run(args: &[String]) -> Result<Outcome, Error> {
    let names: Vec<&str> = EVALUATIONS.iter().map(|(name, _)| *name).collect();
    let Some((name, rest)) = args.split_first() else {
        return Err(format!("expected what to judge: {}", names.join(", ")).into());
    };
    let program = EVALUATIONS.iter().find(|(known, _)| known == name).map(|(_, program)| *program);
    let program = program.ok_or_else(|| format!("expected {}, found {name:?}", names.join(", ")))?;
    let start = ["run", "--quiet", "--release", "-p", "hongyan-tests", "--bin", program, "--"];
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    launch::cargo(&[&start, rest.as_slice()].concat())
}
