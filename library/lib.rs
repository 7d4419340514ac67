//! What ships as data: rules, classes, words, templates, journeys and menus as files, and a demo bank by seed.
//!
//! Nothing here reads a file, a clock or a random number at run time; the files are in the binary. It does not
//! parse them either: whoever owns a kind of file owns its format. The application calls it, to have a configuration
//! before anybody wrote one and a bank before anybody connected one.

pub mod demo;

/// Every file of the configuration that ships: its path below `library/` with `/` between the parts, such as
/// `journeys/repayment.toml`, and its content. Sorted by path. A folder of the institution's own overrides them
/// file by file under the same paths.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().copied()
}

/// The content of one file of [`files`].
pub fn file(path: &str) -> Option<&'static str> {
    let at = FILES.binary_search_by_key(&path, |(path, _)| *path).ok()?;
    FILES.get(at).map(|(_, content)| *content)
}

/// The bytes of a file that is no text: a trained model, below `models/`.
pub fn bytes(path: &str) -> Option<&'static [u8]> {
    BINARIES.iter().find(|(known, _)| *known == path).map(|(_, content)| *content)
}

/// The tables by which texts are read, such as `cues/zh.cues`: no configuration, and none of [`files`]. Paths and
/// contents as there.
pub fn tables() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    TABLES.iter().copied()
}

/// The files that the shipped classification model is trained from: no configuration, and none of [`files`]. Paths and
/// contents as there.
pub fn corpus() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    CORPUS.iter().copied()
}

const CORPUS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/corpus.rs"));

const TABLES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/tables.rs"));

const BINARIES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/models.rs"));

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    /// Reads the folder as it is now, in another way than the build script does: a file that the build missed, or
    /// a stale copy of one, shows here.
    fn on_disk(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let below = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                on_disk(&path, root, found);
            } else if (below.ends_with(".toml") || below.starts_with("words/")) && below != "Cargo.toml" {
                found.insert(below, fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn every_file_of_the_library_is_embedded_as_it_is() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut expect = BTreeMap::new();
        on_disk(root, root, &mut expect);
        let embedded: BTreeMap<String, String> =
            super::files().map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
        assert_eq!(embedded, expect);
        assert!(super::files().all(|(path, content)| super::file(path) == Some(content)));
        assert!(super::files().map(|(path, _)| path).is_sorted());
        assert!(super::files().all(|(path, _)| !path.ends_with(".rs") && path != "Cargo.toml"));
        assert_eq!(super::file("no/such.toml"), None);
        assert!(super::files().all(|(path, _)| !path.starts_with("corpus/") && !path.ends_with(".bin")));
        assert!(super::tables().any(|(path, _)| path == "cues/zh.cues"));
        assert!(super::tables().all(|(path, _)| !path.starts_with("words/")));
        assert!(super::corpus().any(|(path, _)| path == "corpus/lexicon.txt"));
        assert!(super::bytes("models/classify.bin").is_some_and(|model| model.len() < 10 << 20));
    }
}
