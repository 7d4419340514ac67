//! Writes the table of the library's files, so that a new file is embedded without anybody listing it by hand.
//!
//! A macro from a crate would do the same, but it would not notice new files and costs a dependency tree; this is
//! the standard library only. Every file of the data folders is embedded, Rust sources and hidden files are not.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folders of this package that hold code, not data.
const CODE_FOLDERS: [&str; 4] = ["demo", "examples", "tests", "target"];

fn main() -> io::Result<()> {
    let missing = |name| io::Error::other(format!("expected cargo to set {name}"));
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| missing("CARGO_MANIFEST_DIR"))?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| missing("OUT_DIR"))?);
    let mut found = Vec::new();
    collect(&root, String::new(), &mut found)?;
    found.sort();
    let (corpus, found): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(path, _)| path.starts_with("corpus/"));
    let (models, texts): (Vec<_>, Vec<_>) = found.into_iter().partition(|(path, _)| path.ends_with(".bin"));
    let is_configuration = |path: &str| path.ends_with(".toml") || path.starts_with("words/");
    let (texts, tables): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(path, _)| is_configuration(path));
    fs::write(out.join("corpus.rs"), table(&corpus, "include_str!").map_err(io::Error::other)?)?;
    fs::write(out.join("files.rs"), table(&texts, "include_str!").map_err(io::Error::other)?)?;
    fs::write(out.join("tables.rs"), table(&tables, "include_str!").map_err(io::Error::other)?)?;
    fs::write(out.join("models.rs"), table(&models, "include_bytes!").map_err(io::Error::other)?)?;
    println!("cargo::rerun-if-changed={}", root.display());
    Ok(())
}

/// A Rust slice of paths and contents.
fn table(found: &[(String, PathBuf)], include: &str) -> Result<String, std::fmt::Error> {
    let mut table = String::from("&[\n");
    for (path, full) in found {
        // Debug formatting quotes and escapes as a Rust string literal does.
        writeln!(table, "    ({path:?}, {include}({:?})),", full.display().to_string())?;
    }
    table.push_str("]\n");
    Ok(table)
}

/// Adds every data file below `folder` with its path from the root, `/` between the parts on every platform.
fn collect(folder: &Path, prefix: String, found: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let at_root = prefix.is_empty();
        if name.starts_with('.') || name.ends_with('~') || (at_root && CODE_FOLDERS.contains(&name.as_str()))
        {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), format!("{path}/"), found)?;
        } else if !name.ends_with(".rs") && !name.ends_with(".md") && path != "Cargo.toml" {
            found.push((path, entry.path()));
        }
    }
    Ok(())
}
