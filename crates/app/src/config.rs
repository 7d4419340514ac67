//! The configuration folder: what ships, with the institution's own files over it.

use engine::world::{Mistake, World, load_with};
use std::borrow::Cow;
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
const ELSEWHERE: [&str; 3] = ["broadcasts/", "maps/", STORIES];

/// The folder of story tests.
pub(crate) const STORIES: &str = "stories/";

/// The folder of carrier accounts.
const ROUTES: &str = "routes/";

/// The files that ship, with those of `folder` over them, and `overrides` over both. A file of `folder` replaces the
/// shipped one of the same path.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn files(
    folder: Option<&Path>,
    overrides: &[(String, String)],
) -> Result<Vec<(String, String)>, Error> {
    let mut merged = merged(folder)?;
    merged.extend(overrides.iter().cloned());
    merged.retain(|path, _| !ELSEWHERE.iter().any(|other| path.starts_with(other)));
    Ok(merged.into_iter().collect())
}

/// The story tests that ship, with those of `folder` over and beside them.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn stories(folder: Option<&Path>) -> Result<Vec<(String, String)>, Error> {
    let merged = merged(folder)?;
    Ok(merged.into_iter().filter(|(path, _)| path.starts_with(STORIES)).collect())
}

fn merged(folder: Option<&Path>) -> Result<BTreeMap<String, String>, Error> {
    let mut merged: BTreeMap<String, String> =
        library::files().map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
    if let Some(folder) = folder {
        let mut own = BTreeMap::new();
        collect(folder, folder, &mut own)?;
        // Carrier accounts are nobody's but the institution's: with the first of its own, the shipped ones are gone.
        if own.keys().any(|path| path.starts_with(ROUTES)) {
            merged.retain(|path, _| !path.starts_with(ROUTES));
        }
        merged.extend(own);
    }
    Ok(merged)
}

/// Numbers that were taken along to another carrier: a plain list.
const PORTED: &str = "numbering/ported.csv";
/// How people hide a word: a table of its own form.
const SPELLINGS: &str = "words/spellings.txt";

/// Whether a file is configuration, by its name: a folder may hold notes and models besides.
fn is_configuration(path: &Path) -> bool {
    let by_ending = path.extension().is_some_and(|ending| ending == "toml" || ending == "words");
    by_ending || path.ends_with(PORTED) || path.ends_with(SPELLINGS)
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
        } else if is_configuration(&path) {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            into.insert(name, std::fs::read_to_string(&path).map_err(io(&path))?);
        }
    }
    Ok(())
}

/// What of a configuration is never approved, because it is no text that people judge: read at the start from the folder.
pub(crate) const PLAIN: &str = PORTED;

/// Every file that somebody may propose: what ships with the folder over it, broadcasts of the folder included.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn proposable(folder: Option<&Path>) -> Result<BTreeMap<String, String>, Error> {
    let mut all: BTreeMap<String, String> = files(folder, &[])?.into_iter().collect();
    if let Some(folder) = folder {
        let mut own = BTreeMap::new();
        collect(folder, folder, &mut own)?;
        own.retain(|path, _| path.starts_with(BROADCASTS));
        all.extend(own);
    }
    all.remove(PLAIN);
    Ok(all)
}

/// The folder of broadcasts.
const BROADCASTS: &str = "broadcasts/";

/// Reads the whole configuration.
///
/// # Errors
/// A folder that cannot be read, or every mistake in it.
pub(crate) fn world(folder: Option<&Path>, overrides: &[(String, String)]) -> Result<World, Error> {
    let model = model(folder)?;
    load_with(&files(folder, overrides)?, Some(&model)).map_err(Error::Mistakes)
}

/// Where the model lies that tells what kind of message a text is, in the library and in a configuration folder.
pub(crate) const MODEL: &str = "models/classify.bin";

/// The bytes of the model that is in force: the folder's own, or the one that ships.
///
/// # Errors
/// A file that cannot be read, or a build without a model.
pub(crate) fn model(folder: Option<&Path>) -> Result<Cow<'static, [u8]>, Error> {
    let own = folder.map(|folder| folder.join(MODEL)).filter(|path| path.is_file());
    if let Some(path) = own {
        return std::fs::read(&path).map(Cow::Owned).map_err(|cause| Error::Io { path, cause });
    }
    let missing = || io::Error::new(io::ErrorKind::NotFound, "no model ships with this build");
    library::bytes(MODEL).map(Cow::Borrowed).ok_or_else(|| Error::Io { path: MODEL.into(), cause: missing() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_routes_replace_the_shipped_ones_and_other_files_join() {
        let folder = std::env::temp_dir().join(format!("hongyan-config-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("routes")).unwrap();
        std::fs::write(folder.join("routes/ours.toml"), "id = \"ours\"").unwrap();
        std::fs::write(folder.join("institution.toml"), "name = \"x\"").unwrap();
        std::fs::create_dir_all(folder.join("words")).unwrap();
        std::fs::write(folder.join("words/ours.words"), "# none yet").unwrap();
        std::fs::write(folder.join("words/notes.txt"), "of nobody's concern").unwrap();
        let files = files(Some(&folder), &[]).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let content = |path: &str| files.iter().find(|(p, _)| p == path).map(|(_, c)| c.as_str());
        assert_eq!(content("routes/demo.toml"), None);
        assert_eq!(content("routes/ours.toml"), Some("id = \"ours\""));
        assert_eq!(content("institution.toml"), Some("name = \"x\""));
        assert_eq!(content("words/ours.words"), Some("# none yet"));
        assert_eq!(content("words/notes.txt"), None);
        assert!(content("words/cn.words").is_some() && content("words/spellings.txt").is_some());
        assert!(content("classes/marketing.toml").is_some(), "what ships stays where nothing replaces it");
        assert!(files.iter().all(|(path, _)| !path.starts_with("broadcasts/") && !path.starts_with("maps/")));
    }
}
