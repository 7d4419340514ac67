//! `cargo xtask sim`: builds the simulator in release and hands it the arguments.
//!
//! `--seed N` or `--seeds N` run the loop as it is; `--canary` runs a build that skips the claim step (feature `canary`)
//! and passes only when the simulator catches it. What the seeds mean is the simulator's business.

use crate::{Error, Outcome, launch};

const PROGRAM: &str = "crates/sim/src/main.rs";

/// Entry point of the chore; `args` is what follows its name.
pub(crate) fn run(args: &[String]) -> Result<Outcome, Error> {
    if !launch::root()?.join(PROGRAM).is_file() {
        return Ok(Outcome::Skipped(format!("the simulator is not built yet ({PROGRAM} is not there)")));
    }
    let features: &[&str] =
        if args.iter().any(|arg| arg == "--canary") { &["--features", "canary"] } else { &[] };
    let start = ["run", "--quiet", "--release", "-p", "hongyan-sim"];
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    launch::cargo(&[&start, features, &["--"], &args].concat())
}
