//! What the checks look at: the files of the checkout, its package graph and its history, gathered once.
//!
//! This is the only file of `tidy` that reads files or starts programs. Files that git ignores are left out; files that
//! are new and not yet added are looked at too, so that a problem shows before the commit and not after it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::source::Source;
use crate::{Error, launch};

/// A text file of the checkout.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Path from the root, with forward slashes.
    pub(crate) path: String,
    /// The whole text.
    pub(crate) text: String,
}

/// One commit of the history.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    /// Abbreviated hash.
    pub(crate) hash: String,
    /// First line of its message.
    pub(crate) subject: String,
}

/// Everything the checks may look at.
#[derive(Debug, Default)]
pub(crate) struct Checkout {
    /// Every UTF-8 file that git does not ignore, by path.
    pub(crate) files: Vec<File>,
    /// The Rust files among them, read as code.
    pub(crate) sources: Vec<Source>,
    /// What `cargo metadata --format-version 1` printed; `Null` when a test has no use for it.
    pub(crate) metadata: Value,
    /// Commits reachable from HEAD, newest first.
    pub(crate) commits: Vec<Commit>,
    /// The earlier texts of the ratchet list, oldest first (see `lengths`).
    pub(crate) earlier_ratchets: Vec<String>,
}

impl Checkout {
    /// Gathers the checkout at `root`.
    ///
    /// # Errors
    /// When git or cargo cannot be asked, or a listed file cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Checkout, Error> {
        // Asking cargo takes longest, so it runs beside the reading of the files.
        std::thread::scope(|scope| {
            let metadata = scope.spawn(|| read_metadata(root).map_err(|error| error.to_string()));
            let files = read_files(root)?;
            let mut checkout = Checkout::of_files(files);
            checkout.commits = read_commits(root)?;
            checkout.earlier_ratchets = read_earlier_ratchets(root)?;
            checkout.metadata = metadata.join().map_err(|_| "the thread that asks cargo ended early")??;
            Ok(checkout)
        })
    }

    /// A checkout of these files, without package graph or history.
    pub(crate) fn of_files(files: Vec<File>) -> Checkout {
        let mut sources: Vec<Source> = files
            .iter()
            .filter(|file| file.path.ends_with(".rs"))
            .map(|file| Source::new(&file.path, &file.text))
            .collect();
        let declared: BTreeSet<String> = sources.iter().flat_map(Source::declared_test_modules).collect();
        for source in &mut sources {
            let module = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
            let is_declared =
                declared.iter().any(|test| module == test || module.starts_with(&format!("{test}/")));
            source.is_test_file |= is_declared;
        }
        Checkout { files, sources, ..Checkout::default() }
    }

    /// The file at `path`, when it is there.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// A checkout made of strings, for the tests of the checks.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Checkout {
        let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: (*text).to_owned() };
        Checkout::of_files(files.iter().map(file).collect())
    }
}

fn read_files(root: &Path) -> Result<Vec<File>, Error> {
    let listing =
        launch::read(root, "git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    // A path stands twice in the listing while a merge is open.
    let paths: BTreeSet<&str> = listing.split('\0').filter(|path| !path.is_empty()).collect();
    let mut files = Vec::new();
    for path in paths {
        let full = root.join(path);
        // A link points at something that is listed itself; a file deleted but not yet committed is gone.
        if !full.symlink_metadata().is_ok_and(|found| found.is_file()) {
            continue;
        }
        let bytes = std::fs::read(&full).map_err(|error| format!("cannot read {path}: {error}"))?;
        // What is not text (a picture, a captured PDU) has no lines to check.
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(File { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

fn read_metadata(root: &Path) -> Result<Value, Error> {
    // Without the filter cargo wants the manifests of every platform's packages, which a build never downloads.
    let version = launch::read(root, "rustc", &["-vV"])?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc -vV names no host")?;
    let args = ["metadata", "--format-version", "1", "--filter-platform", host];
    let offline = launch::read(root, "cargo", &[&args[..], &["--offline"]].concat());
    let text = offline.or_else(|_| launch::read(root, "cargo", &args))?;
    Ok(serde_json::from_str(&text)?)
}

fn read_commits(root: &Path) -> Result<Vec<Commit>, Error> {
    let log = launch::read(root, "git", &["log", "--no-merges", "--format=%h%x09%s"])?;
    let commit = |line: &str| {
        let (hash, subject) = line.split_once('\t')?;
        Some(Commit { hash: hash.to_owned(), subject: subject.to_owned() })
    };
    Ok(log.lines().filter_map(commit).collect())
}

fn read_earlier_ratchets(root: &Path) -> Result<Vec<String>, Error> {
    let path = super::lengths::RATCHET;
    let hashes =
        launch::read(root, "git", &["log", "--reverse", "--format=%H", "--diff-filter=AM", "--", path])?;
    hashes.lines().map(|hash| launch::read(root, "git", &["show", &format!("{hash}:{path}")])).collect()
}
