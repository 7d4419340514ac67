//! `cargo xtask interop NAME`: the product against implementations that are not ours.
//!
//! It builds the product and the program that drives it, starts the latter, and passes its figures and its verdict on.
//! What is not there (Node.js, an npm package, data) makes a run skipped, never passed.

use crate::{Error, Outcome, launch};

/// One line of the table below.
struct Run {
    name: &'static str,
    about: &'static str,
    binary: &'static str,
}

/// Every interop run.
const RUNS: &[Run] = &[Run {
    name: "berka",
    about: "--data DIR: 15 months of a real bank through an SMSC on Node.js (npm smpp)",
    binary: "interop_berka",
}];

/// The variable that names the folder of installed npm packages; Node.js itself reads `NODE_PATH`.
const PEERS: &str = "HONGYAN_PEERS";

/// Entry point of the chore; `args` is what follows its name.
pub(crate) fn run(args: &[String]) -> Result<Outcome, Error> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let found =
        args.split_first().and_then(|(name, rest)| Some((RUNS.iter().find(|r| r.name == *name)?, rest)));
    let Some((run, rest)) = found else {
        eprintln!("usage: cargo xtask interop NAME [ARGUMENT…]\n");
        RUNS.iter().for_each(|run| eprintln!("  {:<8} {}", run.name, run.about));
        return Err("expected the name of a run".into());
    };
    if let Some(peers) = std::env::var_os(PEERS).filter(|_| std::env::var_os("NODE_PATH").is_none()) {
        eprintln!("note: {PEERS} is set and NODE_PATH is not; Node.js needs NODE_PATH={}", peers.display());
    }
    if let built @ (Outcome::Failed | Outcome::Skipped(_)) = launch::cargo(launch::BUILD_PRODUCT)? {
        return Ok(built);
    }
    let start = ["run", "--quiet", "--release", "-p", "hongyan-tests", "--bin", run.binary, "--"];
    launch::cargo(&[&start, rest].concat())
}
