//! Programs of others, in the versions that a run names: installed into a folder that is kept, or built from their locked
//! sources in `tests/clients`.
//!
//! Called by the programs of `cargo xtask interop`. It installs nothing anywhere else, and it tells what cannot be had (an
//! `Err`, which makes a run skipped) from what does not build or does not work (a run that failed).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where packages are kept; the variable may name another place.
const CACHE: &str = "HONGYAN_INTEROP_CACHE";
/// The file of a folder that says what was installed there, and that it was installed whole.
const READY: &str = "ready";

/// What runs a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A virtual environment, filled from PyPI.
    Python,
    /// Node.js, and packages from npm.
    Node,
    /// A program of the workspace `tests/clients`, with crates of its own lock file.
    Rust,
}

/// What is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// What is started: an interpreter, or for [`Kind::Rust`] the program itself.
    pub program: PathBuf,
    /// The folder of the packages.
    pub folder: PathBuf,
}

impl Installed {
    /// The command that starts a script of `tests/interop`; a Rust program is started by itself. A program that does not
    /// end is ended after `seconds`.
    pub fn command(&self, script: Option<&str>, seconds: u64) -> Command {
        let mut command = Command::new("timeout");
        command.arg("--kill-after=5").arg(seconds.to_string()).arg(&self.program);
        if let Some(script) = script {
            command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(script));
        }
        command.env("NODE_PATH", self.folder.join("node_modules")).stdin(Stdio::null());
        command
    }
}

/// Makes the packages of a run ready: `name==version` for Python, `name@version` for Node.js, for Rust the program's name.
///
/// # Errors
/// What cannot be had here, in the words of the tool that was asked for it.
///
/// # Panics
/// If a Rust program could be had and does not build: that is ours to mend.
pub fn install(name: &str, kind: Kind, packages: &[&str]) -> Result<Installed, String> {
    if kind == Kind::Rust {
        return build(name);
    }
    let cache =
        std::env::var_os(CACHE).map_or_else(|| std::env::temp_dir().join("hongyan-interop"), PathBuf::from);
    let folder = cache.join(name);
    let python = folder.join("venv/bin/python");
    let program = if kind == Kind::Python { python.clone() } else { PathBuf::from("node") };
    let (ready, all) = (folder.join(READY), packages.join("\n"));
    if std::fs::read_to_string(&ready).is_ok_and(|installed| installed == all) {
        return Ok(Installed { program, folder });
    }
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if kind == Kind::Python {
        step(&folder, Path::new("python3"), &["-m", "venv", "venv"])?;
        let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        step(&folder, &python, &[&quiet, packages].concat())?;
    } else {
        let quiet = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", "."];
        step(&folder, Path::new("npm"), &[&quiet, packages].concat())?;
    }
    std::fs::write(&ready, all).map_err(|error| format!("{}: {error}", ready.display()))?;
    Ok(Installed { program, folder })
}

/// Sources that cannot be fetched are not to be had here; with the sources there, a build that fails is a failure.
fn build(name: &str) -> Result<Installed, String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    step(&workspace, Path::new(&cargo), &["fetch", "--quiet", "--locked"])?;
    // Beside the product's own folders of builds: <target>/<profile>/interop_….
    let this = std::env::current_exe().unwrap();
    let folder = this.ancestors().nth(2).unwrap().join("clients");
    let target = folder.to_string_lossy();
    let build = ["build", "--quiet", "--locked", "--offline", "--bin", name, "--target-dir", &target];
    step(&workspace, Path::new(&cargo), &build).unwrap();
    Ok(Installed { program: folder.join("debug").join(name), folder })
}

fn step(folder: &Path, program: &Path, arguments: &[&str]) -> Result<(), String> {
    let done = Command::new(program).args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    let done = done.map_err(|error| format!("{}: {error}", program.display()))?;
    let said = || String::from_utf8_lossy(&done.stderr).trim().to_owned();
    if done.status.success() { Ok(()) } else { Err(format!("{}: {}", program.display(), said())) }
}
