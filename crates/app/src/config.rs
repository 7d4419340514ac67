//! The configuration folder: what ships, with the institution's own files over it.

use engine::world::{Mistake, World, load};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The folder cannot be read.
    #[error("{path}: {cause}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// It has mistakes: all of them.
    #[error("{}", list(.0))]
    Mistakes(Vec<Mistake>),
}

fn list(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    format!("{}\n{} mistakes", lines.join("\n"), mistakes.len())
}

/// Folders of the library that are not configuration, or not loaded with it.
const ELSEWHERE: [&str; 2] = ["broadcasts/", "maps/"];

/// The files that ship, with those of `folder` over them, and `overrides` over both. A file of `folder` replaces the
/// shipped one of the same path.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn files(
    folder: Option<&Path>,
    overrides: &[(String, String)],
) -> Result<Vec<(String, String)>, Error> {
    let mut merged: BTreeMap<String, String> = library::files()
        .filter(|(path, _)| path.ends_with(".toml"))
        .map(|(path, content)| (path.to_owned(), content.to_owned()))
        .collect();
    if let Some(folder) = folder {
        collect(folder, folder, &mut merged)?;
    }
    merged.extend(overrides.iter().cloned());
    Ok(merged
        .into_iter()
        .filter(|(path, _)| !ELSEWHERE.iter().any(|other| path.starts_with(other)))
        .collect())
}

fn collect(root: &Path, folder: &Path, into: &mut BTreeMap<String, String>) -> Result<(), Error> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |cause| Error::Io { path, cause }
    };
    for item in std::fs::read_dir(folder).map_err(io(folder))? {
        let path = item.map_err(io(folder))?.path();
        if path.is_dir() {
            collect(root, &path, into)?;
        } else if path.extension().is_some_and(|e| e == "toml") {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            into.insert(name, std::fs::read_to_string(&path).map_err(io(&path))?);
        }
    }
    Ok(())
}

/// Reads the whole configuration.
///
/// # Errors
/// A folder that cannot be read, or every mistake in it.
pub(crate) fn world(folder: Option<&Path>, overrides: &[(String, String)]) -> Result<World, Error> {
    load(&files(folder, overrides)?).map_err(Error::Mistakes)
}
