//! Starting other programs for a chore: cargo with its output shown, and commands whose output is read.
//!
//! It knows nothing of what it starts, and it never ends a process it did not start.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Error, Outcome};

/// Exit status by which a chore's own program says "something I need is not there".
const EXIT_SKIPPED: i32 = 3;

/// Builds the product and a program that drives it, which then lie in one folder.
const BUILD_PRODUCT: &[&str] = &[
    "build",
    "--quiet",
    "--release",
    "-p",
    "hongyan-app",
    "-p",
    "hongyan-tests",
    "--bin",
    "hongyan",
    "--bin",
];
/// The folder of that build, below the target folder.
const PROFILE: &str = "release";
/// Tells a program that drives the product where the product is.
const PRODUCT: (&str, &str) = ("HONGYAN_BINARY", "hongyan");

/// The root of the checkout: the folder above this crate's manifest.
///
/// # Errors
/// When the manifest has no parent, which means the crate was moved out of the workspace.
pub(crate) fn root() -> Result<PathBuf, Error> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(Path::to_path_buf).ok_or_else(|| "expected xtask/ inside the checkout".into())
}

/// Builds the product, starts a program of `tests` that drives it, and translates the program's exit status.
///
/// Both are started as built: `cargo run` for one package chooses other features of what they share and builds it again.
///
/// # Errors
/// When cargo or the program cannot be started.
pub(crate) fn with_product(program: &str, args: &[&str]) -> Result<Outcome, Error> {
    if let built @ (Outcome::Failed | Outcome::Skipped(_)) = cargo(&[BUILD_PRODUCT, &[program]].concat())? {
        return Ok(built);
    }
    let root = root()?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let folder = root.join(target).join(PROFILE);
    let program = folder.join(program);
    let status = Command::new(&program)
        .args(args)
        .env(PRODUCT.0, folder.join(PRODUCT.1))
        .current_dir(root)
        .status()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    Ok(outcome(status.code(), || format!("{} had not all it needs", program.display())))
}

/// Runs cargo at the root with its output shown, and translates its exit status into an [`Outcome`].
///
/// # Errors
/// When cargo cannot be started.
pub(crate) fn cargo(args: &[&str]) -> Result<Outcome, Error> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(&cargo)
        .args(args)
        .current_dir(root()?)
        .status()
        .map_err(|error| format!("cannot start {cargo}: {error}"))?;
    Ok(outcome(status.code(), || format!("cargo {} had not all it needs", args.join(" "))))
}

fn outcome(status: Option<i32>, missing: impl FnOnce() -> String) -> Outcome {
    match status {
        Some(0) => Outcome::Passed,
        Some(EXIT_SKIPPED) => Outcome::Skipped(missing()),
        _ => Outcome::Failed,
    }
}

/// Runs cargo at the root with its log shown and returns what it printed; none if it failed.
///
/// # Errors
/// When cargo cannot be started, or prints something that is not UTF-8.
pub(crate) fn cargo_read(args: &[&str]) -> Result<Option<String>, Error> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(&cargo)
        .args(args)
        .current_dir(root()?)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start {cargo}: {error}"))?;
    if !output.status.success() {
        return Ok(None);
    }
    Ok(Some(String::from_utf8(output.stdout)?))
}

/// Runs a command in `folder` and returns what it printed.
///
/// # Errors
/// When it cannot be started, ends with another status than 0, or prints something that is not UTF-8.
pub(crate) fn read(folder: &Path, program: &str, args: &[&str]) -> Result<String, Error> {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("cannot start {program}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(
            format!("{program} {} ended with {}: {}", args.join(" "), output.status, said.trim()).into()
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}
