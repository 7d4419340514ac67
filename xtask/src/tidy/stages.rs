//! The seven words: the same folder names in the engine, the server, the console and the chapters of the docs.
//!
//! A folder that is none of the seven needs a line in the table below, where a reader sees that it was meant.

use std::collections::BTreeSet;

use super::{Checkout, Problem};

/// The loop, in its order. Also the words a commit may start with.
pub(crate) const STAGES: &[&str] =
    &["perceive", "decide", "compose", "deliver", "converse", "measure", "prove"];

/// Where the seven words are folders, and which other folders may stand beside them.
const MIRRORED: &[(&str, &[&str])] = &[
    ("crates/engine/src/", &["apply", "entry", "state", "world"]),
    ("crates/server/src/", &["http"]),
    ("console/src/", &["assets", "components", "i18n", "api", "lib", "shell"]),
];

const DOCS: &str = "docs/";

/// Chapters that are no stage.
const CHAPTERS: &[&str] =
    &["README", "benchmarks", "configuration", "glossary", "journal-format", "operations"];

/// Checks the top-level folders of the mirrored places and the chapters of the docs.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (place, others) in MIRRORED {
        let inside = checkout.files.iter().filter_map(|file| file.path.strip_prefix(place));
        let folders: BTreeSet<&str> = inside.filter_map(|path| Some(path.split_once('/')?.0)).collect();
        for folder in folders.iter().filter(|folder| !STAGES.contains(folder) && !others.contains(folder)) {
            let message = format!(
                "{folder} is none of the seven words ({}): put it into one of them, or allow it in xtask/src/tidy/stages.rs",
                STAGES.join(" ")
            );
            problems.push(Problem::new(format!("{place}{folder}"), 0, message));
        }
    }
    let chapters = checkout.files.iter().filter_map(|file| file.path.strip_prefix(DOCS)?.strip_suffix(".md"));
    let strange = chapters
        .filter(|chapter| !chapter.contains('/') && !STAGES.contains(chapter) && !CHAPTERS.contains(chapter));
    problems.extend(strange.map(|chapter| {
        let message =
            "no stage has this name: make it a section of a chapter, or allow it in xtask/src/tidy/stages.rs";
        Problem::new(format!("{DOCS}{chapter}.md"), 0, message)
    }));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synonym_for_a_stage_is_named() {
        let checkout = Checkout::of(&[
            ("crates/engine/src/decide/gate.rs", ""),
            ("crates/engine/src/campaign/mod.rs", ""),
            ("crates/engine/src/lib.rs", ""),
            ("crates/server/src/dispatcher/mod.rs", ""),
            ("crates/wire/src/smpp/mod.rs", ""),
            ("docs/prove.md", ""),
            ("docs/sending.md", ""),
            ("docs/research/anything.md", ""),
        ]);
        let places: Vec<String> = check(&checkout).into_iter().map(|problem| problem.place).collect();
        assert_eq!(places, ["crates/engine/src/campaign", "crates/server/src/dispatcher", "docs/sending.md"]);
    }
}
