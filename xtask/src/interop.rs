//! `cargo xtask interop`: not built yet; the chore says so instead of passing.

use crate::{Error, Outcome};

/// Entry point of the chore; `args` is what follows its name.
pub(crate) fn run(_args: &[String]) -> Result<Outcome, Error> {
    Ok(Outcome::Skipped("cargo xtask interop is not built yet".to_owned()))
}
