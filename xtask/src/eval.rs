//! `cargo xtask eval compose --data DIR`: how right the product is on messages that real institutions sent;
//! `cargo xtask eval experiments [--python PROGRAM]`: whether its statistics are those of SciPy and statsmodels.
//!
//! The messages do not ship with us and nothing of them is kept; without them the chore is skipped. It builds in
//! release what judges, runs it, and passes its figures and its verdict on. `--no-bar` makes a missed bar count as
//! passed. Without SciPy and statsmodels the second is skipped. It judges nothing itself.

use crate::{Error, Outcome, launch};
use std::io::Write;
use std::process::{Command, Stdio};

/// What can be judged, and the program that does it.
const EVALUATIONS: &[(&str, &str)] = &[("compose", "eval_compose")];
/// What is judged by another implementation, in Python.
const EXPERIMENTS: &str = "experiments";
/// That implementation.
const REFERENCE: &str = "crates/engine/tests/experiment_reference.py";
/// Prints what it is compared with.
const FIGURES: &[&str] = &["run", "--quiet", "-p", "hongyan-engine", "--example", "experiment_figures"];

/// Entry point of the chore; `args` is what follows its name.
pub(crate) fn run(args: &[String]) -> Result<Outcome, Error> {
    let names: Vec<&str> = EVALUATIONS.iter().map(|(name, _)| *name).chain([EXPERIMENTS]).collect();
    let Some((name, rest)) = args.split_first() else {
        return Err(format!("expected what to judge: {}", names.join(", ")).into());
    };
    if name == EXPERIMENTS {
        return experiments(rest);
    }
    let program = EVALUATIONS.iter().find(|(known, _)| known == name).map(|(_, program)| *program);
    let program = program.ok_or_else(|| format!("expected {}, found {name:?}", names.join(", ")))?;
    let start = ["run", "--quiet", "--release", "-p", "hongyan-tests", "--bin", program, "--"];
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    launch::cargo(&[&start, rest.as_slice()].concat())
}

/// Hands our figures to the reference, if this Python has what it needs.
fn experiments(args: &[String]) -> Result<Outcome, Error> {
    let python = match args {
        [] => "python3",
        [option, program] if option == "--python" => program,
        _ => return Err(format!("expected [--python PROGRAM], found {}", args.join(" ")).into()),
    };
    let root = launch::root()?;
    let needs = Command::new(python).args(["-c", "import scipy, statsmodels"]).stderr(Stdio::null()).status();
    if !needs.is_ok_and(|status| status.success()) {
        return Ok(Outcome::Skipped(format!("{python} with scipy and statsmodels is not there")));
    }
    let Some(figures) = launch::cargo_read(FIGURES)? else { return Ok(Outcome::Failed) };
    let mut reference = Command::new(python)
        .args(["-W", "ignore", REFERENCE])
        .current_dir(root)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {python}: {error}"))?;
    if let Some(mut input) = reference.stdin.take() {
        input.write_all(figures.as_bytes())?;
    }
    Ok(if reference.wait()?.success() { Outcome::Passed } else { Outcome::Failed })
}
