//! The manifests: each dependency named once, in the root, and none that nobody uses.
//!
//! `fuzz/` is a workspace of its own, because its build needs other flags, and so are `tests/codecs/` and `tests/clients/`,
//! because they bring others' crates that no build of the product may need; they are left out. A dependency counts as used when
//! its name stands as a word in the code of the crate; that is less than a compiler knows, and needs no compiler.

use std::collections::BTreeSet;

use super::source::words;
use super::{Checkout, Problem};

const ROOT: &str = "Cargo.toml";
const MANIFEST: &str = "/Cargo.toml";
const APART: [&str; 3] = ["fuzz/", "tests/codecs/", "tests/clients/"];

/// Used without being named in code: a feature of theirs is what we want.
const SILENT: &[&str] = &[];

/// Checks every manifest of the workspace.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    let manifests = checkout.files.iter().filter_map(|file| Some((file, file.path.strip_suffix(MANIFEST)?)));
    for (manifest, folder) in
        manifests.filter(|(file, _)| !APART.iter().any(|folder| file.path.starts_with(folder)))
    {
        for dependency in dependencies(&manifest.text, |section| section.ends_with("dependencies")) {
            used.insert(dependency.name);
            if !dependency.text.contains("workspace = true") {
                let message = format!(
                    "name {} once, in the root's [workspace.dependencies], and write `{}.workspace = true` here",
                    dependency.name, dependency.name
                );
                problems.push(Problem::new(manifest.path.clone(), dependency.line, message));
            }
            if !is_named(checkout, folder, dependency.name) && !SILENT.contains(&dependency.name) {
                let message = format!("{} is named in no code of this crate: take it out", dependency.name);
                problems.push(Problem::new(manifest.path.clone(), dependency.line, message));
            }
        }
    }
    let root = checkout.file(ROOT).map_or("", |file| file.text.as_str());
    for dependency in dependencies(root, |section| section == "workspace.dependencies") {
        // Our own crates stand in the list for whoever needs them next.
        if !used.contains(dependency.name) && !dependency.text.contains("path = ") {
            let message = format!("{} is used by no crate: take it out", dependency.name);
            problems.push(Problem::new(ROOT, dependency.line, message));
        }
    }
    problems
}

/// A line of a manifest that names a dependency.
struct Dependency<'a> {
    name: &'a str,
    text: &'a str,
    line: usize,
}

fn dependencies<'a>(
    manifest: &'a str,
    is_wanted: impl Fn(&str) -> bool + 'a,
) -> impl Iterator<Item = Dependency<'a>> {
    let mut is_inside = false;
    manifest.lines().enumerate().filter_map(move |(index, text)| {
        if let Some(section) = text.strip_prefix('[').and_then(|text| text.split(']').next()) {
            is_inside = is_wanted(section);
            return None;
        }
        let name = text
            .split(['=', '.', ' '])
            .next()
            .filter(|name| name.starts_with(|c: char| c.is_ascii_alphanumeric()))?;
        is_inside.then_some(Dependency { name, text, line: index + 1 })
    })
}

fn is_named(checkout: &Checkout, folder: &str, name: &str) -> bool {
    let name = name.replace('-', "_");
    let prefix = format!("{folder}/");
    let mut sources = checkout.sources.iter().filter(|source| source.path.starts_with(&prefix));
    sources.any(|source| words(&source.code, &name).next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(root: &str, member: &str, code: &str) -> Vec<String> {
        let files = [(ROOT, root), ("crates/a/Cargo.toml", member), ("crates/a/src/lib.rs", code)];
        check(&Checkout::of(&files)).iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_dependency_named_once_and_used_passes() {
        let root = "[workspace.dependencies]\n# Why.\nserde-x = { version = \"1\", features = [\n    \"a\",\n] }\n\n[profile.dev]\ndebug = 1\n";
        let member =
            "[package]\nname = \"a\"\n[dependencies]\nserde-x.workspace = true\n[lints]\nworkspace = true\n";
        assert_eq!(found(root, member, "//! x\nuse serde_x::y;\n"), Vec::<String>::new());
    }

    #[test]
    fn a_version_in_a_member_and_what_nobody_uses_are_named() {
        let problems = found(
            "[workspace.dependencies]\nb = \"1\"\nd = { path = \"d\" }\n",
            "[dev-dependencies]\nc = \"1\"\n",
            "//! c\n",
        );
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].starts_with("crates/a/Cargo.toml:2: name c once"));
        assert!(problems[1].starts_with("crates/a/Cargo.toml:2: c is named in no code"));
        assert!(problems[2].starts_with("Cargo.toml:2: b is used by no crate"));
    }
}
