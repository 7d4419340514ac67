//! The lints against templates of every kind: of the bad ones none may be missed, of the good ones none may be blamed.
//!
//! `bad.toml` says of each group which lint must speak, `good.toml` holds what nobody may complain about; both are data. Beside the
//! configuration that ships stands a route with filings, so that links, numbers and signatures have something to be held against.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

use engine::compose::lint::{Finding, LINTS, Readers, Severity};
use engine::world::{World, lint_template, load_with};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use text::extract::Extractor;
use text::words::Day;
use toml::{Table, Value};

/// What the route that ships has on file here.
const FILINGS: &str = "filed = [{ signature = \"鸿雁银行\" }]\nlinks = [\"bank.example\"]\nnumbers = [\"95501\", \"400-800-1234\", \"110\"]";

/// So many of each kind, and so many for each lint.
const TEMPLATES_MIN: usize = 300;
const FOR_EACH_LINT_MIN: usize = 5;

/// One template of the corpus.
struct Case {
    lint: String,
    file: String,
    route: String,
    text: String,
}

fn cases(corpus: &str) -> Vec<Case> {
    let variables: Table = include_str!("variables.toml").parse().unwrap();
    let corpus: Table = corpus.parse().unwrap();
    let mut cases = Vec::new();
    for group in corpus["group"].as_array().unwrap().iter().map(|group| group.as_table().unwrap()) {
        let text_of = |key: &str| group.get(key).and_then(Value::as_str).unwrap_or_default();
        let list_of = |key: &str| -> Vec<&str> {
            let list = group.get(key).and_then(Value::as_array);
            list.map_or(Vec::new(), |list| list.iter().map(|value| value.as_str().unwrap()).collect())
        };
        for text in list_of("texts") {
            let each = if text.contains('§') { list_of("each") } else { vec![""] };
            assert!(!each.is_empty(), "{text} has a § and its group no `each`");
            for one in each {
                let text = text.replace('§', one);
                cases.push(Case {
                    lint: text_of("lint").to_owned(),
                    file: file(group, &text, &list_of("also"), &variables),
                    route: text_of("route").to_owned(),
                    text,
                });
            }
        }
    }
    cases
}

/// A template file: the names in its texts that the corpus knows are declared, and those of `also`.
fn file(group: &Table, text: &str, also: &[&str], variables: &Table) -> String {
    let text_of = |key: &str| group.get(key).and_then(Value::as_str).unwrap_or_default();
    let (class, subtype, others) = (text_of("class"), text_of("subtype"), text_of("others"));
    let language = group.get("language").map_or("zh-CN", |value| value.as_str().unwrap());
    let parts_max = group.get("parts_max").map_or(4, |value| value.as_integer().unwrap());
    let tags: String = format!("{text}{others}")
        .split("{{")
        .skip(1)
        .filter_map(|tag| tag.split("}}").next())
        .collect::<Vec<_>>()
        .join(" ");
    let words: BTreeSet<&str> = tags.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let declared: String = variables
        .iter()
        .filter(|(name, _)| words.contains(name.as_str()) || also.contains(&name.as_str()))
        .map(|(name, declaration)| format!("{name} = {}\n", declaration.as_str().unwrap()))
        .collect();
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "id = \"t\"\nclass = \"{class}\"\nsubtype = \"{subtype}\"\nlanguage = \"{language}\"\nparts_max = {parts_max}\ntext = \"{text}\"\n{others}\n[variables]\n{declared}"
    )
}

fn world(route: &str) -> World {
    let files: Vec<(String, String)> = library::files()
        .map(|(path, text)| match path {
            "routes/demo.toml" => (path.to_owned(), text.replace("[smpp]", &format!("{route}\n\n[smpp]"))),
            _ => (path.to_owned(), text.to_owned()),
        })
        .collect();
    load_with(&files, library::bytes("models/classify.bin")).unwrap()
}

static EXTRACTOR: LazyLock<Extractor> = LazyLock::new(|| {
    Extractor::new(library::tables().filter(|(path, _)| path.starts_with("cues/"))).unwrap()
});
fn readers() -> Readers<'static> {
    let on = Day::parse("2026-10-01").unwrap();
    Readers { extractor: Some(&*EXTRACTOR), on }
}

fn findings(world: &World, case: &Case) -> Vec<Finding> {
    lint_template(world, &readers(), "templates/t.toml", &case.file)
}

#[test]
fn no_bad_template_is_missed() {
    let cases = cases(include_str!("bad.toml"));
    let mut worlds: BTreeMap<String, World> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missed = Vec::new();
    for case in &cases {
        assert!(LINTS.iter().any(|lint| lint.id == case.lint), "{} is no lint", case.lint);
        *counts.entry(&case.lint).or_default() += 1;
        let route = if case.route.is_empty() { FILINGS } else { case.route.as_str() };
        let world = worlds.entry(route.to_owned()).or_insert_with(|| world(route));
        let found = findings(world, case);
        if !found.iter().any(|finding| finding.lint == case.lint) {
            missed.push(format!("{}: {} {found:?}", case.lint, case.text));
        }
    }
    assert!(missed.is_empty(), "{} of {} missed:\n{}", missed.len(), cases.len(), missed.join("\n"));
    assert!(cases.len() >= TEMPLATES_MIN, "{} bad templates", cases.len());
    assert_eq!(counts.len(), LINTS.len(), "{counts:?}");
    assert!(counts.values().all(|count| *count >= FOR_EACH_LINT_MIN), "{counts:?}");
}

#[test]
fn no_good_template_is_blamed() {
    let cases = cases(include_str!("good.toml"));
    let world = world(FILINGS);
    let blamed: Vec<String> = cases
        .iter()
        .flat_map(|case| {
            findings(&world, case).into_iter().map(move |found| format!("{}: {found}", case.text))
        })
        .collect();
    assert!(blamed.is_empty(), "{} findings in {}:\n{}", blamed.len(), cases.len(), blamed.join("\n"));
    assert!(cases.len() >= TEMPLATES_MIN, "{} good templates", cases.len());
}

#[test]
fn every_template_of_the_corpus_differs() {
    for corpus in [include_str!("good.toml"), include_str!("bad.toml")] {
        let cases = cases(corpus);
        let files: BTreeSet<(&str, &str, &str)> =
            cases.iter().map(|case| (case.lint.as_str(), case.file.as_str(), case.route.as_str())).collect();
        assert_eq!(files.len(), cases.len());
    }
}

/// What ships has no errors, and warnings only where somebody has thought about them.
#[test]
fn the_templates_that_ship_are_clean() {
    let world = world("");
    for (path, text) in library::files().filter(|(path, _)| path.starts_with("templates/")) {
        let found = lint_template(&world, &readers(), path, text);
        assert!(found.iter().all(|finding| finding.severity != Severity::Error), "{found:?}");
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
    }
}

/// A fix that is offered is one: taken, the finding is gone.
#[test]
fn what_is_offered_instead_helps() {
    let mut tried = 0;
    let mut worlds: BTreeMap<String, World> = BTreeMap::new();
    for case in cases(include_str!("bad.toml")) {
        let route = if case.route.is_empty() { FILINGS } else { case.route.as_str() };
        let world = worlds.entry(route.to_owned()).or_insert_with(|| world(route));
        let found = findings(world, &case);
        for finding in found.iter().filter(|finding| finding.fix.is_some()) {
            let fix = finding.fix.as_ref().unwrap();
            let mut file = case.file.clone();
            file.replace_range(fix.place.clone(), &fix.text);
            let after = lint_template(world, &readers(), "templates/t.toml", &file);
            let stays = after.iter().any(|other| other.lint == "file" || other.message == finding.message);
            assert!(!stays, "{finding}\n{fix:?}\n{after:?}");
            tried += 1;
        }
    }
    assert!(tried >= 80, "{tried} fixes");
}
