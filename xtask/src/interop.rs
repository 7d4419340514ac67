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
    /// What the program is told first.
    argument: Option<&'static str>,
}

const fn client(name: &'static str, about: &'static str) -> Run {
    Run { name, about, binary: "interop_accounts", argument: Some(name) }
}

const fn carrier(name: &'static str, about: &'static str) -> Run {
    Run { name, about, binary: "interop_carriers", argument: Some(name) }
}

/// Every interop run.
const RUNS: &[Run] = &[
    Run {
        name: "berka",
        about: "--data DIR: 15 months of a real bank through an SMSC on Node.js (npm smpp)",
        binary: "interop_berka",
        argument: None,
    },
    Run {
        name: "sdk-python",
        about: "[SCRIPT]: the Python SDKs of three vendors, and PyPI standardwebhooks",
        binary: "interop_sdk",
        argument: Some("sdk-python"),
    },
    Run {
        name: "sdk-node",
        about: "the Node SDKs of three vendors, and npm standardwebhooks",
        binary: "interop_sdk",
        argument: Some("sdk-node"),
    },
    client("smpp", "npm smpp as an account over SMPP"),
    client("smpplib", "PyPI smpplib as an account over SMPP"),
    client("aiosmpplib", "PyPI aiosmpplib as an account over SMPP"),
    client("smpp34", "PyPI smpp34 as an account over SMPP"),
    client("smpp34-rust", "crate smpp34 as an account over SMPP"),
    client("rusmppc", "crate rusmppc as an account over SMPP"),
    client("pycmpp", "PyPI pycmpp as an account over CMPP 2.1"),
    client("cmppy", "PyPI cmppy as an account over CMPP 3.0"),
    client("cmppprotocol", "crate cmppprotocol as an account over CMPP 2.0"),
    carrier("smpp34-server", "PyPI smpp34 as the SMSC behind a route"),
    carrier("ismg", "[SCRIPT]: a CMPP gateway beside the checkout, 2.0 and 3.0"),
];

/// The variable that names the folder of installed npm packages; Node.js itself reads `NODE_PATH`.
const PEERS: &str = "HONGYAN_PEERS";

/// Entry point of the chore; `args` is what follows its name.
pub(crate) fn run(args: &[String]) -> Result<Outcome, Error> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let found =
        args.split_first().and_then(|(name, rest)| Some((RUNS.iter().find(|r| r.name == *name)?, rest)));
    let Some((run, rest)) = found else {
        eprintln!("usage: cargo xtask interop NAME [ARGUMENT…]\n");
        RUNS.iter().for_each(|run| eprintln!("  {:<13} {}", run.name, run.about));
        return Err("expected the name of a run".into());
    };
    if let Some(peers) = std::env::var_os(PEERS).filter(|_| std::env::var_os("NODE_PATH").is_none()) {
        eprintln!("note: {PEERS} is set and NODE_PATH is not; Node.js needs NODE_PATH={}", peers.display());
    }
    launch::with_product(run.binary, &[run.argument.as_slice(), rest].concat())
}
